"""What a report says in sentences, the same in Markdown, in the terminal and on the page.

All of it is plain text: who shows it escapes it.
"""

from .. import judge_notes, left_out
from ..figures.agreement import Share
from ..figures.win_rates import Contrast
from ..harness import Academic, HarnessScore
from ..results import (
    Comparison,
    JudgeFacts,
    ModelFacts,
    PublishedFigure,
    Results,
    SetFacts,
    Who,
)
from ..unread import By
from . import formats, judge_checks

#: A share of prompts without a score above which a report names the language.
MANY_UNSCORED = 0.05


def title(comparison: Comparison | Who) -> str:
    """Who met whom.

    Args:
        comparison: whose models are named.

    Returns:
        As in `mine against theirs`.
    """
    return f"{comparison.model} against {comparison.other}"


def label(comparison: Comparison | Who) -> str:
    """Who met whom on which set and before which judge.

    Args:
        comparison: what is named.

    Returns:
        The title, set and judge, which no other comparison has together.
    """
    return f"{title(comparison)} · {comparison.set} · {comparison.judge}"


def sentence(text: str) -> str:
    """A line as a sentence: with a capital and an end.

    Args:
        text: words; not empty.

    Returns:
        The same, with a full stop where no other mark ends it.
    """
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text[-1:] in ".!?:" else ".")


def cautions(comparison: Comparison) -> list[str]:
    """What a reader must know before the figures.

    Args:
        comparison: its figures.

    Returns:
        Its warnings as sentences.
    """
    return [sentence(line) for line in comparison.warnings]


def level(comparison: Comparison) -> str:
    """The level of the intervals.

    Args:
        comparison: its figures.

    Returns:
        As in 95%.
    """
    return f"{100 * comparison.level:g}%"


def notes(results: Results) -> list[str]:
    """What must stand at the very top, as "not a quality judgement"; of a comparison, with its name.

    Args:
        results: as in results.json.

    Returns:
        Each note once; mostly none.
    """
    lines = [results.note] if results.note else []
    for one in results.comparisons:
        if one.note and one.note not in lines:
            lines.append(f"{label(one)}: {one.note}")
    return [*lines, *judge_checks.doubts(results)]


def in_what_language(results: Results) -> str:
    """Which language answers are held against, in a sentence about them.

    Args:
        results: as in results.json.

    Returns:
        As in `the language of the prompt`; for evaluations of polypref before 0.3 that alone.
    """
    if results.fidelity_version < 2:
        return "the language of the prompt"
    return "the language of the prompt, or in one that it asks for (a translation) or quotes"


def headline(comparison: Comparison) -> str:
    """A comparison in one sentence: macro average, interval and p.

    Args:
        comparison: its figures.

    Returns:
        The sentence, also where no language has a score.
    """
    mean = comparison.average
    who = f"{title(comparison)} on {comparison.set}, judged by {comparison.judge}"
    if not formats.known(mean.win_rate):
        return f"{who}: no language has a score, so there is no win-rate."
    several = len(mean.languages) != 1
    return (
        f"{who}: win-rate {formats.rate_words(mean.win_rate)}{' as the macro average' if several else ''} over "
        f"{_many(len(mean.languages), 'language')} and {_many(mean.groups, 'group')} of prompts "
        f"({level(comparison)} interval {formats.ends(mean.low, mean.high)}, p {_is(formats.p_value(mean.p))}; ties "
        "count half)."
    )


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _is(p: str) -> str:
    return p if p.startswith("<") else f"= {p}"


