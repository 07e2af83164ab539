"""Evaluation language by language.

TRL gives only the loss the name of the dataset it is of: with one dataset for each language their reward accuracies
overwrite each other. It also averages over batches, so that the rows of a short last batch count for more.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from ..files.json_types import Json
from .library_types import TRAINER, Batch

if TYPE_CHECKING:
    from datasets import Dataset
    from torch import nn

#: What is worst is the highest; of everything else it is the lowest.
HIGH_IS_WORSE = ("loss", "rewards/rejected", "entropy", "kl")
#: Metrics of DPO that say how well off a language is.
PREFERENCES = ("loss", "rewards/accuracies", "rewards/margins", "rewards/chosen", "rewards/rejected")
#: Metrics whose worst language is named.
WATCHED = ("loss", "rewards/accuracies", "accuracy", "rewards/margins", "margin", "rewards/chosen", "rewards/rejected",
           "reward")  # fmt: skip
# Of the trainer, or of the clock, not of a language's rows.
_NOT_OF_ROWS = ("num_tokens", "runtime", "samples_per_second", "steps_per_second", "model_preparation_time")


def summary(
    values: Mapping[str, Mapping[str, float]], trained: Sequence[str]
) -> tuple[dict[str, float], dict[str, str]]:
    """Macro means and worst languages.

    Args:
        values: language -> metric -> value.
        trained: the languages that are trained on; all others are held out.

    Returns:
        `macro_METRIC` over the trained languages, `held_out_METRIC`, the macro mean over the others, `worst_METRIC`
        over all of both, and for each worst value the language it is of. `loss` is the macro loss: the value by which
        load_best_model_at_end chooses unless another metric is named.
    """
    metrics = list(dict.fromkeys(name for one in values.values() for name in one))
    totals: dict[str, float] = {}
    worst: dict[str, str] = {}
    for name in metrics:
        own = {tag: values[tag][name] for tag in values if tag in trained and name in values[tag]}
        others = [one[name] for tag, one in values.items() if tag not in trained and name in one]
        if own:
            totals[f"macro_{name}"] = math.fsum(own.values()) / len(own)
        if others:
            totals[f"held_out_{name}"] = math.fsum(others) / len(others)
        if name in WATCHED:
            every = {tag: one[name] for tag, one in values.items() if name in one}
            worst[name] = max(every, key=lambda tag: _badness(name, every[tag]))
            totals[f"worst_{name}"] = every[worst[name]]
    if "macro_loss" in totals:
        totals["loss"] = totals["macro_loss"]
    return totals, worst


def _badness(name: str, value: float) -> float:
    """How bad a value is; nothing is worse than what is no number, which every comparison would pass over."""
    if math.isnan(value):
        return math.inf
    return value if name in HIGH_IS_WORSE else -value


def weighted(values: Sequence[float], weights: Sequence[float]) -> float | None:
    """The mean of batch means, each weighted by its rows; None where no batch has a value.

    Metrics that are not given for every batch are averaged over batches.

    Args:
        values: of the batches; nan is left out.
        weights: rows of each batch; a batch of 0 rows is left out.

    Returns:
        The mean, or None.
    """
    if len(values) != len(weights):
        weights = [1.0] * len(values)
    known = [(v, w) for v, w in zip(values, weights, strict=True) if not math.isnan(v) and w]
    return math.fsum(v * w for v, w in known) / math.fsum(w for _, w in known) if known else None


def table(
    values: Mapping[str, Mapping[str, float]],
    worst: Mapping[str, str],
    step: int,
    trained: Sequence[str],
    of_one_row: Sequence[str] = (),
) -> str:
    """The watched metrics as lines of text, one a language; * marks the worst of several, those held out among them.

    Args:
        values: language -> metric -> value.
        worst: metric -> the language that is worst in it.
        step: of training.
        trained: languages that are trained on; those without values are named, since no figure is of them.
        of_one_row: languages that are evaluated on one row.

    Returns:
        The lines, joined.
    """
    names = [name for name in WATCHED if any(name in one for one in values.values())]
    held_out = [tag for tag in values if tag not in trained]
    width = max([10, *(len(tag) + 12 for tag in held_out)])
    lines = [f"evaluation at step {step}", f"{'language':{width}}" + "".join(f"{name:>20}" for name in names)]
    for tag, one in values.items():
        star = "*" if len(values) > 1 else " "
        cells = [f"{one[n]:.4f}{star if worst.get(n) == tag else ' '}" if n in one else "- " for n in names]
        label = f"{tag} (held out)" if tag in held_out else tag
        lines.append(f"{label:{width}}" + "".join(f"{cell:>20}" for cell in cells))
    among = f", the {len(held_out)} held out ({', '.join(held_out)}) among them" if held_out else ""
    unseen = [tag for tag in trained if tag not in values]
    without = f", the {len(unseen)} trained on without test rows ({', '.join(unseen)}) not among them" if unseen else ""
    if len(values) > 1:
        lines.append(f"* the worst of {len(values)} languages{among}{without}: eval_worst_METRIC")
    else:
        lines.append(f"one language was evaluated{without}; eval_worst_METRIC is of it")
    if single := [tag for tag in values if tag in of_one_row]:
        lines.append(f"evaluated on one row: {', '.join(single)}")
    return "\n".join(lines)


def metrics_of_languages(metrics: Mapping[str, float], prefix: str, tags: Iterable[str]) -> dict[str, dict[str, float]]:
    """Metrics that are named PREFIX_LANGUAGE_METRIC, by language.

    Args:
        metrics: name -> value.
        prefix: what names begin with.
        tags: all languages that are evaluated. One may begin as another does (zh, zh_Hant): the longest one counts.

    Returns:
        Language -> metric -> value, for every language.
    """
    own: dict[str, dict[str, float]] = {tag: {} for tag in tags}
    starts = sorted(((f"{prefix}_{tag}_", tag) for tag in own), key=lambda one: -len(one[0]))
    for name, value in metrics.items():
        for start, tag in starts:
            if name.startswith(start):
                own[tag][name.removeprefix(start)] = value
                break
    return own


#: A batch of an evaluation; RLOO's is a list of rows.
Inputs = Batch | list[dict[str, Json]]


def counts(inputs: Inputs) -> dict[str, int]:
    """Rows of an evaluation batch: in all, and of a KTO batch those of chosen and of rejected answers.

    Args:
        inputs: a batch of tensors, or RLOO's list of rows.

    Returns:
        `rows`; for KTO `chosen` and `rejected` too.
    """
    if isinstance(inputs, list):
        return {"rows": len(inputs)}
    if "label" in inputs:
        labels = [bool(label) for label in inputs["label"]]
        return {"rows": len(labels), "chosen": sum(labels), "rejected": len(labels) - sum(labels)}
    for name in ("chosen_input_ids", "input_ids"):
        if name in inputs:
            return {"rows": len(inputs[name])}
    return {"rows": 1}


class LanguageEvaluation(TRAINER):  # type: ignore[misc]
    """Added to a trainer of TRL's: it evaluates language by language.

    The evaluation sets must be a dict from language to dataset. Every metric is named eval_LANGUAGE_METRIC, and
    `summary` adds eval_macro_METRIC, eval_worst_METRIC and eval_held_out_METRIC. Means are over rows; over several
    processes the rows that pad the last batch count as TRL counts them.

    Attributes:
        trained_languages: those that are trained on; all others are held out.
        of_one_row: those of which there is one row to evaluate on.
        worst_languages: metric -> the language that the last evaluation found worst.
    """

    trained_languages: Sequence[str] = ()
    of_one_row: Sequence[str] = ()
    _evaluated: str | None = None
    _last: tuple[int, dict[str, float]] | None = None

    def __init__(self, *args: object, **kwargs: object) -> None:
        self._eval_rows: list[dict[str, int]] = []
        self.worst_languages: dict[str, str] = {}
        super().__init__(*args, **kwargs)

    def prediction_step(self, model: "nn.Module", inputs: Inputs, *args: object, **kwargs: object) -> object:
        """A batch of an evaluation, its rows counted.

        Args:
            model: as the trainer wraps it.
            inputs: the batch.
            args, kwargs: of transformers.

        Returns:
            What TRL's trainer gives.
        """
        self._eval_rows.append(counts(inputs))
        return super().prediction_step(model, inputs, *args, **kwargs)

    def evaluate(
        self,
        eval_dataset: "Dataset | dict[str, Dataset] | None" = None,
        ignore_keys: list[str] | None = None,
        metric_key_prefix: str = "eval",
    ) -> dict[str, float]:
        """Evaluates, each language by itself.

        Args:
            eval_dataset: one, or one for each language; those of the trainer by default.
            ignore_keys: of transformers.
            metric_key_prefix: what the names of metrics begin with.

        Returns:
            Metric -> value.
        """
        several = isinstance(self.eval_dataset if eval_dataset is None else eval_dataset, dict)
        if not several:
            self._evaluated, self._eval_rows = metric_key_prefix, []
            self._metrics["eval"].clear()
        try:
            metrics: dict[str, float] = super().evaluate(eval_dataset, ignore_keys, metric_key_prefix)
        finally:
            self._evaluated = None
        if not several:
            return metrics
        whole = self._summarise(metrics, metric_key_prefix)
        self._last = (self.state.global_step, whole)
        return whole

    def metrics_of_end(self) -> dict[str, float]:
        """Figures of the model as it is after its last step.

        Returns:
            Those of the last evaluation where nothing was trained or loaded since, else those of another one.
        """
        if self._last and self._last[0] == self.state.global_step and not self.args.load_best_model_at_end:
            return self._last[1]
        return self.evaluate()

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Logs figures; those of an evaluation with the metrics of its own language alone.

        Args:
            logs: by name.
            start_time: of transformers.
        """
        if self._evaluated is not None and not self.model.training:
            logs.update(self._own_metrics(self._evaluated))
            self._metrics["eval"].clear()
        super().log(logs, start_time)

    def _own_metrics(self, prefix: str) -> dict[str, float]:
        """TRL's metrics of this evaluation under this language's name."""
        own: dict[str, float] = {}
        for name, values in self._metrics["eval"].items():
            side = name.rsplit("/", 1)[-1]
            rows = [one.get(side, one["rows"]) for one in self._eval_rows]
            if any(side in one for one in self._eval_rows):
                rows = [n for n in rows if n]  # KTO: batches without such answers have no value
            value = weighted(values, rows)
            if value is not None and name not in _NOT_OF_ROWS:
                own[f"{prefix}_{name}"] = value
        chosen, rejected = (own.get(f"{prefix}_rewards/{side}") for side in ("chosen", "rejected"))
        if chosen is not None and rejected is not None:
            # KTO has it only of batches with both.
            own[f"{prefix}_rewards/margins"] = chosen - rejected
        return own

    def _summarise(self, metrics: dict[str, float], prefix: str) -> dict[str, float]:
        tags = self.eval_dataset if isinstance(self.eval_dataset, dict) else ()
        values = {
            tag: {name: value for name, value in own.items() if name not in _NOT_OF_ROWS}
            for tag, own in metrics_of_languages(metrics, prefix, tags).items()
        }
        totals, self.worst_languages = summary(values, self.trained_languages)
        named = {f"{prefix}_{name}": value for name, value in totals.items()}
        self.log(dict(named))
        if self.is_world_process_zero():
            print(self._table(values), flush=True)
        return metrics | named

    def _table(self, values: Mapping[str, Mapping[str, float]]) -> str:
        return table(values, self.worst_languages, self.state.global_step, self.trained_languages, self.of_one_row)
