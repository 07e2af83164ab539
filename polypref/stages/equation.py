"""The equation of a build: at every stage, in each unit, what comes in is what goes out and what is left out by reason.

A step from one unit to another has a line for what it joins: rows that repeat a prompt, copies of an answer, possible
pairs beyond those that were asked for. Answers and verdicts are counted from the rows that were kept on. What goes out
of a stage comes into the next that counts the same unit. Answers that pass the checks come into the line of every
rater, each of which adds up by itself, and into that of the pairs.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from .counts import FunnelRow, whole_unit

#: Outcomes by which something is left out of what goes on: joined with something that does, for a reason of its own, as
#: nobody asked for it, or as what it belongs to went another way (an answer to a prompt that fell, or in no pair).
LEFT_OUT = ("joined", "rejected", "skipped", "unused")

#: The outcome of what was scored or judged though it can be in no pair: it is counted besides, and does not go on.
BEYOND_USE = "rated_beyond_use"
#: Why an answer has no score, or is in no verdict, of which nothing more is known.
NO_SCORE, NO_VERDICT = "no_score", "no_verdict"

#: What goes out here (stage, unit) comes in there; of several, together; into the line of each rater, where there are
#: several. What no language of a build has is left out.
_LINKS: tuple[tuple[tuple[tuple[str, str], ...], tuple[str, str]], ...] = (
    ((("read", "rows"), ("translate", "prompts"), ("cross", "prompts")), ("index", "rows")),
    ((("index", "rows"),), ("index", "prompts")),
    ((("index", "prompts"),), ("check", "prompts")),
    ((("check", "prompts"),), ("verdicts", "prompts")),
    ((("check", "prompts"),), ("pair", "prompts")),
    ((("read", "answers"), ("complete", "answers")), ("check", "answers")),
    ((("check", "answers"),), ("rate", "answers")),
    ((("check", "answers"),), ("combine", "answers")),
    ((("check", "answers"),), ("pair", "answers")),
    ((("read", "verdicts"), ("rate", "verdicts"), ("combine", "verdicts")), ("pair", "verdicts")),
    ((("pair", "possible pairs"), ("pair", "verdicts")), ("pair", "pairs")),
    ((("pair", "possible pairs"), ("pair", "verdicts")), ("review", "pairs")),
    ((("pair", "pairs"),), ("review", "pairs")),
    ((("review", "pairs"),), ("filter", "pairs")),
    ((("pair", "possible pairs"), ("pair", "verdicts")), ("filter", "pairs")),
    ((("pair", "pairs"),), ("filter", "pairs")),
    ((("filter", "pairs"),), ("balance", "pairs")),
    # Of labels that are kept unpaired.
    ((("check", "prompts"),), ("labels", "prompts")),
    ((("check", "answers"),), ("labels", "answers")),
    ((("pair", "labels"),), ("review", "rows")),
    ((("review", "rows"),), ("filter", "rows")),
    ((("pair", "labels"),), ("filter", "rows")),
    ((("filter", "rows"),), ("balance", "rows")),
)
#: Answers that go on to be rated, and those of them that are in a pair.
_PASSED, _PAIRED = ("check", "answers"), ("pair", "answers")
#: Steps of which one stands between others where a build has it: pairs of several ways are joined, and people review.
_ORDERS: tuple[tuple[tuple[str, str], ...], ...] = (
    (("pair", "possible pairs"), ("pair", "pairs"), ("review", "pairs"), ("filter", "pairs")),
    (("pair", "labels"), ("review", "rows"), ("filter", "rows")),
)


@dataclass(frozen=True)
class Step:
    """What became of one unit in one stage.

    Attributes:
        stage: the stage.
        unit: rows, prompts, answers, verdicts, possible pairs, pairs or labels; where several rate, of which of them.
        came: how many came in.
        left_out: (outcome, reason) -> how many did not go on; the most first.
        went: how many went on.
    """

    stage: str
    unit: str
    came: int
    left_out: dict[tuple[str, str], int]
    went: int


def steps_of(funnel: Iterable[FunnelRow], language: str | None = None) -> list[Step]:
    """The steps of a build in order, from the rows that were read to the pairs that are in a mixture.

    Args:
        funnel: the rows of all stages.
        language: only of this one; None for all together.

    Returns:
        a step for each stage and unit that counts what comes in. Builds of before 0.3 have fewer.
    """
    counts: dict[tuple[str, str], Counter[tuple[str, str]]] = {}
    for row in funnel:
        if language in (None, row.language):
            key = row.outcome, "" if row.outcome == "kept" else row.reason
            counts.setdefault((row.stage, row.unit), Counter())[key] += row.rows
    steps = []
    for (stage, unit), outcomes in counts.items():
        left_out = Counter({key: rows for key, rows in outcomes.items() if key[0] in LEFT_OUT and rows})
        went = outcomes["kept", ""]
        came = outcomes["in", ""] if ("in", "") in outcomes else went + left_out.total()
        if came or went or left_out:
            steps.append(Step(stage, unit, came, dict(left_out.most_common()), went))
    return steps


def not_conserved(funnel: Sequence[FunnelRow]) -> list[str]:
    """What does not add up in a build's counts.

    Args:
        funnel: the rows of all stages.

    Returns:
        a sentence for each language and step whose rows differ; none where every row is accounted for.
    """
    sentences = []
    counted = [(step.stage, step.unit) for step in steps_of(funnel)]
    rated = any(stage in ("rate", "combine") and whole_unit(unit) == "answers" for stage, unit in counted)
    for language in dict.fromkeys(row.language for row in funnel):
        steps = {(step.stage, step.unit): step for step in steps_of(funnel, language)}
        for step in steps.values():
            went = step.went + sum(step.left_out.values())
            if step.came != went:
                sentences.append(
                    f"{language or 'und'}: {step.stage} ({step.unit}) {step.came:,} in, {went:,} accounted for"
                )
        if (passed := steps.get(_PASSED)) and passed.went and _PAIRED in counted and not rated:
            sentences.append(f"{language or 'und'}: {passed.stage} ({passed.unit}) {passed.went:,} out, no rater")
        for sources, into in _links(counted):
            went = sum(steps[source].went for source in sources if source in steps)
            came = steps[into].came if into in steps else 0
            if went != came:
                some = [(key, steps[key].went) for key in sources if key in steps]
                some = [one for one in some if one[1] or len(sources) == 1]
                names = " + ".join(f"{at} ({of}) {rows:,}" for (at, of), rows in some)
                sentences.append(f"{language or 'und'}: {names or 'nothing'} out, {into[0]} ({into[1]}) {came:,} in")
    return sentences


def comes_from(step: Step, steps: Sequence[Step]) -> list[Step]:
    """The steps whose rows come into a step: several where they are counted together.

    Args:
        step: one of a build.
        steps: all of them, as `steps_of` gives them.

    Returns:
        those that go out into it; none where something new is counted.
    """
    by_key = {(one.stage, one.unit): one for one in steps}
    for sources, into in _links(by_key.keys()):
        if into == (step.stage, step.unit):
            there = [by_key[source] for source in sources]
            return [source for source in there if source.went] or there
    return []


_Key = tuple[str, str]


def _links(counted: Collection[_Key]) -> Iterator[tuple[list[_Key], _Key]]:
    """What goes out in which steps of a build comes into which: of several raters each has steps of its own."""
    of_unit: dict[_Key, list[_Key]] = {}
    for stage, unit in counted:
        of_unit.setdefault((stage, whole_unit(unit)), []).append((stage, unit))
    for sources, into in _LINKS:
        there = [key for source in sources for key in of_unit.get(source, ())]
        if there and not _goes_round(sources, into, of_unit.keys()):
            yield from ((there, key) for key in of_unit.get(into, ()))


def _goes_round(sources: Sequence[tuple[str, str]], into: tuple[str, str], counted: Collection[_Key]) -> bool:
    """Whether a build has a step between these."""
    return any(
        step in counted
        for order in _ORDERS
        if sources[0] in order and into in order
        for step in order[order.index(sources[0]) + 1 : order.index(into)]
    )
