"""Reviewers' verdicts as decisions about pairs, and the file that holds them.

A decision is one about two answers: it says which of them stood as chosen. A pair keeps its id whichever side is
chosen, so a later build in which the rater prefers the other answer can tell that the pair has turned (applying.py).
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Final, Literal

from ..errors import UserError
from ..files.atomic import fingerprint, json_bytes, read_text
from ..files.owned import write_new
from ..files.records import OMIT_DEFAULT, Count, Text, decode, encode
from .agreement import Agreement, Judgements, agreement, judgements_on
from .answers import NO_ANSWER, Answer
from .filled import name_answers, read_sheets
from .page_decisions import is_page_review, read_page_review
from .retyped import Reviewed, retyped_sentence
from .sheet_reading import refuse_namesakes

FORMAT: Final = "polypref-review/2"
#: Files of before 0.3, whose decisions do not say which answer stood as chosen.
EARLIER_FORMAT: Final = "polypref-review/1"

_LISTED: Final = 8  # contradictions that a sentence lists

PairId = Annotated[str, re.compile("[0-9a-f]{32}")]
Decision = Literal["agreed", "relabel", "remove", "undecided"]
Ties = Literal["keep", "remove"]


@dataclass(frozen=True)
class DecisionRule:
    """What it takes to change a pair.

    Attributes:
        agree: how many reviewers must agree before a pair is relabelled or removed; with fewer it stays, undecided.
        ties: what becomes of a pair whose answers reviewers found equally good: `keep` (it stays, undecided) or
            `remove`.
    """

    agree: Count = 1
    ties: Ties = "keep"


USUAL_RULE: Final = DecisionRule()


@dataclass(frozen=True)
class Decided:
    """What a review came to on one pair.

    Attributes:
        decision: reviewers prefer the chosen answer (agreed) or the other one (relabel), find both bad, or neither.
        language: of the pair; empty where the file does not say.
        chosen: id of the answer that stood as chosen; empty where the file does not say.
        judgements: what they said, by kind, of the sides as they were then; None where the file does not say.
    """

    decision: Decision
    language: Text
    chosen: Annotated[str, re.compile("([0-9a-f]{32})?")]
    judgements: Judgements | None


@dataclass(frozen=True)
class Comment:
    """What a reviewer wrote beside a verdict."""

    pair_id: Text
    language: Text
    comment: Text


@dataclass(frozen=True)
class Decisions:
    """What a review came to, as its file holds it.

    Attributes:
        format: the schema.
        decisions: what becomes of each pair.
        agreement: language -> how far the reviewers agreed.
        dataset: name and version of the dataset whose pairs they judged.
        comments: what they wrote.
        rule: what it took to change a pair.
        routed: ids of pairs that were sent to people because their labels were the least sure: they say nothing of how
            often the dataset's labels are wrong.
        by: who decided; empty for the people of a review.
    """

    format: Literal["polypref-review/2"]
    decisions: dict[PairId, Decided]
    agreement: dict[Text, Agreement]
    dataset: Text = ""
    comments: list[Comment] = field(default_factory=list)
    rule: DecisionRule = field(default=USUAL_RULE, metadata=OMIT_DEFAULT)
    routed: list[PairId] = field(default_factory=list, metadata=OMIT_DEFAULT)
    by: Text = field(default="", metadata=OMIT_DEFAULT)


@dataclass(frozen=True)
class _Earlier:
    """A file of EARLIER_FORMAT."""

    decisions: dict[PairId, Decision]
    agreement: dict[Text, Agreement]
    dataset: Text = ""
    comments: list[Comment] = field(default_factory=list)


def in_one_order(answers: Iterable[Answer]) -> list[Answer]:
    """Answers to each pair, seen from one order of its sides, whatever order the sheets had that they come from.

    A pair may have turned between two exports: who preferred the chosen answer of one sheet and the rejected one of the
    other said the same twice.

    Args:
        answers: of all reviewers.

    Returns:
        As many answers, with the sides of the first sheet that names the pair's answers. What sheets that name none say
        is taken as said of these sides.

    Raises:
        UserError: two sheets name different answers for one pair.
    """
    all_answers = list(answers)
    first: dict[str, Answer] = {}
    for one in all_answers:
        if one.chosen:
            first.setdefault(one.pair_id, one)
    return [_in_order(one, first.get(one.pair_id, one)) for one in all_answers]


def _in_order(answer: Answer, first: Answer) -> Answer:
    if not answer.chosen:
        return replace(answer, chosen=first.chosen, rejected=first.rejected)
    if {answer.chosen, answer.rejected} != {first.chosen, first.rejected}:
        raise UserError(
            f"{first.place} and {answer.place} name different answers for pair {answer.pair_id}; leave their first "
            "columns as they were"
        )
    return answer if answer.chosen == first.chosen else answer.turned()


def decide_pairs(answers: Iterable[Answer], rule: DecisionRule = USUAL_RULE) -> dict[str, Decided]:
    """What becomes of each reviewed pair, by majority of those who judged it: agreed | relabel | remove | undecided.

    `not my language` is no judgement of the pair: one that nobody else judged stays, undecided. One half or more of
    those who judged finding both answers bad removes the pair; between the two sides, the larger number decides, where
    it is larger than that of ties.

    Args:
        answers: of all reviewers.
        rule: how many must agree on a change, and what a tie does.

    Returns:
        By pair_id, sorted.

    Raises:
        UserError: two sheets name different answers for one pair.
    """
    in_order = in_one_order(answers)
    of_pair = {one.pair_id: one for one in in_order}
    return {
        pair_id: Decided(decision_of(judged, rule), of_pair[pair_id].language, of_pair[pair_id].chosen, judged)
        for pair_id, judged in judgements_on(in_order).items()
    }


def decision_of(count: Judgements, rule: DecisionRule = USUAL_RULE) -> Decision:
    """What becomes of a pair, as `decide_pairs` says.

    Args:
        count: what reviewers said of it.
        rule: how many must agree on a change, and what a tie does.

    Returns:
        The decision.
    """
    if count.judged and 2 * count.both_bad >= count.judged:
        return "remove" if count.both_bad >= rule.agree else "undecided"
    if count.tie and count.tie >= max(count.chosen, count.rejected):
        return "remove" if rule.ties == "remove" and count.tie >= rule.agree else "undecided"
    if count.chosen == count.rejected:
        return "undecided"
    if count.chosen > count.rejected:
        return "agreed"
    return "relabel" if count.rejected >= rule.agree else "undecided"


def bring_back(
    dataset: str,
    sheets: Sequence[Path],
    out: Path,
    folder: Path | None = None,
    files: Iterable[str] = (),
    rule: DecisionRule = USUAL_RULE,
    routed: Iterable[str] = (),
) -> Decisions:
    """Reads filled sheets and writes the decisions file for `polypref build --review`.

    Names of reviewers stay in the sheets: none is in the file.

    Args:
        dataset: name and version of the dataset that was reviewed.
        sheets: the sheets.
        out: the file.
        folder: the dataset, whose texts tell which answers sheets of before 0.3 show, and which rows came back typed
            with other letters; None to leave the ones unnamed and refuse the others.
        files: its data files, as its provenance names them.
        rule: how many must agree on a change, and what a tie does.
        routed: ids of the pairs that were routed to people; those of them that were judged are in the file.

    Returns:
        What the file holds.

    Raises:
        UserError: a sheet cannot be read, nobody judged anything, one reviewer judged a pair twice differently, two
            sheets name different answers for one pair, or `out` is there and is not as polypref wrote it.
    """
    review = _review_of(judged_answers(sheets, folder, files), dataset, rule, routed)
    values = encode(review)
    write_new(out, json_bytes(values | {"seal": fingerprint(values)}), is_as_written)
    return review


def _review_of(judged: Sequence[Answer], dataset: str, rule: DecisionRule, routed: Iterable[str]) -> Decisions:
    comments = [Comment(one.pair_id, one.language, one.comment) for one in judged if one.comment]
    decided = decide_pairs(judged, rule)
    sent = sorted(decided.keys() & set(routed))
    return Decisions(FORMAT, decided, agreement(judged), dataset, comments, rule, sent)


def judged_answers(sheets: Sequence[Path], folder: Path | None = None, files: Iterable[str] = ()) -> list[Answer]:
    """What reviewers wrote into sheets: each reviewer's answer to each pair once, seen from one order of its sides.

    Args:
        sheets: the sheets.
        folder: the dataset, whose texts tell which answers sheets of before 0.3 show, and which rows came back typed
            with other letters; None to leave the ones unnamed and refuse the others.
        files: its data files, as its provenance names them.

    Returns:
        At least one answer, by pair.

    Raises:
        UserError: as for `bring_back`.
    """
    files = tuple(files)
    answers = read_sheets(sheets, None if folder is None else Reviewed(folder, files))
    if not answers:
        raise UserError(
            f"no verdict in {', '.join(str(s) for s in sheets)}; reviewers write A or B into 'verdict', or good or bad "
            "where a row shows one answer"
        )
    return _once_each(answers if folder is None else name_answers(answers, folder, files))


def taken_up_retyped(sheets: Sequence[Path], folder: Path, files: Iterable[str]) -> str:
    """Which verdicts of sheets stand beside texts that came back typed with other letters.

    Args:
        sheets: the sheets, which can be read.
        folder: the dataset.
        files: its data files, as its provenance names them.

    Returns:
        how many, and where, without a full stop; empty for none.
    """
    files = tuple(files)
    answers = name_answers(read_sheets(sheets, Reviewed(folder, files)), folder, files)
    return retyped_sentence([one.place for one in answers if one.retyped])


def _once_each(answers: Iterable[Answer]) -> list[Answer]:
    """Each reviewer's answer to each pair once, seen from one order of its sides; sorted by pair.

    Raises:
        UserError: one reviewer judged a pair twice differently, two sheets name different answers for one pair, or two
            sheets of one file name judge one pair, and neither says who did.
    """
    seen: dict[tuple[str, str], Answer] = {}
    contradictions: dict[str, str] = {}
    for one in in_one_order(answers):
        before = seen.setdefault((one.pair_id, one.reviewer), one)
        refuse_namesakes((before.place, one.place), before.unnamed and one.unnamed, "reviewer")
        if before.meaning != one.meaning:
            contradictions.setdefault(one.place, f"{before.place} and {one.place}")
        elif one.edited and not before.edited:
            seen[one.pair_id, one.reviewer] = one
        elif one.edited and one.edited != before.edited:
            contradictions.setdefault(one.place, f"{before.place} and {one.place}")
    if contradictions:
        listed = "; ".join(list(contradictions.values())[:_LISTED]) + "; ..." * (len(contradictions) > _LISTED)
        raise UserError(f"one reviewer judged a pair twice and differently: {listed}; keep one of the rows each")
    return sorted(seen.values(), key=lambda a: (a.pair_id, a.reviewer))


def things_of(review: Decisions) -> str:
    """What was judged, as sentences call it.

    Args:
        review: what it came to.

    Returns:
        `answers` where every row showed one answer with a label, else `pairs`.
    """
    decided = review.decisions.items()
    return "answers" if decided and all(one.chosen in (row, NO_ANSWER) for row, one in decided) else "pairs"


def counted(review: Decisions) -> str:
    """How many pairs a build will keep, relabel and remove by a review.

    Args:
        review: what it came to.

    Returns:
        A line without a full stop, every decision in it, and how many judgements were not blind.
    """
    of = Counter(one.decision for one in review.decisions.values())
    line = (
        f"of {len(review.decisions):,} {things_of(review)} judged, a build keeps {of['agreed']:,} as they are, "
        f"relabels {of['relabel']:,}, removes {of['remove']:,} and marks {of['undecided']:,} as undecided"
    )
    if review.rule.agree > 1:
        lone = replace(review.rule, agree=1)
        held = sum(
            one.decision == "undecided" and decision_of(one.judgements, lone) != "undecided"
            for one in review.decisions.values()
            if one.judgements is not None
        )
        line += f", {held:,} of these as fewer than {review.rule.agree} reviewers agree on a change"
    if seen := sum(one.judgements.not_blind for one in review.decisions.values() if one.judgements is not None):
        line += f"; {seen:,} of the judgements were made on a page that marks the chosen answer, and were not blind"
    return line


def is_as_written(data: bytes) -> bool:
    """Whether a decisions file is as polypref wrote it.

    Args:
        data: its content.

    Returns:
        False where somebody changed it, or it is none.
    """
    try:
        before = json.loads(data)
        # Other records are sealed in the same way.
        return bool(before["format"] in (FORMAT, EARLIER_FORMAT) and before.pop("seal") == fingerprint(before))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False


def read_decisions(path: Path, option: str = "review (--review)") -> Decisions:
    """Reads a decisions file, which may be a stranger's, or the decisions of one person that a page exported.

    Args:
        path: the file.
        option: that names it, for sentences.

    Returns:
        The decisions.

    Raises:
        UserError: there is no such file, or neither polypref review import nor a page wrote it.
    """
    advice = f"give that one as {option}"
    problem = f"{path} is not a file that polypref review import wrote"
    text = read_text(path, f"give the file that polypref review import wrote as {option}")
    if is_page_review(text):
        dataset, judged = read_page_review(path, json.loads(text))
        return _review_of(_once_each(judged), dataset, USUAL_RULE, ())
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise UserError(f"{problem}; {advice}") from None
    if not isinstance(values, dict) or values.get("format") != EARLIER_FORMAT:
        return decode(Decisions, values, problem, advice)
    before = decode(_Earlier, values, problem, advice)
    decided = {pair_id: Decided(decision, "", "", None) for pair_id, decision in before.decisions.items()}
    return Decisions(FORMAT, decided, before.agreement, before.dataset, before.comments)
