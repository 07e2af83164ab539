"""Reads and writes what is known of a language: data/languages/TAG.toml, or the same keys in JSON and YAML.

Of further languages, which have no file, data/further_languages.tsv gives names, codes, scripts and direction.
"""

import csv
import json
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Literal

from ..errors import UserError
from ..files.json_types import Json, JsonObject
from ..files.packaged import packaged
from .facts import (
    LABEL_FAMILIES,
    LABEL_SIDES,
    LETTER_BLOCKS,
    AnswerIn,
    CloseLanguages,
    DetectorCodes,
    Language,
    Phrase,
    SheetWords,
    StyleCues,
    TaskWords,
    TranscriptLabels,
)
from .scripts import is_script
from .toml_tables import TomlTable

#: The folder of the package's own files.
FOLDER = str(packaged("languages"))
_DATA = Path(str(packaged()))
_FILE_NAME = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?")
_ISO639_3 = re.compile("[a-z]{3}")
_FLORES = re.compile("[a-z]{3}_[A-Z][a-z]{3}")
_NAMES = ("name", "native_name", "iso639_3", "scripts")
_NAMING = ("into_before", "into_after", "adjective_endings", "into_followers", "and_words", "no_language_endings")
_ROLES = ("text_nouns", "question_words", "topic_words")
_ASKING = ("correction", "repetition", "numbers", "times", "again", "declining", "latin_letters", "translation")
_TASKS = (*_ASKING, *_NAMING, *_ROLES)
_STYLES = ("hedging", "apology", "formal", "informal")
_SHEET = tuple(one.name for one in fields(SheetWords) if one.name not in ("source", "reviewer"))
_NUMBER = re.compile("[0-9]{1,5}")
_LONGEST_ADVICE = 1_000  # characters of what a review sheet says in one cell
_DETECTORS = tuple(one.name for one in fields(DetectorCodes))


def read_file(folder: str, tag: str, base: Language | None = None) -> Language:
    """Reads a language's file.

    Args:
        folder: where the files are.
        tag: the language's tag.
        base: what is known without the file; the file says more, or otherwise.

    Returns:
        the language.

    Raises:
        UserError: the file is not there, or is no such file.
    """
    path = Path(folder, f"{tag}.toml")
    if not _FILE_NAME.fullmatch(tag):
        raise UserError(f"{path}: the file's name is no language tag; call it as in gl.toml or sr-Latn.toml")
    try:
        text = path.read_text("utf-8")
        if text.startswith("\ufeff"):
            raise UserError(f"{path} begins with a byte order mark; save it as UTF-8 without one")
        given = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"{path} cannot be read: {error}") from None
    return from_mapping(tag, given, str(path), base)


def file_of(tag: str) -> str:
    """Names the place where the package says what it knows of a language.

    Args:
        tag: the language's tag.

    Returns:
        the path of the language's file, or of the table of languages without one.
    """
    file = Path(FOLDER, f"{tag}.toml")
    return str(file if file.is_file() else _DATA / "further_languages.tsv")


@cache
def tags(folder: str) -> tuple[str, ...]:
    """Lists the languages that have a file.

    Args:
        folder: where the files are.

    Returns:
        their tags, sorted.
    """
    return tuple(sorted(path.stem for path in Path(folder).glob("*.toml")))