def halves(comparison: Comparison) -> list[str]:
    """Every language under one half by name, those that surely are, and those of which nothing is known.

    Args:
        comparison: its figures.

    Returns:
        A sentence for each of these groups of languages that has any; one that there is none under one half.
    """
    rates = {row.language: row.win_rate for row in comparison.rows}
    scored = {tag: value for tag, value in rates.items() if formats.known(value)}
    below = sorted(comparison.below_half, key=lambda tag: scored[tag])
    lines: list[str] = []
    if below:
        named = ", ".join(f"{formats.language_name(tag)} {formats.rate_words(rates[tag])}" for tag in below)
        lines.append(f"Win-rate under one half in {len(below)} of {_many(len(scored), 'language')}: {named}.")
    elif scored:
        lines.append("No language has a win-rate under one half.")
    for names, what in ((comparison.surely_below, "under"), (comparison.surely_above, "over")):
        if names:
            lines.append(
                f"Surely {what} one half (p after Holm under {_alpha(comparison)}): {formats.language_names(names)}."
            )
    if scored and not comparison.surely_below and not comparison.surely_above:
        lines.append(f"No language is surely under or over one half (p after Holm under {_alpha(comparison)}).")
    if without := [tag for tag in rates if tag not in scored]:
        lines.append(f"Without any score: {formats.language_names(without)}.")
    return lines


def _alpha(comparison: Comparison) -> str:
    return f"{1 - comparison.level:.3g}"


def further(comparison: Comparison) -> list[str]:
    """What else bears on the average: the other reading, seen against unseen languages, what could have been shown.

    Args:
        comparison: its figures.

    Returns:
        A sentence for each thing that is known.
    """
    mean, lines = comparison.average, list[str]()
    other = comparison.other_reading
    if other is not None and formats.known(other.win_rate):
        how = _READINGS.get(other.reading, other.reading)
        lines.append(f"With {how} instead, the win-rate is {formats.estimate(other)}.")
    if formats.known(mean.delta):
        lines.append(f"Wins less losses, as a share of the scored prompts: {formats.signed(mean.delta)}.")
    if formats.known(mean.smallest_difference):
        lines.append(
            "The smallest distance from one half that the average over this sample shows four times in five: "
            f"{formats.rate_words(mean.smallest_difference)}."
        )
    if comparison.contrast is not None:
        lines.append(_contrast(comparison.contrast, level(comparison)))
    return lines + _fewer_languages(comparison) + unscored(comparison) + thin(comparison) + few(comparison)


def _contrast(contrast: Contrast, sure: str) -> str:
    seen, unseen = contrast.seen, contrast.unseen
    interval = formats.ends(contrast.low, contrast.high)
    return (
        f"Languages of the training mixture ({', '.join(seen.languages) or 'none'}): {formats.estimate(seen)}; others "
        f"({', '.join(unseen.languages) or 'none'}): {formats.estimate(unseen)}; difference "
        f"{formats.signed(contrast.difference)}"
        + (f" ({sure} interval {interval})." if interval != formats.DASH else ".")
    )


def _fewer_languages(comparison: Comparison) -> list[str]:
    """Averages in the tables that are over fewer languages than the macro average is."""
    mean, lines = comparison.average, list[str]()
    every, inside = len(mean.languages), mean.in_language
    if inside and formats.known(inside.win_rate) and inside.languages < every:
        lines.append(
            f"The average where both answers are in the language is over {inside.languages} of "
            f"{_many(every, 'language')}."
        )
    for fidelity, what in ((mean.fidelity, "the model"), (mean.other_fidelity, "the other")):
        number = fidelity.lines_languages
        if number is not None and 0 < number < len(comparison.rows):
            lines.append(
                f"The average of lines in the language, of {what}, is over {number} of "
                f"{_many(len(comparison.rows), 'language')}."
            )
    return lines


def thin(comparison: Comparison) -> list[str]:
    """Languages with so few scored groups that they make the macro average unsure, and the average without them.

    Args:
        comparison: its figures.

    Returns:
        One sentence, or none where no language has so few.
    """
    if not comparison.thin:
        return []
    groups = {row.language: row.groups for row in comparison.rows}
    named = ", ".join(f"{formats.language_name(tag)} {groups[tag]}" for tag in comparison.thin)
    line = f"Fewer than 4 scored groups of prompts, which makes the macro average's interval wide: {named}."
    without = comparison.without_thin
    if not without or not formats.known(without.win_rate):
        return [line]
    some, every = len(without.languages), len(comparison.average.languages)
    return [
        f"{line} The macro average over {some} of {_many(every, 'language')}, without them: "
        f"{formats.estimate(without)}."
    ]


