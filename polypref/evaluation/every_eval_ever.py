"""An evaluation as a record for every_eval_ever, a public collection of evaluation results in one form.

The form is version 0.2.2 of `every_eval_ever/schemas/eval.schema.json` in the repository evaleval/every_eval_ever. A
record is of one model: the one that was asked about, with a result for each comparison and language and for each macro
average. What polypref cannot know (who evaluated, and what they have to do with the model) is `unknown` and `other`.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from ..errors import UserError
from ..files.atomic import json_bytes
from ..files.json_types import Json, JsonObject
from ..files.owned import write_new
from .hub_results import hub_dataset
from .results import Comparison, JudgeFacts, LanguageFigures, MeanFigures, ModelFacts, Results, SetFacts
from .scoring import NOT_QUALITY

SCHEMA_VERSION = "0.2.2"
_INTERVAL = "prompts kept together with their translations"
_DESCRIPTION = "mean over prompts of the score against {other}: 1 won, 0.5 a tie, 0 lost"


def every_eval_ever_record(results: Results, now: int) -> JsonObject:
    """The record of the model asked about.

    Args:
        results: as in results.json.
        now: seconds since 1970, when the record is made.

    Returns:
        The record, as JSON holds it.

    Raises:
        UserError: the verdicts are a stand-in's.
    """
    if results.note:
        raise UserError(
            f"{results.name} is {NOT_QUALITY}: its figures are not for a collection of results; evaluate with another "
            "judge"
        )
    asked = results.comparisons[0].model
    model = _model(next((one for one in results.models if one.name == asked), None), asked)
    entries: list[Json] = [
        entry for one in results.comparisons if one.model == asked for entry in _results_of(one, results)
    ]
    return {
        "schema_version": SCHEMA_VERSION,
        "evaluation_id": f"{results.name}/{model['id']}/{now}",
        "retrieved_timestamp": str(now),
        "source_metadata": {
            "source_name": results.name,
            "source_type": "evaluation_run",
            "source_organization_name": "unknown",
            "evaluator_relationship": "other",
        },
        "eval_library": {"name": "polypref", "version": results.polypref},
        "model_info": model,
        "evaluation_results": entries,
    }


def write_record(path: Path, results: Results, now: int) -> None:
    """Writes the record of the model asked about; one that is there and says the same keeps its time.

    Args:
        path: the file.
        results: as in results.json.
        now: seconds since 1970.

    Raises:
        UserError: the verdicts are a stand-in's, or another file is there.
    """
    earlier = _time_of(path)
    write_new(path, json_bytes(every_eval_ever_record(results, now if earlier is None else earlier)))


def _time_of(path: Path) -> int | None:
    """When the record in a file was made; None where there is none."""
    try:
        record = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    time = record.get("retrieved_timestamp") if isinstance(record, dict) else None
    return int(time) if isinstance(time, str) and re.fullmatch("[0-9]{1,12}", time) else None


def _model(facts: ModelFacts | None, name: str) -> JsonObject:
    known = {"revision": facts.revision, "licence": facts.licence} if facts else {}
    details: JsonObject = {key: value for key, value in known.items() if value}
    model: JsonObject = {"name": name, "id": (facts.model if facts else None) or name}
    return model | ({"additional_details": details} if details else {})


def _results_of(one: Comparison, results: Results) -> Iterator[JsonObject]:
    """A result for each language with a win-rate, and for the macro average."""
    judge = next((judge for judge in results.judges if judge.name == one.judge), None)
    declared = next((known for known in results.sets if known.name == one.set), None)
    every: list[LanguageFigures | MeanFigures] = [*one.rows, one.average]
    for figures in every:
        if figures.win_rate is None:
            continue
        what, samples, details = _counted(figures)
        interval: JsonObject = {}
        if figures.low is not None and figures.high is not None:
            interval = {"lower": figures.low, "upper": figures.high, "confidence_level": one.level, "method": _INTERVAL}
        uncertainty: JsonObject = {"num_samples": samples} | ({"confidence_interval": interval} if interval else {})
        if figures.error is not None:
            uncertainty["standard_error"] = {"value": figures.error, "method": f"clustered, {_INTERVAL}"}
        yield {
            "evaluation_result_id": f"{one.set}/{one.other}/{one.judge}/{what}",
            "evaluation_name": f"{one.set}, {what}",
            "source_data": _source(declared, one.set, what),
            "metric_config": _metric(one, judge),
            "score_details": {"score": figures.win_rate, "uncertainty": uncertainty, "details": details},
        }


def _counted(figures: LanguageFigures | MeanFigures) -> tuple[str, int, JsonObject]:
    """What figures are of, on how many samples they rest, and what was counted, as texts."""
    if isinstance(figures, LanguageFigures):
        names = ("prompts", "scored", "groups", "wins", "losses", "ties", "unparsed")
        return figures.language, figures.scored, {name: str(getattr(figures, name)) for name in names}
    details: JsonObject = {"languages": ", ".join(figures.languages), "groups": str(figures.groups)}
    return "macro average", figures.groups, details


def _source(declared: SetFacts | None, name: str, what: str) -> JsonObject:
    about: dict[str, str | None] = {"part": what}
    if declared is not None:
        about |= {"revision": declared.revision, "licence": declared.licence}
    details: JsonObject = {key: value for key, value in about.items() if value}
    source: JsonObject = {"dataset_name": name, "source_type": "other", "additional_details": details}
    if dataset := hub_dataset(declared):
        source |= {"source_type": "hf_dataset", "hf_repo": dataset}
    return source


def _metric(one: Comparison, judge: JudgeFacts | None) -> JsonObject:
    details: JsonObject = {"other": one.other, "judge": one.judge, "judge_kind": judge.kind if judge else "unknown"}
    metric: JsonObject = {
        "evaluation_description": _DESCRIPTION.format(other=one.other),
        "metric_id": "polypref.win_rate",
        "metric_name": f"win-rate against {one.other}, judged by {one.judge}",
        "metric_kind": "win_rate",
        "metric_unit": "proportion",
        "lower_is_better": False,
        "score_type": "continuous",
        "min_score": 0,
        "max_score": 1,
        "additional_details": details,
    }
    if judge is None or judge.kind not in ("llm", "logprob"):
        return metric
    prompt: dict[str, str | None] = {"orders": str(judge.orders or ""), "prompt_sha256": judge.prompt_sha256}
    more: JsonObject = {key: value for key, value in prompt.items() if value}
    name = judge.model or judge.name
    model: JsonObject = {"model_info": {"name": name, "id": name, "additional_details": _revision(judge)}}
    return metric | {
        "llm_scoring": {"judges": [model], "input_prompt": judge.prompt or "unknown", "additional_details": more}
    }


def _revision(judge: JudgeFacts) -> JsonObject:
    return {"revision": judge.revision} if judge.revision else {}
