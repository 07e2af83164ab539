"""Decisions of reviewers in a build: carried out on its pairs, and what was done with them.

A decision says which answer stood as chosen when people judged. Where a build has the other answer as chosen (its
rater, pair rule or scores are others), what they agreed with is now the rejected answer, and the pair is relabelled;
what they would have relabelled is now as they prefer it. Decisions of before 0.3 do not say it, and are taken as said
of the sides as the build has them. Where each vote is a row, a decision on one holds for all votes on its two answers.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ..errors import UserError
from ..files.records import OMIT_DEFAULT, Count, Text
from .agreement import Agreement, Judgements, agreement_on
from .answers import NO_ANSWER
from .decisions import Decided, Decisions

Outcome = Literal["agreed", "relabelled", "removed", "undecided"]


@dataclass(frozen=True)
class DecisionsUsed:
    """What a build did with the decisions on pairs of one language.

    Attributes:
        agreed, relabelled, removed, undecided: what became of its pairs.
        turned_back: those of the relabelled that reviewers agreed with when the other answer stood as chosen.
        turned_already: those of the agreed that reviewers would have relabelled then.
        order_unknown: how many of these do not say which answer stood as chosen.
        not_in_build: how many are about pairs that the build does not have.
        removed_ties: those of the removed whose answers reviewers found equally good.
        not_blind: how many of all rest on judgements that were made where answers are marked as chosen and rejected.
        by: who decided; empty for the people of a review.
    """

    agreed: Count = 0
    relabelled: Count = 0
    removed: Count = 0
    undecided: Count = 0
    turned_back: Count = 0
    turned_already: Count = 0
    order_unknown: Count = 0
    not_in_build: Count = 0
    removed_ties: Count = field(default=0, metadata=OMIT_DEFAULT)
    not_blind: Count = field(default=0, metadata=OMIT_DEFAULT)
    by: Text = field(default="", metadata=OMIT_DEFAULT)

    @property
    def in_build(self) -> int:
        """How many are about pairs of the build."""
        return self.agreed + self.relabelled + self.removed + self.undecided


@dataclass(frozen=True)
class DecidedPair:
    """A pair that was decided on, as its rater and pair rule have it; of a single answer one side is NO_ANSWER."""

    pair_id: str
    language: str
    chosen_id: str
    rejected_id: str


def outcome_of(decided: Decided, chosen: str) -> Outcome:
    """What becomes of a pair.

    Args:
        decided: what reviewers decided.
        chosen: id of the answer that is chosen before they have a say; empty or NO_ANSWER for a single bad one.

    Returns:
        What is done: `agreed` leaves the chosen answer, `relabelled` takes the other.
    """
    if decided.decision == "remove":
        return "removed"
    if decided.decision == "undecided":
        return "undecided"
    return "agreed" if (decided.decision == "agreed") != _has_turned(decided, chosen) else "relabelled"


def _has_turned(decided: Decided, chosen: str) -> bool:
    return decided.chosen not in ("", chosen or NO_ANSWER)


def apply_decisions(pairs: pa.Table, decisions: Mapping[str, Decided]) -> tuple[pa.Table, pa.Table]:
    """Carries out decisions on pairs: relabels (chosen and rejected change places), removes, marks as agreed.

    Args:
        pairs: schema.PAIRS, as the rater and the pair rule have them: all pairs of each prompt.
        decisions: by pair_id.

    Returns:
        The pairs that stay, with `review` set to agreed, relabelled or undecided where there was a decision, and those
        removed.
    """
    decided = zip(_decided_rows(pairs, decisions), pairs["chosen_id"].to_pylist(), strict=True)
    outcomes = [outcome_of(one, chosen) if one else None for one, chosen in decided]
    flip = pa.array([one == "relabelled" for one in outcomes], pa.bool_())
    columns = {name: pairs[name] for name in pairs.column_names}
    for kind in ("id", "score"):
        a, b = pairs[f"chosen_{kind}"], pairs[f"rejected_{kind}"]
        columns[f"chosen_{kind}"], columns[f"rejected_{kind}"] = pc.if_else(flip, b, a), pc.if_else(flip, a, b)
    columns["score_margin"] = pc.if_else(flip, pc.negate(pairs["score_margin"]), pairs["score_margin"])
    columns["review"] = pa.array(outcomes, pa.string())
    # What reviewers turned round is nobody's vote any more.
    for name in ("annotator", "rationale"):
        columns[name] = pc.if_else(flip, pa.scalar(None, pa.string()), pairs[name])
    done = pa.table([columns[name] for name in pairs.schema.names], schema=pairs.schema)
    gone = pa.array([one == "removed" for one in outcomes], pa.bool_())
    return done.filter(pc.invert(gone)), pairs.filter(gone)


def _decided_rows(pairs: pa.Table, decisions: Mapping[str, Decided]) -> list[Decided | None]:
    """What was decided on each pair; on a vote that nobody decided on, what was on the first other of its answers."""
    columns = ("pair_id", "prompt_id", "chosen_id", "rejected_id", "vote_number")
    rows = list(zip(*(pairs[name].to_pylist() for name in columns), strict=True))
    on_answers: dict[tuple[str, frozenset[str]], Decided] = {}
    for pair, prompt, chosen, rejected, vote in rows:
        if vote is not None and (one := decisions.get(pair)) is not None:
            # A decision that names no answer speaks of the sides of its own row.
            on_answers.setdefault((prompt, frozenset((chosen, rejected))), replace(one, chosen=one.chosen or chosen))
    return [
        decisions.get(pair, on_answers.get((prompt, frozenset((chosen, rejected)))) if vote is not None else None)
        for pair, prompt, chosen, rejected, vote in rows
    ]


def decided_pairs(decisions: Mapping[str, Decided], parts: Iterable[Path], where: str) -> list[DecidedPair]:
    """The pairs of a build that were decided on, as its rater and pair rule have them.

    Args:
        decisions: by pair_id.
        parts: Parquet files with schema.PAIRS: of the stage that chose the pairs, or of the one that carried decisions
            out, where what was relabelled is turned back.
        where: the file of the decisions, for the message.

    Returns:
        The pairs, in the order of the parts.

    Raises:
        UserError: a decision names an answer that its pair does not have.
    """
    wanted = pa.array(sorted(decisions), pa.string())
    pairs = [one for path in parts for one in _pairs_in(path, wanted)]
    for one in pairs:
        named = decisions[one.pair_id].chosen
        if named not in ("", one.chosen_id, one.rejected_id):
            raise UserError(
                f"{where}: decisions.{one.pair_id}.chosen is '{named}', which is neither answer of that pair; import "
                "the sheets again (polypref review import)"
            )
    return pairs


def _pairs_in(path: Path, wanted: pa.Array) -> Iterator[DecidedPair]:
    columns = ["pair_id", "language", "chosen_id", "rejected_id", "review"]
    table = pq.read_table(path, columns=columns)
    for row in table.filter(pc.is_in(table["pair_id"], wanted)).to_pylist():
        sides = [row["chosen_id"] or NO_ANSWER, row["rejected_id"] or NO_ANSWER]
        yield DecidedPair(row["pair_id"], row["language"], *(sides[::-1] if row["review"] == "relabelled" else sides))


def count_used(
    decisions: Mapping[str, Decided], pairs: Iterable[DecidedPair], by: str = ""
) -> dict[str, DecisionsUsed]:
    """What a build does with decisions.

    Args:
        decisions: by pair_id.
        pairs: those of them that the build has.
        by: who decided; empty for the people of a review.

    Returns:
        By language, sorted; without a language those on pairs that the build does not have, where the file does not
        say it.
    """
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    known = {one.pair_id: one for one in pairs}
    for pair_id, decided in decisions.items():
        pair = known.get(pair_id)
        count = counts[pair.language if pair else decided.language]
        count["not_blind"] += decided.judgements is not None and decided.judgements.not_blind > 0
        if pair is None:
            count["not_in_build"] += 1
            continue
        outcome = outcome_of(decided, pair.chosen_id)
        count[outcome] += 1
        count["removed_ties"] += outcome == "removed" and _is_tie(decided)
        if outcome in ("agreed", "relabelled"):
            count["order_unknown"] += not decided.chosen
            turned = _has_turned(decided, pair.chosen_id)
            count["turned_back" if outcome == "relabelled" else "turned_already"] += turned
    return {tag: DecisionsUsed(**count, by=by) for tag, count in sorted(counts.items())}


def _is_tie(decided: Decided) -> bool:
    judged = decided.judgements
    return judged is not None and 2 * judged.both_bad < judged.judged


def agreement_in(review: Decisions, pairs: Iterable[DecidedPair]) -> dict[str, Agreement]:
    """How far reviewers agree with the rater of a build: on the pairs that it has, with its chosen answers.

    Args:
        review: what the review came to.
        pairs: the pairs of the build that were decided on.

    Returns:
        By language, sorted. As the file has it where it does not say what was judged of each pair (before 0.3).
    """
    judged: dict[str, list[Judgements]] = defaultdict(list)
    for pair in pairs:
        decided = review.decisions[pair.pair_id]
        if decided.judgements is None:
            return review.agreement
        turned = _has_turned(decided, pair.chosen_id)
        judged[pair.language].append(decided.judgements.turned() if turned else decided.judgements)
    people = {tag: one.reviewers for tag, one in review.agreement.items()}
    return {tag: agreement_on(some, people.get(tag, 0)) for tag, some in sorted(judged.items())}


def decisions_sentence(used: Mapping[str, DecisionsUsed], unpaired: bool = False) -> str:
    """What is to be said of the decisions that a build took up, with the numbers of each language.

    Args:
        used: by language.
        unpaired: whether they are about rows of single answers.

    Returns:
        A sentence without a full stop: how many decisions are about pairs of the build, how many were not blind, which
        pairs turned since people judged and what was done with them, and what could not be told.
    """
    decided = sum(one.in_build + one.not_in_build for one in used.values())
    here, back, already, unknown, absent = (
        sum(getattr(one, name) for one in used.values())
        for name in ("in_build", "turned_back", "turned_already", "order_unknown", "not_in_build")
    )
    who = next((one.by for one in used.values() if one.by), "reviewers")
    things = "rows" if unpaired else "pairs"
    says = [f"decisions of {who}: {decided:,}, about {things} of this build: {here:,}"]
    if absent:
        says[0] += f" (not in it: {_each(used, 'not_in_build')})"
    if any(one.not_blind for one in used.values()):
        says.append(
            f"decisions made on the dataset's page, which marks the chosen answer, so not blind: "
            f"{_counted(used, 'not_blind')}"
        )
    if back + already and unpaired:
        says.append(
            f"rows whose label is another than when they were judged: {back + already:,}, of these given that of "
            f"reviewers: {_counted(used, 'turned_back')}, with that one already: {_counted(used, 'turned_already')}"
        )
    elif back + already:
        says.append(
            f"pairs that have turned since they were judged: {back + already:,}, of these turned back to the answer "
            f"that reviewers prefer: {_counted(used, 'turned_back')}, chosen as they prefer already: "
            f"{_counted(used, 'turned_already')}"
        )
    if unknown:
        says.append(
            f"decisions that do not say which answer stood as chosen: {_counted(used, 'order_unknown')}, taken as said "
            "of the sides as this build has them; polypref review import of the same sheets, with the dataset that was "
            "reviewed, names the answers"
        )
    return "; ".join(says)


def _each(used: Mapping[str, DecisionsUsed], name: str) -> str:
    return ", ".join(
        f"{tag or 'no language named'} {count:,}" for tag, one in used.items() if (count := getattr(one, name))
    )


def _counted(used: Mapping[str, DecisionsUsed], name: str) -> str:
    each = _each(used, name)
    return f"{sum(getattr(one, name) for one in used.values()):,}" + (f" ({each})" if each else "")
