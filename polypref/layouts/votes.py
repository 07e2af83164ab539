"""The verdicts of a row, one by one: whoever gave them, and in how many columns or lists they stand."""

import hashlib
import json
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..files.cells import Bad, Cell, Row, is_missing, look_up_or_none, name_of
from .conversations import clean_cell
from .fields import Answer, Fields, VerdictKind
from .items import NOT_WANTED, items_in
from .labels import SeenLabel
from .model_names import sightings_in
from .readings import MOST_COMPARED, TOO_MANY, Reading
from .serialised import Serialised
from .tables import Item, VerdictRow

#: Why a verdict is left out where an answer of its row could not be read.
WITHOUT_TWO = "verdict_without_two_answers"


def pseudonym(salt: str, source: str, name: str) -> str:
    """What stands for a person or an occasion: the same for the same name within a source, and nothing tells the name.

    Args:
        salt: kept with the build, never published.
        source: name of the source: ids of two sources are of different people.
        name: as the source has it; blanks round it, and which of Unicode's forms its letters have, make no difference.

    Returns:
        16 hexadecimal digits; empty for an empty name.
    """
    name = unicodedata.normalize("NFC", name.strip())
    if not name:
        return ""
    return hashlib.blake2b("\0".join((source, name)).encode(), digest_size=8, key=salt.encode()[:64]).hexdigest()


def vote_of(source: str, row: Row, place: int | None) -> str:
    """What tells a vote of nobody by name from others: equal for rows of a source that are equal in every column.

    Args:
        source: name of the source.
        row: the row as read.
        place: of the vote among those of the row; None where rows hold one vote each.

    Returns:
        16 hexadecimal digits, and after a blank the place.

    Raises:
        Bad: `nested_too_deep`.
    """
    try:
        # What JSON has no type for (dates, bytes) is written as Python does.
        text = json.dumps([source, dict(row)], default=repr, skipkeys=True)
    except RecursionError:
        raise Bad("nested_too_deep", "the row") from None
    digest = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
    return digest if place is None else f"{digest} {place}"


class GivenVerdict(NamedTuple):
    """One verdict of a row.

    Attributes:
        reading: what it says of the answers.
        annotator: the name of who gave it; empty where the row names nobody.
        rationale: why, in their words; None where none are there.
        problem: why words that are there cannot be read, and what was seen; None where nothing is wrong.
    """

    reading: Reading
    annotator: str = ""
    rationale: str | None = None
    problem: tuple[str, str] | None = None


def readings_in(
    row: Row, kind: VerdictKind, answers: int, models: tuple[str, ...] = (), serialised: Serialised = False
) -> Iterator[GivenVerdict]:
    """What a row says of its answers, verdict by verdict.

    Args:
        row: the row as read.
        kind: what is declared of its verdicts.
        answers: how many answers it has.
        models: their models' names.
        serialised: whether lists may be printed into a text.

    Yields:
        each, with who gave it and why.
    """
    try:
        places: list[Cell] = [row] if kind.each is None else list(items_in(row, kind.each, serialised))
    except Bad as bad:
        yield GivenVerdict(Reading(problem=(f"verdicts_{bad.reason}", bad.detail), unreadable=True))
        return
    if not places:
        yield GivenVerdict(Reading(problem=("not_judged", "")))
    for place in places:
        if isinstance(place, Bad):
            yield GivenVerdict(Reading(problem=(place.reason, place.detail), unreadable=place.reason != NOT_WANTED))
            continue
        rationale, problem = _rationale_in(place, kind)
        for column in kind.columns or (None,):
            try:
                annotator = name_of(look_up_or_none(place, kind.annotator))
            except Bad as bad:
                yield GivenVerdict(Reading(problem=(f"annotator_{bad.reason}", bad.detail), unreadable=True))
                continue
            yield GivenVerdict(kind.read(place, column, answers, models), annotator, rationale, problem)


def _rationale_in(place: Cell, kind: VerdictKind) -> tuple[str | None, tuple[str, str] | None]:
    """Why somebody judged so, cleaned at the door; and what is wrong with it. The verdict stands without it."""
    try:
        value = look_up_or_none(place, kind.rationale) if kind.rationale else None
        text = "" if is_missing(value) else clean_cell(value).strip()
    except Bad as bad:
        return None, (f"rationale_{bad.reason}", bad.detail)
    return text or None, None


def labels_in(row: Row, fields: Fields) -> Iterator[SeenLabel]:
    """The labels of a row's verdicts that are declared, for rows that are not read further.

    Args:
        row: the row as read.
        fields: what is declared of its columns.

    Yields:
        each label.
    """
    if fields.verdict and fields.verdict.expected:
        for one in readings_in(row, fields.verdict, 2, serialised=fields.serialised):
            yield from (label for label in one.reading.labels if label.meaning)


