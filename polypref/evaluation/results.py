"""What an evaluation's files hold, as types: results.json (`Results`) and evaluation.json (`Facts`).

Every figure that cannot be had is None. The classes of figures/ are those of what is computed; here they are together
with what stands beside them in the file. See `files.records` for how they are written and held against their types.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from ..files.json_types import Json, JsonObject
from ..files.records import OMIT_DEFAULT, OTHER_KEYS, Count
from .breakdowns import AlpacaEvalOf, Breakdowns, ComparisonBreakdowns
from .figures.agreement import Agreement, Share
from .figures.win_rates import Average, Contrast, LanguageRow
from .harness import Academic
from .unread import By

#: Of results.json; a file of a later one is refused.
SCHEMA_VERSION: Final = 2
#: What in the language means: 1, in that of the prompt; 2, or in one that the prompt asks for (`languages.asked_for`).
FIDELITY_VERSION: Final = 2

_Names = tuple[str, ...]
_Counts = Mapping[str, Count]


@dataclass(frozen=True, kw_only=True)
class Rate:
    """A win-rate and its interval; an interval has both ends or none."""

    win_rate: float | None
    low: float | None
    high: float | None

    def __post_init__(self) -> None:
        """Checks the interval."""
        check_ends(self.low, self.high)


def check_ends(low: float | None, high: float | None) -> None:
    """Refuses half an interval.

    Args:
        low: its lower end.
        high: its upper end.

    Raises:
        ValueError: one of them is None and the other is not.
    """
    if (low is None) != (high is None):
        raise ValueError("an interval has one end")


@dataclass(frozen=True, kw_only=True)
class Controlled(Rate):
    """A length-controlled win-rate.

    Attributes:
        overlap: share of prompts whose lengths differ the rarer way round; None for an average.
    """

    overlap: float | None = field(default=None, metadata=OMIT_DEFAULT)


@dataclass(frozen=True, kw_only=True)
class InLanguage(Rate):
    """A language's win-rate over the prompts that both models answered in the language.

    Attributes:
        prompts: how many those are.
        scored: of these, those with a score.
    """

    prompts: Count
    scored: Count


@dataclass(frozen=True, kw_only=True)
class MeanInLanguage(Rate):
    """The macro average of such win-rates, over so many languages."""

    languages: Count


@dataclass(frozen=True, kw_only=True)
class OtherReading(Rate):
    """The macro average with the two orders read the other way: `tie`, `mean` or `sign`."""

    reading: str


@dataclass(frozen=True, kw_only=True)
class Fidelity:
    """Shares of answers in the language of the prompt, or one that it asks for (see FIDELITY_VERSION).

    Attributes:
        answers: that are long enough to tell.
        lines: share of them whose every line is in the language.
        words: share of those with no foreign word; None where that is not known.
    """

    answers: Count
    lines: float | None
    words: float | None


@dataclass(frozen=True, kw_only=True)
class MeanFidelity:
    """Means of such shares, and over how many languages; 0.1.0 did not write how many."""

    lines: float | None
    words: float | None
    lines_languages: Count | None = None
    words_languages: Count | None = None


@dataclass(frozen=True, kw_only=True)
class LanguageFigures(LanguageRow):
    """All figures of one language.

    Attributes:
        smallest_difference: the smallest distance from one half that such a sample shows four times in five.
        reasons: why verdicts are missing, and how many.
        length_controlled, own_slope: the length-controlled win-rate with the languages' common slope, and with its own.
        in_language: the win-rate where both answers are in the language; None where no such prompt is.
        fidelity, other_fidelity: language of the answers of the model and the other.
        length, other_length: median characters of their answers.
    """

    smallest_difference: float | None
    reasons: _Counts
    length_controlled: Controlled | None
    own_slope: Controlled | None
    in_language: InLanguage | None
    fidelity: Fidelity
    other_fidelity: Fidelity
    length: float | None
    other_length: float | None

    def __post_init__(self) -> None:
        """Checks the intervals."""
        for low, high in (self.low, self.high), (self.joint_low, self.joint_high), (self.lowest, self.highest):
            check_ends(low, high)


@dataclass(frozen=True, kw_only=True)
class MeanFigures(Average):
    """All figures of the macro average; see LanguageFigures."""

    smallest_difference: float | None
    length_controlled: Controlled | None
    in_language: MeanInLanguage | None
    fidelity: MeanFidelity
    other_fidelity: MeanFidelity

    def __post_init__(self) -> None:
        """Checks the interval."""
        check_ends(self.low, self.high)


class Who(NamedTuple):
    """Who met whom on which set, and who judged."""

    set: str
    model: str
    other: str
    judge: str


@dataclass(frozen=True, kw_only=True)
class PublishedFigure:
    """A figure that somebody published, with its source and how surely it was read there."""

    model: str
    against: str
    set: str
    metric: str
    value: str | float | None
    judge: str | None
    source: str
    mark: str | None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One model against another on one set, before one judge.

    Attributes:
        set, model, other, judge: who met whom.
        note: what must be said first; empty for nothing.
        rows: a language each.
        average: the macro average.
        thin, without_thin, below_half, surely_below, surely_above, few_groups, contrast, level: see
            `figures.win_rates.Summary`; 0.1.0 wrote no `thin`.
        other_reading, position_bias: None where each prompt was judged in one order.
        length_bias: how often the longer answer wins.
        reasons: why verdicts are missing.
        labels: of stored verdicts, those of which their layout does not say what they mean, the most frequent ones.
        unread: replies of the judge that could not be read, by whose answer caused it and by reason.
        published: figures about these models on this set.
        warnings: sentences that a reader must know.
        breakdowns: the same battles by columns, and the model's consistency across languages; None before 0.3.
    """

    set: str
    model: str
    other: str
    judge: str
    note: str = ""
    rows: tuple[LanguageFigures, ...]
    average: MeanFigures
    thin: _Names = ()
    without_thin: Average | None = None
    below_half: _Names
    surely_below: _Names
    surely_above: _Names
    few_groups: _Names
    contrast: Contrast | None = None
    level: float
    other_reading: OtherReading | None = None
    position_bias: Share | None = None
    length_bias: Share | None = None
    reasons: _Counts
    labels: _Counts = field(default_factory=dict, metadata=OMIT_DEFAULT)
    unread: Mapping[By, _Counts] = field(default_factory=dict)
    published: tuple[PublishedFigure, ...] = ()
    warnings: _Names = ()
    breakdowns: ComparisonBreakdowns | None = field(default=None, metadata=OMIT_DEFAULT)

    def __post_init__(self) -> None:
        """Checks that languages named have figures, and those under one half a win-rate."""
        scored = {row.language: row.win_rate is not None for row in self.rows}
        for name in ("below_half", "surely_below", "surely_above", "few_groups", "thin"):
            if not set(getattr(self, name)) <= scored.keys():
                raise ValueError(f"{name} names a language without figures")
        if not all(scored[tag] for tag in self.below_half):
            raise ValueError("below_half names a language without a win-rate")

    @property
    def who(self) -> Who:
        """Who met whom."""
        return Who(self.set, self.model, self.other, self.judge)


