"""The rows that a page shows: a seeded sample of what a build kept and rejected, and how many there are of each kind.

Kept rows come from the published Parquet files, the others from the stages of the build, where its store is at hand.
Each language and reason (of kept rows: each language and flag) gives its first rows in md5 order, in turn, until the
page is full.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from ..files import published, sql
from ..files.atomic import read_json
from .parts import cut, script_json, within

SEED = 0
#: The most rows of one language and reason, and of one language and flag.
PER_GROUP = 100
#: The most rows whose texts are read, for the kept and for the others each.
MOST_ROWS = 6_000
#: Bytes of row data in a page.
BUDGET = 12_000_000
#: The most answers of a prompt without a pair.
MOST_ANSWERS = 4

Row = dict[str, Any]
Total = tuple[str, str, str, str]
"""What rows are counted by: outcome (kept | rejected | left out), stage, reason, language."""


@dataclass(frozen=True)
class Stages:
    """Folders of the stages that a dataset came from."""

    rows: tuple[Path, ...]
    pair: Path
    filtered: Path
    ranked: Path

    def files(self, table: str) -> list[Path]:
        """The parts of a table of rows: prompts, completions, ratings."""
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


def find_stages(folder: Path, record: Mapping[str, Any]) -> tuple[Stages | None, str]:
    """The stages of a dataset, or None and a sentence that says why they are not there."""
    store = folder / ".polypref"
    if not store.is_dir():
        return None, (
            "Rejected rows stay with the build and are not published, so only kept rows can be read here. "
            "The counts below include the rejected ones."
        )
    digits = record["fingerprints"]
    found = Stages(
        tuple(store / name for name in record.get("rows", ())),
        store / f"pair-{digits['pair']}",
        store / f"filter-{digits['filtered']}",
        store / f"balance-{digits['ranked']}",
    )
    folders = (*found.rows, found.pair, found.filtered, found.ranked)
    if found.rows and all(read_json(path / "done.json") for path in folders):
        return found, ""
    return None, (
        "The build's store no longer holds the stages of this version, so only kept rows can be read here; "
        "build again to read the rejected ones."
    )


def draw(
    folder: Path, record: Mapping[str, Any], tags: Sequence[str] | None = None, per_group: int | None = None
) -> Sample:
    """Draws the rows of a page, in the order in which they are shown.

    Args:
        folder: the dataset.
        record: its provenance.
        tags: only these languages; None for all.
        per_group: the most rows of one language and reason; None for PER_GROUP.

    """
    stages, without = find_stages(folder, record)
    files = [folder / name for name in sorted(record["files"]) if tags is None or name.split("/")[1] in tags]
    published.check_rows(files)
    made = (*stages.rows, stages.pair, stages.filtered, stages.ranked) if stages else ()
    con, most = sql.connect(reads=[*files, *made]), PER_GROUP if per_group is None else per_group
    totals: Counter[Total] = Counter()
    kept = _encoded(_kept(con, files, record, most, totals))
    lost = _encoded(_lost(con, stages, record, tags, most, totals)) if stages else []
    con.close()
    sizes = [sum(size for _, _, size in rows) for rows in (kept, lost)]
    shown = kept[: within([size for *_, size in kept], max(BUDGET // 2, BUDGET - sizes[1]))]
    shown += lost[: within([size for *_, size in lost], BUDGET - sum(size for _, _, size in shown))]
    held = Counter((row["outcome"], row["stage"], row.get("reason", ""), row["language"]) for row, _, _ in shown)
    return Sample([text for _, text, _ in shown], held, totals, without)


def _encoded(rows: Iterable[Row]) -> list[tuple[Row, str, int]]:
    filled = ((row, {key: value for key, value in row.items() if value not in (None, [])}) for row in rows)
    found = ((row, script_json(values)) for row, values in filled)
    return [(row, text, len(text.encode()) + 2) for row, text in found]


def _kept(
    con: sql.Connection,
    files: Sequence[Path],
    record: Mapping[str, Any],
    most: int,
    totals: Counter[Total],
) -> list[Row]:
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
    rows = _dicts(
        con.sql(
            """SELECT k.*, p.place FROM kept k JOIN places p USING (pair_id) ORDER BY p.place, k.language, k.pair_id"""
        )
    )
    return [
        {
            "id": row["pair_id"],
            "outcome": "kept",
            "stage": "",
            "language": row["language"],
            "answer_language": _other(row),
            "split": row["split"],
            "flags": row["flags"],
            "prompt": _turns(row["prompt"]),
            "answers": [
                _answer(
                    role, row[f"{role}_model"], row[f"{role}_route"], row[f"{role}_score"], row[role][-1]["content"]
                )
                for role in ("chosen", "rejected")
            ],
            "margin": _number(row["score_margin"]),
            "rater": row["rater"] if row["rater"] != record["rater"] else None,
            "origin": row["origin"],
            "translator": row["translator"],
            "source": row["source"],
            "licence": row["licence"],
            "group": row["group_id"],
        }
        for row in rows
    ]


def _lost(
    con: sql.Connection,
    stages: Stages,
    record: Mapping[str, Any],
    tags: Sequence[str] | None,
    most: int,
    totals: Counter[Total],
) -> list[Row]:
    """Rows that a filter rejected or no mixture took, prompts and verdicts without a pair, source rows of no use."""
    reasons: dict[str, set[str]] = {}
    for row in record["funnel"]:
        if row["stage"] == "balance" and row["outcome"] != "in" and row["outcome"] != "kept":
            reasons.setdefault(row["language"], set()).add(row["reason"])
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
              {_lost_before_pairs(stages)})
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
    texts = _texts(con, stages, record["rater"])
    return [
        {
            "id": row["id"],
            "outcome": _outcome(row["stage"]),
            "stage": row["stage"],
            "reason": row["reason"],
            "detail": row["detail"],
            "where": row["place_in_source"],
            "language": row["language"],
            "flags": row["flags"],
            **texts.get(row["id"], {}),
        }
        for row in _dicts(con.sql("FROM drawn ORDER BY place, stage, reason, language, id"))
    ]


def _lost_before_pairs(stages: Stages) -> str:
    """SQL for what reading, translating, answering and rating left out."""
    return " ".join(
        f"""UNION ALL SELECT {sql.quote(path.name.split("-")[0])}, md5(concat_ws(chr(31), "where", reason, detail)),
            "where", language, reason, detail, [] FROM {_rejected(path)}"""
        for path in stages.rows
        if list(path.glob("rejected-*.parquet"))
    )


_NAMED = pa.schema([("language", pa.string()), ("reason", pa.string())])


def _outcome(stage: str) -> str:
    return "left out" if stage == "balance" else "rejected"


def _rejected(stage: Path) -> str:
    return sql.parquet(stage / "rejected-*.parquet")


def _texts(con: sql.Connection, stages: Stages, rater: str) -> dict[str, Row]:
    """Prompt, answers and scores of the drawn rows by id: of pairs, and of prompts without one."""
    con.execute(
        f"""CREATE TEMP TABLE drawn_pairs AS SELECT p.* FROM {sql.parquet(stages.pair / "pairs-*.parquet")} p
            JOIN drawn ON p.pair_id = drawn.id WHERE drawn.stage IN ('filter', 'balance')"""
    )
    con.execute(
        """CREATE TEMP TABLE drawn_prompts AS SELECT id AS prompt_id FROM drawn WHERE stage = 'pair'
           UNION SELECT prompt_id FROM drawn_pairs"""
    )
    columns, source = (
        "prompt_id, language, response_language, prompt, origin, translator",
        sql.parquet(*stages.files("prompts")),
    )
    found = con.sql(f"SELECT {columns} FROM {source} SEMI JOIN drawn_prompts USING (prompt_id)")
    # A prompt may come from several files; its words are the same in all.
    prompts = {row["prompt_id"]: row for row in _dicts(found.order(columns))}
    answers = {row["completion_id"]: row for row in _drawn_answers(con, stages)}
    alone: dict[str, list[str]] = {}
    for row in answers.values():
        alone.setdefault(row["prompt_id"], []).append(row["completion_id"])
    scores = _source_scores(con, stages, rater)
    texts: dict[str, Row] = {}
    for pair in _dicts(con.sql("FROM drawn_pairs")):
        both = [(role, answers[pair[f"{role}_id"]], pair[f"{role}_score"]) for role in ("chosen", "rejected")]
        texts[pair["pair_id"]] = _about(prompts[pair["prompt_id"]]) | {
            "answers": [_answer(role, a["model"], a["route"], score, a["text"]) for role, a, score in both],
            "margin": _number(pair["score_margin"]),
        }
    for (prompt,) in con.execute("SELECT id FROM drawn WHERE stage = 'pair'").fetchall():
        ids = alone.get(prompt, [])
        texts[prompt] = _about(prompts[prompt]) | {
            "answers": [
                _answer(f"answer {n}", answers[i]["model"], answers[i]["route"], scores.get(i), answers[i]["text"])
                for n, i in enumerate(ids[:MOST_ANSWERS], 1)
            ],
            "unshown": max(0, len(ids) - MOST_ANSWERS) or None,
        }
    return texts


def _drawn_answers(con: sql.Connection, stages: Stages) -> list[Row]:
    """The answers of the drawn rows, sorted by id; first which they are, so that few texts are read."""
    if not stages.files("completions"):
        return []
    completions = sql.parquet(*stages.files("completions"))
    con.execute(
        f"""CREATE TEMP TABLE drawn_answers AS
            SELECT chosen_id AS completion_id FROM drawn_pairs UNION SELECT rejected_id FROM drawn_pairs
            UNION SELECT completion_id FROM {completions}
            SEMI JOIN (SELECT id AS prompt_id FROM drawn WHERE stage = 'pair') USING (prompt_id)
            WHERE route <> 'reference'"""
    )
    columns = "completion_id, prompt_id, model, route, text"
    return sorted(
        _dicts(con.sql(f"SELECT {columns} FROM {completions} SEMI JOIN drawn_answers USING (completion_id)")),
        key=lambda row: row["completion_id"],
    )


def _source_scores(con: sql.Connection, stages: Stages, rater: str) -> dict[str, float]:
    """The source's own scores of the answers to prompts without a pair."""
    if not stages.files("ratings"):
        return {}
    found = con.execute(
        f"""SELECT completion_id, median(score) FROM {sql.parquet(*stages.files("ratings"))}
            WHERE rater = ? AND prompt_id IN (SELECT id FROM drawn WHERE stage = 'pair') GROUP BY ALL""",
        [rater],
    )
    return dict(found.fetchall())


def _about(prompt: Row) -> Row:
    return {
        "answer_language": _other(prompt),
        "prompt": _turns(prompt["prompt"]),
        "origin": prompt["origin"],
        "translator": prompt["translator"],
    }


def _other(row: Mapping[str, str]) -> str | None:
    """The language that the answers must be in, where it is not the prompt's."""
    return row["response_language"] if row["response_language"] != row["language"] else None


def _turns(messages: Iterable[Mapping[str, str]]) -> list[list[Any]]:
    return [[message["role"], *cut(message["content"])] for message in messages]


def _answer(name: str, model: str, route: str, score: float | None, text: str) -> Row:
    shown, *whole = cut(text)
    found = {"name": name, "model": model, "route": route, "score": _number(score), "text": shown}
    return found | {"characters": whole[0]} if whole else found


def _number(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _dicts(found: Any) -> list[Row]:
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
