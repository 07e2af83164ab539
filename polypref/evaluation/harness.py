"""Results of lm-evaluation-harness, as results.json holds them; `inputs.lm_eval` reads them."""

from dataclasses import dataclass, field

from ..files.records import OMIT_DEFAULT, Count


@dataclass(frozen=True, kw_only=True)
class HarnessScore:
    """A score of lm-evaluation-harness before and after training, the same task and metric.

    Attributes:
        language: tag; empty where the task's name says none.
        difference_stderr: unpaired (see `inputs.lm_eval.NOTE`).
        before_n, after_n: questions.
        higher_is_better: None where the files do not say.
    """

    task: str
    language: str
    metric: str
    before: float | None
    after: float | None
    difference: float | None
    before_stderr: float | None = None
    after_stderr: float | None = None
    difference_stderr: float | None = None
    before_n: int | None = None
    after_n: int | None = None
    higher_is_better: bool | None = None


@dataclass(frozen=True, kw_only=True)
class HarnessRun:
    """Where scores of lm-evaluation-harness are from."""

    model: str | None = None
    file: str = ""
    lm_eval: str = ""
    chat_template: bool = False


@dataclass(frozen=True, kw_only=True)
class HarnessValue:
    """Scores of the questions with one value, before and after training; None where nothing can be said.

    Attributes:
        value: a level `a/b` of a tree too; empty for values that have no row of their own.
        language: tag; empty for the macro average over languages, and where a task's name says none.
        questions: those that both models answered.
        groups: independent groups among them, a question in all its languages being one.
        difference: paired, of the same questions.
        low, high: its interval.
        error: its standard error.
    """

    value: str
    language: str
    questions: Count
    groups: Count
    before: float | None
    after: float | None
    difference: float | None
    low: float | None
    high: float | None
    error: float | None


@dataclass(frozen=True, kw_only=True)
class HarnessSlice:
    """Scores by the values of one column of the questions.

    Attributes:
        rows: by value and language, the macro average behind a value's languages.
        rest_values: how many values have no row of their own.
        without: questions that state none.
        unpaired: questions that one of both models answered only; they are left out.
    """

    column: str
    rows: tuple[HarnessValue, ...]
    rest_values: Count
    without: Count
    unpaired: Count


@dataclass(frozen=True, kw_only=True)
class Academic:
    """Results of lm-evaluation-harness before and after training, side by side."""

    rows: tuple[HarnessScore, ...] = ()
    before: HarnessRun | None = None
    after: HarnessRun | None = None
    only_before: tuple[str, ...] = ()
    only_after: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    note: str | None = None
    slices: tuple[HarnessSlice, ...] = field(default=(), metadata=OMIT_DEFAULT)
