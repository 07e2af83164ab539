"""The alignment tax: results of lm-evaluation-harness before and after training, side by side.

Academic benchmarks are not rebuilt here. lm-evaluation-harness runs them, once for the model before and once for the
model after, and its JSON files are merged. With `pip install "lm_eval[hf]"`:

    lm_eval --model hf --model_args pretrained=MODEL,revision=REV,dtype=bfloat16 \\
        --tasks xcopa,xstorycloze,xwinograd,m_mmlu,mgsm_direct \\
        --apply_chat_template --batch_size auto --output_path results/before

and the same with the trained model and `--output_path results/after`. `TASKS` lists which languages each covers.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ...errors import UserError
from ...files.json_types import Json, JsonObject, mapping_of, number_of
from ..harness import Academic, HarnessRun, HarnessScore
from .lm_eval_samples import slice_samples
from .lm_eval_tasks import language

#: Groups and tags of lm-evaluation-harness, with the languages among the 23 of Aya that they have (lm_eval 0.4.13).
#: mgsm_cot_native is the tag of the tasks mgsm_native_cot_XX.
TASKS: Mapping[str, tuple[str, ...]] = {
    "xcopa": ("id", "it", "tr", "vi", "zh"),
    "xstorycloze": ("ar", "en", "es", "hi", "id", "ru", "zh"),
    "xwinograd": ("en", "fr", "ja", "pt", "ru", "zh"),
    "m_mmlu": ("ar", "de", "en", "es", "fr", "hi", "id", "it", "nl", "pt", "ro", "ru", "uk", "vi", "zh"),
    "mgsm_direct": ("de", "en", "es", "fr", "ja", "ru", "zh"),
    "mgsm_cot_native": ("de", "en", "es", "fr", "ja", "ru", "zh"),
}
NOTE = (
    "Standard errors of differences are unpaired: the square root of the sum of both squared errors. Both models "
    "answered the same questions, so the true error is smaller where they agree; lm-evaluation-harness keeps no "
    "answers in these files to pair them by."
)
#: What lm_eval writes beside scores.
_NO_SCORE = frozenset({"alias", "name", "sample_len", "sample_count"})
_MAPPINGS = ("config", "versions", "n-shot", "n-samples", "higher_is_better")


def merge_results(before: Path, after: Path, slices: Sequence[str] = ()) -> Academic:
    """Two results of lm-evaluation-harness in one table.

    The standard error of the difference of two independent means is sqrt(a^2 + b^2) (Miller 2024, arXiv 2411.00640,
    section 4.1, unpaired); see NOTE.

    Args:
        before: results file of the model before training, or the folder that lm_eval wrote (its newest file).
        after: that of the model after.
        slices: columns of the questions; their samples (`--log_samples`) then lie beside both files.

    Returns:
        the scores that both have, by task and metric; where they are from; scores that one side lacks; what makes the
        two hard to compare.

    Raises:
        UserError: a file is missing or is no such result, or the two have no score in common.
    """
    files = [_file(before), _file(after)]
    one, two = (_read_results(file) for file in files)
    scores = [_scores(side, file) for side, file in zip((one, two), files, strict=True)]
    shared = [key for key in scores[0] if key in scores[1]]
    if not shared:
        raise UserError(f"{before} and {after} have no task and metric in common; run both with the same --tasks")
    return Academic(
        rows=tuple(_row(key, scores[0][key], scores[1][key], one, two) for key in sorted(shared)),
        before=_about(one, files[0]),
        after=_about(two, files[1]),
        only_before=tuple(_label(key) for key in sorted(scores[0].keys() - scores[1].keys())),
        only_after=tuple(_label(key) for key in sorted(scores[1].keys() - scores[0].keys())),
        warnings=tuple(_warnings(one, two, {task for task, _, _ in shared})),
        note=NOTE,
        slices=slice_samples(files[0], files[1], slices) if slices else (),
    )


def _file(where: Path) -> Path:
    """lm_eval writes OUT/MODEL/results_TIME.json; times sort as text."""
    if not where.is_dir():
        return where
    paths = sorted(where.rglob("results_*.json"), key=lambda path: (path.name, str(path)))
    if not paths:
        raise UserError(f"{where} holds no results_*.json; give the --output_path of lm_eval, or its results file")
    if len({path.parent for path in paths}) > 1:
        raise UserError(f"{where} holds results of several models ({paths[0].parent.name} ...); give one file")
    return paths[-1]


def _read_results(file: Path) -> JsonObject:
    try:
        whole: Json = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"cannot read {file} ({error}); give a results file of lm-evaluation-harness") from None
    if not isinstance(whole, dict) or not isinstance(whole.get("results"), dict):
        raise UserError(f"{file} has no 'results'; give the results_*.json of lm-evaluation-harness")
    for name in _MAPPINGS:
        if whole.get(name) is not None and not isinstance(whole[name], dict):
            raise UserError(f"{file}: '{name}' is no mapping; give the results_*.json of lm-evaluation-harness")
    return whole


_Key = tuple[str, str, str]


def _scores(whole: JsonObject, file: Path) -> dict[_Key, tuple[float, float | None]]:
    """(task, metric, filter) -> score and its standard error."""
    scores = {}
    for task, values in mapping_of(whole["results"]).items():
        if not isinstance(values, dict):
            raise UserError(f"{file}: task {task} holds no scores; give the results_*.json of lm-evaluation-harness")
        for name, value in values.items():
            metric, _, kind = name.partition(",")
            score = _number(value)
            if name in _NO_SCORE or metric.endswith("_stderr") or score is None:
                continue
            error = _number(values.get(f"{metric}_stderr,{kind}" if kind else f"{metric}_stderr"))
            scores[task, metric, kind] = (score, error)
    return scores


def _number(value: Json) -> float | None:
    """The number; lm_eval writes the text N/A where it has none."""
    number = number_of(value)
    # A whole number may be larger than any float; the errors of two very large ones are squared.
    return float(number) if number is not None and abs(number) < 1e150 else None


def _row(
    key: _Key,
    before: tuple[float, float | None],
    after: tuple[float, float | None],
    one: JsonObject,
    two: JsonObject,
) -> HarnessScore:
    task, metric, kind = key
    (score, error), (later, later_error) = before, after
    higher = mapping_of(mapping_of(two.get("higher_is_better")).get(task))
    return HarnessScore(
        task=task,
        language=language(task),
        metric=metric if kind in ("", "none") else f"{metric} ({kind})",
        before=score,
        after=later,
        difference=later - score,
        before_stderr=error,
        after_stderr=later_error,
        difference_stderr=None if error is None or later_error is None else math.hypot(error, later_error),
        before_n=_size(one, task),
        after_n=_size(two, task),
        higher_is_better=higher[metric] is True if metric in higher else None,
    )


def _size(whole: JsonObject, task: str) -> int | None:
    sizes = mapping_of(mapping_of(whole.get("n-samples")).get(task))
    return None if (size := _number(sizes.get("effective"))) is None else int(size)


def _about(whole: JsonObject, file: Path) -> HarnessRun:
    config = mapping_of(whole.get("config"))
    model = whole.get("model_name") or config.get("model_args") or config.get("model") or ""
    return HarnessRun(
        model=model if isinstance(model, str) else json.dumps(model, sort_keys=True),
        file=file.name,
        lm_eval=str(whole.get("lm_eval_version") or ""),
        chat_template=bool(whole.get("chat_template")),
    )


def _label(key: _Key) -> str:
    task, metric, kind = key
    return f"{task} {metric}" + (f" ({kind})" if kind not in ("", "none") else "")


def _warnings(one: JsonObject, two: JsonObject, tasks: set[str]) -> Iterator[str]:
    """What makes two results hard to compare."""
    for field, named in (("versions", "task version"), ("n-shot", "number of examples")):
        before, after = mapping_of(one.get(field)), mapping_of(two.get(field))
        if differ := [task for task in sorted(tasks) if before.get(task) != after.get(task)]:
            yield f"Before and after differ in {named}: {', '.join(differ[:6])}."
    if differ := [task for task in sorted(tasks) if _size(one, task) != _size(two, task)]:
        yield f"Before and after differ in number of questions: {', '.join(differ[:6])}."
    if bool(one.get("chat_template")) != bool(two.get("chat_template")):
        yield "A chat template was applied to one of the two models only."
    if any(mapping_of(side.get("config")).get("limit") for side in (one, two)):
        yield "lm_eval ran with --limit, so these are not the full benchmarks."