@cache
def further() -> dict[str, Language]:
    """Reads what Unicode's CLDR and the detectors' labels say of languages that need no file.

    Returns:
        tag -> language.
    """
    with (_DATA / "further_languages.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return {row["tag"]: _further(row) for row in rows}


def _further(row: Mapping[str, str]) -> Language:
    language = Language(
        row["tag"],
        row["name"],
        row["native_name"],
        row["iso639_3"],
        tuple(row["scripts"].split()),
        row["flores"],
        direction="rtl" if row["direction"] == "rtl" else "ltr",
        spaces=row["spaces"] == "yes",
        aliases=tuple(filter(None, row["aliases"].split("; "))),
    )
    return with_labels(language)


def with_labels(language: Language) -> Language:
    """Fills in the labels of detectors that are one of a language's codes, where it gives none.

    Args:
        language: the language.

    Returns:
        the language with its labels; GlotLID's is its FLORES-200 code.
    """
    codes = dict.fromkeys((language.tag, language.iso639_3, *language.aliases))
    labels = {name: tuple(code for code in codes if code in known) for name, known in _labels().items()}
    labels["glotlid"] = (language.flores,) if language.flores else ()
    missing = {name: given for name, given in labels.items() if given and not getattr(language.codes, name)}
    return replace(language, codes=replace(language.codes, **missing))


@cache
def _labels() -> dict[str, frozenset[str]]:
    """Detector -> all its labels."""
    given = json.loads((_DATA / "detector_labels.json").read_text("utf-8"))
    return {detector: frozenset(labels) for detector, labels in given.items()}


def from_mapping(tag: str, given: object, where: str, base: Language | None = None) -> Language:
    """Makes a language of the keys that a file may have.

    Args:
        tag: the language's tag.
        given: the keys and values.
        where: what errors call the place.
        base: what is known already, for keys that are not given.

    Returns:
        the language.

    Raises:
        UserError: a key is unknown or lacking, or a value does not fit.
    """
    table = TomlTable(given, where)
    if base is None:
        # A language of one's own may have no code: it says so with "".
        needed = [key for key in _NAMES if key != "iso639_3" or table.given.get(key) != ""]
        if lacking := [key for key in needed if not str(table.given.get(key) or "").strip()]:
            raise UserError(f"{where}: {lacking[0]} is missing; a language needs {', '.join(_NAMES)}")
        base = Language(tag, "", "", "", ())
    language = Language(
        tag,
        table.text("name", base.name),
        table.text("native_name", base.native_name),
        _code(table, "iso639_3", base.iso639_3, _ISO639_3, "an ISO 639-3 code of three letters, as in glg"),
        _scripts(table) or base.scripts,
        _code(table, "flores", base.flores, _FLORES, "a FLORES-200 code, as in glg_Latn"),
        _codes(table, base.codes),
        _direction(table, base.direction),
        table.flag("spaces", base.spaces),
        _joshi_class(table, base.joshi_class),
        tuple(dict.fromkeys((*base.aliases, *table.texts("aliases")))),
        table.flag("words_take_endings", base.words_take_endings),
        table.flag("capitalised_nouns", base.capitalised_nouns),
        answer_in=_answer_in(table) or base.answer_in,
        close_languages=_close_languages(table, tag) or base.close_languages,
        transcript_labels=_transcript_labels(table) or base.transcript_labels,
        task_words=_task_words(table) or base.task_words,
        style_cues=_style_cues(table) or base.style_cues,
        review_sheet=_review_sheet(table) or base.review_sheet,
        refusals=_refusals(table) or base.refusals,
    )
    language = with_labels(_measured(table, language))
    table.end()
    return language


def _code(table: TomlTable, key: str, default: str, form: re.Pattern[str], wanted: str) -> str:
    code = table.text(key, default)
    return code if code == default or form.fullmatch(code) else table.wrong(key, wanted)


def _scripts(table: TomlTable) -> tuple[str, ...]:
    scripts = table.texts("scripts")
    if unknown := [one for one in scripts if not is_script(one)]:
        raise UserError(f"{table.where}: scripts has {unknown[0]!r}; give ISO 15924 codes of four letters, as in Latn")
    return scripts


def _direction(table: TomlTable, default: Literal["ltr", "rtl"]) -> Literal["ltr", "rtl"]:
    value = table.text("direction", default)
    return "rtl" if value == "rtl" else "ltr" if value == "ltr" else table.wrong("direction", "ltr or rtl")


def _joshi_class(table: TomlTable, default: int | None) -> int | None:
    value = table.value("joshi_class")
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 5):
        table.wrong("joshi_class", "a class from 0 to 5")
    return default if value is None else int(value)


def _codes(table: TomlTable, default: DetectorCodes) -> DetectorCodes:
    detectors = table.table("detectors")
    if detectors is None:
        return default
    labels = {name: detectors.texts(name) for name in _DETECTORS}
    detectors.end()
    for name, known in _labels().items():
        if unknown := [label for label in labels[name] if label not in known]:
            detectors.wrong(name, f"labels that {name} has, not {unknown[0]!r}")
    return replace(default, **{name: given for name, given in labels.items() if given})


