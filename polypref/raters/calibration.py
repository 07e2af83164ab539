"""Calibration of a rater: what its scores look like in every language, and warnings where they should not be trusted.

Scores of one rater differ in meaning from language to language, so nothing here compares raw means across languages.
Looked at are: whether the rater tells the answers to one prompt apart, whether its order is that of their lengths, and
whom it favours. Scores are compared within a prompt and an occasion (one person comparing answers at one time).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pyarrow.parquet as pq

from ..files import sql
from ..files.records import Count, Text
from ..judging.model_families import families
from ..shares import wilson
from ..stages.pair import BARE, SAME

#: Answers looked at together: 0.4 GB.
AT_ONCE = 500_000
#: Share of prompts all of whose answers have one score. From one half on there are more prompts without an order than
#: with one.
TIED = 0.5
#: Spread within a prompt, as a part of the other languages' median. At a third, what is one standard deviation
#: elsewhere is three here: a margin set for all languages would leave this one hardly a pair.
SPREAD = 1 / 3
#: Prompts, and other languages, without which a spread is no basis for a warning: the relative standard error of a
#: standard deviation is 1 / sqrt(2 n), so 30 prompts with two answers know it to 13%.
LEAST_PROMPTS, LEAST_LANGUAGES = 30, 2
#: Share of pairs whose chosen answer is the longer one. From 0.8 on, a rule that only counts characters makes four of
#: five choices as the rater does: there is little left that quality could have decided. The same for the shorter one.
FOLLOWS = 0.8
#: Rank correlation of score and length; with two answers a prompt this is the same limit, as r = 2 * share - 1.
CORRELATED = 2 * FOLLOWS - 1


class Files(NamedTuple):
    """Parquet parts that belong together: all of what is known of some prompts.

    Attributes:
        ratings, completions, pairs: of schema.RATINGS, COMPLETIONS, PAIRS; a review's relabelled pairs count as the
            rater had them.
        prompts: prompt_id and language; only answers to these prompts count.
    """

    ratings: Sequence[Path]
    completions: Sequence[Path]
    prompts: Sequence[Path]
    pairs: Sequence[Path]


@dataclass(frozen=True)
class ModelCalibration:
    """What a rater did with the answers of one model by one route, in one language.

    Attributes:
        model, route: whose answers.
        answers: how many are rated.
        mean, sd: of their scores, one on each occasion, the latter of a sample.
        q05, q50, q95: quantiles of their scores, linear between neighbours.
        chosen, rejected: in how many pairs.
        chosen_share: the share of these in which they are chosen.
    """

    model: Text
    route: Text
    answers: Count
    mean: float | None
    sd: float | None
    q05: float | None
    q50: float | None
    q95: float | None
    chosen: Count
    rejected: Count
    chosen_share: float | None


@dataclass(frozen=True)
class LanguageCalibration:
    """What a rater did with the answers in one language.

    Scores have six significant digits, shares four decimals; None where there is nothing to compute from.

    Attributes:
        language: the language.
        prompts: with a scored answer.
        answers: with a score.
        unrated: answers without one, or none that is finite.
        compared: prompts with at least two different, non-blank answers that are rated on one occasion.
        tied: prompts compared on none of whose occasions two answers have different scores.
        tied_share: their share.
        spread: standard deviation of scores within a prompt and occasion, pooled over the prompts compared.
        ordered: prompts in which on one occasion both scores and lengths differ.
        length_correlation: over these, Spearman's rank correlation (1904, American Journal of Psychology 15, 72-101) of
            score and length within prompts: ranks with ties at their mean, less their prompt's mean, correlated over
            all prompts (Bland and Altman 1995, BMJ 310, 446).
        pairs: made of the answers.
        equal_length: pairs whose answers have one length.
        longer: of the other pairs, the share whose chosen answer is the longer one.
        longer_low, longer_high: its 95% Wilson interval, which counts prompts, not pairs: pairs of one prompt are not
            independent.
        pair_prompts: these prompts.
        models: by model and route.
    """

    language: Text
    prompts: Count
    answers: Count
    unrated: Count
    compared: Count
    tied: Count
    tied_share: float | None
    spread: float | None
    ordered: Count
    length_correlation: float | None
    pairs: Count
    equal_length: Count
    pair_prompts: Count
    longer: float | None
    longer_low: float | None
    longer_high: float | None
    models: list[ModelCalibration]

    def __post_init__(self) -> None:
        counted = (
            (self.compared, self.spread),
            (self.compared, self.tied_share),
            (self.ordered, self.length_correlation),
        )
        if any((not count) != (measure is None) for count, measure in counted):
            raise ValueError("a measure without prompts that it is of, or the other way round")
        if len({value is None for value in (self.longer, self.longer_low, self.longer_high)}) > 1:
            raise ValueError("the share of longer answers without its interval")


Look = Callable[[LanguageCalibration], str]
"""The numbers that speak against a rater in one language; nothing where none do."""


# Several scores of one rater for one answer on one occasion count as their median, as where pairs are made; an answer
# has a row for each occasion, the first of them marked. References are no answers. Scores beyond 1e100 are no
# scores: their squares would overflow (a NaN is greater than any number here).
_ANSWERS = """
CREATE OR REPLACE TEMP TABLE calibration_answers AS
SELECT language, prompt_id, id, model, route, length, same, occasion, score,
       {first_of_id} AS first_of_id
