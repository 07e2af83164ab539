"""Checks of prompts and answers, before there are pairs: what each found, and what an answer may then be.

An answer that a check rejects may not be chosen, or may not be rejected, or neither; one that may be neither is shown
to no further check. What is found is a table (schema.FINDINGS): pairs are chosen by it, and take their flags from it.
"""

from collections.abc import Iterable, Sequence

import pyarrow as pa

from ... import schema
from ...console.escaping import one_line
from ...errors import UserError
from ...scripting.declared import nearest
from ...scripting.own_code import of_class
from ..pair import PairRule
from ..usable import is_named
from .contract import SIDES, Batch, Check, Flag, Reject, Side, Subject, outcomes_of

#: What the flag is called of a pair whose rejected answer may not be chosen for a reason; others: rejected_<reason>.
_KNOWN_AS = {"answer_in_another_language": "language_confusion"}


def subjects_of(check: Check) -> tuple[Subject, ...]:
    """What a check is shown.

    Args:
        check: the check.

    Returns:
        its `subjects`; pairs where it has none.
    """
    subjects: tuple[Subject, ...] = getattr(check, "subjects", ("pair",))
    return subjects


def check_subjects(check: Check) -> None:
    """Sees that what a check says it is shown, and what an answer that it rejects may not be, are such things.

    Args:
        check: the check.

    Raises:
        UserError: they are not: the check would never run, or leave out more than it means.
    """
    given: object = getattr(check, "subjects", ("pair",))
    if not isinstance(given, tuple) or not given or not set(given) <= {"prompt", "answer", "pair"}:
        raise UserError(
            f"check '{check.name}'{of_class(check)}: its subjects are {given!r:.80}; write a tuple of 'prompt', "
            "'answer' and 'pair', as in subjects = ('answer',)"
        )
    roles: object = getattr(check, "roles", SIDES)
    if "pair" not in given and (not isinstance(roles, tuple) or not roles or not set(roles) <= {"prompt", *SIDES}):
        raise UserError(
            f"check '{check.name}'{of_class(check)}: its roles are {roles!r:.80}; write what an answer that it rejects "
            "may not be, as in roles = ('chosen',)"
        )


def check_rule(rule: PairRule, chain: Iterable[Check]) -> None:
    """Sees that the checks that a pair rule names are in the chain, and keep answers from being chosen.

    Args:
        rule: the pair rule.
        chain: the builder's checks.

    Raises:
        UserError: one is not, or gives no such reason, and the setting would do nothing.
    """
    # A check that only flags leaves nothing out, and one that keeps answers from being rejected alone has no negatives.
    checks = [
        one
        for one in checks_of(chain, "answer")
        if getattr(one, "action", "reject") == "reject" and "chosen" in getattr(one, "roles", SIDES)
    ]
    known = [one.name for one in checks]
    for setting in ("may_be_rejected", "prefer_rejected"):
        for name in getattr(rule, setting):
            check, _, reason = name.partition(": ")
            if check not in known:
                raise UserError(
                    f"PairRule({setting}=...) names '{one_line(name)[:60]}', and no check in the chain that keeps "
                    f"answers from being chosen is called so; {nearest(name, known) if known else 'it has none'}"
                )
            # A check of one's own need not say for what reasons it keeps answers.
            of_each = [getattr(one, "answer_reasons", ()) for one in checks if one.name == check]
            reasons = dict.fromkeys(why for one in of_each for why in one)
            if reason and all(of_each) and reason not in reasons:
                raise UserError(
                    f"PairRule({setting}=...) names '{one_line(name)[:80]}', and check '{check}' keeps no answer for "
                    f"the reason '{one_line(reason)[:60]}'; its reasons are {', '.join(reasons)}"
                )


def checks_of(checks: Iterable[Check], subject: Subject) -> list[Check]:
    """The checks that look at one kind of thing.

    Args:
        checks: a chain.
        subject: prompts, answers or pairs.

    Returns:
        those of them, in order.
    """
    return [check for check in checks if subject in subjects_of(check)]


