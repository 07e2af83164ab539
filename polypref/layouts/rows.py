"""How a row of a source becomes rows of the project's tables."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache

from .. import languages, schema
from ..errors import UserError
from ..files.cells import Bad, Cell, Row, is_missing, look_up, look_up_or_none, name_of
from ..languages.registry import registered
from ..text.cleaning import texts_changed
from ..text.criteria import criterion_key, turns_by_key, with_criterion
from ..text.messages import compact_json, message_json
from .answers import NO_ANSWERS, add_answer, answers_in, name_in_verdicts
from .conversations import clean_cell, messages, refuse_thought, same_turns, split_answer, thoughts_apart
from .criteria import criterion_of
from .edits import add_edits
from .fields import OF_ROW, Answer, Fields
from .occasions import add_row_occasion
from .people import add_people
from .shared_turns import NO_PROMPT, shared_prompt, with_shared_system
from .source import Source
from .tables import Item, NotAsked, PromptRow, UnusedMessage
from .tools import Turn, schemas_of
from .turns import turns_of
from .votes import add_occasion, add_sides, add_verdicts
from .where import left_out_by

#: The reason that rows are left out for whose language no known one goes by; the detail is its name.
UNKNOWN_LANGUAGE = "unknown_language"
#: The detail of that reason where a row names no language.
NO_LANGUAGE = "none given"
#: The reason of rows in a known language that the build does not ask for.
OTHER_LANGUAGE = "language_not_asked_for"


def interpret_row(row: Row, source: Source, wanted: frozenset[str] | None, salt: str = "") -> Item:
    """Turns a row of a source into rows of the tables.

    Args:
        row: the row as read.
        source: where it is from.
        wanted: the build's languages; None for all.
        salt: of the pseudonyms that stand for people.

    Returns:
        the prompt, and its answers, ratings and verdicts, with what could not be used of the row.

    Raises:
        Bad: the row cannot be used.
        NotAsked: the row is in another language, or `where` leaves it out.
    """
    fields = source.fields
    if (column := left_out_by(row, source.where)) is not None:
        raise NotAsked(f"where_{column}", _language_or_none(row, source))
    language = _language(row, fields, source)
    if wanted is not None and language not in wanted:
        raise NotAsked(OTHER_LANGUAGE, language)
    before = texts_changed()
    try:
        item = _item(row, source, language, salt)
        item.cleaned = texts_changed() > before
        return item
    except Bad as bad:
        bad.language = language
        raise


def unused_line(bad: Bad, source: Source, wanted: frozenset[str] | None = None) -> Bad | NotAsked:
    """What a line says in place of a row, with the language where it is that of a message.

    Args:
        bad: what the line holds.
        source: where it is from.
        wanted: the build's languages; None for all.

    Returns:
        what is counted of it: something that is wrong, or a message that nobody wants.
    """
    if not isinstance(bad, UnusedMessage):
        return bad
    language = _language_or_none(bad.message, source)
    if bad.left_out:
        return NotAsked(bad.reason, language)
    if language and wanted is not None and language not in wanted:
        return NotAsked(OTHER_LANGUAGE, language)
    bad.language = language
    return bad


def _language_or_none(row: Row, source: Source) -> str:
    """The language of a row that is left out whatever it holds; empty where it has none that is known."""
    try:
        return _language(row, source.fields, source)
    except Bad:
        return ""


def _item(row: Row, source: Source, language: str, salt: str) -> Item:
    fields = source.fields
    plain, forms = _prompt(row, fields)
    criterion = criterion_of(row, fields.criterion)
    asked, apart = (with_criterion(plain, criterion), None) if fields.criterion_in == "system" else (plain, criterion)
    forms = forms if asked is plain else [asked, *forms]
    response_language = _response_language(row, fields, language)
    whole, schemas = _whole_turns(asked), schemas_of(look_up_or_none(row, fields.tool_schemas))
    tools = compact_json(schemas) if schemas else None
    keyed, key = turns_by_key(asked, criterion), criterion_key(apart) if apart else None
    prompt = schema.prompt_id(language, keyed, response_language, _whole_turns(keyed), tools, key)
    # What was asked is the same by every criterion.
    alone = schema.prompt_id(language, plain, response_language, _whole_turns(plain), tools) if criterion else prompt
    group = name_of(look_up_or_none(row, fields.group))
    translator = name_of(look_up_or_none(row, fields.translator))
    item = Item(
        {
            "prompt_id": prompt,
            "group_id": schema.make_id("group", source.name, group) if group else schema.make_id("group", alone),
            "language": language,
            "response_language": response_language,
            "prompt": _texts(asked),
            "sources": [{"name": source.name, "revision": source.revision or "main", "licence": source.licence}],
            "origin": "translated" if translator else "native",
            "translator": translator or None,
            "reference": None,
            "labels": [],
            "source_prompt": None,
            "source_language": None,
            "translation_score": None,
            "messages": whole,
            "tools": tools,
            "criterion": criterion,
        },
        [],
        [],
        [],
        [],
    )
    for what, add_part in _PARTS.items():
        try:
            add_part(item.prompt, row, fields)
        except Bad as bad:
            item.unreadable = True
            item.problems.append((f"{what}_{bad.reason}", bad.detail))
    answers = _answers(item, row, fields)
    ids = [add_answer(item, part, where, forms, fields.form) for part, where in answers]
    if fields.verdict:
        models = tuple(name_in_verdicts(part, where) for part, where in answers) if fields.verdict.columns else ()
        add_verdicts(item, row, fields, ids, models, source.name, salt)
    if any(part.side for part in fields.answers):
        add_sides(item, [part for part, _ in answers], ids)
    add_edits(item, answers, ids, forms, fields)
    if fields.occasion == OF_ROW:
        add_row_occasion(item)
    elif fields.occasion is not None:
        add_occasion(item, row, fields.occasion, source.name, salt)
    if fields.annotator is not None or fields.annotator_groups:
        add_people(item, row, fields, source.name, salt)
    return item


def _texts(asked: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{"role": one["role"], "content": one["content"]} for one in asked]


def _whole_turns(asked: list[dict[str, str]]) -> str | None:
    """The turns of a prompt as a JSON list, where one of them is more than a role and a text."""
    if not any("message" in one for one in asked):
        return None
    return f"[{', '.join(one.get('message') or message_json(one) for one in asked)}]"


def _answers(item: Item, row: Row, fields: Fields) -> list[tuple[Answer, Cell]]:
    """The answers of a row; a list of them that is absent, or is none, becomes a problem of the row."""
    try:
        return list(answers_in(row, fields))
    except Bad as bad:
        item.unreadable = item.unreadable or bad.reason != NO_ANSWERS
        item.problems.append((bad.reason, bad.detail))
        return []


def _prompt(row: Row, fields: Fields) -> tuple[list[dict[str, str]], list[list[dict[str, str]]]]:
    """The prompt of a row, and the forms that it may have in a conversation of an answer."""
    column = fields.prompt
    asked = _shared_prompt(row, fields) if column is None else messages(look_up(row, column), fields.form)
    for message in asked:
        if message["role"] == "assistant":
            refuse_thought(message["content"], fields.thoughts)
    # Where a column of its own holds the system message, a conversation in an answer may leave it out.
    if (system := _system(row, fields)).strip():
        own = {"role": "system", "content": system}
        if asked[0]["role"] != "system":
            return [own, *asked], [[own, *asked], asked]
        if not same_turns([own], asked[:1]):
            raise Bad("two_system_messages", fields.system or "")
    else:
        asked = with_shared_system(asked, _histories(row, fields))
    return asked, [asked]


def _shared_prompt(row: Row, fields: Fields) -> list[dict[str, str]]:
    """The turns with which the conversations of the answers begin; where none can be read, why the first cannot."""
    faults: list[Bad] = []
    try:
        return shared_prompt(_histories(row, fields, faults), _answer_cells(row, fields))
    except Bad as bad:
        if bad.reason == NO_PROMPT and faults:
            raise Bad(f"answer_{faults[0].reason}", faults[0].detail) from None
        raise


def _histories(row: Row, fields: Fields, faults: list[Bad] | None = None) -> Iterator[list[dict[str, str]]]:
    """What was said before each answer, nothing for one that stands alone; what cannot be read goes into `faults`."""
    try:
        answers = list(answers_in(row, fields))
    except Bad:
        return
    for part, where in answers:
        try:
            turns = turns_of(look_up(where, part.text), fields.form)
            history = split_answer(turns, fields.form)[0] if turns is not None else []
        except Bad as bad:
            if faults is not None:
                faults.append(bad)
            continue
        yield history


def _answer_cells(row: Row, fields: Fields) -> Iterator[Cell]:
    """What the columns of a row's answers hold, those aside that cannot be read."""
    try:
        answers = list(answers_in(row, fields))
    except Bad:
        return
    for part, where in answers:
        with suppress(Bad):
            yield look_up_or_none(where, part.text)


