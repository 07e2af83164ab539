"""Results of lm-evaluation-harness, as results.json holds them; `inputs.lm_eval` reads them."""

from dataclasses import dataclass


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
class Academic:
    """Results of lm-evaluation-harness before and after training, side by side."""

    rows: tuple[HarnessScore, ...] = ()
    before: HarnessRun | None = None
    after: HarnessRun | None = None
    only_before: tuple[str, ...] = ()
    only_after: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    note: str | None = None
