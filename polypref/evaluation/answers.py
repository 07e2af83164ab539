"""The first step of an evaluation: prompts, and every model's answer to each, or why there is none."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from ..errors import UserError
from ..inference import Failure, Reply, Request, Result, backend_traits, messages
from ..inference.ask import ask_all
from ..inference.log import ResponseLog
from ..layouts.transcripts import SERIALISED
from .contract import LOSES
from .inputs import sets, stored
from .inputs.given_answers import usable
from .inputs.tables import ANSWERS
from .settings import Contender, Evaluation


def collect_answers(
    evaluation: Evaluation, log: ResponseLog, again: bool = False, quiet: bool = False
) -> tuple[pa.Table, pa.Table, dict[str, Any]]:
    """Reads the prompts and has every model answer them; what the log knows is not asked again.

    Args:
        evaluation: what is evaluated.
        log: where answers go at once.
        again: ask once more for what failed before.
        quiet: show no progress.

    Returns:
        `tables.PROMPTS`, `tables.ANSWERS` (a row each model and prompt), and what a report says of sets and models.

    Raises:
        UserError: a set or stored answers cannot be read, a model cannot be reached (what it said is kept), or gave no
            answer at all.
    """
    asked, facts = prompts(evaluation)
    found = [_answers(contender, asked, log, again, quiet) for contender in evaluation.contenders]
    if _only_stored(evaluation):
        keep = _answered(asked, [table for table, _ in found], evaluation.sample)
        facts = [_kept_facts(one, asked, keep, evaluation.sample) for one in facts]
        asked = asked.filter(keep)
        found = [(table.filter(keep), about) for table, about in found]
    models = [about | _counts(table) for table, about in found]
    return asked, pa.concat_tables([table for table, _ in found]), {"sets": facts, "models": models}


def prompts(evaluation: Evaluation) -> tuple[pa.Table, list[dict[str, Any]]]:
    """The prompts of all sets, and what a report says of each; unsampled where all answers are stored.

    Raises:
        UserError: a set cannot be read.
    """
    sample = None if _only_stored(evaluation) else evaluation.sample
    loaded = [sets.load_set(one, evaluation.languages, sample, evaluation.seed) for one in evaluation.sets]
    return pa.concat_tables([table for table, _ in loaded]), [facts for _, facts in loaded]


def _only_stored(evaluation: Evaluation) -> bool:
    return all(one.served is None for one in evaluation.contenders)


def _answered(prompts: pa.Table, answers: Sequence[pa.Table], sample: int | None) -> pa.Array:
    """Where all answers are stored, the prompts that any model has one to, and of these the first of each language.

    A published set of answers is often to a part of the prompts; a sample of all of them would miss most.
    """
    failures = zip(*(table.column("failure").to_pylist() for table in answers), strict=True)
    there = [any(failure != stored.NOT_STORED for failure in own) for own in failures]
    taken: Counter[tuple[str, str]] = Counter()
    keep = []
    for row, known in zip(prompts.select(["set", "language"]).to_pylist(), there, strict=True):
        key = row["set"], row["language"]
        taken[key] += known
        keep.append(known and (sample is None or taken[key] <= sample))
    if not any(keep):
        raise UserError("none of the stored answers belongs to a prompt of the sets; check their ids and languages")
    return pa.array(keep)


def _kept_facts(facts: dict[str, Any], prompts: pa.Table, keep: pa.Array, sample: int | None) -> dict[str, Any]:
    tags = prompts.filter(keep)
    own = Counter(
        row["language"] for row in tags.select(["set", "language"]).to_pylist() if row["set"] == facts["name"]
    )
    counts = {tag: own[tag] for tag in facts["languages"]}
    left = sum(facts["languages"].values()) - sum(counts.values())
    return facts | {"languages": counts, "without_answer_or_outside_sample": left, "sample": sample}


def missing(evaluation: Evaluation, prompts: pa.Table, log: ResponseLog) -> dict[str, int]:
    """How many answers each model that is asked has still to give."""
    return {
        one.name: sum(result is None for result in log.get_many(requests(one, prompts)))
        for one in evaluation.contenders
        if one.served
    }


def requests(contender: Contender, prompts: pa.Table) -> list[Request]:
    """What a model is asked, a request a prompt."""
    return [
        Request(contender.model, messages(prompt), contender.sampling)
        for prompt in prompts.column("prompt").to_pylist()
    ]


def _answers(
    contender: Contender, prompts: pa.Table, log: ResponseLog, again: bool, quiet: bool
) -> tuple[pa.Table, dict[str, Any]]:
    facts: dict[str, Any] = {"name": contender.name, "model": shown(contender.model.name)}
    facts |= {"revision": contender.model.revision, "licence": contender.model.licence}
    if contender.served is None:
        tags = sorted(set(prompts.column("language").to_pylist()))
        read = stored.read_stored(**dict(contender.stored or {}), tags=tags)
        if read.revision:
            facts["revision"] = read.revision
        # Only the last part: where somebody keeps a file is nobody's business.
        facts |= {"how": f"stored: {Path(read.source).name}", "sampling": None, "left_out": dict(read.left_out)}
        facts["unmatched"] = stored.unmatched(read, prompts)
        return stored.answers(read, prompts, contender.name), facts
    asked = requests(contender, prompts)
    ask_all("answers", (contender.served,), lambda known: [asked], log, again=again, quiet=quiet)
    backend = contender.served.backend
    kind = backend_traits(backend).kind or type(backend).__name__.lower()
    facts |= {"how": kind, "sampling": asdict(contender.sampling)}
    table = _table(contender.name, prompts, log.get_many(asked))
    facts["served"] = log.served_names().get(contender.model.name, [])
    _check_some(contender.name, table)
    return table, facts


def _check_some(name: str, answers: pa.Table) -> None:
    """Stops where a model gave nothing at all, and not of its own fault: no figure could come of it.

    Where every text would be read as turns, the file or the server left them in, not the model.
    """
    failures = Counter(answers.column("failure").to_pylist())
    if failures and not {"", *LOSES} - {"chat_template_token", SERIALISED} & failures.keys():
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in failures.most_common())
        advice = "; for context_too_long lower max_tokens in sampling" if "context_too_long" in failures else ""
        raise UserError(f"model {name} gave no answer at all ({reasons}){advice}")


def shown(model: str) -> str:
    """A model's name as a report gives it: of a path only the last part."""
    return Path(model).name if model.startswith((".", "~")) or Path(model).is_absolute() else model


def _table(name: str, prompts: pa.Table, results: Sequence[Result | None]) -> pa.Table:
    rows = []
    for prompt, result in zip(prompts.select(["set", "prompt_id", "language"]).to_pylist(), results, strict=True):
        if isinstance(result, Reply):
            (text, failure), finish = usable(result.text), result.finish_reason
        else:
            text, failure, finish = "", (result or Failure("unanswered")).reason, ""
        rows.append(prompt | {"model": name, "text": text, "finish_reason": finish, "failure": failure})
    return pa.Table.from_pylist(rows, ANSWERS)


def _counts(answers: pa.Table) -> dict[str, Any]:
    given: Counter[str] = Counter()
    failures: dict[str, Counter[str]] = {}
    for tag, failure in zip(answers.column("language").to_pylist(), answers.column("failure").to_pylist(), strict=True):
        given[tag] += not failure
        if failure:
            failures.setdefault(tag, Counter())[failure] += 1
    return {
        "answers": dict(sorted(given.items())),
        "failures": {tag: dict(one) for tag, one in sorted(failures.items())},
    }