FROM (SELECT DISTINCT prompt_id, completion_id AS id, model, route, length(bare) AS length, {same} AS same
      FROM (SELECT *, {bare} AS bare FROM {completions}) WHERE route <> 'reference')
JOIN (SELECT prompt_id, min(language) AS language FROM {prompts} GROUP BY prompt_id) USING (prompt_id)
LEFT JOIN (SELECT completion_id AS id, coalesce(occasion, '') AS occasion, median(score) AS score FROM {ratings}
           WHERE rater = {rater} AND abs(score) < 1e100 GROUP BY ALL) USING (id)
ORDER BY prompt_id, id, occasion
"""

# Equal texts are one answer, the better rated one, and blank ones none: as where pairs are made.
_TEXTS = """
CREATE OR REPLACE TEMP TABLE calibration_texts AS
SELECT language, prompt_id, occasion, same, min(length) AS length, max(score) AS score
FROM calibration_answers WHERE score IS NOT NULL AND length > 0 GROUP BY language, prompt_id, occasion, same
QUALIFY count(*) OVER (PARTITION BY prompt_id, occasion) > 1 ORDER BY prompt_id, occasion, same
"""

# Most ratings are of no occasion, and then an answer has one row: nothing need be sorted to know it.
_SEVERAL_ROWS = "SELECT 1 FROM {ratings} WHERE rater = {rater} AND occasion IS NOT NULL LIMIT 1"
_FIRST_OF_ID = "row_number() OVER (PARTITION BY id ORDER BY occasion) = 1"

# What people changed in a review is not the rater's choice: a relabelled pair is turned back.
_PAIRS = """
CREATE OR REPLACE TEMP TABLE calibration_pairs AS
SELECT w.language, w.prompt_id, w.length - l.length AS longer_by, w.model AS chosen_model, w.route AS chosen_route,
       l.model AS rejected_model, l.route AS rejected_route
FROM (SELECT CASE WHEN review = 'relabelled' THEN rejected_id ELSE chosen_id END AS won,
             CASE WHEN review = 'relabelled' THEN chosen_id ELSE rejected_id END AS lost
      FROM {pairs} WHERE rater = {rater})
JOIN calibration_answers w ON w.id = won AND w.first_of_id JOIN calibration_answers l ON l.id = lost AND l.first_of_id
"""

# What follows is counted or summed bucket by bucket, a row a language. No prompt is in two buckets.
_COUNTS = """
SELECT language, count(DISTINCT prompt_id) FILTER (score IS NOT NULL) AS prompts,
       count(score) FILTER (first_of_id) AS answers, count(*) - count(score) AS unrated
FROM calibration_answers GROUP BY language ORDER BY language
"""

_SPREAD = """
SELECT language, count(*) AS compared, count(*) FILTER (tied) AS tied, sum(freedom)::BIGINT AS freedom,
       sum(squares) AS squares
FROM (SELECT language, bool_and(tied) AS tied, sum(answers - 1) AS freedom,
             sum(CASE WHEN tied THEN 0 ELSE squares END) AS squares
      FROM (SELECT language, prompt_id, count(*) AS answers, min(score) = max(score) AS tied,
                   var_samp(score) * (count(*) - 1) AS squares
            FROM calibration_texts GROUP BY language, prompt_id, occasion ORDER BY prompt_id, occasion)
      GROUP BY language, prompt_id ORDER BY prompt_id) GROUP BY language ORDER BY language
