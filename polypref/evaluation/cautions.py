"""What a reader of an evaluation must know: sentences that warn of a comparison's figures, and the limits of all."""

from collections.abc import Iterator, Mapping, Sequence

from ..files.json_types import list_of, mapping_of, number_of
from ..judging.model_families import families
from ..languages.gaps import is_unchecked
from .figures import statistics as st
from .figures.length_control import FAR, LITTLE_OVERLAP
from .results import Comparison, JudgeFacts, ModelFacts, SetFacts

#: Kinds of judges that are a language model shown two answers.
_LANGUAGE_MODELS = frozenset({"llm", "logprob"})
#: Share of prompts without a score, from which on a comparison warns of it.
_UNSCORED = 0.02


def warnings(
    comparison: Comparison, judge: JudgeFacts | None, models: Mapping[str, ModelFacts], two: bool
) -> Iterator[str]:
    """What makes a comparison's figures less than they seem.

    Args:
        comparison: its figures.
        judge: who judged; None where nothing is known of it.
        models: by name.
        two: whether prompts were judged in both orders.

    Yields:
        a sentence each.
    """
    yield from _kinship(comparison, judge, models)
    if judge and judge.kind in _LANGUAGE_MODELS and not two:
        yield "each prompt was judged in one order only, so the judge's liking for a place is not cancelled out"
    prompts, scored = sum(row.prompts for row in comparison.rows), sum(row.scored for row in comparison.rows)
    if prompts and 1 - scored / prompts > _UNSCORED:
        yield (
            f"{prompts - scored:,} of {prompts:,} prompts have no score ({1 - scored / prompts:.1%}); the column "
            "'if unscored' says between what the win-rates would lie if all of them were lost or won"
        )
    one, every = ("pair of answers", "pairs of answers") if judge and judge.several else ("prompt", "prompts")
    if judge and judge.several:
        have = "s have" if judge.several > 1 else " has"
        yield (
            f"{judge.several:,} prompt{have} several pairs of answers by the same two models, as where models answered "
            "more than once: each pair of answers is a battle of its own, in the win-rate and in won, tie and lost; "
            "the battles of a prompt, which are alike, are one unit (a cluster) of intervals and tests"
        )
    if judge and judge.joined:
        yield (
            f"in {judge.joined:,} of this evaluation's battles there are several verdicts by {comparison.judge}, and "
            f"the score is their mean: the win-rate is the mean of such scores over {every}, while won, tie and "
            f"lost count each {one} once, by whether its score is over, at or under one half"
        )
    yield from _of_lengths(comparison)
    bias = comparison.position_bias
    if bias is None or bias.share is None or bias.low is None or bias.high is None:
        return
    if bias.low > 0.55 or bias.high < 0.45:
        where = "first" if bias.share > 0.5 else "second"
        yield f"the judge prefers the answer shown {where} in {max(bias.share, 1 - bias.share):.0%} of its verdicts"


def _kinship(comparison: Comparison, judge: JudgeFacts | None, models: Mapping[str, ModelFacts]) -> Iterator[str]:
    own = families(f"{judge.name} {judge.model or ''}") if judge else frozenset[str]()
    for name in (comparison.model, comparison.other):
        known = models.get(name)
        if common := own & families(f"{name} {known.model or '' if known else ''}"):
            yield (
                f"the judge {comparison.judge} and {name} are both of the family {', '.join(sorted(common))}: "
                "judges favour answers of their own family"
            )


def _of_lengths(comparison: Comparison) -> Iterator[str]:
    """Where length control moves a win-rate far, or says what equal lengths would do and none were seen."""
    moved, apart = [], []
    for row in comparison.rows:
        equal = row.length_controlled
        if equal is None or equal.win_rate is None or row.win_rate is None:
            continue
        figures = (
            f"{row.language} from {row.win_rate:.3f} to {equal.win_rate:.3f} "
            f"(median lengths {row.length or 0:,.0f} and {row.other_length or 0:,.0f} characters)"
        )
        if abs(row.win_rate - equal.win_rate) > FAR:
            moved.append(figures)
        if equal.overlap is not None and equal.overlap < LITTLE_OVERLAP:
            apart.append(figures)
    mean, equal = comparison.average, comparison.average.length_controlled
    if equal and equal.win_rate is not None and mean.win_rate is not None and abs(mean.win_rate - equal.win_rate) > FAR:
        moved.append(f"the average from {mean.win_rate:.3f} to {equal.win_rate:.3f}")
    if moved:
        yield (
            f"length control, which knows length alone (the minimal regression), moves the win-rate by more than "
            f"{100 * FAR:g} points: {'; '.join(moved)}; quote both, and take neither for AlpacaEval's published kind"
        )
    if apart:
        yield (
            f"lengths hardly overlap (one model's answer is the longer one in over {1 - LITTLE_OVERLAP:.0%} of the "
            f"prompts), so that the length-controlled win-rate is of a kind of answers that was not seen: "
            + "; ".join(apart)
        )