@dataclass(frozen=True, kw_only=True)
class Ranked(Rate):
    """A model's place in a leaderboard: its strength in log odds, and its expected score against the others."""

    model: str
    strength: float
    battles: Count


@dataclass(frozen=True, kw_only=True)
class Board:
    """Models by strength; `tie` and `unlinked` as in `figures.bradley_terry.Ranking`."""

    models: tuple[Ranked, ...]
    tie: float
    unlinked: _Names


@dataclass(frozen=True, kw_only=True)
class Leaderboard:
    """A set's ranking by one judge, over all languages and in each."""

    set: str
    judge: str
    overall: Board
    languages: Mapping[str, Board]


@dataclass(frozen=True, kw_only=True)
class JudgesAgreement:
    """Two judges of one set, over all languages and in each."""

    set: str
    one: str
    other: str
    all: Agreement
    languages: Mapping[str, Agreement]


@dataclass(frozen=True, kw_only=True)
class JudgeFacts:
    """A judge. `kind` is llm, logprob, reward, reference, relevance or stored; `orders` how often a prompt was judged.

    Attributes:
        reading: how its preferences of degree became scores (`mean`, `sign`); None: as the settings say of all.
        joined: of given judgements, battles of which several verdicts are one, their mean; 0 before 0.3.
        several: of given judgements, prompts with several battles of the same two models, one for each two answers that
            are not the same; 0 before 0.3, when they were one battle.
    """

    name: str
    kind: str
    prompt: str | None = field(default=None, metadata=OMIT_DEFAULT)
    orders: Count | None
    model: str | None = field(default=None, metadata=OMIT_DEFAULT)
    revision: str | None = field(default=None, metadata=OMIT_DEFAULT)
    licence: str | None = field(default=None, metadata=OMIT_DEFAULT)
    prompt_sha256: str | None = field(default=None, metadata=OMIT_DEFAULT)
    code: str | None = field(default=None, metadata=OMIT_DEFAULT)
    caution: str | None = field(default=None, metadata=OMIT_DEFAULT)
    reading: Literal["mean", "sign"] | None = field(default=None, metadata=OMIT_DEFAULT)
    joined: Count = field(default=0, metadata=OMIT_DEFAULT)
    several: Count = field(default=0, metadata=OMIT_DEFAULT)
    others: dict[str, Json] = field(default_factory=dict, metadata=OTHER_KEYS)


