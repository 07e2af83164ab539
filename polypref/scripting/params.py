"""A builder script's Params dataclass as command-line options."""

import argparse
import re
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import MISSING, Field, field, fields, is_dataclass
from typing import TYPE_CHECKING, Any, NoReturn, get_type_hints

from ..console.escaping import as_written
from ..console.redaction import is_secret, remember_secret, shown
from ..errors import UserError
from .calls import checked_arguments
from .loading import PASSES, how_it_ended, place_of_error
from .spelling import closest_name

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_OPTION = re.compile(r"\A--[A-Za-z][^=\s]*")


def parse_words(kind: type, arguments: list[str], script: str, taken: Set[str] = frozenset()) -> Any:
    """Makes a Params from options of the form --name value (or --flag, --no-flag for a bool).

    Args:
        kind: the dataclass.
        arguments: the words of the command line that are left for it.
        script: the builder script's path, for messages.
        taken: names that are options of polypref build itself.

    Returns:
        An instance of `kind`.

    Raises:
        UserError: an unknown option, or a value that does not fit.
    """
    parser = _parser(kind, script)
    if both := sorted(taken & {one.name for one in fields(kind)}):
        raise UserError(f"{script}: parameter {both[0]} has the name of an option of polypref build; rename it")
    parsed, rest = parser.parse_known_args(with_hyphens(arguments))
    if rest:
        known = [*visible_options(parser), *(f"--{name.replace('_', '-')}" for name in taken)]
        raise UserError(
            f"{unknown_option(f'polypref build {script}', rest, known)} polypref build {script} --help lists its "
            "parameters"
        )
    return _instance(kind, {name: value for name, value in vars(parsed).items() if value is not None}, script)


def from_values(kind: type, values: Mapping[str, object], script: str) -> Any:
    """Makes a Params from values by name.

    Args:
        kind: the dataclass.
        values: those that are not the defaults.
        script: the builder script, for messages.

    Returns:
        An instance of `kind`.

    Raises:
        UserError: the script has no such parameter, one without a default is left out, or a value is of another type.
    """
    _parser(kind, script)  # sees that the dataclass can be one
    known = {one.name: one for one in fields(kind) if one.init}
    hints, taken = get_type_hints(kind), {}
    for name, value in values.items():
        if name not in known:
            near = closest_name(name, known)
            meant = f"did you mean {near}?" if near else f"it has {', '.join(known) or 'none'}"
            raise UserError(f"builder script {script} has no parameter {name}; {meant}")
        fits = (int, float) if hints[name] is float else hints[name]
        if not isinstance(value, fits) or (isinstance(value, bool) and hints[name] is not bool):
            value_shown = "its value" if is_secret(known[name]) else repr(value)[:80]
            raise UserError(f"parameter {name} of {script} is a {hints[name].__name__}; {value_shown} is none")
        taken[name] = hints[name](value)  # a whole number for a float is that float, as on the command line
    if missing := [name for name, one in known.items() if _required(one) and name not in values]:
        raise UserError(f"builder script {script} needs a value for {', '.join(missing)}: give it in params")
    return _instance(kind, taken, script)


def _instance(kind: type, values: Mapping[str, object], script: str) -> Any:
    remember_secret(*(values[one.name] for one in fields(kind) if values.get(one.name) and is_secret(one)))
    try:
        params = kind(**values)
    except (TypeError, ValueError) as error:
        raise UserError(f"{script}: {error}") from None
    except PASSES:
        raise
    except BaseException as error:
        place = place_of_error(error)
        raise UserError(f"{script}: Params{f' ({place})' if place else ''} {how_it_ended(error)}") from error
    for one in fields(kind):
        shown(one, getattr(params, one.name))  # a default may be a secret too
    return params


def with_hyphens(words: Sequence[str]) -> list[str]:
    """Words of a command line with options as they are declared: `--per_language=3` as `--per-language=3`.

    Args:
        words: options and values; values stay as they are.

    Returns:
        As many words.
    """
    return [_OPTION.sub(lambda option: option[0].replace("_", "-"), word) for word in words]


def visible_options(parser: argparse.ArgumentParser) -> list[str]:
    """The options of a parser, without old spellings.

    Args:
        parser: a command's or a script's.

    Returns:
        Names that begin with `--`, in the order of --help.
    """
    actions = [action for action in parser._actions if action.help != argparse.SUPPRESS]
    return [name for action in actions for name in action.option_strings if name.startswith("--")]


def unknown_option(command: str, words: Sequence[str], known: Sequence[str]) -> str:
    """What to say of words that a command does not understand, with the option nearest to the first of them; a clause.

    Args:
        command: the command, as its user wrote it.
        words: those that are left over. Values are not repeated: one may be a secret.
        known: the command's options.

    Returns:
        A clause that ends in a question mark or a semicolon.
    """
    names = option_names(words).split(" ")
    near = closest_name(names[0], known)
    return f"{command} has no {' '.join(names)}" + (f"; did you mean {near}?" if near else ";")


