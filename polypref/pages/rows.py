"""The rows that a page shows: a seeded sample of what a build kept and rejected, and how many there are of each kind.

Kept rows come from the published Parquet files, the others from the stages of the build, where its store is at hand.
Each language and reason (of kept rows: each language and flag) gives its first rows in md5 order, in turn, until the
page is full.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .. import schema
from ..errors import UserError
from ..files import published, sql
from ..files.atomic import read_json
from ..files.json_types import Json, JsonObject
from ..files.turns import rows_with_texts
from ..pipeline.last_run import read_last_run
from ..release.provenance import Provenance
from ..review.row_ids import are_ids
from ..stages.counts import FunnelRow
from .labels import SIDES
from .lost_rows import Stages, lost_rows
from .parts import within
from .shown import (
    MOST_ROWS,
    PER_GROUP,
    SEED,
    Shown,
    Total,
    answer_of,
    number_of,
    other_language,
    shown_row,
    turns_of,
)

#: Bytes of row data in a page.
BUDGET = 12_000_000


@dataclass(frozen=True)
class Sample:
    """What a page holds.

    Attributes:
        rows: one JSON object each, safe inside a script element.
        held: how many rows the page holds, by outcome, stage, reason and language.
        totals: how many there are, by the same.
        without: why rejected rows are missing; empty when they are there.

    """

    rows: list[str]
    held: Counter[Total]
    totals: Counter[Total]
    without: str


def find_stages(folder: Path, record: Provenance) -> tuple[Stages | None, str]:
    """The stages of a dataset, or None and a sentence that says why they are not there.

    Args:
        folder: the dataset.
        record: its provenance, which names the stages by fingerprint.

    Returns:
        The stages and an empty text, or None and the sentence.
    """
    store = folder / ".polypref"
    if not store.is_dir():
        return None, (
            "Rejected rows stay with the build and are not published, so only kept rows can be read here. "
            "The counts below include the rejected ones."
        )
    digits = record.fingerprints
    pairs = pair = store / f"pair-{digits.get('pair')}"
    if (reviewed := store / f"review-{digits.get('pair')}").is_dir():
        pairs, pair = reviewed, _before_review(store, reviewed) or pair
    stages = Stages(
        tuple(store / name for name in record.rows),
        pair,
        pairs,
        store / f"filter-{digits.get('filtered')}",
        store / f"balance-{digits.get('ranked')}",
        store / f"check-{digits['check']}" if "check" in digits else None,
    )
    if stages.rows and all(read_json(path / "done.json") for path in stages.folders):
        return stages, ""
    return None, (
        "The build's store no longer holds the stages of this version, so only kept rows can be read here; "
        "build again to read the rejected ones."
    )


def _before_review(store: Path, reviewed: Path) -> Path | None:
    """The stage that chose the pairs which people then reviewed: only the note of the last run tells."""
    run = None
    with suppress(UserError):  # without it, rejected rows are missing, and the rest can be read
        run = read_last_run(store)
    folders = run.folders(store) if run else []
    return next((path for path in folders if path.name.startswith("pair-")), None) if reviewed in folders else None


def draw_sample(
    folder: Path, record: Provenance, tags: Sequence[str] | None = None, per_group: int | None = None
) -> Sample:
    """Draws the rows of a page, in the order in which they are shown.

    Args:
        folder: the dataset.
        record: its provenance.
        tags: only these languages; None for all.
        per_group: the most rows of one language and reason; None for PER_GROUP.

    Returns:
        The rows, and how many there are of each kind.

    Raises:
        UserError: a data file is not as a release has it.
    """
    stages, without = find_stages(folder, record)
    files = [folder / name for name in sorted(record.files) if tags is None or name.split("/")[1] in tags]
    published.check_rows(files)
    con, most = (
        sql.connect(reads=[*files, *(stages.folders if stages else ())]),
        PER_GROUP if per_group is None else per_group,
    )
    totals: Counter[Total] = Counter()
    kept = _kept(con, files, record, most, totals)
    lost = lost_rows(con, stages, record.funnel, record.rater, tags, most, totals) if stages else []
    con.close()
    of_kept, of_lost = ([row.size for row in rows] for rows in (kept, lost))
    shown = kept[: within(of_kept, max(BUDGET // 2, BUDGET - sum(of_lost)))]
    shown += lost[: within(of_lost, BUDGET - sum(row.size for row in shown))]
    return Sample([row.text for row in shown], Counter(row.total for row in shown), totals, without)


def draw_lost(
    stages: Stages,
    funnel: Sequence[FunnelRow],
    rater: str,
    tags: Sequence[str] | None = None,
    per_group: int | None = None,
) -> Sample:
    """Draws rows of a build that wrote no dataset: only what its stages left out.

    Args:
        stages: those that are finished.
        funnel: what they counted.
        rater: whose scores are shown.
        tags: only these languages; None for all.
        per_group: the most rows of one language and reason; None for PER_GROUP.

    Returns:
        The rows, and how many there are of each kind.
    """
    totals: Counter[Total] = Counter()
    con = sql.connect(reads=stages.folders)
    lost = lost_rows(con, stages, funnel, rater, tags, PER_GROUP if per_group is None else per_group, totals)
    con.close()
    shown = lost[: within([row.size for row in lost], BUDGET)]
    return Sample([row.text for row in shown], Counter(row.total for row in shown), totals, "")


def _kept(
    con: sql.Connection,
    files: Sequence[Path],
    record: Provenance,
    most: int,
    totals: Counter[Total],
) -> list[Shown]:
    if not files:
        return []
    con.execute(
        f"""CREATE TEMP VIEW kept AS SELECT *, regexp_extract(filename, '([a-z]+)-[0-9]+-[0-9]+[.]parquet$', 1) AS split
            FROM {rows_with_texts(*files, filename=True, thoughts=True)}"""
    )
    for language, count in con.execute("SELECT language, count(*) FROM kept GROUP BY ALL").fetchall():
        totals["kept", "", "", language] = count
    con.execute(
        f"""CREATE TEMP TABLE places AS SELECT pair_id, language, min(place) AS place FROM (
              SELECT pair_id, language, row_number() OVER (
                PARTITION BY language, mark ORDER BY {sql.order_key(SEED, "'page'", "pair_id")}, pair_id) AS place
              FROM (SELECT pair_id, language, unnest(if(len(flags) = 0, [''], flags)) AS mark FROM kept))
            GROUP BY ALL HAVING place <= {sql.number(most)}
            ORDER BY place, language, pair_id LIMIT {sql.number(MOST_ROWS)}"""
    )
    sides = "k.chosen_id, k.rejected_id, " + ", ".join(
        f"k.{role}_model, k.{role}_route, k.{role}_score, k.{role}[-1].content AS {role}_text"
        for role in ("chosen", "rejected")
    )
    drawn = con.sql(
        f"""SELECT k.pair_id, k.language, k.response_language, k.split, k.flags, k.prompt, {sides}, k.score_margin,
                   k.rater, k.origin, k.translator, k.source, k.licence, k.group_id
            FROM kept k JOIN places p USING (pair_id) ORDER BY p.place, k.language, k.pair_id"""
    )
    return [
        shown_row(("kept", "", "", row.language), _of_kept(row, record.rater, record.unpaired))
        for row in sql.records(drawn, _Kept)
    ]


@dataclass(frozen=True)
class _Kept:
    """A published pair; of a single answer one side is None."""

    pair_id: str
    language: str
    response_language: str
    split: str
    flags: list[Json]
    prompt: list[schema.Message]
    chosen_id: str | None
    rejected_id: str | None
    chosen_model: str | None
    chosen_route: str | None
    chosen_score: float | None
    chosen_text: str | None
    rejected_model: str | None
    rejected_route: str | None
    rejected_score: float | None
    rejected_text: str | None
    score_margin: float | None
    rater: str
    origin: str
    translator: str | None
    source: str
    licence: str
    group_id: str


def _answers(row: _Kept, names: Mapping[str, str]) -> list[Json]:
    chosen = (row.chosen_model, row.chosen_route, row.chosen_score, row.chosen_text)
    rejected = (row.rejected_model, row.rejected_route, row.rejected_score, row.rejected_text)
    return [
        answer_of(name, model, route, score, text)
        for name, (model, route, score, text) in zip(names.values(), (chosen, rejected), strict=True)
        if model is not None and route is not None and text is not None
    ]


def _sides(row: _Kept) -> list[Json]:
    """Ids of the two answers, by which a decision on the pair names them; none where it could not be brought back."""
    chosen, rejected = row.chosen_id or "", row.rejected_id or ""
    return [chosen, rejected] if are_ids(chosen, rejected) and re.fullmatch("[0-9a-f]{32}", row.pair_id) else []


def _of_kept(row: _Kept, rater: str, unpaired: bool = False) -> JsonObject:
    return {
        "id": row.pair_id,
        "outcome": "kept",
        "stage": "",
        "language": row.language,
        "answer_language": other_language(row.language, row.response_language),
        "split": row.split,
        "flags": row.flags,
        "prompt": turns_of(row.prompt),
        "sides": _sides(row),
        "answers": _answers(row, SIDES[unpaired]),
        "margin": number_of(row.score_margin),
        "rater": row.rater if row.rater != rater else None,
        "origin": row.origin,
        "translator": row.translator,
        "source": row.source,
        "licence": row.licence,
        "group": row.group_id,
    }