@dataclass(frozen=True, kw_only=True)
class CheckedJudge:
    """What `polypref judge-check` says of a judge in the languages in which it judged here; each is in one of four.

    Attributes:
        judge: its name.
        polypref: the version that checked it.
        bar, level: what the lower end of the interval of its accuracy must reach, and of which interval.
        below, unchecked, too_few, passes: where it is under the bar, was not held against it, could not reach it with
            so few prompts, reaches it.
    """

    judge: str
    polypref: str
    bar: float
    level: float
    below: _Names
    unchecked: _Names
    too_few: _Names
    passes: _Names


@dataclass(frozen=True, kw_only=True)
class SetFacts:
    """A set of prompts.

    Attributes:
        languages: how many prompts in each.
        left_out: rows that became no prompt, by language and reason; of languages that were not asked for, too.
        unknown_languages: such rows by what they call their language, where no known language goes by that.
        not_in_set: languages asked for that the set does not have.
    """

    name: str
    repo: str | None
    revision: str | None
    licence: str | None
    note: str | None
    languages: _Counts
    left_out: Mapping[str, _Counts] = field(default_factory=dict)
    unknown_languages: _Counts = field(default_factory=dict)
    not_in_set: _Names = ()
    others: dict[str, Json] = field(default_factory=dict, metadata=OTHER_KEYS)


@dataclass(frozen=True, kw_only=True)
class LanguageVotes:
    """Answers in one language that two detectors decided on, and on how many of these they disagree."""

    votes: Count
    disagree: Count

    def __post_init__(self) -> None:
        """Checks that there are as many votes as disagreements at least."""
        if self.disagree > self.votes:
            raise ValueError("a second detector disagrees on more answers than it voted on")


