"""How a row of a source becomes rows of the project's tables."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias, TypedDict

from .. import languages, schema
from ..errors import UserError
from ..files.cells import Bad, Cell, Row, is_missing, label_of, look_up, name_of, number_in
from ..languages.registry import registered
from ..text.cleaning import texts_changed
from .conversations import answer_text, answer_to, clean_cell, is_conversation, messages, shown
from .fields import Answer, Fields, Verdict
from .source import Source

#: The reason that rows are left out for whose language no known one goes by; the detail is its name.
UNKNOWN_LANGUAGE = "unknown_language"
#: The detail of that reason where a row names no language.
NO_LANGUAGE = "none given"


class PromptSource(TypedDict):
    """Where a prompt is from."""

    name: str
    revision: str
    licence: str


class PromptRow(TypedDict):
    """A row of schema.PROMPTS."""

    prompt_id: str
    group_id: str
    language: str
    response_language: str
    prompt: list[dict[str, str]]
    sources: list[PromptSource]
    origin: str
    translator: str | None
    reference: str | None
    labels: list[str]
    source_prompt: list[dict[str, str]] | None
    source_language: str | None
    translation_score: float | None


class CompletionRow(TypedDict):
    """A row of schema.COMPLETIONS as a source gives it: nothing is known of how the answer was made."""

    completion_id: str
    prompt_id: str
    model: str
    model_revision: str
    model_licence: str
    route: str
    text: str
    source_text: str | None
    translator: None
    system: None
    finish_reason: str | None
    tokens: None
    sampling: None


class RatingRow(TypedDict):
    """A row of schema.RATINGS as a source gives it."""

    prompt_id: str
    completion_id: str
    rater: str
    rater_revision: str
    score: float
    aspects: None
    rationale: None


class VerdictRow(TypedDict):
    """A row of schema.VERDICTS."""

    prompt_id: str
    completion_a: str
    completion_b: str
    preferred: str
    rater: str


TableRow: TypeAlias = PromptRow | CompletionRow | RatingRow | VerdictRow


@dataclass
class Item:
    """What one row becomes: rows of the prompts, completions, ratings and verdicts tables.

    `problems` are parts left out while the row stays: (reason, detail); `unreadable` says that one of them is there
    and cannot be read, or that a verdict lacks an answer; `cleaned` that a text was changed at the door.
    """

    prompt: PromptRow
    completions: list[CompletionRow]
    ratings: list[RatingRow]
    verdicts: list[VerdictRow]
    problems: list[tuple[str, str]]
    unreadable: bool = False
    cleaned: bool = False


class NotAsked(Exception):
    """A good row that this build does not want.

    Attributes:
        reason: why, as the funnel names it.
        language: of the row; empty where it has none that is known.
    """

    def __init__(self, reason: str, language: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.language = language


def interpret_row(row: Row, source: Source, wanted: frozenset[str] | None) -> Item:
    """Turns a row of a source into rows of the tables.

    Args:
        row: the row as read.
        source: where it is from.
        wanted: the build's languages; None for all.

    Returns:
        the prompt, and its answers, ratings and verdicts, with what could not be used of the row.

    Raises:
        Bad: the row cannot be used.
        NotAsked: the row is in another language, or `where` leaves it out.
    """
    fields = source.fields
    for column, allowed in source.where.items():
        if look_up(row, column) not in list(allowed):
            raise NotAsked(f"where_{column}", _language_or_none(row, source))
    language = _language(row, fields, source)
    if wanted is not None and language not in wanted:
        raise NotAsked("language_not_asked_for", language)
    before = texts_changed()
    try:
        item = _item(row, source, language)
        item.cleaned = texts_changed() > before
        return item
    except Bad as bad:
        bad.language = language
        raise


def _language_or_none(row: Row, source: Source) -> str:
    """The language of a row that is left out whatever it holds; empty where it has none that is known."""
    try:
        return _language(row, source.fields, source)
    except Bad:
        return ""


def _item(row: Row, source: Source, language: str) -> Item:
    fields = source.fields
    asked = messages(look_up(row, fields.prompt))
    # Where a column of its own holds the system message, a conversation in an answer may leave it out.
    forms = [asked]
    if (system := _system(row, fields)).strip():
        if asked[0]["role"] == "system":
            raise Bad("two_system_messages", fields.system or "")
        asked = [{"role": "system", "content": system}, *asked]
        forms.insert(0, asked)
    response_language = _response_language(row, fields, language)
    prompt = schema.prompt_id(language, asked, response_language)
    group = name_of(look_up(row, fields.group)) if fields.group else ""
    translator = name_of(look_up(row, fields.translator)) if fields.translator else ""
    item = Item(
        {
            "prompt_id": prompt,
            "group_id": schema.make_id("group", source.name, group) if group else schema.make_id("group", prompt),
            "language": language,
            "response_language": response_language,
            "prompt": asked,
            "sources": [{"name": source.name, "revision": source.revision or "main", "licence": source.licence}],
            "origin": "translated" if translator else "native",
            "translator": translator or None,
            "reference": _reference(row, fields),
            "labels": _labels(row, fields),
            "source_prompt": _source_prompt(row, fields.source_text),
            "source_language": _source_language(row, fields.source_language),
            "translation_score": None,
        },
        [],
        [],
        [],
        [],
    )
    ids = [_answer_of(item, part, where, forms) for part, where in _answers(row, fields)]
    if fields.verdict:
        if len(ids) != 2 or None in ids:
            item.unreadable = True
            item.problems.append(("verdict_without_two_answers", f"{sum(i is not None for i in ids)} usable"))
        else:
            item.verdicts.append(_verdict(row, fields.verdict, prompt, str(ids[0]), str(ids[1])))
    return item


def _language(row: Row, fields: Fields, source: Source) -> str:
    value = look_up(row, fields.language) if fields.language else source.language
    return _known(row.get("language") if is_missing(value) else value)


def _known(value: Cell) -> str:
    code = name_of(value)
    try:
        return _tag(code, registered())
    except UserError:
        raise Bad(UNKNOWN_LANGUAGE, code[:40] or NO_LANGUAGE) from None


@lru_cache(maxsize=4096)  # asked of every row; another language registered may be the one that a code means
def _tag(code: str, own: tuple[languages.Language, ...]) -> str:
    return languages.resolve(code).tag


def _response_language(row: Row, fields: Fields, language: str) -> str:
    code = name_of(look_up(row, fields.response_language)) if fields.response_language else ""
    return _known(code) if code else language


def _system(row: Row, fields: Fields) -> str:
    value = look_up(row, fields.system) if fields.system else None
    return "" if is_missing(value) else clean_cell(value)


def _reference(row: Row, fields: Fields) -> str | None:
    value = look_up(row, fields.reference) if fields.reference else None
    reference = "" if is_missing(value) else clean_cell(value, answer=True)
    return reference if reference.strip() else None


def _source_language(row: Row, column: str | None) -> str | None:
    """The language that the prompt was translated from, where the row says so."""
    code = name_of(look_up(row, column)) if column else ""
    return _known(code) if code else None


def _source_prompt(row: Row, column: str | None) -> list[dict[str, str]] | None:
    value = look_up(row, column) if column else None
    return None if is_missing(value) else messages(value)


def _source_text(row: Cell, column: str | None) -> str | None:
    value = look_up(row, column) if column else None
    return None if is_missing(value) else clean_cell(value)


def _labels(row: Row, fields: Fields) -> list[str]:
    value = look_up(row, fields.labels) if fields.labels else None
    names = [name_of(v) for v in (value if isinstance(value, list) else [value])]
    return [name for name in names if name]


def _answers(row: Row, fields: Fields) -> Iterator[tuple[Answer, Cell]]:
    if fields.each is None:
        yield from ((part, row) for part in fields.answers)
        return
    items = look_up(row, fields.each)
    if not isinstance(items, list):
        raise Bad("answers_not_a_list", fields.each)
    for one in items:
        yield from ((part, one) for part in fields.answers)


def _answer_of(item: Item, part: Answer, row: Cell, prompts: Sequence[Sequence[schema.Message]]) -> str | None:
    """Adds one answer to the item; returns its completion_id, or None when it was left out."""
    value = look_up(row, part.text)
    model = name_of(look_up(row, part.model_column)) if part.model_column else name_of(part.model)
    try:
        if is_conversation(value):
            value = answer_to(value, *prompts)
        answer = answer_text("" if is_missing(value) else value, prompts[0])
        model = clean_cell(model or "unknown")
        source_text = _source_text(row, part.source_text)
    except Bad as bad:
        item.unreadable = True
        item.problems.append((f"answer_{bad.reason}", f"{model[:80]} {bad.detail}".strip()))
        return None
    prompt = item.prompt["prompt_id"]
    revision = name_of(part.revision) or "unknown"
    licence = look_up(row, part.licence_column) if part.licence_column else part.licence
    done = schema.completion_id(prompt, model, revision, part.route, answer)
    finish = look_up(row, part.finish_reason) if part.finish_reason else None
    item.completions.append(
        {
            "completion_id": done,
            "prompt_id": prompt,
            "model": model,
            "model_revision": revision,
            "model_licence": name_of(licence) or "unknown",
            "route": part.route,
            "text": answer,
            "source_text": source_text,
            "translator": None,
            "system": None,
            "finish_reason": None if finish is None else name_of(finish),
            "tokens": None,
            "sampling": None,
        }
    )
    if part.score:
        _score_of(item, part, look_up(row, part.score), done)
    return done


def _score_of(item: Item, part: Answer, value: Cell, done: str) -> None:
    try:
        score = number_in(value)
        if not math.isfinite(score) or isinstance(value, bool):
            raise ValueError
    except (ValueError, OverflowError):
        item.unreadable = item.unreadable or not is_missing(value)
        item.problems.append(("score_not_a_number", shown(value)))
        return
    item.ratings.append(
        {
            "prompt_id": item.prompt["prompt_id"],
            "completion_id": done,
            "rater": part.rater,
            "rater_revision": "",
            "score": score,
            "aspects": None,
            "rationale": None,
        }
    )


def _verdict(row: Row, verdict: Verdict, prompt: str, one: str, other: str) -> VerdictRow:
    preferred = _side(row, verdict, verdict.column)
    if verdict.swapped:
        again = _side(row, verdict, verdict.swapped)
        if verdict.swapped_names_position:
            again = {"a": "b", "b": "a"}.get(again, again)
        preferred = preferred if again == preferred else "disagreement"
    return {
        "prompt_id": prompt,
        "completion_a": one,
        "completion_b": other,
        "preferred": preferred,
        "rater": verdict.rater,
    }


def _side(row: Row, verdict: Verdict, column: str | None) -> str:
    if column is None:
        return "a"
    value = look_up(row, column)
    side = verdict.side(value)
    if side is None:
        known = ", ".join(repr(label_of(one)) for one in (*verdict.first, *verdict.second, *verdict.tie))
        raise Bad("unknown_verdict", f"{label_of(value)[:40]!r} (known: {known[:80]})")
    return side