"""

# Ranks with ties at their mean, less the prompt's mean rank; prompts with no two scores or no two lengths say nothing.
_CORRELATION = """
WITH ranks AS (
  SELECT language, prompt_id, {score} AS x, {length} AS y FROM calibration_texts
  WINDOW one AS (PARTITION BY prompt_id, occasion)
  QUALIFY min(score) OVER one < max(score) OVER one AND min(length) OVER one < max(length) OVER one)
SELECT language, count(DISTINCT prompt_id) AS ordered, sum(x * y) AS xy, sum(x * x) AS xx, sum(y * y) AS yy
FROM ranks GROUP BY language ORDER BY language
"""
_RANK = """rank() OVER (PARTITION BY prompt_id, occasion ORDER BY {0})
    + (count(*) OVER (PARTITION BY prompt_id, occasion, {0}) - 1) / 2
    - (count(*) OVER (PARTITION BY prompt_id, occasion) + 1) / 2"""

_LONGER = """
SELECT language, count(*) AS pairs, count(*) FILTER (longer_by = 0) AS equal_length,
       count(*) FILTER (longer_by > 0) AS longer_pairs,
       count(DISTINCT prompt_id) FILTER (longer_by <> 0) AS pair_prompts
FROM calibration_pairs GROUP BY language ORDER BY language
"""
_SUMS = (_COUNTS, _SPREAD, _CORRELATION.format(**{name: _RANK.format(name) for name in ("score", "length")}), _LONGER)

# What the models' scores and places come from, over all buckets.
_ALL = (
    "CREATE OR REPLACE TEMP TABLE calibration_scores "
    "(language TEXT, model TEXT, route TEXT, score DOUBLE, first_of_id BOOLEAN)",
    "CREATE OR REPLACE TEMP TABLE calibration_sides "
    "(language TEXT, model TEXT, route TEXT, chosen BIGINT, rejected BIGINT)",
)
_ADD_SCORES = """
INSERT INTO calibration_scores
SELECT language, model, route, score, first_of_id FROM calibration_answers ORDER BY prompt_id, id, occasion
"""
_ADD_SIDES = """
INSERT INTO calibration_sides
SELECT language, model, route, sum(won), sum(1 - won)
FROM (SELECT language, chosen_model AS model, chosen_route AS route, 1 AS won FROM calibration_pairs
      UNION ALL SELECT language, rejected_model, rejected_route, 0 FROM calibration_pairs) GROUP BY ALL
"""
_MODELS = """
WITH sides AS (
  SELECT language, model, route, sum(chosen)::BIGINT AS chosen, sum(rejected)::BIGINT AS rejected
  FROM calibration_sides GROUP BY ALL),
scores AS (
  SELECT language, model, route, count(score) FILTER (first_of_id) AS answers, avg(score) AS mean,
         stddev_samp(score) AS sd, quantile_cont(score, [0.05, 0.5, 0.95]) AS quantiles
  FROM calibration_scores GROUP BY ALL)
SELECT language, model, route, answers, mean, sd, quantiles[1] AS q05, quantiles[2] AS q50, quantiles[3] AS q95,
       coalesce(chosen, 0) AS chosen, coalesce(rejected, 0) AS rejected