def run_checks(checks: Iterable[Check], batch: Batch, may_be_rejected: tuple[str, ...] = ()) -> pa.Table:
    """Runs the checks of prompts, or those of answers, in order over a batch of them.

    Args:
        checks: a chain; those of something else are left out.
        batch: prompts or answers.
        may_be_rejected: checks, or reasons of theirs, whose answers may be rejected; names as in PairRule.

    Returns:
        a table with schema.FINDINGS, a row for everything that was found, in the order of batch and chain. A prompt
        that is rejected, and an answer that may be neither chosen nor rejected, is shown to no check after.

    Raises:
        UserError: a check that is not polypref's raised, or gave what is no outcome.
    """
    left = [set(SIDES) for _ in range(len(batch))]
    rows, view = list(range(len(batch))), batch
    findings: list[tuple[int, dict[str, object]]] = []
    for check in checks_of(checks, batch.subject):
        if not rows:
            break
        for place, outcome in outcomes_of(check, view):
            sides = _sides(check, outcome) if batch.subject == "answer" else set(SIDES)
            if isinstance(outcome, Reject) and is_named(check.name, outcome.reason, may_be_rejected):
                sides.discard("rejected")
                if not sides:
                    continue
            findings.append((rows[place], _finding(view, place, check.name, outcome, sides)))
            if isinstance(outcome, Reject):
                left[rows[place]] -= sides
        keep = [place for place, row in enumerate(rows) if left[row]]
        if len(keep) < len(rows):
            rows, view = [rows[place] for place in keep], view.take(keep)
    findings.sort(key=lambda one: one[0])
    each_once = {tuple(one.values()): one for _, one in findings}
    return pa.Table.from_pylist(list(each_once.values()), schema.FINDINGS)


def _sides(check: Check, outcome: Reject | Flag) -> set[Side]:
    """What an answer with this outcome may not be, or in which of its pairs it is flagged."""
    if outcome.sides:
        return set(outcome.sides)
    roles: Sequence[str] = getattr(check, "roles", SIDES)
    return {side for side in SIDES if side in roles} or set(SIDES)


def _finding(batch: Batch, row: int, check: str, outcome: Reject | Flag, sides: set[Side]) -> dict[str, object]:
    if isinstance(outcome, Reject):
        kind, reason, detail = "reject", outcome.reason, outcome.detail
    else:
        kind, reason, detail = "flag", outcome.name, None
    return {
        "prompt_id": batch.column("prompt_id")[row],
        "completion_id": batch.column("completion_id")[row] if batch.subject == "answer" else None,
        "language": batch.column("language")[row],
        "check": check,
        "outcome": kind,
        "reason": reason,
        "detail": detail,
        **{side: side in sides for side in SIDES},
    }


def flags_of(findings: pa.Table) -> dict[tuple[str, Side | None], list[str]]:
    """The flags that prompts and answers give the pairs that they are in.

    Args:
        findings: schema.FINDINGS.

    Returns:
        (id of a prompt, None), or (id of an answer, what it is in the pair) -> names of flags: `answer_cut` is
        `chosen_cut` where the answer is chosen. What keeps an answer from being chosen flags the pairs in which it is
        rejected.
    """
    flags: dict[tuple[str, Side | None], list[str]] = {}
    for one in findings.to_pylist():
        if one["completion_id"] is None:
            if one["outcome"] == "flag":
                flags.setdefault((one["prompt_id"], None), []).append(one["reason"])
            continue
        for side in SIDES:
            if one["outcome"] == "flag" and one[side]:
                flags.setdefault((one["completion_id"], side), []).append(in_a_pair(one["reason"], side))
        if one["outcome"] == "reject" and one["chosen"] and not one["rejected"]:
            name = _KNOWN_AS.get(one["reason"], f"rejected_{one['reason'].removeprefix('answer_')}")
            flags.setdefault((one["completion_id"], "rejected"), []).append(name)
    return flags


def in_a_pair(reason: str, side: Side) -> str:
    """What is said of an answer, as it is said of the pair in which it is chosen or rejected.

    Args:
        reason: a reason or the name of a flag.
        side: what the answer is in the pair.

    Returns:
        the reason, `answer_` at its beginning replaced.

    Example:
        >>> in_a_pair("answer_cut", "chosen")
        'chosen_cut'
    """
    return f"{side}_{reason.removeprefix('answer_')}" if reason.startswith("answer_") else reason
