"""What the commands' parsers share: one spelling and one meaning for an option, whichever command has it."""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from ..errors import UserError
from ..languages.suggestions import OPTION
from ..scripting.params import unknown_option, visible_options, with_hyphens
from ..scripting.spelling import closest_name

if TYPE_CHECKING:
    from ..files.json_types import JsonObject

#: Options that several commands have: what each means in all of them. `polypref --help` ends with this.
VOCABULARY = {
    "--out DIR": "where results go",
    "--languages TAGS": "only these languages, as in de,fr (default: all)",
    "--language-name TAG=NAME": "a language that polypref does not know, as in qu=Quechua; more is said in braces: "
    "'aiw={name: Aari, scripts: [Latn]}' (repeatable)",
    "--limit N": "at most N prompts, or pairs, a language (default: all)",
    "--pairs N": "pairs to show, or to have reviewed, a language",
    "--seed N": "of all that is drawn (default 0)",
    "--at WHO": "who serves a model that does not say: vllm, transformers, addresses of servers, or module:Class, a "
    "class of your own (default: vllm)",
    "--judge JUDGE": "who judges: a name, or keys in braces as in {model: NAME, at: WHO} (default: none)",
    "--log FILE": "the response log, to share it between runs (default: in --out)",
    "--retry": "ask models again for what failed before (default: what failed is left)",
    "--dry-run": "say what would be done or asked; do nothing",
    "--threads N": "threads of torch for models in this process (default: one a core)",
    "--quiet": "no progress, no table",
}
_CHOICE = re.compile(r"invalid choice: '?(?P<given>[^']*?)'? \(choose from (?P<known>.*)\)")


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is one sentence; options are not guessed from their first letters."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings, allow_abbrev=False)
        self._words: Sequence[str] = ()

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse's, with underscores in options as hyphens; the innermost command's parser is `parser`.

        Args:
            args: the words; those of this process when left out.
            namespace: where values go; a new one when left out.

        Returns:
            The options, with `parser` and `words` of the innermost command, and the words that no parser knows.
        """
        self._words = with_hyphens(sys.argv[1:] if args is None else args)
        arguments, rest = super().parse_known_args(self._words, namespace)
        if getattr(arguments, "parser", None) is None:
            arguments.parser, arguments.words = self, self._words
        return arguments, rest

    def error(self, message: str) -> NoReturn:
        """Raises UserError, instead of printing the usage and ending the process.

        Args:
            message: what argparse says.

        Raises:
            UserError: always; with the nearest choice or option, where one is misspelt.
        """
        if "required" in message and (wrong := [word for word in self._words if self._is_unknown(word)]):
            # A misspelt option takes what is required with it, and is what has to be mended.
            refuse_unknown(self, wrong)
        meant = ""
        if choice := _CHOICE.search(message):
            near = closest_name(choice["given"], re.findall(r"[\w-]+", choice["known"]))
            meant = f"; did you mean {near}?" if near else ""
        raise UserError(f"{message}{meant or ';'} see {self.prog} --help")

    def _is_unknown(self, word: str) -> bool:
        return word.startswith("--") and word.partition("=")[0] not in self._option_string_actions


#: What a command adds its own parser to.
Commands: TypeAlias = "argparse._SubParsersAction[Parser]"


class OldSpelling(argparse.Action):
    """An option as versions before 0.3 spelt it: it works, with a warning, until polypref 1.0."""

    def __init__(self, option_strings: Sequence[str], dest: str, now: str, **settings: Any) -> None:
        super().__init__(option_strings, dest, default=argparse.SUPPRESS, help=argparse.SUPPRESS, **settings)
        self.now = now

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[object] | None,
        option_string: str | None = None,
    ) -> None:
        """Takes the value for the option that is meant."""
        print(f"polypref: {option_string} is {self.now} now; the old one works until polypref 1.0", file=sys.stderr)
        setattr(namespace, self.dest, self.const if self.nargs == 0 else values)


def refuse_unknown(parser: argparse.ArgumentParser, words: Sequence[str]) -> NoReturn:
    """Says which words a command does not know.

    Args:
        parser: the command's.
        words: those that are left over; values among them are not repeated.

    Raises:
        UserError: always.
    """
    raise UserError(f"{unknown_option(parser.prog, words, visible_options(parser))} see {parser.prog} --help")


def add_languages(parser: argparse.ArgumentParser, **settings: Any) -> None:
    """Adds --languages.

    Args:
        parser: the command's.
        **settings: of argparse, over the usual ones.
    """
    parser.add_argument("--languages", metavar="TAGS", **({"help": VOCABULARY["--languages TAGS"]} | settings))


def add_language_name(parser: "argparse.ArgumentParser | argparse._ArgumentGroup") -> None:
    """Adds --language-name.

    Args:
        parser: the command's, or a group of its options.
    """
    parser.add_argument(OPTION, action="append", metavar="TAG=NAME", help=VOCABULARY[f"{OPTION} TAG=NAME"])


def named_languages(arguments: argparse.Namespace) -> "dict[str, JsonObject]":
    """The languages that --language-name names, which are known from here on.

    Args:
        arguments: the command's.

    Returns:
        Tag -> the keys of a language's file, without those that are known by this name anyway; empty where none is
        named.

    Raises:
        UserError: what stands after the option describes no language, or a tag or name of it means another one.
    """
    if not arguments.language_name:
        return {}
    from ..languages import options, own

    described = options.described(arguments.language_name)
    own.register_all(described, OPTION)
    return described


def add_limit(parser: argparse.ArgumentParser, what: str, *old: str) -> None:
    """Adds --limit.

    Args:
        parser: the command's.
        what: of which there are at most so many a language.
        old: how earlier versions spelt it.
    """
    parser.add_argument(
        "--limit", type=positive_number, metavar="N", help=f"at most N {what} a language (default: all)"
    )
    for name in old:
        parser.add_argument(name, type=positive_number, action=OldSpelling, dest="limit", now="--limit")


def add_pairs(
    parser: argparse.ArgumentParser, text: str, *old: str, type: Callable[[str], int], **settings: Any
) -> None:
    """Adds --pairs, the pairs a language that a person sees.

    Args:
        parser: the command's.
        text: its help.
        old: as in `add_limit`.
        type: which numbers it takes.
        settings: of argparse.
    """
    parser.add_argument("--pairs", type=type, metavar="N", help=text, **settings)
    for name in old:
        parser.add_argument(name, type=type, action=OldSpelling, dest="pairs", now="--pairs")


def add_asking(parser: argparse.ArgumentParser, *old: str) -> None:
    """Adds --log and --retry.

    Args:
        parser: the command's.
        *old: earlier spellings of --retry.
    """
    parser.add_argument("--log", metavar="FILE", help=VOCABULARY["--log FILE"])
    parser.add_argument("--retry", action="store_true", help="ask models again for what failed before")
    for name in old:
        parser.add_argument(name, action=OldSpelling, dest="retry", now="--retry", nargs=0, const=True)


def positive_number(text: str) -> int:
    """An option's number of at least 1.

    Args:
        text: what stands after the option.

    Returns:
        The number.

    Raises:
        ArgumentTypeError: it is no whole number, or under 1.
    """
    value = int(text) if text.isdecimal() else 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number of at least 1")
    return value


def whole_number(text: str) -> int:
    """An option's number of at least 0.

    Args:
        text: what stands after the option.

    Returns:
        The number.

    Raises:
        ArgumentTypeError: it is no whole number, or negative.
    """
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} is not a number of at least 0")
    return int(text)


def share(text: str) -> float:
    """An option's share, from 0 to 1.

    Args:
        text: what stands after the option.

    Returns:
        The share.

    Raises:
        ArgumentTypeError: it is no number from 0 to 1.
    """
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not a share between 0 and 1")
    return value


def names(text: str | None) -> list[str] | None:
    """The languages that --languages names, as they are written.

    Args:
        text: what stands after the option; None where it is not given.

    Returns:
        Names without blanks around them; None where the option is not given.

    Raises:
        UserError: it names none.
    """
    if text is None:
        return None
    if not (given := [name.strip() for name in text.split(",") if name.strip()]):
        raise UserError("--languages names no language; give tags, as in --languages de,fr")
    return list(dict.fromkeys(given))


def language_tags(text: str | None) -> list[str] | None:
    """The tags of the languages that --languages names.

    Args:
        text: as in `names`.

    Returns:
        Tags in the order of the names; None where the option is not given.

    Raises:
        UserError: a name is no known language's, or there is none.
    """
    from .. import languages

    if (given := names(text)) is None:
        return None
    return list(dict.fromkeys(languages.resolve_at("--languages", name).tag for name in given))


def keys_or_word(text: str) -> object:
    """An option's value: keys in braces, read as YAML, or a plain word.

    Args:
        text: what stands after the option.

    Returns:
        What YAML reads in braces: keys and values; else the text itself.

    Raises:
        UserError: what stands in braces is no YAML.
    """
    from ..files.yaml_reader import read_yaml

    if not text.lstrip().startswith("{"):
        return text
    try:
        return read_yaml(text, repr(text[:200]))
    except UserError:
        raise UserError(
            f"cannot read {text[:200]!r}: write KEY: VALUE in braces, separated by commas, and all of it in quotes, "
            "as in '{name: mine, model: build/dpo}'"
        ) from None