FROM scores LEFT JOIN sides USING (language, model, route) ORDER BY language, model, route
"""

# A source whose verdicts decide has no ratings.
_NO_RATINGS = "(SELECT '' AS completion_id, '' AS rater, '' AS occasion, 0.0 AS score LIMIT 0)"
_NO_PAIRS = "(SELECT '' AS chosen_id, '' AS rejected_id, '' AS rater, '' AS review LIMIT 0)"


def calibrate_rater(buckets: Iterable[Files], rater: str, con: sql.Connection) -> list[LanguageCalibration]:
    """What a rater did, language by language, over all answers and all pairs made of them (before any filter).

    A prompt is compared when at least two different, non-blank answers to it are rated. Lengths are counted in
    characters (Unicode code points, blanks at both ends left out): tokens depend on a tokenizer and words are not
    separated in every language. They are only ranked within a prompt, among answers in one language, so that any
    unit would give nearly the same.

    Args:
        buckets: files in buckets of whole prompts. Memory goes by AT_ONCE answers, or by the largest bucket where that
            has more; the tables of all answers spill.
        rater: whose ratings and pairs.
        con: a connection that may read the files; several of its temporary tables are made and dropped.

    Returns:
        A row for each language, sorted.
    """
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    try:
        for table in _ALL:
            con.execute(table)
        for files in _grouped(buckets):
            if files.completions and files.prompts:
                _add_counts(files, rater, con, sums)
        with _one_thread(con):
            models: dict[str, list[ModelCalibration]] = defaultdict(list)
            for language, *values, chosen, rejected in con.execute(_MODELS).fetchall():
                models[language].append(_model(*values, chosen=chosen, rejected=rejected))
    finally:
        for name in ("answers", "texts", "pairs", "scores", "sides"):
            con.execute(f"DROP TABLE IF EXISTS {sql.name('calibration_' + name)}")
    return [_row(language, sums[language], models[language]) for language in sorted(sums)]


def _grouped(buckets: Iterable[Files]) -> Iterator[Files]:
    """Buckets in groups of AT_ONCE answers: a small one takes longer for its queries than for its rows."""
    group: list[Files] = []
    answers = 0
    for files in buckets:
        group.append(files)
        answers += sum(pq.read_metadata(path).num_rows for path in files.completions)
        if answers >= AT_ONCE:
            yield _together(group)
            group, answers = [], 0
    yield _together(group)


def _together(group: Sequence[Files]) -> Files:
    return Files(*([path for files in group for path in files[table]] for table in range(len(Files._fields))))


def _add_counts(files: Files, rater: str, con: sql.Connection, sums: dict[str, "Counter[str]"]) -> None:
    """Adds one bucket to the sums and to the tables of all answers and pairs."""
    values = {
        "ratings": sql.parquet(*files.ratings) if files.ratings else _NO_RATINGS,
        "completions": sql.parquet(*files.completions),
        "prompts": sql.parquet(*files.prompts),
        "pairs": sql.parquet(*files.pairs) if files.pairs else _NO_PAIRS,
        "rater": sql.quote(rater),
        "bare": BARE,
        "same": SAME,
    }
    several = con.execute(_SEVERAL_ROWS.format(**values)).fetchall()
    values["first_of_id"] = _FIRST_OF_ID if several else "true"
    for query in (_ANSWERS, _TEXTS, _PAIRS):
        con.execute(query.format(**values))
    with _one_thread(con):
        for query in _SUMS:
            counted = con.sql(query)
            names = counted.columns[1:]
            for language, *counts in counted.fetchall():
                sums[language].update(dict(zip(names, counts, strict=True)))
        for query in (_ADD_SCORES, _ADD_SIDES):
            con.execute(query)


@contextmanager
def _one_thread(con: sql.Connection) -> Iterator[None]:
    """Sums of fractions depend on their order in the last digit: one thread takes the sorted tables as they lie."""
    ((threads,),) = con.sql("SELECT current_setting('threads')").fetchall()
    con.execute("SET threads = 1")
    try:
        yield
    finally:
        con.execute(f"SET threads = {sql.number(threads)}")


def _row(language: str, sums: "Counter[str]", models: list[ModelCalibration]) -> LanguageCalibration:
    """A language's row; its counts are 0 and its measures None where there is nothing to count."""
    compared, ordered, pairs, equal = (sums[name] for name in ("compared", "ordered", "pairs", "equal_length"))
    longer, prompts = sums["longer_pairs"], sums["pair_prompts"]
    low, high = wilson(round(longer / (pairs - equal) * prompts), prompts) if pairs > equal else (None, None)
    return LanguageCalibration(
        language=language,
        prompts=sums["prompts"],
        answers=sums["answers"],
        unrated=sums["unrated"],
        compared=compared,
        tied=sums["tied"],
        tied_share=_share(sums["tied"], compared),
        # Pooled: the root of the mean square within prompts of a one-way analysis of variance.
        spread=_digits(sqrt(sums["squares"] / sums["freedom"])) if compared else None,
        ordered=ordered,
        length_correlation=round(sums["xy"] / sqrt(sums["xx"] * sums["yy"]), 4) + 0.0 if ordered else None,
        pairs=pairs,
        equal_length=equal,
        pair_prompts=prompts,
        longer=_share(longer, pairs - equal),
        longer_low=None if low is None else round(low, 4),
        longer_high=None if high is None else round(high, 4),
        models=models,
    )