def _measured(table: TomlTable, language: Language) -> Language:
    measured = table.table("measured")
    if measured is None:
        return language
    margins = measured.table("margins")
    if margins is not None:
        for label in margins.given.keys() - _labels()["py3langid"]:
            margins.wrong(label, f"labels that py3langid has, not {label!r}")
    language = replace(
        language,
        length_factor=measured.number("length_factor"),
        usual_lead=measured.number("usual_lead"),
        characters_of_a_word=measured.number("characters_of_a_word"),
        margins={} if margins is None else {label: margins.number(label) or 0.0 for label in margins.given},
    )
    measured.end()
    return language


def _source(table: TomlTable) -> tuple[str, str]:
    """Where a table's texts are from and who reviewed them."""
    source = table.text("source")
    if not source.strip():
        table.wrong("source", "who wrote it, as in 'machine-written, unreviewed'")
    reviewer = table.text("reviewer")
    if reviewer and not reviewer.strip():
        table.wrong("reviewer", "the name of the speaker who confirmed it, or '' where none has")
    return source, reviewer.strip()


def _answer_in(table: TomlTable) -> AnswerIn | None:
    own = table.table("answer_in")
    if own is None:
        return None
    sentence = own.text("sentence")
    if sentence.count("{language}") != 1 or sentence.replace("{language}", "").strip("{}") == "":
        own.wrong("sentence", "a sentence with {language} once")
    answer_in = AnswerIn(sentence, *_source(own))
    own.end()
    return answer_in


def _close_languages(table: TomlTable, tag: str) -> CloseLanguages | None:
    own = table.table("close_languages")
    if own is None:
        return None
    other = own.table("other")
    if other is not None:
        for neighbour in other.given:
            if not _FILE_NAME.fullmatch(neighbour) or neighbour == tag:
                other.wrong(neighbour, "words under the tag of another language, as in pt")
    close = CloseLanguages(
        *_source(own),
        own.words("own"),
        {} if other is None else {neighbour: other.words(neighbour) for neighbour in other.given},
        own.words("own_endings"),
        own.text("letters"),
        own.text("own_letters"),
        own.text("script", "Latn"),
        own.flag("patterns", False),
    )
    own.end()
    _check_letters(own, close)
    return close


def _check_letters(table: TomlTable, close: CloseLanguages) -> None:
    """Refuses letters and patterns that texts cannot be read with."""
    for key, letters in (("letters", close.letters), ("own_letters", close.own_letters)):
        if not all(unicodedata.category(letter)[0] in "LM" for letter in letters):
            table.wrong(key, "letters alone, one after the other")
        if letters and close.script not in LETTER_BLOCKS:
            table.wrong("script", f"one of {', '.join(LETTER_BLOCKS)}, or leave letters and own_letters out")
    patterns = {"own": close.own} | {f"other: {tag}": words for tag, words in close.other.items()}
    for key, expressions in patterns.items() if close.patterns else ():
        for expression in expressions:
            plain = expression.removesuffix("~")
            try:
                re.compile(plain)
            except re.error as error:
                raise UserError(
                    f"{table.where}: {key} has {expression!r}, which is no regular expression: {error}"
                ) from None
            try:
                re.compile(f"(?:{plain})|(?:{plain})")
            except re.error:
                raise UserError(
                    f"{table.where}: {key} has {expression!r}; patterns are joined, so give it without names of groups "
                    "and flags, as in (a|b) for (?P<name>a|b)"
                ) from None


def _transcript_labels(table: TomlTable) -> TranscriptLabels | None:
    own = table.table("transcript_labels")
    if own is None:
        return None
    source, reviewer = _source(own)
    families = {name: _label_sides(one) for name in LABEL_FAMILIES if (one := own.table(name))}
    words = own.texts("dialogue_words")
    own.end()
    return TranscriptLabels(source, reviewer, families, words)


def _label_sides(table: TomlTable) -> dict[str, tuple[str, ...]]:
    """The labels of one family by side."""
    sides = {side: table.texts(side) for side in LABEL_SIDES}
    table.end()
    return {side: labels for side, labels in sides.items() if labels}


def _task_words(table: TomlTable) -> TaskWords | None:
    own = table.table("task_words")
    if own is None:
        return None
    words = TaskWords(*_source(own), *map(own.texts, _TASKS))
    pairs = (one.partition(" ") for one in words.numbers)  # an empty word would stand everywhere
    if not all(_NUMBER.fullmatch(number) and all(map(str.strip, listed.split("|"))) for number, _, listed in pairs):
        own.wrong("numbers", "a list of numbers and the words for them, as '10 ten'")
    own.end()
    return words


