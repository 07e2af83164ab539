"""Prompts and answers that stand in the sources twice, typed on two keyboards: counted and said, never joined.

Ids of prompts and answers are made of the texts as they are written, and published; so such prompts stay two, each with
its pairs. Near duplicates hold them in one leak group, so that no split has one of them and another split the other.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol

from .. import languages
from ..errors import UserError
from ..files import sql
from ..files.cells import Bad
from ..files.store import Stage
from ..languages import typed_alike
from ..layouts.rows import interpret_row
from ..layouts.source import Source
from ..layouts.tables import Item, NotAsked
from .pair import BARE, SAME
from .reading import lines_of

What = Literal["prompts", "answers"]
_UNKNOWN_PLACE: Final = "a row"

_PROMPT: Final = "array_to_string(list_transform(prompt, lambda m: m.role || ' ' || m.content), chr(31))"


class Job(Protocol):
    """Some files of one source, read in one go."""

    @property
    def source(self) -> Source:
        """Whose they are; resolved."""
        ...

    @property
    def files(self) -> tuple[Path, ...]:
        """The files; none where the source is no files."""
        ...

    @property
    def salt(self) -> str:
        """Of the pseudonyms that stand for people."""
        ...


@dataclass(frozen=True)
class Twins:
    """Texts of one language that are another one, typed differently.

    Attributes:
        language: its tag.
        what: which texts.
        number: how many have an earlier one.
        texts: two of them.
        places: where these stand.
    """

    language: str
    what: What
    number: int
    texts: tuple[str, str]
    places: tuple[str, str]

    def sentence(self) -> str:
        """What to say of them.

        Returns:
            a sentence without a full stop: how many, one example, and what to do.
        """
        known = languages.find(self.language)
        name = f"{known.name} ({self.language}): " if known else f"{self.language}: " if self.language else ""
        differ = typed_alike.differences(*self.texts, self.language)
        number, whole = self.number, self.what == "prompts"
        other = "another one" if whole else "another one to the same prompt"
        is_typed = f"{self.what[:-1]} is" if number == 1 else f"{self.what} are"
        comes = "each is a prompt of its own, with pairs of its own" if whole else "each is an answer of its own"
        return (
            f"{name}{number:,} {is_typed} {other} typed with other letters or signs, as {self.places[0]} and "
            f"{self.places[1]} ({', '.join(differ)}): {comes}; where they are meant to be one, write them alike in the "
            "source"
        )


def typed_twins(con: sql.Connection, stage: Stage, jobs: Sequence[Job]) -> list[Twins]:
    """Looks for texts that stand in the sources twice, typed on two keyboards.

    Nothing is looked at twice where no text holds a sign that another keyboard writes differently.

    Args:
        con: a connection that may read the stage.
        stage: the stage read, whose jobs are done.
        jobs: its jobs, in the order of their numbers.

    Returns:
        for each language first the prompts, then the answers; none where there are none.
    """
    repeated = [*_repeated(con, stage, "prompts"), *_repeated(con, stage, "answers")]
    wanted: dict[int, set[str]] = {}
    for _, _, _, rows in repeated:
        for job, text_id, _ in rows:
            wanted.setdefault(job, set()).add(text_id)
    # In the order of the rows.
    places = {text_id: place for job in sorted(wanted) for text_id, place in _places(jobs[job], wanted[job]).items()}
    order = {text_id: number for number, text_id in enumerate(places)}
    twins = []
    for language, what, number, rows in repeated:
        (_, one, text), (_, other, other_text) = sorted(rows, key=lambda row: order.get(row[1], len(order)))
        where = places.get(one, _UNKNOWN_PLACE), places.get(other, _UNKNOWN_PLACE)
        twins.append(Twins(language, what, number, (text, other_text), where))
    return sorted(twins, key=lambda one: (one.language, one.what == "answers"))


_Row = tuple[int, str, str]
_Repeated = tuple[str, What, int, tuple[_Row, _Row]]


def _repeated(con: sql.Connection, stage: Stage, what: What) -> list[_Repeated]:
    """Language, how many, and job, id and text of two of them."""
    tables = {name: sorted(stage.path.glob(f"{name}-*-*.parquet")) for name in ("prompts", "completions")}
    files = tables["prompts" if what == "prompts" else "completions"]
    if not files:
        return []
    rare = sql.quote(f"[{typed_alike.rare_signs()}]")
    table = sql.parquet(*files, filename=True)
    text = _PROMPT if what == "prompts" else "text"
    if not con.execute(f"SELECT 1 FROM {table} WHERE regexp_matches({text}, {rare}) LIMIT 1").fetchall():
        return []
    job = "regexp_extract(filename, '-([0-9]+)[.]parquet$', 1)::INTEGER"
    if what == "prompts":
        rows = f"""SELECT prompt_id AS id, language, concat_ws(chr(31), response_language, tools, criterion) AS within,
                          {text} AS text, {job} AS job FROM {table}
                   WHERE language IN (SELECT language FROM {table} WHERE regexp_matches({text}, {rare}))"""
        same = "id"
    else:
        touched = f"SELECT prompt_id FROM {table} WHERE regexp_matches(text, {rare})"
        rows = f"""SELECT c.completion_id AS id, p.language, c.prompt_id AS within, c.text, c.job
                   FROM (SELECT *, {job} AS job FROM {table} WHERE prompt_id IN ({touched})) c
                   JOIN (SELECT DISTINCT prompt_id, language FROM {sql.parquet(*tables["prompts"])}) p
                     USING (prompt_id)"""
        same = SAME
    query = f"""
        WITH keyed AS (SELECT *, {same} AS same, md5({_key("text")}) AS key
                       FROM (SELECT * EXCLUDE (text), {BARE} AS text, {BARE} AS bare FROM ({rows}))),
        once AS (FROM keyed QUALIFY row_number() OVER (PARTITION BY language, within, key, same ORDER BY job, id) = 1),
        several AS (SELECT language, count(*) - 1 AS more, list((job, id, text) ORDER BY job, id)[:2] AS rows
                    FROM once GROUP BY language, within, key HAVING count(*) > 1)
        SELECT language, sum(more)::BIGINT, min(rows) FROM several GROUP BY language ORDER BY language"""
    return [
        (language, what, more, (tuple(two[0]), tuple(two[1]))) for language, more, two in con.execute(query).fetchall()
    ]


def _key(text: str) -> str:
    """SQL for `typed_alike.typed_key`, by the column language."""
    cases = " ".join(
        f"WHEN {sql.quote(tag)} THEN translate(nfc_normalize({text}), {sql.quote(signs)}, {sql.quote(own)})"
        for tag in typed_alike.tags_with_letters()
        for signs, own in (typed_alike.swaps(tag),)
    )
    signs, own = typed_alike.swaps("")
    other = f"translate(nfc_normalize({text}), {sql.quote(signs)}, {sql.quote(own)})"
    return f"CASE split_part(language, '-', 1) {cases} ELSE {other} END"


def _places(job: Job, ids: set[str]) -> dict[str, str]:
    """Where the first rows with some prompts or answers stand; the job is read again until all are there."""
    places: dict[str, str] = {}
    try:
        for line in lines_of(job.source, job.files):
            if isinstance(line.row, Bad):
                continue
            try:
                item = interpret_row(line.row, job.source, None, job.salt)
            except (Bad, NotAsked):
                continue
            for one in _ids_of(item):
                if one in ids:
                    places.setdefault(one, line.where)
            if len(places) == len(ids):
                break
    except UserError:
        return places  # a source that cannot be read a second time was read whole the first time
    return places


def _ids_of(item: Item) -> Iterable[str]:
    yield item.prompt["prompt_id"]
    yield from (one["completion_id"] for one in item.completions)


def twins_of_items(items: Iterable[tuple[str, Item, str]]) -> list[Twins]:
    """The same of some rows that are looked at.

    Args:
        items: the place of each row, what it becomes, and the tag of its language; empty where nothing says it.

    Returns:
        as `typed_twins`.
    """
    seen: dict[tuple[str, What, str, str], dict[str, tuple[str, str]]] = {}
    for where, item, tag in items:
        for what, within, text in _texts_of(item):
            key = tag, what, within, typed_alike.typed_key(text, tag)
            # Whichever of Unicode's forms an answer has, it is one.
            same = text if what == "prompts" else unicodedata.normalize("NFC", text)
            seen.setdefault(key, {}).setdefault(same, (where, text))
    repeated: dict[tuple[str, What], Twins] = {}
    for (language, what, _, _), of_key in seen.items():
        if len(of_key) > 1:
            (place, text), (other_place, other) = list(of_key.values())[:2]
            before = repeated.get((language, what))
            number = len(of_key) - 1 + (before.number if before else 0)
            first = before or Twins(language, what, 0, (text, other), (place, other_place))
            repeated[language, what] = Twins(language, what, number, first.texts, first.places)
    return sorted(repeated.values(), key=lambda one: (one.language, one.what == "answers"))


def _texts_of(item: Item) -> Iterable[tuple[What, str, str]]:
    """Of a prompt and each of its answers: which it is, within what it is compared, and its text."""
    prompt = item.prompt
    text = "\x1f".join(f"{turn['role']} {turn['content']}" for turn in prompt["prompt"])
    yield "prompts", "\x1f".join((prompt["response_language"], prompt["tools"] or "", prompt["criterion"] or "")), text
    for one in item.completions:
        yield "answers", prompt["prompt_id"], one["text"].strip()
