"""What a report shows beside win-rates by language, as tables of text: the same in Markdown, terminal and page.

Names and values from files are plain text here; who shows them escapes them.
"""

from collections.abc import Iterator

from ..figures import statistics as st
from ..figures.language_shares import LanguageShare
from ..figures.slices import MOST_VALUES, SliceRow, Slices
from ..harness import Academic, HarnessSlice, HarnessValue
from ..results import Comparison, Results
from . import formats, rankings
from .part import AVERAGE, FEW, FEW_GROUPS, Part

#: Rows of a table of academic benchmarks; with more, only averages over languages are shown.
MOST_ROWS = 60
#: Heads of a table by the values of a column, without its interval's.
_SLICED = ("value", "prompts", "win / tie / loss", "win-rate", "p (Holm)", "languages", "groups")


def parts_of_comparison(comparison: Comparison) -> list[Part]:
    """What stands below a comparison's languages.

    Args:
        comparison: its figures.

    Returns:
        A part for each column that it is sliced by, and one for consistency across languages; none before 0.3.
    """
    if comparison.breakdowns is None:
        return []
    return [*(_sliced(one, comparison) for one in comparison.breakdowns.slices), *_same_verdicts(comparison)]


def parts_of_models(results: Results) -> list[Part]:
    """What is known of models by themselves.

    Args:
        results: as in results.json.

    Returns:
        Refusals, translated answers, single scores, mean ranks, style control and AlpacaEval's own length control,
        where there are such figures.
    """
    return [*_refusals(results), *_translated(results), *rankings.parts_of_rankings(results)]


def parts_of_academic(academic: Academic | None) -> list[Part]:
    """Scores of lm-evaluation-harness by what its questions state.

    Args:
        academic: as in results.json.

    Returns:
        A part for each column.
    """
    return [_academic(one) for one in (academic.slices if academic else ())]


def _academic(of: HarnessSlice) -> Part:
    several = {row.value for row in of.rows if not row.language}
    short = len(of.rows) > MOST_ROWS
    rows = [row for row in of.rows if not short or not row.language or row.value not in several]
    what = [
        "Questions that both models answered, before and after training, and the difference of the same questions with "
        "its interval over whole groups of translations; averages are over languages.",
    ]
    if short:
        what.append("Languages are in results.json: they would be too many rows.")
    if of.without:
        what.append(f"Without a value: {of.without:,} questions.")
    if of.unpaired:
        what.append(f"Left out, since only one of both models answered them: {of.unpaired:,}.")
    if of.rest_values:
        what.append(f"{of.rest_values:,} rarer values have no row of their own: at most {MOST_VALUES} have.")
    if any(row.groups < st.FEW_GROUPS for row in rows):
        what.append(FEW_GROUPS)
    return Part(
        title=f"By {of.column!r} of the questions",
        what=tuple(what),
        heads=("value", "language", "questions", "before", "after", "difference", "95% interval"),
        rows=tuple(_academic_cells(row, several) for row in rows),
        numbers=2,
        wide=frozenset({2, 6}),
    )


def _academic_cells(row: HarnessValue, several: set[str]) -> tuple[str, ...]:
    few = f" {FEW}" if row.groups < st.FEW_GROUPS else ""
    average = AVERAGE if row.value in several else ""
    return (
        (row.value or "(other values)") + few,
        formats.language_name(row.language) if row.language else average,
        formats.count_words(row.questions),
        formats.rate_words(row.before),
        formats.rate_words(row.after),
        formats.DASH if row.difference is None else f"{row.difference:+z.3f}",
        formats.DASH if row.low is None or row.high is None else f"{row.low:+z.3f} to {row.high:+z.3f}",
    )


def _sliced(slices: Slices, comparison: Comparison) -> Part:
    whose = {
        "prompt": "",
        "model": f" of the answers of {comparison.model}",
        "other": f" of the answers of {comparison.other}",
    }
    every = [*slices.rows, *([slices.rest] if slices.rest else [])]
    what = [
        "Win-rates as macro averages over the languages that have the value, with intervals over whole groups of "
        "translations; p is corrected over the table (Holm)."
    ]
    if slices.without:
        what.append(f"Without a value: {slices.without:,} of {_prompts(comparison):,} battles.")
    if slices.rest_values:
        what.append(
            f"{slices.rest_values:,} rarer values have no row of their own: at most {MOST_VALUES} have, and battles "
            "with none of these are the row of other values."
        )
    if any("/" in row.value for row in slices.rows):
        what.append("A slash parts the levels of a value; a level holds the battles of all below it.")
    if any(row.groups < st.FEW_GROUPS for row in every):
        what.append(FEW_GROUPS)
    return Part(
        title=f"By {slices.column!r}{whose[slices.of]}",
        what=tuple(what),
        heads=(*_SLICED[:4], f"{comparison.level:.0%} interval", *_SLICED[4:]),
        rows=tuple(_slice_cells(row) for row in every),
        wide=frozenset({5, 6, 7}),
    )