def few(comparison: Comparison) -> list[str]:
    """Languages with too few groups for the intervals to hold.

    Args:
        comparison: its figures.

    Returns:
        One sentence, or none where all languages have enough.
    """
    if not comparison.few_groups:
        return []
    return [
        f"Fewer than 20 groups of prompts, so that the intervals hold less often than they say: "
        f"{formats.language_names(comparison.few_groups)}."
    ]


def unscored(comparison: Comparison) -> list[str]:
    """Verdicts that are missing, by reason, and the languages with many prompts that have no score.

    Args:
        comparison: its figures.

    Returns:
        Sentences; none where every prompt has a verdict.
    """
    lines: list[str] = []
    if reasons := reasons_of(comparison):
        counts = ", ".join(f"{formats.words(reason)} {number:,}" for reason, number in reasons)
        lines.append(f"Without a verdict, by reason: {counts}.")
    if comparison.labels:
        labels = ", ".join(f"{label!r} {number:,}" for label, number in comparison.labels.items())
        lines.append(f"Labels of which the layout does not say what they mean: {labels}; add them to its labels.")
    lines += unread(comparison)
    lost = {row.language: 1 - row.scored / row.prompts for row in comparison.rows if row.prompts}
    if many := [
        f"{formats.language_name(tag)} {formats.share(part)}" for tag, part in lost.items() if part > MANY_UNSCORED
    ]:
        lines.append(f"More than {MANY_UNSCORED:.0%} of the prompts have no score in: {', '.join(many)}.")
    return lines


def unread(comparison: Comparison) -> list[str]:
    """Replies of the judge that could not be read because of what an answer holds, by model.

    Args:
        comparison: its figures.

    Returns:
        A sentence for each model whose answers caused any.
    """
    lines: list[str] = []
    sides: tuple[tuple[By, str], ...] = (("model", comparison.model), ("other", comparison.other))
    for by, name in sides:
        if number := sum(comparison.unread.get(by, {}).values()):
            lines.append(
                f"Of these, {number:,} could not be read where only the answer of {name} holds something like a "
                "verdict or a mark of a thought: they count as lost by it."
            )
    return lines


def reasons_of(comparison: Comparison) -> list[tuple[str, int]]:
    """Reasons for a missing verdict, the most frequent first.

    Args:
        comparison: its figures.

    Returns:
        Reason and how often.
    """
    return sorted(comparison.reasons.items(), key=lambda item: (-item[1], item[0]))


def bias(comparison: Comparison) -> list[str]:
    """What the judge favours besides quality.

    Args:
        comparison: its figures.

    Returns:
        Sentences on the order in which answers were shown, and on their length.
    """
    lines: list[str] = []
    for of, who, half in (
        (comparison.position_bias, "The answer shown first wins", "one half would be no bias"),
        (
            comparison.length_bias,
            "The longer answer wins",
            "longer answers may be better ones: see the length-controlled figure (minimal regression)",
        ),
    ):
        if of is not None and formats.known(of.share):
            lines.append(
                f"{who} {formats.share(of.share)} of {_many(of.n, 'verdict')} that {'is' if of.n == 1 else 'are'} "
                f"no tie{_interval(of, level(comparison))}; {half}."
            )
    if comparison.position_bias is None:
        lines.insert(0, "Position bias is not known: each pair was shown in one order, or order plays no part.")
    return lines


def _interval(of: Share, sure: str) -> str:
    if not formats.known(of.low) or not formats.known(of.high):
        return ""
    return f" ({sure} interval {formats.share(of.low)} to {formats.share(of.high)})"


