"""Prompts, answers and pairs with their texts, as checks and releases see them."""

import pyarrow as pa
import pyarrow.compute as pc

from .. import schema
from .pool import Bucket

_OF_AN_ANSWER = (
    "text",
    "model",
    "model_revision",
    "model_licence",
    "route",
    "finish_reason",
    "source_text",
    "translator",
    "message",
)


def prompts_with_texts(bucket: Bucket) -> pa.Table:
    """The prompts of a bucket: the columns of a Batch of prompts.

    Args:
        bucket: some prompts, and what belongs to them.

    Returns:
        A row a prompt, in the bucket's order.
    """
    return pa.table(_of_prompts(bucket.prompts["prompt_id"], bucket, {}))


def answers_with_texts(bucket: Bucket, completions: pa.Table) -> pa.Table:
    """Joins prompts to answers of a bucket: the columns of a Batch of answers.

    Args:
        bucket: the bucket.
        completions: some of its answers.

    Returns:
        A row an answer, in their order.
    """
    columns = {"completion_id": completions["completion_id"], "prompt_id": completions["prompt_id"]}
    columns |= {_named("answer", name): completions[name] for name in _OF_AN_ANSWER}
    return pa.table(_of_prompts(completions["prompt_id"], bucket, columns))


def with_scores(table: pa.Table, bucket: Bucket) -> pa.Table:
    """Adds chosen_scores and rejected_scores: every score that the pair's rater gave the answer on the pair's occasion.

    A pair of no occasion has the scores of none: those of two occasions never meet.

    Args:
        table: pairs.
        bucket: theirs.

    Returns:
        The pairs with two columns of lists more.
    """
    scores: dict[tuple[str, str, str | None], list[float]] = {}
    columns = (bucket.ratings[name].to_pylist() for name in ("completion_id", "rater", "occasion", "score"))
    for completion, rater, occasion, score in zip(*columns, strict=True):
        scores.setdefault((completion, rater, occasion), []).append(score)
    for role in ("chosen", "rejected"):
        keys = zip(*(table[name].to_pylist() for name in (f"{role}_id", "rater", "occasion")), strict=True)
        lists = pa.array([scores.get(key, []) for key in keys], pa.list_(pa.float64()))
        table = table.append_column(f"{role}_scores", lists)
    return table


def with_texts(pairs: pa.Table, bucket: Bucket) -> pa.Table:
    """Joins prompt and answers to pairs of a bucket: the columns of a filter's Batch.

    Args:
        pairs: as `with_scores` gives them.
        bucket: theirs.

    Returns:
        A row a pair.
    """
    columns = _of_prompts(pairs["prompt_id"], bucket, {name: pairs[name] for name in pairs.column_names})
    ids = bucket.completions["completion_id"].combine_chunks()
    for role in ("chosen", "rejected"):
        at = pc.index_in(pairs[f"{role}_id"].combine_chunks(), ids)
        for name in _OF_AN_ANSWER:
            columns[_named(role, name)] = bucket.completions[name].take(at)
    return pa.table(columns)


def _of_prompts(
    ids: pa.ChunkedArray, bucket: Bucket, columns: dict[str, pa.ChunkedArray]
) -> dict[str, pa.ChunkedArray]:
    """The columns, and after them those of the prompts that the ids name."""
    columns = dict(columns)
    at = pc.index_in(ids.combine_chunks(), bucket.prompts["prompt_id"].combine_chunks())
    for name in bucket.prompts.column_names:
        columns.setdefault(name, bucket.prompts[name].take(at))
    sources = columns.pop("source_prompt").to_pylist()
    columns["prompt_source"] = pa.array([one and schema.prompt_text(one) for one in sources], pa.string())
    return columns


def _named(role: str, name: str) -> str:
    """The column of something about an answer, by what the answer is."""
    return {"text": role, "source_text": f"{role}_source"}.get(name, f"{role}_{name}")