def _prompts(comparison: Comparison) -> int:
    return sum(row.prompts for row in comparison.rows)


def _slice_cells(row: SliceRow) -> tuple[str, ...]:
    few = f" {FEW}" if row.groups < st.FEW_GROUPS else ""
    return (
        (row.value or "(other values)") + few,
        formats.count_words(row.prompts),
        f"{row.wins:,} / {row.ties:,} / {row.losses:,}",
        formats.rate_words(row.win_rate),
        formats.ends(row.low, row.high),
        formats.p_value(row.p_holm),
        formats.count_words(len(row.languages)),
        formats.count_words(row.groups),
    )


def _same_verdicts(comparison: Comparison) -> Iterator[Part]:
    same = comparison.breakdowns.same_verdicts if comparison.breakdowns else None
    if same is None:
        return
    base = formats.language_name(same.language)
    rows = [
        (
            _language(row.same),
            formats.count_words(row.same.n),
            formats.share(row.same.share),
            _ends(row.same),
            formats.rate_words(row.difference),
            formats.kappa(row.kappa),
        )
        for row in same.rows
    ]
    if same.average and len(same.rows) > 1:
        rows.append((AVERAGE, "", formats.share(same.average.share), _ends(same.average), "", ""))
    few = [FEW_GROUPS] if any(row.same.groups < st.FEW_GROUPS for row in same.rows) else []
    yield Part(
        title=f"Consistency across languages, beside {base}",
        what=(
            f"Of the prompts with a score in a language and in {base}: the share with the same verdict (won, tie or "
            "lost), the mean distance of the two scores, and Cohen's kappa ± its standard error, which is 0 where "
            "verdicts agree no more often than chance would have it. A judge that wavers lowers it as much as a "
            "model that does.",
            *few,
        ),
        heads=("language", "prompts", "same verdict", f"{comparison.level:.0%} interval", "distance", "kappa"),
        rows=tuple(rows),
        wide=frozenset({1, 4}),
    )


def _language(share: LanguageShare) -> str:
    few = f" {FEW}" if share.groups < st.FEW_GROUPS else ""
    return formats.language_name(share.language) + few


def _ends(share: LanguageShare) -> str:
    if not formats.known(share.low) or not formats.known(share.high):
        return formats.DASH
    return f"{formats.share(share.low)} to {formats.share(share.high)}"


def _refusals(results: Results) -> Iterator[Part]:
    known = results.breakdowns.refusals if results.breakdowns else ()
    if not known:
        return
    rows = []
    for one in known:
        shares = [row for row in one.shares.rows if row.n]
        average = [one.shares.average] if one.shares.average and len(shares) > 1 else []
        for share in [*shares, *average]:
            refused = formats.count_words(None if share.share is None else share.share * share.n)
            who = (one.set, one.model, _language(share) if share.language else AVERAGE)
            counts = (formats.count_words(share.n), refused if share.language else "")
            rows.append((*who, *counts, formats.share(share.share), _ends(share)))
    unknown = sorted({tag for one in known for tag in one.unknown})
    what = [
        "Answers that begin with a refusal, by lists of phrases (the check refusals), and those that a server or its "
        "filter refused. A refusal of a harmful prompt is none the worse for being one.",
    ]
    if unknown:
        what.append(f"Without a list of phrases, so that nothing is counted: {formats.language_names(unknown)}.")
    if any(FEW in row[2] for row in rows):
        what.append(FEW_GROUPS)
    heads = ("set", "model", "language", "answers", "refusals", "share", "interval")
    yield Part("Refusals", tuple(what), heads, tuple(rows), 3, frozenset({0, 3}))


def _translated(results: Results) -> Iterator[Part]:
    for one in results.breakdowns.translated if results.breakdowns else ():
        same = one.same
        chance = {row.language: row for row in same.by_chance.rows}
        into = formats.language_name(same.language)
        rows = [
            (
                _language(row),
                formats.count_words(row.n),
                formats.rate_words(row.share),
                formats.ends(row.low, row.high),
                formats.rate_words(chance[row.language].share if row.language in chance else None),
            )
            for row in same.chrf.rows
            if row.n
        ]
        if same.chrf.average and len(rows) > 1:
            by_chance = same.by_chance.average.share if same.by_chance.average else None
            mean = same.chrf.average
            ends = formats.ends(mean.low, mean.high)
            rows.append((AVERAGE, "", formats.rate_words(mean.share), ends, formats.rate_words(by_chance)))
        yield Part(
            f"What {one.model} says across languages, on {one.set}",
            (
                f"Its answers, translated into {into}, against the answers that it gave in {into} to the same prompts: "
                "chrF (sacrebleu, 0 to 1). By chance: against its answer to another prompt, so that the distance "
                "between the two columns is what is the same. A translation's faults lower both.",
            ),
            ("language", "answers", "chrF", "interval", "by chance"),
            tuple(rows),
            wide=frozenset({3}),
        )