def limits(judges: Sequence[JudgeFacts], sets: Sequence[SetFacts], compared: Sequence[Comparison]) -> Iterator[str]:
    """What the figures of an evaluation cannot say.

    Args:
        judges: who judged.
        sets: of prompts.
        compared: all comparisons.

    Yields:
        a sentence or two each.
    """
    kinds = {one.kind for one in judges}
    if "relevance" in kinds:
        yield (
            "The judge is a stand-in without any model: it counts how often an answer repeats its prompt's words. "
            "It is here to try the machinery; its win-rates say nothing about quality."
        )
    if kinds & _LANGUAGE_MODELS:
        yield (
            "A language model judged. Judges agree with themselves from language to language only in part (mean Fleiss "
            "kappa about 0.3 over 25 languages, arXiv 2505.12201), favour length and their own family, and know some "
            "languages better than others; have native speakers judge a sample before you rely on a difference."
        )
    if "reward" in kinds:
        yield (
            "A reward model judged; its accuracy differs by up to 15 points from language to language "
            "(M-RewardBench, arXiv 2410.15522)."
        )
    if "reference" in kinds:
        yield "The judge compares with known answers: another wording of a right answer counts as wrong."
    yield from dict.fromkeys(f"{one.name}: {one.caution}" for one in judges if one.caution)
    if "logprob" in kinds:
        yield (
            "A judge of the kind logprob prefers one answer always, be it by a hair: its win-rates are means of "
            "preferences between 0 and 1 (or of who wins by them, where `preference: hard` says so), and are not to be "
            "set beside win-rates of verdicts in words."
        )
    if any(one.orders == 1 and one.kind in _LANGUAGE_MODELS for one in judges):
        yield "One order a prompt was judged to save cost; both are the default."
    if untold := sorted({row.language for one in compared for row in one.rows if is_unchecked(row.language)}):
        yield (
            f"Answers are not language-checked in {', '.join(untold)}, which the detector does not know: no share of "
            "lines in the language is given there, and the averages of it are without them."
        )
    if any(row.language == "und" for one in compared for row in one.rows):
        yield (
            "Nothing says in which language the verdicts under und are, whose figures are of all their languages "
            "together: let `language` of the layout name the column, or =TAG for all rows."
        )
    if few := sorted({tag for one in compared for tag in one.few_groups}):
        yield (
            f"Fewer than {st.FEW_GROUPS} independent prompts in {', '.join(few)}: intervals there cover the truth less "
            "often than they say."
        )
    if any("translat" in (one.note or "") for one in sets):
        yield "Prompts are machine-translated in part; what a translation spoils, it spoils for both models."
    if any(row.length_controlled for one in compared for row in one.rows):
        yield (
            "Length-controlled win-rates are those of the minimal regression, on length alone; AlpacaEval's published "
            "ones also know how hard each prompt is, and differ by more than three points in two of three lists."
        )
    yield (
        "Intervals tell of other prompts of the same kind, not of other judges, sampling seeds or kinds of prompts. "
        "Published figures stand apart: they are from other judges, prompts and settings."
    )


def of_models(models: Sequence[ModelFacts], judges: Sequence[JudgeFacts]) -> Iterator[str]:
    """What models and judges did that nobody asked for: prompts that their templates write, and thoughts.

    Args:
        models: that were compared.
        judges: who judged.

    Yields:
        a sentence each.
    """
    about = [(one.name, one.others) for one in models] + [(one.name, one.others) for one in judges]
    for name, others in about:
        yield from (f"{name}: {note}." for note in list_of(others.get("notes")) if isinstance(note, str))
    for one in models:
        if counts := mapping_of(one.others.get("thoughts")):
            number = sum(int(number_of(count) or 0) for count in counts.values())
            yield (
                f"{one.name} wrote a thought before {number:,} of its answers; judges saw the answers alone, and the "
                "thoughts' tokens are among those that were paid for."
            )
