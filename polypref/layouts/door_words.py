"""Sentences that speak of declarations as builder scripts write them, for people who write options or a LAYOUT.toml.

>>> in_toml("have them parsed: Fields(..., serialised='texts')")
'have them parsed: fields.serialised = "texts"'
>>> in_options("name them: Verdict(..., first=('A',))", {"Verdict.first": "--first"})
'name them: --first A'
"""

import ast
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import NamedTuple

from ..errors import UserError

#: What a declaration is called in a file of a layout; of the kinds of verdicts `kind` says which it is.
_TABLES = {
    "Fields": "fields",
    "Answer": "[[fields.answers]]",
    **dict.fromkeys(("Verdict", "Scale", "Marks", "OneHot", "Ranking"), "[fields.verdict]"),
}
# Beside a file stand the language of its rows and how pairs are made; these are no part of a layout's fields.
_ELSEWHERE = ("Files", "HubDataset", "PairRule")
_BEGINS = re.compile(rf"(?<![\w.])(?:layouts\.)?({'|'.join((*_TABLES, *_ELSEWHERE))})\(")
_FIELD_OF = re.compile(rf"(?:{'|'.join((*_TABLES, *_ELSEWHERE))})\.[a-z]")
_POSITIONAL = {"Answer": "text", "Verdict": "rater", "PairRule": "rule"}

Write = Callable[["_Declared"], str]


class _Declared(NamedTuple):
    """A declaration in a sentence: its class, and the fields that are named, each with its value where one is given."""

    kind: str
    fields: dict[str, str | None]
    values: dict[str, object]


def in_toml(sentence: str, options: Mapping[str, str] | None = None) -> str:
    """A sentence in the words of a file of a layout.

    Args:
        sentence: in those of a builder script.
        options: as `in_options` takes them: options that may stand beside the name of a layout; they are named first,
            as a layout that comes with polypref is no file of the reader's.

    Returns:
        the same with these options, and with keys and values of TOML, in place of calls.
    """
    beside = options or {}

    def written(declared: _Declared) -> str:
        words = [_option(declared.kind, name, declared.values.get(name, ...), beside) for name in declared.fields]
        return " ".join(dict.fromkeys(words)) if words and all(words) else _as_toml(declared)

    return _rewritten(_NEVER.sub(r"(\1 left out)", sentence), written, partial(_option_alone, beside))


def declared_options(value: object) -> dict[str, str]:
    """What a builder script says of its options.

    Args:
        value: its OPTIONS, whatever that is: a script may call something else so.

    Returns:
        the entries that name a field of a declaration, as `in_options` takes them; none where there are none.
    """
    entries = value.items() if isinstance(value, Mapping) else ()
    return {str(field): str(option) for field, option in entries if _FIELD_OF.match(str(field))}


def in_options(sentence: str, options: Mapping[str, str]) -> str:
    """A sentence in the words of a builder script's options.

    Args:
        sentence: in those of the script itself.
        options: field of a declaration, as in `Verdict.first`, or field and value, as in `Fields.thoughts=cut` -> the
            option.

    Returns:
        the same with options in place of calls; where there is none, with the keys of a layout's file.
    """

    def written(declared: _Declared) -> str:
        words = [_option(declared.kind, name, declared.values.get(name, ...), options) for name in declared.fields]
        if not words and (own := [option for name, option in options.items() if name.startswith(f"{declared.kind}.")]):
            return f"options ({', '.join(dict.fromkeys(own))})"
        if words and all(words):
            return " ".join(dict.fromkeys(words))
        return f"{_as_toml(declared)} in a LAYOUT.toml (--layout)"

    if any("--label" in option for option in options.values()):
        sentence = _OF_LABEL.sub("give each to --good or --bad; an empty cell rates nothing", sentence)
    return _rewritten(
        _OF_VERDICT.sub(_options_of_verdict, sentence), written, partial(_option_alone, options), brackets=True
    )


# What is said of labels of single answers that nothing declares, where options of their own declare them.
_OF_LABEL = re.compile(
    r"give each its number in Answer\(.*score_labels=\{LABEL: NUMBER\}\), None where it rates nothing; "
    "polypref build pairs --label takes them by --good and --bad"
)


