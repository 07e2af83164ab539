"""What an answer may be in a pair, as the checks have it, and which answers need no rating."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ..files.store import Stage, fingerprints
from ..layouts.occasions import given_by
from .pool import Bucket, Rows, load_bucket

#: For each answer that a check rejects: what it may not be, and for what reason (`check: reason`, null where it may be
#: it). `worse`: the reason for which a pair rule takes it as the rejected answer before others; null for none.
USES = pa.schema(
    [
        pa.field("completion_id", pa.string(), nullable=False),
        pa.field("not_chosen", pa.string()),
        pa.field("not_rejected", pa.string()),
        pa.field("worse", pa.string()),
    ]
)


@dataclass(frozen=True)
class Buckets:
    """The buckets of a build, or what of them can come to be in a pair.

    Attributes:
        rows: the stages whose prompts, answers, ratings and verdicts make them up.
        index: the stage index.
        check: the stage that checked prompts and answers, for what can be in a pair; None for everything.
        sources: names of the sources whose prompts there are; None for all.
    """

    rows: Rows
    index: Stage
    check: Stage | None = None
    sources: tuple[str, ...] | None = None

    @property
    def fingerprints(self) -> list[str]:
        """What stands for their content."""
        stages = [*self.rows, self.index, *([self.check] if self.check else [])]
        return [*fingerprints(stages), *(f"of source {name}" for name in self.sources or ())]

    def load(self, number: int) -> Bucket:
        """Reads one bucket.

        Args:
            number: of the bucket.

        Returns:
            the bucket.
        """
        bucket = load_bucket(self.rows, self.index, number)
        if self.sources is not None:
            bucket = of_sources(bucket, self.sources)
        return usable_part(bucket, pq.read_table(self.check.part("findings", number))) if self.check else bucket


def is_named(check: str, reason: str, names: tuple[str, ...]) -> bool:
    """Whether settings name a check, or one reason of it.

    Args:
        check: the check's name.
        reason: what it said.
        names: names of checks, and `check: reason` as in the funnel.

    Returns:
        whether one of them is it.
    """
    return check in names or f"{check}: {reason}" in names


def uses_of(findings: pa.Table | None, prefer_rejected: tuple[str, ...] = ()) -> pa.Table:
    """What the answers that a check rejects may not be.

    Args:
        findings: schema.FINDINGS; None where nothing was checked.
        prefer_rejected: names as in PairRule.

    Returns:
        a table with USES, a row for each answer that a check rejects; the reasons are the first of each kind.
    """
    uses: dict[str, dict[str, str | None]] = {}
    for one in [] if findings is None else findings.to_pylist():
        if one["outcome"] != "reject" or one["completion_id"] is None:
            continue
        use = uses.setdefault(one["completion_id"], dict.fromkeys(USES.names) | {"completion_id": one["completion_id"]})
        reason = f"{one['check']}: {one['reason']}"
        for side in ("chosen", "rejected"):
            if one[side]:
                use[f"not_{side}"] = use[f"not_{side}"] or reason
        if one["chosen"] and is_named(one["check"], one["reason"], prefer_rejected):
            use["worse"] = use["worse"] or reason
    return pa.Table.from_pylist(list(uses.values()), USES)


def rejected_prompts(findings: pa.Table) -> pa.ChunkedArray:
    """The prompts that a check rejects.

    Args:
        findings: schema.FINDINGS.

    Returns:
        their ids.
    """
    rejected = pc.and_(pc.equal(findings["outcome"], "reject"), pc.is_null(findings["completion_id"]))
    return findings.filter(rejected)["prompt_id"]


def of_usable_prompts(bucket: Bucket, findings: pa.Table) -> Bucket:
    """A bucket without the prompts that a check rejects.

    Args:
        bucket: some prompts, and what belongs to them.
        findings: theirs.

    Returns:
        the rest of it.
    """
    return _without_prompts(bucket, rejected_prompts(findings))


def of_sources(bucket: Bucket, names: Sequence[str]) -> Bucket:
    """A bucket with the prompts of some sources alone.

    Args:
        bucket: some prompts, and what belongs to them.
        names: of the sources; a prompt that stands in one of them is kept, wherever else it stands.

    Returns:
        these of it, without the ratings and verdicts that other sources gave.
    """
    ratings, verdicts = (given_by(table, names) for table in (bucket.ratings, bucket.verdicts))
    bucket = replace(bucket, ratings=ratings, verdicts=verdicts)
    sources = bucket.prompts["sources"].combine_chunks()
    of_prompt = pc.list_parent_indices(sources)
    named = pc.is_in(pc.struct_field(pc.list_flatten(sources), "name"), pa.array(names, pa.string()))
    there = pc.is_in(pa.array(range(len(sources)), pa.int64()), pc.cast(of_prompt.filter(named), pa.int64()))
    return _without_prompts(bucket, bucket.prompts["prompt_id"].filter(pc.invert(there)))


def usable_part(bucket: Bucket, findings: pa.Table) -> Bucket:
    """What of a bucket can come to be in a pair: what need be rated.

    Args:
        bucket: some prompts, and what belongs to them.
        findings: theirs.

    Returns:
        the bucket without the prompts that a check rejects, the answers that may be neither chosen nor rejected, and
        the prompts to which there are then not two answers, one of which may be chosen. References stay.
    """
    uses = uses_of(findings)
    neither = uses.filter(pc.and_(pc.is_valid(uses["not_chosen"]), pc.is_valid(uses["not_rejected"])))["completion_id"]
    bucket = of_usable_prompts(bucket, findings)
    bucket = _without_answers(bucket, neither)
    unchosen = uses.filter(pc.is_valid(uses["not_chosen"]))["completion_id"]
    chosen = _answers(bucket).filter(_others(_answers(bucket)["completion_id"], unchosen))["prompt_id"]
    prompts = bucket.prompts["prompt_id"]
    return with_answers(_without_prompts(bucket, prompts.filter(_others(prompts, chosen))))


def with_answers(bucket: Bucket, least: int = 2) -> Bucket:
    """A bucket without the prompts to which there are not so many answers; references are none.

    Args:
        bucket: some prompts, and what belongs to them.
        least: how many: the two of a pair.

    Returns:
        the rest of it.
    """
    counts = _answers(bucket).group_by("prompt_id").aggregate([("completion_id", "count")])
    enough = counts.filter(pc.greater_equal(counts["completion_id_count"], least))["prompt_id"]
    return _without_prompts(bucket, bucket.prompts["prompt_id"].filter(_others(bucket.prompts["prompt_id"], enough)))


def _without_answers(bucket: Bucket, ids: pa.ChunkedArray) -> Bucket:
    """The bucket without these answers, their ratings and verdicts on one of them."""
    verdicts = bucket.verdicts
    for one in ("completion_a", "completion_b"):
        verdicts = verdicts.filter(_others(verdicts[one], ids))
    completions, ratings = (
        table.filter(_others(table["completion_id"], ids)) for table in (bucket.completions, bucket.ratings)
    )
    return Bucket(bucket.prompts, completions, ratings, verdicts)


def _answers(bucket: Bucket) -> pa.Table:
    return bucket.completions.filter(pc.not_equal(bucket.completions["route"], "reference"))


def _others(ids: pa.ChunkedArray, left_out: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.invert(pc.is_in(ids, left_out.combine_chunks()))


def _without_prompts(bucket: Bucket, ids: pa.ChunkedArray) -> Bucket:
    tables = (bucket.prompts, bucket.completions, bucket.ratings, bucket.verdicts)
    return Bucket(*(table.filter(_others(table["prompt_id"], ids)) for table in tables))
