"""The rows that a page shows: a seeded sample of what a build kept and rejected, and how many there are of each kind.

Kept rows come from the published Parquet files, the others from the stages of the build, where its store is at hand.
Each language and reason (of kept rows: each language and flag) gives its first rows in md5 order, in turn, until the
page is full.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from .. import schema
from ..files import published, sql
from ..files.atomic import read_json
from ..files.json_types import Json, JsonObject
from ..release.provenance import Provenance
from .parts import cut_text, script_json, within

SEED = 0
#: The most rows of one language and reason, and of one language and flag.
PER_GROUP = 100
#: The most rows whose texts are read, for the kept and for the others each.
MOST_ROWS = 6_000
#: Bytes of row data in a page.
BUDGET = 12_000_000
#: The most answers of a prompt without a pair.
MOST_ANSWERS = 4

Total = tuple[str, str, str, str]
"""What rows are counted by: outcome (kept | rejected | left out), stage, reason, language."""


@dataclass(frozen=True)
class Stages:
    """Folders of the stages that a dataset came from."""

    rows: tuple[Path, ...]
    pair: Path
    filtered: Path
    ranked: Path
    check: Path | None = None  # builds before 0.3 checked pairs only

    @property
    def folders(self) -> tuple[Path, ...]:
        """All of them."""
        return (*self.rows, self.pair, self.filtered, self.ranked, *([self.check] if self.check else []))

    def files(self, table: str) -> list[Path]:
        """The parts of a table of rows: prompts, completions, ratings.

        Args:
            table: the table's name.

        Returns:
            Their paths, stage by stage.
        """
        return [part for path in self.rows for part in sorted(path.glob(f"{table}-*.parquet"))]


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
    stages = Stages(
        tuple(store / name for name in record.rows),
        store / f"pair-{digits.get('pair')}",
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
    lost = _lost(con, stages, record, tags, most, totals) if stages else []
    con.close()
    of_kept, of_lost = ([row.size for row in rows] for rows in (kept, lost))
    shown = kept[: within(of_kept, max(BUDGET // 2, BUDGET - sum(of_lost)))]
    shown += lost[: within(of_lost, BUDGET - sum(row.size for row in shown))]
    return Sample([row.text for row in shown], Counter(row.total for row in shown), totals, without)


@dataclass(frozen=True)
class _Shown:
    """A row that a page can show: by what it is counted, its JSON, and how many bytes of the page that takes."""

    total: Total
    text: str
    size: int


def _shown(total: Total, values: JsonObject) -> _Shown:
    text = script_json({key: value for key, value in values.items() if value not in (None, [])})
    return _Shown(total, text, len(text.encode()) + 2)


def _kept(
    con: sql.Connection,
    files: Sequence[Path],
    record: Provenance,
    most: int,
    totals: Counter[Total],
) -> list[_Shown]:
    if not files:
        return []
    con.execute(
        f"""CREATE TEMP VIEW kept AS SELECT *, regexp_extract(filename, '([a-z]+)-[0-9]+-[0-9]+[.]parquet$', 1) AS split
            FROM {sql.parquet(*files)}"""
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
    sides = ", ".join(
        f"k.{role}_model, k.{role}_route, k.{role}_score, k.{role}[-1].content AS {role}_text"
        for role in ("chosen", "rejected")
    )
    drawn = con.sql(
        f"""SELECT k.pair_id, k.language, k.response_language, k.split, k.flags, k.prompt, {sides}, k.score_margin,
                   k.rater, k.origin, k.translator, k.source, k.licence, k.group_id
            FROM kept k JOIN places p USING (pair_id) ORDER BY p.place, k.language, k.pair_id"""
    )
    return [_shown(("kept", "", "", row.language), _of_kept(row, record.rater)) for row in sql.records(drawn, _Kept)]


@dataclass(frozen=True)
class _Kept:
    """A published pair."""

    pair_id: str
    language: str
    response_language: str
    split: str
    flags: list[Json]
    prompt: list[schema.Message]
    chosen_model: str
    chosen_route: str
    chosen_score: float | None
    chosen_text: str
    rejected_model: str
    rejected_route: str
    rejected_score: float | None
    rejected_text: str
    score_margin: float | None
    rater: str
    origin: str
    translator: str | None
    source: str
    licence: str
    group_id: str


def _of_kept(row: _Kept, rater: str) -> JsonObject:
    return {
        "id": row.pair_id,
        "outcome": "kept",
        "stage": "",
        "language": row.language,
        "answer_language": _other(row.language, row.response_language),
        "split": row.split,
        "flags": row.flags,
        "prompt": _turns(row.prompt),
        "answers": [
            _answer_of("chosen", row.chosen_model, row.chosen_route, row.chosen_score, row.chosen_text),
            _answer_of("rejected", row.rejected_model, row.rejected_route, row.rejected_score, row.rejected_text),
        ],
        "margin": _number(row.score_margin),
        "rater": row.rater if row.rater != rater else None,
        "origin": row.origin,
        "translator": row.translator,
        "source": row.source,
        "licence": row.licence,
        "group": row.group_id,
    }


def _lost(
    con: sql.Connection,
    stages: Stages,
    record: Provenance,
    tags: Sequence[str] | None,
    most: int,
    totals: Counter[Total],
) -> list[_Shown]:
    """Rows that a check rejected or no mixture took, prompts and verdicts without a pair, source rows of no use."""
    reasons: dict[str, set[str]] = {}
    for row in record.funnel:
        if row.stage == "balance" and row.outcome not in ("in", "kept"):
            reasons.setdefault(row.language, set()).add(row.reason)
    named = [(language, " or ".join(sorted(names))) for language, names in sorted(reasons.items())]
    con.register("unplaced", pa.table({"language": [n[0] for n in named], "reason": [n[1] for n in named]}, _NAMED))
    filtered = sql.parquet(stages.filtered / "filtered-*.parquet")
    asked = "" if tags is None else f"WHERE language IN ({', '.join(sql.quote(tag) for tag in tags)})"
    con.execute(
        f"""CREATE TEMP TABLE lost AS SELECT * FROM (
              SELECT 'filter' AS stage, pair_id AS id, NULL AS place_in_source, language,
                     "filter" || ': ' || reason AS reason, detail, flags FROM {filtered} WHERE reason IS NOT NULL
              UNION ALL
              SELECT 'balance', f.pair_id, NULL, f.language, coalesce(u.reason, 'in_no_mixture'), NULL, f.flags
              FROM {filtered} f LEFT JOIN unplaced u USING (language) WHERE f.reason IS NULL AND f.pair_id NOT IN (
                SELECT pair_id FROM {sql.parquet(stages.ranked / "ranked-*.parquet")})
              UNION ALL
              SELECT CASE reason WHEN 'no_verdict' THEN 'verdicts' ELSE 'pair' END, "where", NULL, language, reason,
                     detail, [] FROM {_rejected(stages.pair)}
              {_lost_before_pairs(stages)}
              {_lost_to_checks(stages)})
            {asked}"""
    )
    for stage, reason, language, count in con.execute(
        "SELECT stage, reason, language, count(*) FROM lost GROUP BY ALL"
    ).fetchall():
        totals[_outcome(stage), stage, reason, language] = count
    con.execute(
        f"""CREATE TEMP TABLE drawn AS SELECT *, row_number() OVER (
              PARTITION BY stage, reason, language ORDER BY {sql.order_key(SEED, "'page'", "id")}, id) AS place
            FROM lost QUALIFY place <= {sql.number(most)}
            ORDER BY place, stage, reason, language, id LIMIT {sql.number(MOST_ROWS)}"""
    )
    texts = _texts(con, stages, record.rater)
    drawn = con.execute(
        """SELECT id, stage, reason, detail, place_in_source, language, flags FROM drawn
           ORDER BY place, stage, reason, language, id"""
    ).fetchall()
    return [
        _shown(
            (_outcome(stage), stage, reason, language),
            {
                "id": row_id,
                "outcome": _outcome(stage),
                "stage": stage,
                "reason": reason,
                "detail": detail,
                "where": where,
                "language": language,
                "flags": flags,
                **texts.get(row_id, {}),
            },
        )
        for row_id, stage, reason, detail, where, language, flags in drawn
    ]


def _lost_before_pairs(stages: Stages) -> str:
    """SQL for what reading, translating, answering and rating left out."""
    return " ".join(
        f"""UNION ALL SELECT {sql.quote(path.name.split("-")[0])}, md5(concat_ws(chr(31), "where", reason, detail)),
            "where", language, reason, detail, [] FROM {_rejected(path)}"""
        for path in stages.rows
        if list(path.glob("rejected-*.parquet"))
    )


def _lost_to_checks(stages: Stages) -> str:
    """SQL for prompts that were rejected before there were pairs, and answers that may be neither side of one."""
    if stages.check is None:
        return ""
    return f"""UNION ALL SELECT 'check', id, NULL, language, why, detail, [] FROM (
        SELECT coalesce(completion_id, prompt_id) AS id, any_value(language) AS language,
               arg_min("check" || ': ' || reason, place) FILTER (rejected) AS why,
               arg_min(coalesce(detail, ''), place) FILTER (rejected) AS detail
        FROM (SELECT *, row_number() OVER () AS place FROM {sql.parquet(stages.check / "findings-*.parquet")})
        WHERE outcome = 'reject' GROUP BY ALL HAVING bool_or(chosen) AND bool_or(rejected))"""


_NAMED = pa.schema([("language", pa.string()), ("reason", pa.string())])


def _outcome(stage: str) -> str:
    return "left out" if stage == "balance" else "rejected"


def _rejected(stage: Path) -> str:
    return sql.parquet(stage / "rejected-*.parquet")


@dataclass(frozen=True)
class _Prompt:
    """A prompt as the stages hold it."""

    prompt_id: str
    language: str
    response_language: str
    prompt: list[schema.Message]
    origin: str
    translator: str | None


@dataclass(frozen=True)
class _StoredAnswer:
    """An answer as the stages hold it."""

    completion_id: str
    prompt_id: str
    model: str
    route: str
    text: str


def _texts(con: sql.Connection, stages: Stages, rater: str) -> dict[str, JsonObject]:
    """Prompt, answers and scores of the drawn rows by id: of pairs, of prompts without one, of answers left out."""
    con.execute(
        f"""CREATE TEMP TABLE drawn_pairs AS SELECT p.* FROM {sql.parquet(stages.pair / "pairs-*.parquet")} p
            JOIN drawn ON p.pair_id = drawn.id WHERE drawn.stage IN ('filter', 'balance')"""
    )
    con.execute("CREATE TEMP TABLE lost_answers (completion_id VARCHAR, prompt_id VARCHAR)")
    if stages.check is not None:
        con.execute(
            f"""INSERT INTO lost_answers SELECT DISTINCT completion_id, prompt_id
                FROM {sql.parquet(stages.check / "findings-*.parquet")}
                WHERE completion_id IN (SELECT id FROM drawn WHERE stage = 'check')"""
        )
    con.execute(
        """CREATE TEMP TABLE whole_prompts AS SELECT id FROM drawn WHERE stage = 'pair' UNION
           SELECT id FROM drawn WHERE stage = 'check' AND id NOT IN (SELECT completion_id FROM lost_answers)"""
    )
    con.execute(
        """CREATE TEMP TABLE drawn_prompts AS SELECT id AS prompt_id FROM whole_prompts
           UNION SELECT prompt_id FROM drawn_pairs UNION SELECT prompt_id FROM lost_answers"""
    )
    columns, source = (
        "prompt_id, language, response_language, prompt, origin, translator",
        sql.parquet(*stages.files("prompts")),
    )
    asked = con.sql(f"SELECT {columns} FROM {source} SEMI JOIN drawn_prompts USING (prompt_id)")
    # A prompt may come from several files; its words are the same in all.
    prompts = {one.prompt_id: one for one in sql.records(asked.order(columns), _Prompt)}
    answers = {one.completion_id: one for one in _drawn_answers(con, stages)}
    alone: dict[str, list[str]] = {}
    for one in answers.values():
        alone.setdefault(one.prompt_id, []).append(one.completion_id)
    scores = _source_scores(con, stages, rater)
    texts: dict[str, JsonObject] = {}
    pairs = "pair_id, prompt_id, chosen_id, rejected_id, chosen_score, rejected_score, score_margin"
    for pair_id, prompt, *ids, chosen, rejected, margin in con.execute(f"SELECT {pairs} FROM drawn_pairs").fetchall():
        both = zip(("chosen", "rejected"), ids, (chosen, rejected), strict=True)
        texts[pair_id] = _about(prompts[prompt]) | {
            "answers": [_stored(role, answers[one], score) for role, one, score in both],
            "margin": _number(margin),
        }
    for answer, prompt in con.execute("SELECT completion_id, prompt_id FROM lost_answers").fetchall():
        texts[answer] = _about(prompts[prompt]) | {"answers": [_stored("answer", answers[answer], scores.get(answer))]}
    for (prompt,) in con.execute("SELECT id FROM whole_prompts").fetchall():
        ids = alone.get(prompt, [])
        texts[prompt] = _about(prompts[prompt]) | {
            "answers": [
                _stored(f"answer {n}", answers[one], scores.get(one)) for n, one in enumerate(ids[:MOST_ANSWERS], 1)
            ],
            "unshown": max(0, len(ids) - MOST_ANSWERS) or None,
        }
    return texts


def _drawn_answers(con: sql.Connection, stages: Stages) -> list[_StoredAnswer]:
    """The answers of the drawn rows, sorted by id; first which they are, so that few texts are read."""
    if not stages.files("completions"):
        return []
    completions = sql.parquet(*stages.files("completions"))
    con.execute(
        f"""CREATE TEMP TABLE drawn_answers AS
            SELECT chosen_id AS completion_id FROM drawn_pairs UNION SELECT rejected_id FROM drawn_pairs
            UNION SELECT completion_id FROM lost_answers UNION SELECT completion_id FROM {completions}
            SEMI JOIN (SELECT id AS prompt_id FROM whole_prompts) USING (prompt_id)
            WHERE route <> 'reference'"""
    )
    columns = "completion_id, prompt_id, model, route, text"
    drawn = con.sql(f"SELECT {columns} FROM {completions} SEMI JOIN drawn_answers USING (completion_id)")
    return sorted(sql.records(drawn, _StoredAnswer), key=lambda one: one.completion_id)


def _source_scores(con: sql.Connection, stages: Stages, rater: str) -> dict[str, float]:
    """The scores of answers that are in no pair."""
    if not stages.files("ratings"):
        return {}
    scored = con.execute(
        f"""SELECT completion_id, median(score) FROM {sql.parquet(*stages.files("ratings"))}
            WHERE rater = ? AND (prompt_id IN (SELECT id FROM whole_prompts)
                                 OR completion_id IN (SELECT completion_id FROM lost_answers)) GROUP BY ALL""",
        [rater],
    )
    return dict(scored.fetchall())


def _about(prompt: _Prompt) -> JsonObject:
    return {
        "answer_language": _other(prompt.language, prompt.response_language),
        "prompt": _turns(prompt.prompt),
        "origin": prompt.origin,
        "translator": prompt.translator,
    }


def _other(language: str, response_language: str) -> str | None:
    """The language that the answers must be in, where it is not the prompt's."""
    return response_language if response_language != language else None


def _turns(messages: Iterable[schema.Message]) -> list[Json]:
    return [[message["role"], *cut_text(message["content"])] for message in messages]


def _stored(name: str, answer: _StoredAnswer, score: float | None) -> JsonObject:
    return _answer_of(name, answer.model, answer.route, score, answer.text)


def _answer_of(name: str, model: str, route: str, score: float | None, text: str) -> JsonObject:
    shown, *whole = cut_text(text)
    answer: JsonObject = {"name": name, "model": model, "route": route, "score": _number(score), "text": shown}
    return answer | {"characters": whole[0]} if whole else answer


def _number(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
