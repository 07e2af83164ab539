"""What a stage that asks models asks and collects, held against its contract (`contract.Asking`)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from .. import schema
from ..console.escaping import as_written
from ..errors import UserError
from ..inference import Known, Model, Request, Result, Sampling
from ..scripting.own_code import is_own, own_code
from ..text.cleaning import is_label
from .contract import Asking
from .pool import TABLES, Bucket

_FORMS = {**TABLES, "rejected": schema.REJECTED}
#: What a table of somebody's own may leave out: who judged, and when.
_LEFT_NULL = frozenset({"occasion", "annotator", "vote", "rationale"})
_PREFERRED = ("a", "b", "tie", "disagreement")


def requests_of(stage: Asking, bucket: Bucket, known: Known) -> Iterator[Request]:
    """What a stage asks about a bucket.

    Args:
        stage: what asks.
        bucket: what it asks about.
        known: what is answered already.

    Yields:
        its requests, each as it gives it.

    Raises:
        UserError: it is of somebody's own and raised, or gave what is no request to one of its models.
    """
    if not is_own(stage):
        yield from stage.requests(bucket, known)
        return
    what = f"{type(stage).__name__}.requests()"
    with own_code(stage, what):
        requests: object = stage.requests(bucket, known)
        if isinstance(requests, str | bytes | Mapping) or not isinstance(requests, Iterable):
            raise UserError(f"{what} returns {type(requests).__name__}; yield a Request for each thing to ask")
        requests = list(requests)
    models = {served.model for served in stage.models}
    for request in requests:
        if wrong := _wrong_in_request(request, models):
            raise UserError(f"{what} yields {as_written(request)[:120]}; {wrong}")
        yield request


def check_steady(stage: Asking, buckets: Iterable[Bucket], known: Known) -> None:
    """Sees that a stage asks the same of the same: else it would be asked, and paid for, without an end.

    Args:
        stage: what asks.
        buckets: read up to the first about which it asks anything.
        known: what is answered already.

    Raises:
        UserError: of the same bucket and the same answers it asks something else the second time.
    """
    for bucket in buckets:
        held = _held(known)
        first = {request.key: request for request in requests_of(stage, bucket, held)}
        again = {request.key for request in requests_of(stage, bucket, held)}
        if once := [request for key, request in first.items() if key not in again]:
            raise UserError(
                f"{type(stage).__name__}.requests() asks something else each time of the same prompts and answers, "
                f"{as_written(once[0].messages)[:120]} once and then no more; let it hang on nothing but these, or "
                "it would be asked without an end"
            )
        if first or again:
            return


def _held(known: Known) -> Known:
    """What is known, as it was when it was first looked up: another process may write into the same log."""
    results: dict[str, Result | None] = {}

    def held(requests: Sequence[Request]) -> list[Result | None]:
        fresh = list({request.key: request for request in requests if request.key not in results}.values())
        results.update(zip((request.key for request in fresh), known(fresh), strict=True))
        return [results[request.key] for request in requests]

    return held


def _wrong_in_request(request: object, models: set[Model]) -> str:
    """What is wrong with what a stage asks; empty where nothing is."""
    if not isinstance(request, Request):
        return "yield a Request, as in Request(self.served.model, (('user', text),))"
    turns = request.messages
    if (
        not isinstance(turns, tuple)
        or not turns
        or not all(isinstance(turn, tuple) and len(turn) == 2 for turn in turns)
    ):
        return "its messages are a tuple of (role, content), as in (('user', text),)"
    if not all(isinstance(part, str) for turn in turns for part in turn):
        return "the role and the content of a message are texts"
    if request.model not in models:
        return "its model is none of the stage's `models`"
    if not isinstance(request.sampling, Sampling) or not isinstance(request.schema, str | None):
        return "its sampling is a Sampling, and its schema a text or None"
    if request.kind not in ("chat", "score", "letter"):
        return "its kind is 'chat', 'score' or 'letter'"
    task = request.task
    if task is not None and not (isinstance(task, tuple) and len(task) == 2 and all(map(_is_text, task))):
        return "its task is None or two tags, as in ('en', 'de')"
    return ""


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def tables_of(stage: Asking, bucket: Bucket, known: Known) -> dict[str, pa.Table]:
    """What a stage collects of a bucket.

    Args:
        stage: what asked.
        bucket: what it asked about.
        known: what was answered.

    Returns:
        tables by name, in the forms of schema.py; `rejected` is always among them.

    Raises:
        UserError: the stage is of somebody's own and raised, or what it returned are not such tables.
    """
    what = f"{type(stage).__name__}.collect()"
    with own_code(stage, what):
        returned: object = stage.collect(bucket, known)
    tables = _named_tables(stage, returned, what)
    own_name = {getattr(stage, "name", "")}
    for name, table in tables.items():
        if "rater" in table.column_names and (odd := sorted(set(table["rater"].to_pylist()) - own_name)):
            raise UserError(f"{what}: table {name} has rows by '{odd[0]}'; write the rater's name into column rater")
    if is_own(stage):
        _check_own_tables(stage, tables, bucket, what)
    return tables


def _named_tables(stage: Asking, returned: object, what: str) -> dict[str, pa.Table]:
    decides = getattr(stage, "table", "rejected")
    # What a rater says beside its own table nobody would read.
    rater = is_own(stage) and hasattr(stage, "table")
    forms = {decides, "rejected"} if rater else _FORMS.keys()
    if not isinstance(returned, dict) or "rejected" not in returned or returned.keys() - forms:
        seen = ", ".join(map(str, returned)) if isinstance(returned, dict) else type(returned).__name__
        wanted = ", ".join(name for name in _FORMS if name in forms)
        raise UserError(f"{what} returns {seen}; return a dict of {wanted}, of which rejected is a must")
    if decides not in returned:
        raise UserError(f"{what} returns no table {decides!r}, which the rater says that it makes; return it too")
    return {name: in_form(table, name, what) for name, table in returned.items()}


def in_form(table: object, name: str, what: str) -> pa.Table:
    """A table with the columns and types of its form; what it may lack (`occasion`, `rationale`) is null then.

    Args:
        table: what somebody's code returned.
        name: of the form, as in `ratings`.
        what: whose it is, for a sentence.

    Returns:
        the same rows.

    Raises:
        UserError: it is no table, a column is missing or of another type, or a value is missing.
    """
    form = _FORMS[name]
    if not isinstance(table, pa.Table):
        raise UserError(f"{what}: {name} is {type(table).__name__}; make it a pyarrow table of schema.{name.upper()}")
    whole: pa.Table = table
    for column in sorted(_LEFT_NULL.intersection(form.names).difference(whole.column_names)):
        whole = whole.append_column(column, pa.nulls(whole.num_rows, form.field(column).type))
    try:
        columns = whole.select(form.names)
        for field in form:
            if not field.nullable and columns[field.name].null_count:
                row = pc.index(pc.is_null(columns[field.name]), True).as_py()
                raise UserError(
                    f"{what}: table {name} has no {field.name} in row {row}; leave the row out, or give one"
                )
        return columns.cast(form)
    except (KeyError, ValueError, pa.ArrowException) as error:
        raise UserError(f"{what}: table {name} is not of schema.{name.upper()} ({error}); see its columns") from None


def _check_own_tables(stage: Asking, tables: Mapping[str, pa.Table], bucket: Bucket, what: str) -> None:
    """Sees that ratings and verdicts are of the bucket's answers, each once, and that nothing is left unsaid."""
    if "ratings" in tables:
        check_rated(tables["ratings"], bucket.completions, what)
    if "verdicts" in tables:
        _check_verdicts(tables["verdicts"], bucket, what)
    languages = set(bucket.prompts["language"].to_pylist())
    for row in tables["rejected"].to_pylist():
        if not is_label(row["reason"]):
            raise UserError(f"{what}: the reason {row['reason']!r:.80} of a rejection is no few words on one line")
        if row["language"] not in languages:
            raise UserError(
                f"{what}: table rejected has a row in language {row['language']!r:.40}, of which there is no prompt; "
                "write the prompt's language"
            )
    if getattr(stage, "table", "") == "ratings":
        _check_all_accounted(tables, bucket, what)