def judge_facts(judge: JudgeFacts) -> str:
    """A judge in one line: what it is, of which revision, asked how.

    Args:
        judge: what is known of it.

    Returns:
        Parts joined by commas, beginning with its kind.
    """
    parts = [_KINDS.get(judge.kind, judge.kind)]
    given = {"model": judge.model, "revision": judge.revision, "licence": judge.licence}
    given |= {"prompt": judge.prompt, "code": judge.code}
    parts += [
        f"{key} {formats.revision(value) if key == 'revision' else value}" for key, value in given.items() if value
    ]
    if judge.prompt_sha256:
        parts.append(f"template {judge.prompt_sha256[:12]}")
    if judge.reading:
        parts.append("preferences averaged" if judge.reading == "mean" else "preferences averaged, then won or lost")
    orders = {1: "one order only", 2: "both orders"}.get(judge.orders or 0, "orders not known")
    return ", ".join([*parts, orders, *judge_notes.notes(judge)])


#: How a prompt's two orders are read, by the reading in results.json.
_READINGS = {
    "mean": "the two orders averaged",
    "tie": "differing orders read as a tie",
    "sign": "each prompt read as won or lost by the average of its two orders",
}
#: What a judge is, by its kind in results.json.
_KINDS = {
    "llm": "a language model",
    "logprob": "a language model's probabilities of the letters A and B",
    "reward": "a reward model",
    "reference": "known right answers",
    "relevance": "the offline stand-in",
    "stored": "stored verdicts",
}


def failures(model: ModelFacts) -> str:
    """Why a model gave no answer: reason, how often, in which languages.

    Args:
        model: what is known of it.

    Returns:
        As `left_out.words`; a dash where every prompt has an answer.
    """
    return left_out.words(left_out.by_reason(model.failures)) or formats.DASH


def unused_answers(model: ModelFacts) -> str:
    """Stored answers of a model that were not used: reason, how often, in which languages.

    Args:
        model: what is known of it.

    Returns:
        As `left_out.words`; a dash where all were used, or none are stored.
    """
    return left_out.words(left_out.of_model(model)) or formats.DASH


def unused_rows(facts: SetFacts) -> str:
    """Rows of a set that became no prompt: reason, how often, in which languages; and languages that it lacks.

    Args:
        facts: what is known of the set.

    Returns:
        As `left_out.words`; a dash where all rows were used.
    """
    parts = [left_out.words(left_out.of_set(facts))]
    parts += [f"not in the set: {', '.join(facts.not_in_set)}"] if facts.not_in_set else []
    return "; ".join(filter(None, parts)) or formats.DASH


def academic(results: Results) -> list[str]:
    """What to know of the academic benchmarks: which models, what makes them hard to compare.

    Args:
        results: as in results.json.

    Returns:
        Sentences; none without such results.
    """
    of = results.academic or Academic()
    sides = [f"{when}: {run.model}" for when, run in (("before", of.before), ("after", of.after)) if run and run.model]
    lines = [sentence("; ".join(sides))] if sides else []
    lines += [sentence(line) for line in of.warnings]
    for when, only in (("before", of.only_before), ("after", of.only_after)):
        if only:
            lines.append(f"Only {when}: {', '.join(only)}.")
    return lines + ([of.note] if of.note else [])


def change_words(row: HarnessScore) -> str:
    """An academic score's difference with its standard error, where that is known.

    Args:
        row: a task's scores before and after.

    Returns:
        As in +0.012 ± 0.009; a dash where one of the scores is not known.
    """
    error = row.difference_stderr
    return formats.signed(row.difference) + (f" ± {formats.rate_words(error)}" if formats.known(error) else "")


def published(results: Results) -> list[PublishedFigure]:
    """The published figures of all comparisons, each once.

    Args:
        results: as in results.json.

    Returns:
        In the order of the comparisons.
    """
    figures: list[PublishedFigure] = []
    for comparison in results.comparisons:
        figures += [one for one in comparison.published if one not in figures]
    return figures