def _style_cues(table: TomlTable) -> StyleCues | None:
    own = table.table("style_cues")
    if own is None:
        return None
    cues = StyleCues(*_source(own), *map(own.texts, _STYLES))
    own.end()
    return cues


def _review_sheet(table: TomlTable) -> SheetWords | None:
    own = table.table("review_sheet")
    if own is None:
        return None
    source, reviewer = _source(own)
    texts = {name: own.text(name) for name in _SHEET}
    for name in own.given.keys() & texts.keys():
        if not texts[name].strip() or len(texts[name]) > _LONGEST_ADVICE:
            own.wrong(name, f"a text of at most {_LONGEST_ADVICE} characters, or leave it out for the English one")
    own.end()
    return SheetWords(source, reviewer, **{name: text for name, text in texts.items() if text})


def _refusals(table: TomlTable) -> tuple[Phrase, ...]:
    groups = table.value("refusals")
    if groups is None:
        return ()
    if not isinstance(groups, list | tuple):
        table.wrong("refusals", "groups, each under [[refusals]]")
    phrases: list[Phrase] = []
    for number, given in enumerate(groups, 1):
        group = TomlTable(given, f"{table.where}: refusals, group {number}")
        source, reviewer = _source(group)
        phrases += [Phrase("refusal", text, source, reviewer) for text in group.texts("refusal")]
        phrases += [Phrase("boilerplate", text, source, reviewer) for text in group.texts("boilerplate")]
        phrases += [Phrase("idiom", text, source, reviewer) for text in group.texts("idiom")]
        group.end()
    return tuple(phrases)


def as_mapping(language: Language) -> JsonObject:
    """Writes down what is known of a language.

    Args:
        language: the language.

    Returns:
        the keys of a language's file, with only what is known: `from_mapping` makes the same language of them.
    """
    plain = Language(language.tag, "", "", "", ())
    names = (
        *_NAMES,
        *("flores", "direction", "spaces", "joshi_class", "aliases", "words_take_endings", "capitalised_nouns"),
    )
    keys: JsonObject = {"iso639_3": language.iso639_3}
    keys |= {name: _plain(getattr(language, name)) for name in names if getattr(language, name) != getattr(plain, name)}
    codes = {name: _plain(labels) for name in _DETECTORS if (labels := getattr(language.codes, name))}
    measured = {
        name: _plain(value)
        for name in ("length_factor", "usual_lead", "characters_of_a_word", "margins")
        if (value := getattr(language, name))
    }
    if codes:
        keys["detectors"] = codes
    if measured:
        keys["measured"] = measured
    if one := language.answer_in:
        keys["answer_in"] = {"sentence": one.sentence, "source": one.source, "reviewer": one.reviewer}
    if close := language.close_languages:
        keys["close_languages"] = {
            **{name: getattr(close, name) for name in ("source", "reviewer", "letters", "own_letters", "script")},
            "own": " ".join(close.own),
            "own_endings": " ".join(close.own_endings),
            "patterns": close.patterns,
            "other": {neighbour: " ".join(words) for neighbour, words in close.other.items()},
        }
    if labels := language.transcript_labels:
        families = {family: _plain(sides) for family, sides in labels.families.items()}
        words = {"dialogue_words": _plain(labels.dialogue_words)} if labels.dialogue_words else {}
        keys["transcript_labels"] = {"source": labels.source, "reviewer": labels.reviewer, **words, **families}
    if tasks := language.task_words:
        keys["task_words"] = {name: _plain(getattr(tasks, name)) for name in ("source", "reviewer", *_TASKS)}
    if cues := language.style_cues:
        keys["style_cues"] = {name: _plain(getattr(cues, name)) for name in ("source", "reviewer", *_STYLES)}
    if sheet := language.review_sheet:
        keys["review_sheet"] = {
            name: value for name in ("source", "reviewer", *_SHEET) if (value := getattr(sheet, name))
        }
    if language.refusals:
        keys["refusals"] = [
            {"source": one.source, "reviewer": one.reviewer, one.kind: [one.text]} for one in language.refusals
        ]
    return keys


def _plain(value: object) -> Json:
    """A value of a language as JSON has it."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value if isinstance(value, str | int | float | bool) else None