@dataclass(frozen=True, kw_only=True)
class SecondVotes:
    """A second language detector's name, and its votes on a model's answers by language."""

    name: str
    languages: Mapping[str, LanguageVotes]


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """A model asked about.

    Attributes:
        answers: how many in each language.
        failures: prompts without one, by language and reason.
        left_out: stored answers that could not be used, by reason.
        unmatched: stored answers that belong to no prompt, by language (empty where it is not told); None, as
            `left_out`, for a model that was asked.
        second_detector: its votes on the languages of the answers; None where none was asked.
    """

    name: str
    model: str | None
    revision: str | None
    licence: str | None
    how: str | None
    answers: _Counts
    failures: Mapping[str, _Counts]
    left_out: _Counts | None = field(default=None, metadata=OMIT_DEFAULT)
    unmatched: _Counts | None = field(default=None, metadata=OMIT_DEFAULT)
    second_detector: SecondVotes | None = field(default=None, metadata=OMIT_DEFAULT)
    others: dict[str, Json] = field(default_factory=dict, metadata=OTHER_KEYS)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """evaluation.json: what is evaluated. Each part is None until the step that finds it is done.

    Attributes:
        config: what the evaluation was asked for.
        at: who serves models that do not say.
        judged: stands for the answers that the verdicts are on.
        own_languages: what was known of the prompts' languages that no polypref knows by itself, by tag.
        alpaca_eval: AlpacaEval's own figures, where its tables were given with verdicts of others.
        fidelity_version, name, settings, sets, models, judges: as in Results.
    """

    config: JsonObject | None = field(default=None, metadata=OMIT_DEFAULT)
    at: str | None = field(default=None, metadata=OMIT_DEFAULT)
    judged: str | None = field(default=None, metadata=OMIT_DEFAULT)
    own_languages: JsonObject | None = field(default=None, metadata=OMIT_DEFAULT)
    fidelity_version: Count = field(default=1, metadata=OMIT_DEFAULT)
    name: str | None = field(default=None, metadata=OMIT_DEFAULT)
    settings: JsonObject | None = field(default=None, metadata=OMIT_DEFAULT)
    sets: tuple[SetFacts, ...] | None = field(default=None, metadata=OMIT_DEFAULT)
    models: tuple[ModelFacts, ...] | None = field(default=None, metadata=OMIT_DEFAULT)
    judges: tuple[JudgeFacts, ...] | None = field(default=None, metadata=OMIT_DEFAULT)
    alpaca_eval: tuple[AlpacaEvalOf, ...] | None = field(default=None, metadata=OMIT_DEFAULT)
    others: dict[str, Json] = field(default_factory=dict, metadata=OTHER_KEYS)

    def __post_init__(self) -> None:
        """Checks that verdicts do not stand without what they are of."""
        if self.judged is not None and (lacking := self.lacking()):
            raise ValueError(f"{lacking[0]} is missing")

    def lacking(self) -> list[str]:
        """What is not known yet of that which is needed to score.

        Returns:
            Names of these parts in alphabetical order; empty where the evaluation can be scored.
        """
        return [name for name in ("judges", "models", "name", "sets", "settings") if getattr(self, name) is None]


@dataclass(frozen=True, kw_only=True)
class Results:
    """results.json: all figures of an evaluation.

    Attributes:
        schema_version: of the file.
        polypref: the version that wrote it.
        name: of the evaluation.
        note: what must be said first; empty for nothing.
        settings: of the evaluation and of the statistics.
        sets, models, judges: what was asked and answered, and who judged.
        comparisons: one or more.
        leaderboards: where three models or more met.
        agreement: of two judges of the same battles.
        academic: from lm-evaluation-harness.
        remarks: sentences that a reader must know first.
        limits: what the figures cannot say.
        fidelity_version: see FIDELITY_VERSION; before 0.3 it was not written, and is 1.
        breakdowns: figures of models that are of no one comparison; None before 0.3.
        judge_checks: what checks of the judges say, where they were given.
    """

    schema_version: Literal[1, 2] = SCHEMA_VERSION
    polypref: str
    name: str
    note: str = ""
    settings: JsonObject | None = None
    sets: tuple[SetFacts, ...]
    models: tuple[ModelFacts, ...]
    judges: tuple[JudgeFacts, ...]
    comparisons: tuple[Comparison, ...]
    leaderboards: tuple[Leaderboard, ...] = ()
    agreement: tuple[JudgesAgreement, ...] = ()
    academic: Academic | None = None
    remarks: _Names = ()
    limits: _Names = ()
    fidelity_version: Count = field(default=1, metadata=OMIT_DEFAULT)
    breakdowns: Breakdowns | None = field(default=None, metadata=OMIT_DEFAULT)
    judge_checks: tuple[CheckedJudge, ...] = field(default=(), metadata=OMIT_DEFAULT)

    def __post_init__(self) -> None:
        """Checks that there is a comparison."""
        if not self.comparisons:
            raise ValueError("there is no comparison")
