"""How a row of a source becomes rows of the project's tables."""

from functools import lru_cache

from .. import languages, schema
from ..errors import UserError
from ..files.cells import Bad, Cell, Row, is_missing, look_up, name_of
from ..languages.registry import registered
from ..text.cleaning import texts_changed
from .answers import add_answer, answers_in
from .conversations import clean_cell, messages
from .fields import Fields
from .source import Source
from .tables import Item, NotAsked
from .verdicts import verdict_row

#: The reason that rows are left out for whose language no known one goes by; the detail is its name.
UNKNOWN_LANGUAGE = "unknown_language"
#: The detail of that reason where a row names no language.
NO_LANGUAGE = "none given"


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
    asked = messages(look_up(row, fields.prompt), fields.form)
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
            "source_prompt": _source_prompt(row, fields),
            "source_language": _source_language(row, fields.source_language),
            "translation_score": None,
        },
        [],
        [],
        [],
        [],
    )
    ids = [add_answer(item, part, where, forms, fields.form) for part, where in answers_in(row, fields)]
    if fields.verdict:
        if len(ids) != 2 or None in ids:
            item.unreadable = True
            item.problems.append(("verdict_without_two_answers", f"{sum(i is not None for i in ids)} usable"))
        else:
            item.verdicts.append(verdict_row(row, fields.verdict, prompt, str(ids[0]), str(ids[1])))
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


def _source_prompt(row: Row, fields: Fields) -> list[dict[str, str]] | None:
    value = look_up(row, fields.source_text) if fields.source_text else None
    return None if is_missing(value) else messages(value, fields.form)


def _labels(row: Row, fields: Fields) -> list[str]:
    value = look_up(row, fields.labels) if fields.labels else None
    names = [name_of(v) for v in (value if isinstance(value, list) else [value])]
    return [name for name in names if name]