def _model(
    model: str, route: str, answers: int, *quantities: float | None, chosen: int, rejected: int
) -> ModelCalibration:
    """The row of a model and route; the quantities are those of its scores, in their order there."""
    mean, sd, q05, q50, q95 = map(_digits, quantities)
    share = _share(chosen, chosen + rejected)
    return ModelCalibration(model, route, answers, mean, sd, q05, q50, q95, chosen, rejected, share)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _digits(value: float | None) -> float | None:
    # Not decimals: one rater's scores are logits, another's probabilities of a thousandth.
    return None if value is None else float(f"{value:.6g}")


def warnings(rows: Sequence[LanguageCalibration], rater: str) -> list[str]:
    """What speaks against trusting a rater, a sentence for each kind of finding, with its languages and numbers.

    A share counts only when its 95% Wilson interval lies beyond the limit, so that a handful of prompts warns of
    nothing.

    Args:
        rows: what `calibrate_rater` returned.
        rater: the rater's name.

    Returns:
        The sentences; none where nothing speaks against it.
    """
    looks = [
        (_tied, f"{rater} gives all answers to a prompt the same score too often to tell them apart in"),
        (_narrow_spread(rows), f"{rater} hardly tells the answers to a prompt apart in"),
        (_follows(1), f"{rater} prefers the longer answer, and length alone predicts most of its choices, in"),
        (_follows(-1), f"{rater} prefers the shorter answer, and length alone predicts most of its choices, in"),
    ]
    sentences = []
    for look, sentence in looks:
        places = [f"{row.language} ({numbers})" for row in rows if (numbers := look(row))]
        if places:
            sentences.append(f"{sentence} {', '.join(places)}")
    return sentences + _kin(rows, rater)


def _tied(row: LanguageCalibration) -> str:
    low, _ = wilson(row.tied, row.compared)
    share = row.tied_share
    return f"{share:.0%} of {row.compared:,} prompts" if share is not None and low is not None and low > TIED else ""


def _narrow_spread(rows: Sequence[LanguageCalibration]) -> Look:
    spreads = {row.language: row.spread for row in rows if row.compared >= LEAST_PROMPTS and row.spread is not None}

    def look(row: LanguageCalibration) -> str:
        others = [spread for language, spread in spreads.items() if language != row.language]
        if row.language not in spreads or len(others) < LEAST_LANGUAGES:
            return ""
        spread, usual = spreads[row.language], median(others)
        if spread >= SPREAD * usual or _tied(row):
            return ""
        return f"spread {spread:.3g} within a prompt, median of the other languages {usual:.3g}"

    return look


def _follows(sign: int) -> Look:
    def look(row: LanguageCalibration) -> str:
        parts, beyond = [], False
        if row.length_correlation is not None:
            # The interval of the share that the correlation amounts to, with the prompt as its unit.
            share = (1 + sign * row.length_correlation) / 2
            low, _ = wilson(round(share * row.ordered), row.ordered)
            beyond |= low is not None and 2 * low - 1 > CORRELATED
            parts.append(f"rank correlation {row.length_correlation:z.2f} within {row.ordered:,} prompts")
        if row.longer is not None and row.longer_low is not None and row.longer_high is not None:
            beyond |= (row.longer_low if sign > 0 else 1 - row.longer_high) > FOLLOWS
            share, pairs = row.longer if sign > 0 else 1 - row.longer, row.pairs - row.equal_length
            parts.append(f"chosen is the {'longer' if sign > 0 else 'shorter'} one in {share:.0%} of {pairs:,} pairs")
        return "; ".join(parts) if beyond else ""

    return look


def _kin(rows: Sequence[LanguageCalibration], rater: str) -> list[str]:
    """Raters favour answers of their own kind (Panickssery et al. 2024, arXiv 2404.13076)."""
    own, counts = families(rater), defaultdict[bool, list[int]](lambda: [0, 0])
    kin, shared = set(), set[str]()
    for model in (model for row in rows for model in row.models):
        common = own & families(model.model)
        if common:
            kin.add(model.model)
            shared |= common
        counts[bool(common)][0] += model.chosen
        counts[bool(common)][1] += model.chosen + model.rejected
    if not kin:
        return []
    shares = [
        f"{name} are chosen in {counts[mine][0] / counts[mine][1]:.0%} of their {counts[mine][1]:,} places in pairs"
        for mine, name in ((True, "their answers"), (False, "those of other models"))
        if counts[mine][1]
    ]
    sentence = f"{rater} is of one family ({', '.join(sorted(shared))}) with {', '.join(sorted(kin))}"
    return ["; ".join([f"{sentence}, and raters favour their own kind", *shares])]
