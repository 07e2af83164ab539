"""The first step of an evaluation: prompts, and every model's answer to each, or why there is none."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from ..console.escaping import print_safely
from ..errors import UserError
from ..files.json_types import Json, JsonObject, mapping_of, number_of
from ..files.records import decode
from ..inference import Failure, Reply, Request, Result, backend_traits, messages
from ..inference.ask import ask_all
from ..inference.log import ResponseLog
from ..languages.identifier import Identifier
from ..languages.second_vote import SecondDetector, disagreements
from ..layouts.transcripts import SERIALISED
from ..text.thoughts import UNENDED, without_thoughts
from . import left_out
from .contract import LOSES
from .inputs import set_prompts, stored
from .inputs.given_answers import usable
from .inputs.tables import ANSWERS
from .inputs.traits import THOUGHT_LANGUAGE, TRAITS, Trait, refuse_unstated
from .results import SetFacts
from .settings import Contender, Evaluation
from .thoughts import thought_counts, thought_traits
from .translations import compare_translations


class Collected(NamedTuple):
    """Prompts, answers, and what is known of them.

    Attributes:
        prompts: `tables.PROMPTS`.
        answers: `tables.ANSWERS`, a row each model and prompt.
        facts: what a report says of sets and models.
        traits: `traits.TRAITS`: what is stated in the columns that a report is sliced by, and was measured.
    """

    prompts: pa.Table
    answers: pa.Table
    facts: JsonObject
    traits: pa.Table


class _Answered(NamedTuple):
    """One model's answers, what a report says of it, what its answers state, and names of columns of stored ones."""

    answers: pa.Table
    facts: JsonObject
    traits: list[Trait]
    columns: frozenset[str]


def collect_answers(evaluation: Evaluation, log: ResponseLog, again: bool = False, quiet: bool = False) -> Collected:
    """Reads the prompts and has every model answer them; what the log knows is not asked again.

    Args:
        evaluation: what is evaluated.
        log: where answers go at once.
        again: ask once more for what failed before.
        quiet: show no progress, and do not say which rows are in no language of the evaluation.

    Returns:
        Prompts and answers; where all answers are stored, the prompts that any model has one to.

    Raises:
        UserError: a set or stored answers cannot be read, a model cannot be reached (what it said is kept), or gave no
            answer at all.
    """
    loaded = _loaded(evaluation)
    asked, facts = pa.concat_tables([one.prompts for one in loaded]), [one.facts for one in loaded]
    if not quiet:  # before anything is asked and paid for
        for line in left_out_lines(facts):
            print_safely(line)
    read = {one.name: _read_answers(one, asked, evaluation.slices) for one in evaluation.contenders if not one.served}
    stated = _stated(loaded) + [trait for one in read.values() for trait in one.traits]
    thoughts = THOUGHT_LANGUAGE in evaluation.slices and any(one.served for one in evaluation.contenders)
    of_files = [one for one in evaluation.slices if one != THOUGHT_LANGUAGE or not thoughts]
    refuse_unstated(of_files, stated, _columns([*loaded, *read.values()]))
    given = [
        read.get(one.name) or _asked_answers(one, asked, log, again, quiet, thoughts) for one in evaluation.contenders
    ]
    stated += [trait for one in given for trait in one.traits if trait["model"] not in read]
    if _only_stored(evaluation):
        keep = _answered(asked, [one.answers for one in given], evaluation.sample)
        facts = [_kept_facts(one, asked, keep, evaluation.sample) for one in facts]
        asked = asked.filter(keep)
        given = [one._replace(answers=one.answers.filter(keep)) for one in given]
    there = set(asked.column("prompt_id").to_pylist())
    stated = [trait for trait in stated if trait["prompt_id"] in there]
    for contender, one in zip(evaluation.contenders, given, strict=True):
        if contender.translations:
            stated += compare_translations(contender.translations, contender.name, asked, one.answers)
    voting = evaluation.second_detector
    models: list[Json] = [
        one.facts | _counts(one.answers) | (_votes(one.answers, voting) if voting else {}) for one in given
    ]
    about: JsonObject = {"sets": [*facts], "models": models}
    answers = pa.concat_tables([one.answers for one in given])
    return Collected(asked, answers, about, pa.Table.from_pylist(stated, TRAITS))


def _stated(loaded: Sequence[set_prompts.LoadedSet]) -> list[Trait]:
    return [trait for one in loaded for trait in one.traits]


def _columns(loaded: Sequence[set_prompts.LoadedSet | _Answered]) -> set[str]:
    return {name for one in loaded for name in one.columns}


def left_out_lines(facts: Sequence[JsonObject]) -> list[str]:
    """What the terminal says of rows of the sets that are in none of the evaluation's languages.

    Args:
        facts: as `load_prompts` gives them.

    Returns:
        A line for each set that has such rows.
    """
    return left_out.lines([decode(SetFacts, one, "what was read of a set") for one in facts])


def load_prompts(evaluation: Evaluation) -> tuple[pa.Table, list[JsonObject]]:
    """The prompts of all sets, and what a report says of each.

    Args:
        evaluation: what is evaluated.

    Returns:
        `tables.PROMPTS`, unsampled where all answers are stored; and for each set what `set_prompts.load_set` says.

    Raises:
        UserError: a set cannot be read.
    """
    loaded = _loaded(evaluation)
    return pa.concat_tables([one.prompts for one in loaded]), [one.facts for one in loaded]


def _loaded(evaluation: Evaluation) -> list[set_prompts.LoadedSet]:
    sample = None if _only_stored(evaluation) else evaluation.sample
    of = evaluation.languages, sample, evaluation.seed, evaluation.slices
    return [set_prompts.load_sliced(one, *of) for one in evaluation.sets]


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