# What is said of values of verdicts that nothing declares; a side that no value names is one whose option is left out.
_OF_VERDICT = re.compile(
    r"write each into first, second or tie of Verdict\(\.\.\.\), or into unjudged where it says nothing|"
    r"\((first|second)=\(\)\)|declare decimal=',' in Answer\(\.\.\.\) \(--decimal-comma with polypref build pairs\)"
)
_NEVER = re.compile(r"\((first|second)=(?:\(\)|None)\)")


def _options_of_verdict(match: re.Match[str]) -> str:
    if match[1]:
        return f"(leave --{match[1]} out)"
    return "give --decimal-comma" if "decimal" in match[0] else "give each to --first, --second, --tie or --unjudged"


def in_option_of_split(sentence: str) -> str:
    """A sentence about the share of test rows in the words of a builder script's option `--test`.

    Args:
        sentence: as a declaration raises it.

    Returns:
        The same with the option in place of the call.

    Example:
        >>> in_option_of_split("Split(test=7.0): the test share must be under 1")
        '--test 7.0: the test share must be under 1'
    """
    return _OF_SPLIT.sub(r"--test \1", sentence)


def in_option_previous(sentence: str) -> str:
    """A sentence about the earlier version in the words of the option `--previous` of `polypref build`.

    Args:
        sentence: as a declaration or the reading of that version raises it.

    Returns:
        The same with the option in place of the call.

    Example:
        >>> in_option_previous("Split(previous='build/a'): there is no folder of this name")
        "--previous 'build/a': there is no folder of this name"
    """
    return _OF_PREVIOUS.sub(lambda match: f"--previous{match[1] and ' '}{match[1]}", sentence)


_OF_PREVIOUS = re.compile(r"Split\(previous=(?:\.\.\.|)((?:'[^']*'|\"[^\"]*\")?)\)")
_OF_SPLIT = re.compile(r"^Split\(test=([^()]*)\)")


@contextmanager
def reworded(reword: Callable[[str], str] | None) -> Iterator[None]:
    """Has what is raised speak in other words.

    Args:
        reword: gives a sentence in these words; None leaves all as it is.

    Yields:
        nothing; what the block raises is meant.

    Raises:
        UserError: what was raised, reworded.
    """
    try:
        yield
    except UserError as error:
        if reword is None or (other := reword(str(error))) == str(error):
            raise
        raise UserError(other) from error


def _rewritten(
    sentence: str, write: Write, alone: Callable[[str, str], str] | None = None, brackets: bool = False
) -> str:
    """A sentence whose calls are written otherwise; options in brackets behind one stand in its place, or fall."""
    at, pieces = 0, list[str]()
    while begin := _BEGINS.search(sentence, at):
        end = _closing(sentence, begin.end())
        declared = _declared(begin[1], sentence[begin.end() : end]) if end is not None else None
        if declared is None or end is None:
            pieces.append(sentence[at : begin.end()])
            at = begin.end()
            continue
        pieces.append(_with_fields(sentence[at : begin.start()], alone))
        bracket = _IN_BRACKETS.match(sentence, end + 1)
        pieces.append(f"{bracket[1]}{bracket[2]}" if bracket and brackets else write(declared))
        at = bracket.end() if bracket else end + 1
    return "".join((*pieces, _with_fields(sentence[at:], alone)))


_IN_BRACKETS = re.compile(r" \((--[^()]*?) with polypref build pairs([^()]*)\)")
# A field with its value that stands by itself: `with tool_schemas='tools'`.
_FIELD = re.compile(r"(?<![\w.(\[{'\"-])([a-z][a-z_]+)=('[^']*'|True|False|\(\))")


def _with_fields(text: str, alone: Callable[[str, str], str] | None) -> str:
    def written(match: re.Match[str]) -> str:
        try:
            value = _toml_of(ast.parse(match[2], mode="eval").body)
        except (SyntaxError, ValueError):
            return match[0]  # something that a user wrote, as a path that ends in a backslash
        return (alone(match[1], match[2]) if alone else "") or f"{match[1]} = {value}"

    return _FIELD.sub(written, text)


