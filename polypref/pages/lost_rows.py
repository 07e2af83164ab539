"""Rows that a build left out: what its stages rejected, with their texts, and what no mixture took."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from .. import schema
from ..files import sql
from ..files.json_types import JsonObject
from ..stages.counts import FunnelRow
from .shown import MOST_ROWS, SEED, Shown, Total, answer_of, number_of, other_language, shown_row, turns_of

#: The most answers of a prompt without a pair.
MOST_ANSWERS = 4


@dataclass(frozen=True)
class Stages:
    """Folders of the stages that a dataset came from, or of those of a build that are finished.

    Attributes:
        rows: those with prompts, answers and ratings.
        pair: that which chose pairs; None where it is not finished, as for the others.
        pairs: that which has the pairs, after reviewers if they were asked.
        filtered, ranked, check: those of the checks and of the mixtures.
    """

    rows: tuple[Path, ...]
    pair: Path | None = None
    pairs: Path | None = None
    filtered: Path | None = None
    ranked: Path | None = None
    check: Path | None = None  # builds before 0.3 checked pairs only

    @property
    def folders(self) -> tuple[Path, ...]:
        """All of them."""
        others = (self.pair, self.pairs, self.filtered, self.ranked, self.check)
        return (*self.rows, *dict.fromkeys(path for path in others if path))

    def files(self, table: str) -> list[Path]:
        """The parts of a table of rows: prompts, completions, ratings.

        Args:
            table: the table's name.

        Returns:
            Their paths, stage by stage.
        """
        return [part for path in self.rows for part in sorted(path.glob(f"{table}-*.parquet"))]


def lost_rows(
    con: sql.Connection,
    stages: Stages,
    funnel: Sequence[FunnelRow],
    rater: str,
    tags: Sequence[str] | None,
    most: int,
    totals: Counter[Total],
) -> list[Shown]:
    """Rows that a check rejected or no mixture took, prompts and verdicts without a pair, source rows of no use.

    Args:
        con: a connection that may read the stages.
        stages: where they are.
        funnel: what the stages counted.
        rater: whose scores are shown.
        tags: only these languages; None for all.
        most: the most rows of one language and reason.
        totals: to which is added how many there are of each kind.

    Returns:
        The rows in the order in which they are shown.
    """
    reasons: dict[str, set[str]] = {}
    for row in funnel:
        if row.stage == "balance" and row.outcome not in ("in", "kept"):
            reasons.setdefault(row.language, set()).add(row.reason)
    named = [(language, " or ".join(sorted(names))) for language, names in sorted(reasons.items())]
    con.register("unplaced", pa.table({"language": [n[0] for n in named], "reason": [n[1] for n in named]}, _NAMED))
    asked = "" if tags is None else f"WHERE language IN ({', '.join(sql.quote(tag) for tag in tags)})"
    con.execute(f"CREATE TEMP TABLE lost AS SELECT * FROM ({' UNION ALL '.join(_left_out(stages, funnel))}) {asked}")
    for outcome, stage, reason, language, count in con.execute(
        "SELECT outcome, stage, reason, language, count(*) FROM lost GROUP BY ALL"
    ).fetchall():
        totals[outcome, stage, reason, language] = count
    con.execute(
        f"""CREATE TEMP TABLE drawn AS SELECT *, row_number() OVER (
              PARTITION BY outcome, stage, reason, language ORDER BY {sql.order_key(SEED, "'page'", "id")}, id) AS place
            FROM lost QUALIFY place <= {sql.number(most)}
            ORDER BY place, stage, reason, language, outcome, id LIMIT {sql.number(MOST_ROWS)}"""
    )
    texts = _texts(con, stages, rater)
    drawn = con.execute(
        """SELECT id, outcome, stage, reason, detail, place_in_source, language, flags FROM drawn
           ORDER BY place, stage, reason, language, outcome, id"""
    ).fetchall()
    return [
        shown_row(
            (outcome, stage, reason, language),
            {
                "id": row_id,
                "outcome": outcome,
                "stage": stage,
                "reason": reason,
                "detail": detail,
                "where": where,
                "language": language,
                "flags": flags,
                **texts.get(f"{row_id} {detail}", texts.get(row_id, {})),
            },
        )
        for row_id, outcome, stage, reason, detail, where, language, flags in drawn
    ]


def _left_out(stages: Stages, funnel: Sequence[FunnelRow]) -> list[str]:
    """SQL for what each stage left out."""
    columns = ("outcome", "stage", "id", "place_in_source", "language", "reason", "detail")
    parts = [
        f"SELECT {', '.join(f'NULL::VARCHAR AS {name}' for name in columns)}, NULL::VARCHAR[] AS flags WHERE false"
    ]
    if stages.filtered:
        filtered = sql.parquet(stages.filtered / "filtered-*.parquet")
        parts.append(
            f"""SELECT 'rejected', 'filter', pair_id, NULL, language, "filter" || ': ' || reason, detail, flags
                FROM {filtered} WHERE reason IS NOT NULL"""
        )
        if stages.ranked:
            parts.append(
                f"""SELECT 'left out', 'balance', f.pair_id, NULL, f.language, coalesce(u.reason, 'in_no_mixture'),
                           NULL, f.flags
                    FROM {filtered} f LEFT JOIN unplaced u USING (language) WHERE f.reason IS NULL AND f.pair_id NOT IN
                      (SELECT pair_id FROM {sql.parquet(stages.ranked / "ranked-*.parquet")})"""
            )
    if stages.pair:
        # Where sources are rated in several ways, all prompts are counted in the stage pair.
        judged = sql.quote("verdicts" if any(row.stage == "verdicts" for row in funnel) else "pair")
        parts.append(
            f"""SELECT 'rejected',
                       CASE reason WHEN 'no_verdict' THEN {judged} WHEN 'no_label' THEN 'labels' ELSE 'pair' END,
                       "where", NULL, language, reason, detail, [] FROM {_rejected(stages.pair)}"""
        )
    if stages.pairs and stages.pairs != stages.pair:
        removed = sql.parquet(stages.pairs / "removed-*.parquet")
        parts.append(
            f"SELECT 'rejected', 'review', pair_id, NULL, language, 'removed_by_reviewers', NULL, [] FROM {removed}"
        )
    for path in stages.rows:
        # What reading, translating, answering and rating left out.
        if list(path.glob("rejected-*.parquet")):
            parts.append(
                f"""SELECT 'rejected', {sql.quote(path.name.split("-")[0])},
                           md5(concat_ws(chr(31), "where", reason, detail)), "where", language, reason, detail, []
                    FROM {_rejected(path)}"""
            )
    if stages.check:
        # Prompts that were rejected before there were pairs, and answers that may not be either side of one, or one.
        why, detail = (
            _first_of_both("""concat("check", ': ', reason)"""),
            _first_of_both("coalesce(detail, '')"),
        )
        parts.append(
            f"""SELECT CASE WHEN of_chosen AND of_rejected THEN 'rejected' WHEN of_chosen THEN 'rejected only'
                       ELSE 'chosen only' END, 'check', id, NULL, language, why, detail, [] FROM (
                SELECT coalesce(completion_id, prompt_id) AS id, any_value(language) AS language,
                       bool_or(chosen) AS of_chosen, bool_or(rejected) AS of_rejected,
                       {why} AS why, {detail} AS detail
                FROM (SELECT *, row_number() OVER () AS place FROM {sql.parquet(stages.check / "findings-*.parquet")}
                      WHERE outcome = 'reject')
                GROUP BY ALL)"""
        )
    return parts


_NAMED = pa.schema([("language", pa.string()), ("reason", pa.string())])


def _first_of_both(value: str) -> str:
    """SQL for what counts of an answer's findings, as in the funnel: of the first that lets it be neither side."""
    return f"coalesce(arg_min({value}, place) FILTER (rejected), arg_min({value}, place))"


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
    """Prompt, answers and scores of the drawn rows: by id, of verdicts by id and detail."""
    con.execute(
        """CREATE TEMP TABLE drawn_pairs (pair_id VARCHAR, prompt_id VARCHAR, chosen_id VARCHAR, rejected_id VARCHAR,
           chosen_score DOUBLE, rejected_score DOUBLE, score_margin DOUBLE)"""
    )
    # What reviewers removed is with the pairs that were there before them.
    for path, removed in ((stages.pairs, False), (stages.pair, True)):
        if path is not None:
            con.execute(
                f"""INSERT INTO drawn_pairs SELECT pair_id, prompt_id, chosen_id, rejected_id, chosen_score,
                           rejected_score, score_margin FROM {sql.parquet(path / "pairs-*.parquet")}
                    WHERE pair_id IN (SELECT id FROM drawn WHERE stage IN ('filter', 'balance') AND NOT ?
                                      OR stage = 'review' AND ?)""",
                [removed, removed],
            )
    con.execute("CREATE TEMP TABLE lost_answers (completion_id VARCHAR, prompt_id VARCHAR)")
    if stages.check is not None:
        con.execute(
            f"""INSERT INTO lost_answers SELECT DISTINCT completion_id, prompt_id
                FROM {sql.parquet(stages.check / "findings-*.parquet")}
                WHERE completion_id IN (SELECT id FROM drawn WHERE stage = 'check')"""
        )
    con.execute(
        """CREATE TEMP TABLE whole_prompts AS SELECT id FROM drawn WHERE stage IN ('pair', 'labels') UNION
           SELECT id FROM drawn WHERE stage = 'check' AND id NOT IN (SELECT completion_id FROM lost_answers)"""
    )
    con.execute(
        """CREATE TEMP TABLE drawn_prompts AS SELECT id AS prompt_id FROM whole_prompts
           UNION SELECT prompt_id FROM drawn_pairs UNION SELECT prompt_id FROM lost_answers"""
    )
    if not stages.files("prompts"):
        return {}
    columns = "prompt_id, language, response_language, prompt, origin, translator"
    source = sql.parquet(*stages.files("prompts"))
    asked = con.sql(f"SELECT {columns} FROM {source} SEMI JOIN drawn_prompts USING (prompt_id)")
    # A prompt may come from several files; its words are the same in all.
    prompts = {one.prompt_id: one for one in sql.records(asked.order(columns), _Prompt)}
    answers = {one.completion_id: one for one in _drawn_answers(con, stages)}
    alone: dict[str, list[str]] = {}
    for one in answers.values():
        alone.setdefault(one.prompt_id, []).append(one.completion_id)
    scores = _source_scores(con, stages, rater)
    texts: dict[str, JsonObject] = {}
    for pair_id, prompt, *both_ids, chosen, rejected, margin in con.execute("FROM drawn_pairs").fetchall():
        both = zip(("chosen", "rejected"), both_ids, (chosen, rejected), strict=True)
        texts[pair_id] = _about(prompts[prompt]) | {
            "answers": [_stored(role, answers[one], score) for role, one, score in both if one],
            "margin": number_of(margin),
        }
    for answer, prompt in con.execute("SELECT completion_id, prompt_id FROM lost_answers").fetchall():
        texts[answer] = _about(prompts[prompt]) | {"answers": [_stored("answer", answers[answer], scores.get(answer))]}
    for (prompt,) in con.execute("SELECT id FROM whole_prompts").fetchall():
        alone_ids = alone.get(prompt, [])
        texts[prompt] = _about(prompts[prompt]) | {
            "answers": [
                _stored(f"answer {n}", answers[one], scores.get(one))
                for n, one in enumerate(alone_ids[:MOST_ANSWERS], 1)
            ],
            "unshown": max(0, len(alone_ids) - MOST_ANSWERS) or None,
        }
    # A verdict, a label, or a pair that another source turns round names its answers: texts stand in place of ids.
    for prompt, detail in con.execute(
        "SELECT DISTINCT id, detail FROM drawn WHERE stage = 'pair' AND detail IS NOT NULL"
    ).fetchall():
        ids = detail.split(" ")
        if len(ids) <= 2 and set(ids) <= answers.keys():
            texts[f"{prompt} {detail}"] = _about(prompts[prompt]) | {
                "answers": [_stored(f"answer {n}", answers[one], scores.get(one)) for n, one in enumerate(ids, 1)],
                "detail": None,
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
        "answer_language": other_language(prompt.language, prompt.response_language),
        "prompt": turns_of(prompt.prompt),
        "origin": prompt.origin,
        "translator": prompt.translator,
    }


def _stored(name: str, answer: _StoredAnswer, score: float | None) -> JsonObject:
    return answer_of(name, answer.model, answer.route, score, answer.text)