def _kept_facts(facts: JsonObject, prompts: pa.Table, keep: pa.Array, sample: int | None) -> JsonObject:
    tags = prompts.filter(keep)
    own = Counter(
        row["language"] for row in tags.select(["set", "language"]).to_pylist() if row["set"] == facts["name"]
    )
    before = {tag: int(number_of(number) or 0) for tag, number in mapping_of(facts["languages"]).items()}
    counts: JsonObject = {tag: own[tag] for tag in before}
    left = sum(before.values()) - own.total()
    return facts | {"languages": counts, "without_answer_or_outside_sample": left, "sample": sample}


def count_missing(evaluation: Evaluation, prompts: pa.Table, log: ResponseLog) -> dict[str, int]:
    """How many answers each model that is asked has still to give.

    Args:
        evaluation: what is evaluated.
        prompts: `tables.PROMPTS`.
        log: what was answered before.

    Returns:
        The model's name in the evaluation -> requests that would be sent.
    """
    return {
        one.name: sum(result is None for result in log.get_many(answer_requests(one, prompts)))
        for one in evaluation.contenders
        if one.served
    }


def answer_requests(contender: Contender, prompts: pa.Table) -> list[Request]:
    """What a model is asked.

    Args:
        contender: the model.
        prompts: `tables.PROMPTS`.

    Returns:
        A request a prompt, in the order of the prompts.
    """
    return [
        Request(contender.model, messages(prompt), contender.sampling)
        for prompt in prompts.column("prompt").to_pylist()
    ]


def _facts(contender: Contender) -> JsonObject:
    facts: JsonObject = {"name": contender.name, "model": shown(contender.model.name)}
    return facts | {"revision": contender.model.revision, "licence": contender.model.licence}


def _read_answers(contender: Contender, prompts: pa.Table, slices: Sequence[str]) -> _Answered:
    """The answers of a model whose answers are stored."""
    assert contender.stored is not None
    facts, tags = _facts(contender), sorted(set(prompts.column("language").to_pylist()))
    read = stored.read_stored(**contender.stored, tags=tags, slices=slices)
    if read.revision:
        facts["revision"] = read.revision
    # Only the last part: where somebody keeps a file is nobody's business.
    facts |= {"how": f"stored: {Path(read.source).name}", "sampling": None, "left_out": dict(read.left_out)}
    facts["unmatched"] = {**stored.unmatched(read, prompts)}
    traits = stored.answer_traits(read, prompts, contender.name) if slices else []
    return _Answered(stored.answers(read, prompts, contender.name), facts, traits, read.columns)


def _asked_answers(
    contender: Contender, prompts: pa.Table, log: ResponseLog, again: bool, quiet: bool, thoughts: bool
) -> _Answered:
    """The answers of a model that is asked."""
    assert contender.served is not None
    facts, asked = _facts(contender), answer_requests(contender, prompts)
    ask_all("answers", (contender.served,), lambda known: [asked], log, again=again, quiet=quiet)
    backend = contender.served.backend
    kind = backend_traits(backend).kind or type(backend).__name__.lower()
    facts |= {"how": kind, "sampling": asdict(contender.sampling)}
    results = log.get_many(asked)
    table = _table(contender.name, prompts, results)
    facts["served"] = [*log.served_names().get(contender.model.name, [])]
    if counts := thought_counts(prompts, results):
        facts["thoughts"] = {**counts}
    if notes := log.model_notes(contender.served):
        facts["notes"] = [*notes]
    _check_some(contender.name, table)
    traits = thought_traits(contender.name, prompts, results) if thoughts else []
    return _Answered(table, facts, traits, frozenset())


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
    """A model's name as a report gives it: where somebody keeps a model is nobody's business.

    Args:
        model: Hub id, name or path.

    Returns:
        Of a path only the last part.

    >>> shown("/home/ada/models/dpo"), shown("org/name")
    ('dpo', 'org/name')
    """
    return Path(model).name if model.startswith((".", "~")) or Path(model).is_absolute() else model


def _table(name: str, prompts: pa.Table, results: Sequence[Result | None]) -> pa.Table:
    rows = []
    for prompt, result in zip(prompts.select(["set", "prompt_id", "language"]).to_pylist(), results, strict=True):
        if isinstance(result, Reply):
            (text, failure), finish = _spoken(result.text), result.finish_reason
        else:
            text, failure, finish = "", (result or Failure("unanswered")).reason, ""
        rows.append(prompt | {"model": name, "text": text, "finish_reason": finish, "failure": failure})
    return pa.Table.from_pylist(rows, ANSWERS)


def _spoken(answer: str) -> tuple[str, str]:
    """What a model says beside its thought, and why that cannot be used; one of the two is empty."""
    spoken = without_thoughts(answer)
    return ("", UNENDED) if spoken.unended else usable(spoken.text)


def _counts(answers: pa.Table) -> JsonObject:
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


def _votes(answers: pa.Table, detector: SecondDetector) -> JsonObject:
    """How often a second detector disagrees on the language of a model's answers, by language."""
    there = [row for row in answers.to_pylist() if row["text"]]
    tags = [row["language"] for row in there]
    differ = disagreements([row["text"] for row in there], tags, Identifier(), Identifier(detector=detector))
    votes: JsonObject = {}
    for tag in sorted(set(tags)):
        own = [one for one, other in zip(differ, tags, strict=True) if other == tag]
        votes[tag] = {"votes": sum(one is not None for one in own), "disagree": sum(one is True for one in own)}
    return {"second_detector": {"name": detector, "languages": votes}}