def option_names(words: Sequence[str]) -> str:
    """The options among words of a command line, without their values: those of a misspelt one may be secrets.

    Args:
        words: what no parser knows.

    Returns:
        The options with blanks between them; all the words where none is an option.
    """
    return " ".join([word.partition("=")[0] for word in words if word.startswith("-")] or words)


def describe_params(kind: type, script: str = "") -> str:
    """Help text of the script's own parameters.

    Args:
        kind: the script's Params.
        script: its path, as its user wrote it.

    Returns:
        Lines for the terminal; empty for a script without parameters.
    """
    text = _parser(kind, script).format_help()
    return "parameters of the script:\n" + text.split(":\n", 1)[1] if ":\n" in text else ""


@checked_arguments
def option(default: Any, text: str, *, settings: bool = True, secret: bool | None = None) -> Any:
    """A parameter with its default and a line of help.

    Args:
        default: its value where none is given.
        text: the line of help.
        settings: False keeps it out of fingerprints and provenance.
        secret: True makes it a secret, whose value is starred wherever it would be written or said; False says that it
            is none, whatever its name. None: a name such as `openai_key` or `hub_token` tells.

    Returns:
        A dataclass field, as `dataclasses.field` gives it.

    Raises:
        UserError: an argument is none of these, or is none that there is.
    """
    if default is not None and not isinstance(default, str | int | float):
        raise UserError(
            f"option(...): the default is a {type(default).__name__}; a builder parameter is a text, a number, True or "
            "False"
        )
    if not isinstance(text, str):
        raise UserError(f"option(...): the line of help is {_seen(text)}; write a text, as in option(3, 'how many')")
    if not isinstance(settings, bool):
        raise UserError(f"option(..., {text!r:.60}, settings={_seen(settings)}): write True or False")
    if secret is not None and not isinstance(secret, bool):
        raise UserError(f"option(..., {text!r:.60}, secret={_seen(secret)}): write True or False, or leave it out")
    metadata: dict[str, object] = {"help": text}
    if not settings:
        metadata["settings"] = False
    if secret is not None:
        metadata["secret"] = secret
    return field(default=default, metadata=metadata)


def _seen(value: object) -> str:
    return as_written(value)[:60]


def as_dict(params: "DataclassInstance") -> dict[str, str | int | float | bool]:
    """The parameters by name, secrets as stars; without those marked `settings: False`, such as addresses.

    Args:
        params: an instance of a script's Params.

    Returns:
        Name -> value, for provenance.
    """
    settings = {}
    for one in fields(params):
        if one.metadata.get("settings", True):
            settings[one.name] = shown(one, getattr(params, one.name))
    return settings


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UserError(f"{self.prog}: {message}; polypref build {self.prog} --help lists its parameters")


def _parser(kind: type, script: str) -> _Parser:
    parser = _Parser(prog=script, add_help=False, allow_abbrev=False, usage=argparse.SUPPRESS)
    if not is_dataclass(kind):
        raise UserError(f"Params of {script} is not a dataclass; declare it with @dataclass(frozen=True)")
    try:
        hints = get_type_hints(kind)
    except NameError as error:
        raise UserError(f"Params of {script}: {error}; a parameter is a str, int, float or bool") from None
    for one in fields(kind):
        if one.init:
            _add_param(parser, one, hints[one.name])
    return parser


def _add_param(parser: _Parser, one: Field[object], hint: object) -> None:
    options: dict[str, Any] = {"dest": one.name, "default": None, "help": one.metadata.get("help", "")}
    if one.default is not MISSING and one.default not in ("", None):
        options["help"] += f" (default: {shown(one, one.default)})"
    options["help"] = options["help"].replace("%", "%%")
    flag = "--" + one.name.replace("_", "-")
    if hint is bool:
        parser.add_argument(flag, action=argparse.BooleanOptionalAction, required=_required(one), **options)
        return
    if hint not in (str, int, float):
        raise UserError(f"parameter {one.name}: a builder parameter is a str, int, float or bool, not {hint}")
    read = _quietly(hint) if is_secret(one) else hint
    parser.add_argument(flag, type=read, metavar=hint.__name__.upper(), required=_required(one), **options)


def _quietly(hint: type) -> Callable[[str], object]:
    """A type whose complaint does not repeat the value."""

    def read(text: str) -> object:
        try:
            return hint(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"its value is no {hint.__name__}") from None

    return read


def _required(one: Field[object]) -> bool:
    return one.default is MISSING and one.default_factory is MISSING