def _language(row: Row, fields: Fields, source: Source) -> str:
    value = look_up_or_none(row, fields.language) if fields.language else source.language
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
    code = name_of(look_up_or_none(row, fields.response_language))
    return _known(code) if code else language


def _system(row: Row, fields: Fields) -> str:
    value = look_up_or_none(row, fields.system)
    return "" if is_missing(value) else clean_cell(value)


def _add_reference(prompt: PromptRow, row: Row, fields: Fields) -> None:
    value = look_up_or_none(row, fields.reference)
    refuse_thought(value, fields.thoughts)
    if fields.thoughts == "cut":
        value = thoughts_apart(Turn("assistant", value)).content
    reference = "" if is_missing(value) else clean_cell(value, answer=True)
    prompt["reference"] = reference if reference.strip() else None


def _add_labels(prompt: PromptRow, row: Row, fields: Fields) -> None:
    value = look_up_or_none(row, fields.labels)
    names = [name_of(v) for v in (value if isinstance(value, list) else [value])]
    prompt["labels"] = [name for name in names if name]


def _add_source(prompt: PromptRow, row: Row, fields: Fields) -> None:
    """What the prompt was translated from, and the language of that, where the row says so."""
    value, code = look_up_or_none(row, fields.source_text), name_of(look_up_or_none(row, fields.source_language))
    language = _known(code) if code else None
    prompt["source_prompt"] = None if is_missing(value) else _texts(messages(value, fields.form))
    prompt["source_language"] = language


#: What a prompt can do without; one that cannot be read is left out and counted, and the prompt stays.
_PARTS: Mapping[str, Callable[[PromptRow, Row, Fields], None]] = {
    "reference": _add_reference,
    "labels": _add_labels,
    "source": _add_source,
}
