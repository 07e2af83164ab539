"""Scores of lm-evaluation-harness by what its questions state, as Global-MMLU's cultural sensitivity.

With `--log_samples` lm_eval writes `samples_TASK_TIME.jsonl` beside `results_TIME.json`: each question with its score.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import UserError
from ...files.json_types import JsonObject, mapping_of, number_of
from ..figures.scaled_means import ScaledMean, means_on_scale
from ..figures.slices import MOST_VALUES, levels_of
from ..harness import HarnessSlice, HarnessValue
from .lm_eval_tasks import language_and_rest
from .traits import values_of

#: What a question's score is called; the first that it has counts.
_METRICS = ("acc", "exact_match")


@dataclass(frozen=True)
class Question:
    """A question as one model answered it.

    Attributes:
        hash: of the question, where lm_eval wrote one.
        group: the same for the same question in all its languages.
        labels: by column, what it states.
    """

    score: float
    hash: str
    language: str
    group: str
    labels: dict[str, list[str]]


#: (task, number of the question) -> the question.
Questions = dict[tuple[str, int], Question]


def slice_samples(before: Path, after: Path, columns: Sequence[str], level: float = 0.95) -> tuple[HarnessSlice, ...]:
    """Scores before and after by the values of columns, and their paired difference.

    Only questions that both models answered count, so that a difference is that of the same questions. Translations of
    one question are one group: those with the same `sample_id`, or the same place in the same task.

    Args:
        before: results file of lm_eval, beside which its samples lie.
        after: that of the model after training.
        columns: of the questions (`doc`); a path such as `meta.label` leads into nested values.
        level: of the intervals.

    Returns:
        A column each.

    Raises:
        UserError: there are no samples, the two runs asked other questions, or no question states a column.
    """
    one, two = (_questions(file, columns) for file in (before, after))
    shared = [key for key in one if key in two]
    if not shared:
        raise UserError(f"the samples beside {before} and {after} have no question in common; run the same --tasks")
    for key in shared:
        if one[key].hash and two[key].hash and one[key].hash != two[key].hash:
            raise UserError(
                f"question {key[1]} of {key[0]} is another one beside {before} than beside {after}; "
                "run both with the same version of the task"
            )
    pairs = [(one[key], two[key]) for key in shared]
    return tuple(_slice(column, pairs, len(one) + len(two) - 2 * len(shared), level) for column in columns)


def _slice(column: str, pairs: list[tuple[Question, Question]], unpaired: int, level: float) -> HarnessSlice:
    names = [{name for value in one.labels[column] for name in levels_of(value)} for one, _ in pairs]
    counts = Counter(name for several in names for name in several)
    if not counts:
        raise UserError(f"no question of the samples states {column!r}; columns are keys of their 'doc'")
    shown = sorted(counts, key=lambda name: (-counts[name], name))[:MOST_VALUES]
    shown.sort(key=lambda name: [(-counts[above], above) for above in levels_of(name)])
    rows: list[HarnessValue] = []
    for value in shown:
        rows += _rows(value, [pair for pair, own in zip(pairs, names, strict=True) if value in own], level)
    left = [pair for pair, own in zip(pairs, names, strict=True) if own and not own & set(shown)]
    return HarnessSlice(
        column=column,
        rows=(*rows, *(_rows("", left, level) if left else [])),
        rest_values=len(counts) - len(shown),
        without=sum(not own for own in names),
        unpaired=unpaired,
    )


def _rows(value: str, pairs: list[tuple[Question, Question]], level: float) -> Iterator[HarnessValue]:
    """A row for each language, and the macro average over them where there are several."""
    groups, tags = [one.group for one, _ in pairs], [one.language for one, _ in pairs]
    before = means_on_scale([one.score for one, _ in pairs], groups, tags, 0, 1, level)
    after = means_on_scale([two.score for _, two in pairs], groups, tags, 0, 1, level)
    changes = means_on_scale([two.score - one.score for one, two in pairs], groups, tags, -1, 1, level)

    def row(first: ScaledMean, last: ScaledMean, change: ScaledMean) -> HarnessValue:
        return HarnessValue(
            value=value,
            language=change.language,
            questions=change.n,
            groups=change.groups,
            before=first.mean,
            after=last.mean,
            difference=change.mean,
            low=change.low,
            high=change.high,
            error=change.error,
        )

    yield from map(row, before.rows, after.rows, changes.rows)
    if len(changes.rows) > 1 and before.average and after.average and changes.average:
        yield row(before.average, after.average, changes.average)


def _questions(file: Path, columns: Sequence[str]) -> Questions:
    """The questions of a run, by task and number; of several filters the first counts."""
    time = file.stem.removeprefix("results_")
    paths = sorted(file.parent.glob(f"samples_*_{time}.jsonl"))
    if not paths:
        raise UserError(f"beside {file} lie no samples_TASK_{time}.jsonl; run lm_eval with --log_samples")
    questions: Questions = {}
    for path in paths:
        task = path.stem.removeprefix("samples_").removesuffix(f"_{time}")
        tag, rest = language_and_rest(task)
        for at, sample in _samples(path):
            number, score = sample.get("doc_id"), _score(sample)
            if not isinstance(number, int) or score is None:
                raise UserError(
                    f"{path}, line {at}: no doc_id, or no {' or '.join(_METRICS)} from 0 to 1; only such can be sliced"
                )
            doc = mapping_of(sample.get("doc"))
            same = doc.get("sample_id")
            questions.setdefault(
                (task, number),
                Question(
                    score,
                    str(sample.get("doc_hash") or ""),
                    tag,
                    f"{same}" if isinstance(same, str | int) else f"{rest}/{number}",
                    {column: values_of(doc, column) for column in columns},
                ),
            )
    return questions


def _samples(path: Path) -> Iterator[tuple[int, JsonObject]]:
    try:
        with path.open(encoding="utf-8") as lines:
            for at, line in enumerate(lines, 1):
                if line.strip():
                    yield at, mapping_of(json.loads(line))
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"cannot read {path} ({error}); it is to be what lm_eval --log_samples writes") from None


def _score(sample: JsonObject) -> float | None:
    for metric in _METRICS:
        if (score := number_of(sample.get(metric))) is not None and 0 <= score <= 1:
            return float(score)
    return None