def check_rated(ratings: pa.Table, completions: pa.Table, what: str) -> None:
    """Sees that ratings are of answers that there are, under their prompts, each once.

    Args:
        ratings: of schema.RATINGS, by one rater.
        completions: what was to be rated.
        what: whose ratings, for a sentence.

    Raises:
        UserError: one is not: its id.
    """
    prompts = dict(zip(completions["completion_id"].to_pylist(), completions["prompt_id"].to_pylist(), strict=True))
    seen: set[str] = set()
    for prompt, answer in zip(ratings["prompt_id"].to_pylist(), ratings["completion_id"].to_pylist(), strict=True):
        if answer not in prompts:
            raise UserError(f"{what} rates an answer that it was not given, completion_id {answer!r:.80}")
        if prompts[answer] != prompt:
            raise UserError(
                f"{what} rates answer {answer} under prompt_id {prompt!r:.80}, whose it is not; write {prompts[answer]}"
            )
        if answer in seen:
            raise UserError(f"{what} rates answer {answer} twice; give one score for each answer")
        seen.add(answer)


def _check_verdicts(verdicts: pa.Table, bucket: Bucket, what: str) -> None:
    columns = (bucket.completions[name].to_pylist() for name in ("prompt_id", "completion_id"))
    answers = set(zip(*columns, strict=True))
    for row in verdicts.to_pylist():
        for side in ("completion_a", "completion_b"):
            if (row["prompt_id"], row[side]) not in answers:
                raise UserError(
                    f"{what}: a verdict has {side} {row[side]!r:.80}, which is no answer to its prompt "
                    f"{row['prompt_id']!r:.80}"
                )
        if row["preferred"] not in _PREFERRED:
            raise UserError(f"{what}: a verdict prefers {row['preferred']!r:.40}; write one of {', '.join(_PREFERRED)}")


def _check_all_accounted(tables: Mapping[str, pa.Table], bucket: Bucket, what: str) -> None:
    accounted = {*tables["ratings"]["completion_id"].to_pylist(), *tables["rejected"]["where"].to_pylist()}
    columns = (bucket.completions[name].to_pylist() for name in ("prompt_id", "completion_id", "route"))
    missing = [
        answer
        for prompt, answer, route in zip(*columns, strict=True)
        if route != "reference" and answer not in accounted and prompt not in accounted
    ]
    if missing:
        raise UserError(
            f"{what} says nothing of {len(missing):,} answers, {missing[0]} the first; give each a score, or a row of "
            "table rejected with its id and the reason"
        )