def _option_alone(options: Mapping[str, str], field: str, value: str) -> str:
    """The option of a field that stands by itself, whatever declaration has it; empty where there is none."""
    kinds = (_option(kind, field, _literal(value), options) for kind in ("Verdict", "Fields", "Answer"))
    return next(filter(None, kinds), "")


def _literal(text: str) -> object:
    value: object = ast.literal_eval(text)
    return value


def _closing(sentence: str, at: int) -> int | None:
    """Where the bracket closes that was opened before; None where none does."""
    depth, quote = 1, ""
    for place in range(at, len(sentence)):
        sign = sentence[place]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
            if not depth:
                return place
    return None


def _declared(kind: str, inside: str) -> _Declared | None:
    """What stands between the brackets; None where that is no call of Python."""
    # `Fields(prompt=None, ...)` names fields before the rest, which Python's own grammar has after it.
    bare = re.sub(r"(?:,\s*)?(?<![\w.(\[=])\.\.\.(?=\s*(?:,|$))", "", inside).strip().removeprefix(",").strip()
    try:
        call = ast.parse(f"f({bare})", mode="eval").body
    except (SyntaxError, ValueError):
        return None
    assert isinstance(call, ast.Call)
    names: dict[str, str | None] = {}
    values: dict[str, object] = {}
    places = [(_POSITIONAL.get(kind, ""), one) for one in call.args[:1]]
    for name, node in [*places, *((one.arg or "", one.value) for one in call.keywords)]:
        if not name:
            return None
        constant = isinstance(node, ast.Constant | ast.Tuple)
        with suppress(ValueError):
            values[name] = ast.literal_eval(node) if constant else ...
        names[name] = None if values.get(name) is ... and constant else _toml_of(node)
    if len(names) > 1:
        names = {name: value for name, value in names.items() if name not in ("text", "rater")}
    return _Declared(kind, names, values)


def _toml_of(node: ast.expr) -> str:
    """A value as TOML has it; a word that stands for one as it is."""
    match node:
        case ast.Tuple() | ast.List():
            return f"[{', '.join(map(_toml_of, node.elts))}]"
        case ast.Dict():
            pairs = zip(node.keys, node.values, strict=True)
            return f"{{{', '.join(f'{_toml_of(key)} = {_toml_of(value)}' for key, value in pairs if key)}}}"
        case ast.Call():
            return f"{{{', '.join(f'{one.arg} = {_toml_of(one.value)}' for one in node.keywords)}}}"
        case ast.Constant(value=str() | bool() | int() | float() as value):
            return json.dumps(value, ensure_ascii=False)
        case ast.Constant(value=value) if value is ...:
            return "..."
    return ast.unparse(node)


def _as_toml(declared: _Declared) -> str:
    kind, table = declared.kind, _TABLES.get(declared.kind, "")
    before = "fields." if table == "fields" else ""
    named = [_key(f"{before}{name}", value) for name, value in declared.fields.items()]
    if kind in _ELSEWHERE:
        return ", ".join(named) or kind
    if table == "fields":
        return ", ".join(named) or "[fields]"
    of_kind = [f'kind = "{kind}"'] if named and kind not in ("Answer", "Verdict") else []
    return " ".join((table, ", ".join((*of_kind, *named)))).strip()


def _key(name: str, value: str | None) -> str:
    if value == "None":
        return f"{name} left out"
    return name if value is None else f"{name} = {value}"


def _option(kind: str, name: str, value: object, options: Mapping[str, str]) -> str:
    """The option that says a field, with its value; empty where there is none."""
    if exact := options.get(f"{kind}.{name}={value}"):
        return exact
    option = options.get(f"{kind}.{name}", "")
    if not option or value is ... or isinstance(value, bool | dict):
        return option
    if value is None:
        return f"{option} left out"
    listed = value if isinstance(value, tuple | list) else (value,)
    return f"{option} {','.join(map(str, listed))}" if listed else f"{option} left out"