def add_verdicts(
    item: Item,
    row: Row,
    fields: Fields,
    ids: Sequence[str | None],
    models: tuple[str, ...],
    source: str,
    salt: str,
) -> None:
    """Adds the verdicts of a row to what it becomes; what cannot be read becomes a problem of the row.

    Args:
        item: what the row becomes.
        row: the row as read.
        fields: what is declared of its columns; a verdict among them, or there is nothing to add.
        ids: of its answers; None for one that was left out.
        models: the models' names of the answers.
        source: name of the source.
        salt: of the pseudonyms.
    """
    kind, usable = fields.verdict, sum(one is not None for one in ids)
    if kind is None:
        return
    if kind.of_several and not ids:
        item.unreadable = True  # what is wrong with the answers is counted; no label can name one of none
        item.problems.append((WITHOUT_TWO, "0 usable"))
        item.verdicts_left_out.append(WITHOUT_TWO)
        return
    of_several = kind.each is not None or len(kind.columns) > 1
    for place, given in enumerate(readings_in(row, kind, len(ids), models, fields.serialised)):
        reading = given.reading
        item.labels += reading.labels
        item.sightings += sightings_in(row, reading.labels, fields)
        item.unreadable = item.unreadable or reading.unreadable or given.problem is not None
        item.problems += [given.problem] if given.problem else []
        if reading.problem:
            item.problems.append(reading.problem)
            item.verdicts_left_out.append(reading.problem[0])
        elif usable < 2 or (len(ids) != 2 and not kind.of_several):
            item.unreadable = True
            item.problems.append((WITHOUT_TWO, f"{usable} usable"))
            item.verdicts_left_out.append(WITHOUT_TWO)
            continue
        annotator = pseudonym(salt, source, given.annotator) or None
        vote = None if annotator or not reading.preferred else vote_of(source, row, place if of_several else None)
        for one, other, preferred in reading.preferred:
            first, second = ids[one], ids[other]
            if first is None or second is None:
                item.verdicts_left_out.append(WITHOUT_TWO)
                continue
            sides = first, second, preferred
            item.verdicts.append(verdict_row(item, sides, kind.rater, annotator, vote, given.rationale))


def add_sides(item: Item, parts: Sequence[Answer], ids: Sequence[str | None]) -> None:
    """Adds the verdicts of a row whose columns say which answers are better: every chosen one over every rejected one.

    Args:
        item: what the row becomes.
        parts: what is declared of its answers.
        ids: of the answers; None for one that was left out.
    """
    if len(parts) > MOST_COMPARED:
        item.unreadable = True
        item.problems.append((TOO_MANY, f"{len(parts):,}, at most {MOST_COMPARED:,}"))
        item.verdicts_left_out.append(TOO_MANY)
        return
    of_side: dict[str, list[str]] = {"chosen": [], "rejected": []}
    for part, one in zip(parts, ids, strict=True):
        if part.side and one is not None and one not in of_side[part.side]:
            of_side[part.side].append(one)
    for side, usable in of_side.items():
        if not usable:
            item.problems.append((f"no_{side}_answer", ""))
    if missing := [side for side, usable in of_side.items() if not usable]:
        item.verdicts_left_out.append(f"no_{missing[0]}_answer")
    rater = next((part.rater for part in parts if part.side), "")
    for chosen in of_side["chosen"]:
        for rejected in of_side["rejected"]:
            item.verdicts.append(verdict_row(item, (chosen, rejected, "a"), rater))


def verdict_row(
    item: Item,
    sides: tuple[str, str, str],
    rater: str,
    annotator: str | None = None,
    vote: str | None = None,
    rationale: str | None = None,
) -> VerdictRow:
    """A verdict on two answers of a row.

    Args:
        item: what the row becomes.
        sides: ids of the two answers, and `a`, `b`, `tie` or `disagreement`.
        rater: who judged.
        annotator: pseudonym of who of the rater's people it was; None where nobody is named.
        vote: what tells it from others of nobody by name.
        rationale: why, in their words.

    Returns:
        a row of schema.VERDICTS.
    """
    first, second, preferred = sides
    return {
        "prompt_id": item.prompt["prompt_id"],
        "completion_a": first,
        "completion_b": second,
        "preferred": preferred,
        "rater": rater,
        "occasion": None,
        "annotator": annotator,
        "vote": vote,
        "rationale": rationale,
    }


def add_occasion(item: Item, row: Row, column: str, source: str, salt: str) -> None:
    """Says of the ratings and verdicts of a row on which occasion they were given.

    A row that names none has no ratings: nothing says with which others they may be compared. Its verdicts are on two
    answers each, and stay.

    Args:
        item: what the row becomes.
        row: the row as read.
        column: that names the occasion.
        source: name of the source.
        salt: of the pseudonyms.
    """
    try:
        occasion = pseudonym(salt, source, name_of(look_up_or_none(row, column)).strip())
        problem = "" if occasion else "no_occasion"
    except Bad as bad:
        occasion, problem = "", f"occasion_{bad.reason}"
        item.unreadable = True
    if problem and (item.ratings or item.verdicts):
        item.problems.append((problem, column))
    if not occasion:
        item.ratings.clear()
        return
    for rating in item.ratings:
        rating["occasion"] = occasion
    for verdict in item.verdicts:
        verdict["occasion"] = occasion
