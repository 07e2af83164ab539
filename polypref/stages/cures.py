"""Why a build has nothing left, and what to do about the commonest reason: only what its counts and rows bear out."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from ..files.cells import number_advice
from ..layouts.trees import BELOW, DELETED, NOT_ACCEPTED
from .advice import bare_value
from .counts import FunnelRow
from .declarations import declaration_for, thought_advice
from .failed_replies import SHOWN, counted_reasons, failed_replies, listed_names
from .losses import Case, Evidence, Loss, losses_of

# Reasons that a sentence lists at most.
_REASONS = 3


def why_nothing(funnel: Sequence[FunnelRow], evidence: Evidence, tags: Sequence[str] | None = None) -> str:
    """What was left out with its counts, and what cures the commonest of it.

    Args:
        funnel: the rows of all stages so far.
        evidence: what the build knows of itself.
        tags: only these languages; None for all.

    Returns:
        Part of a sentence, without a full stop.
    """
    rows = [row for row in funnel if tags is None or not row.language or row.language in tags]
    losses = losses_of(rows)
    if not losses:
        return _absent(funnel, tags) if tags else "nothing was left out"
    parts = [f"{_counted_losses(losses)}: {cure_of(Case(losses[0], rows, evidence))}"]
    beyond = sum(one.rows for one in losses if one.reason == "beyond_limit")
    if beyond and losses[0].reason != "beyond_limit":
        parts.append(f"limit (--limit) {evidence.limit} left {beyond:,} more prompts aside, which may do better")
    if evidence.folder:
        parts.append(f"polypref inspect {evidence.folder} shows all counts and rows that were left out")
    return "; ".join(parts)


def what_was_lost(funnel: Iterable[FunnelRow], tag: str) -> str:
    """The commonest reasons for which rows of a language were left out, with their counts.

    Args:
        funnel: the rows of all stages so far.
        tag: the language.

    Returns:
        `12 prompts tie, 1 row empty_prompt`; `nothing` where nothing was left out.
    """
    return _counted_losses(losses_of(row for row in funnel if row.language == tag)) or "nothing"


def _counted_losses(losses: Sequence[Loss]) -> str:
    more = f" and {len(losses) - _REASONS} more reasons" if len(losses) > _REASONS else ""
    return ", ".join(map(_in_words, losses[:_REASONS])) + more


def _absent(funnel: Sequence[FunnelRow], tags: Sequence[str]) -> str:
    """Of languages of which nothing was left out there was nothing: which there are instead."""
    there = Counter[str]()
    for row in funnel:
        if (row.stage, row.unit, row.outcome) == ("index", "prompts", "kept"):
            there[row.language] += row.rows
    others = (
        f"; there are prompts in {counted_reasons(there)}: name some of these, or give rows in the others"
        if there
        else ""
    )
    return f"no row is in {listed_names(tags)}{others}"


def more_prompts(funnel: Sequence[FunnelRow], evidence: Evidence) -> str:
    """How there come to be more pairs, where all that there are went to test.

    Args:
        funnel: the rows of all stages so far, of the languages in question.
        evidence: what the build knows of itself.

    Returns:
        Part of a sentence, without a full stop.
    """
    beyond = sum(row.rows for row in funnel if row.reason == "beyond_limit")
    more = f"raise limit (--limit), which left {beyond:,} prompts aside" if beyond else "add prompts"
    held = f" that are not in the test split of {evidence.previous}" if evidence.previous else ""
    return f"{more}{held}"


def _in_words(loss: Loss) -> str:
    unit = loss.unit.removesuffix("s") if loss.rows == 1 else loss.unit
    if ": " in loss.reason:
        return f"{loss.rows:,} {unit} left out {_of_check(loss.reason)}"
    if loss.reason.startswith("where_"):
        return f"{loss.rows:,} {unit} left out by where ('{loss.reason.removeprefix('where_')}')"
    return f"{loss.rows:,} {unit} {loss.reason}"


def _of_check(reason: str) -> str:
    check, _, what = reason.partition(": ")
    return f"by check '{check}' ({what})"


def cure_of(case: Case) -> str:
    """What to do about a loss.

    Args:
        case: the loss, and what is known around it.

    Returns:
        Part of a sentence, which states nothing that the counts do not.
    """
    reason = case.loss.reason
    if reason.startswith("where_"):
        return f"check the values that where allows of column '{reason.removeprefix('where_')}'"
    if ": " in reason:
        return _by_check(case, case.loss.stage, reason)
    if (cure := _CURES.get((case.loss.unit, reason)) or _CURES.get(("", reason))) is not None:
        return cure(case)
    example = case.example(case.loss.stage, reason)
    if case.loss.stage in ("complete", "translate", "rate", "combine", "cross"):
        return f"no usable reply came of these{example}; retry (--retry) asks again for what failed"
    return declaration_for(reason) or f"mend the rows or the columns that are declared{example}"


def _unrated(case: Case) -> str:
    evidence = case.evidence
    if evidence.unrated:
        whose = "" if evidence.unrated.startswith("rater ") else f"rater '{evidence.rater}' gave no score; "
        return whose + evidence.unrated
    scored, whole = evidence.scores.get(evidence.rater, 0), sum(evidence.answers.values())
    rated = f"scored {scored:,} of {whole:,} answers, and a pair needs two of a prompt" if scored else "gave no score"
    stated = f"rater '{evidence.rater}' {rated}"
    read = case.lost(("read",), "rows", ("part_rejected",))
    if evidence.given and (bad := read["score_not_a_number"]):
        one = evidence.examples.get(("read", "score_not_a_number"))
        mend = (number_advice(bare_value(one.detail)) if one else "") or (
            "mend the column, or name the one that holds numbers in Answer(score=...)"
        )
        return f"{stated}; {bad:,} score_not_a_number{case.example('read', 'score_not_a_number')}: {mend}"
    if evidence.given and (empty := read["not_rated"]):
        return f"{stated}; {empty:,} not_rated: their cells are empty; check the column that Answer(score=...) names"
    if evidence.given and (unnamed := read["no_occasion"]):
        return (
            f"{stated}; {unnamed:,} no_occasion{case.example('read', 'no_occasion')}: their cells are empty, and "
            "nothing says which scores belong together; fill them, or write occasion='=all' where all may be compared"
        )
    if evidence.rater == "chrf-reference" and evidence.referenced < evidence.prompts:
        return (
            f"{stated}; it compares with a reference, which {evidence.referenced:,} of {evidence.prompts:,} prompts "
            "have: name its column in Fields(reference=...), or take another rater"
        )
    return stated + (failed_replies(case) or "; mend the rater, or take another")


def _deleted(case: Case) -> str:
    return (
        "these messages are marked as deleted or not accepted, or stand below such a message: check the columns that "
        "layouts.Tree(..., deleted=..., accepted=...) names"
    )


def _no_label(case: Case) -> str:
    evidence = case.evidence
    return f"no answer to them is labelled by '{evidence.rater}'" + (
        f"; {evidence.unrated}" if evidence.unrated else ": check the column that Answer(score=...) names"
    )


def _torn_labels(case: Case) -> str:
    return "their answers are labelled both good and bad; PairRule('unpaired', join='majority') goes by most votes"


def _no_verdict(case: Case) -> str:
    evidence = case.evidence
    if evidence.unrated:
        return f"rater '{evidence.rater}' gave no verdict; {evidence.unrated}"
    stated = f"rater '{evidence.rater}' gave no verdict on them"
    parts = case.lost(("read",), "rows", ("part_rejected",))
    if missing := Counter({reason: parts[reason] for reason in ("no_chosen_answer", "no_rejected_answer")}) - Counter():
        return f"{stated}, as a column of a side holds no answer there that can be used: {counted_reasons(missing)}"
    if evidence.given and (bad := parts["verdict_without_two_answers"]):
        if answers := Counter({reason: n for reason, n in parts.items() if reason.startswith("answer_")}):
            ((reason, number),) = answers.most_common(1)
            advice = declaration_for(reason) if reason != "answer_unknown_role" else ""
            return (
                f"{stated}, as one of the two answers that a verdict is on was left out: most often {number:,} {reason}"
                f"{case.example('read', reason)}" + (f"; {advice}" if advice else "")
            )
        return (
            f"{stated}; {bad:,} verdict_without_two_answers{case.example('read', 'verdict_without_two_answers')}: a "
            "verdict is on two answers of its row, so declare both in Fields(answers=(Answer(...), Answer(...)))"
        )
    if evidence.given and (empty := parts["not_judged"]):
        return (
            f"{stated}; {empty:,} not_judged{case.example('read', 'not_judged')}: the cells of their verdicts are "
            "empty, or those of the other order (swapped), or hold what is declared as unjudged; check the columns"
        )
    return stated + (failed_replies(case) or "; mend the rater, or take another")


def _tie(case: Case) -> str:
    evidence = case.evidence
    if evidence.columns:
        return (
            f"two answers of a row have the same column of scores, '{evidence.columns}'; name each answer's own in "
            "Answer(score=...), or where one column says who is better, declare Verdict(...) and PairRule('given')"
        )
    if evidence.constant is not None:
        column = "name the column that tells answers apart in Answer(score=...), or " if evidence.given else ""
        return f"every score by rater '{evidence.rater}' is {evidence.constant:g}; {column}take another rater"
    return (
        f"the best answers of these prompts have equal scores by rater '{evidence.rater}'; take a rater whose scores "
        "are finer, or one that breaks ties (Combined)"
    )


def _tied_verdicts(case: Case) -> str:
    return "these verdicts prefer neither answer; check which labels Verdict(first=..., second=..., tie=...) names"


def _disagreement(case: Case) -> str:
    if not case.evidence.given:
        either = "a judge in its two orders, or the raters of Combined(how='agree') among themselves"
        cure = "take another rater, or how='mean_z' where all of them give scores"
        return f"rater '{case.evidence.rater}' prefers one and then the other of the same two answers: {either}; {cure}"
    return (
        "verdicts on the same two answers name different ones, in two rows or in two orders; check the labels, and "
        "swapped_names_position where Verdict names a column of the other order; where several people judge, join says "
        "how their verdicts are one; where a later file corrects an earlier one, name it: Files(corrections=...)"
    )


def _two_occasions(case: Case) -> str:
    return (
        "two occasions (Fields(occasion=...); with '=row', two rows) order the same two answers differently, or "
        "nothing else is left of these prompts; if they are one person's, name the column that joins them"
    )


def _no_occasion(case: Case) -> str:
    return (
        "no occasion (Fields(occasion=...); with '=row', no row) has scores of two of a prompt's answers; name the "
        "column that several answers share: who scored, the conversation or session; or write occasion='=all' where "
        "all may be compared"
    )


def _no_majority(case: Case) -> str:
    torn = case.evidence.torn
    both = f" ({torn:,} times one person says different things, which counts for no side)" if torn else ""
    return (
        f"no side has more than half of the people who judged the same two answers{both}; mend these rows or the "
        "column of annotator=, or have each verdict count by itself: Verdict(join='each')"
    )


def _none_of_verdicts(case: Case) -> str:
    lost = case.lost(("pair",), "verdicts")
    if not lost:
        return "none of the verdicts on them made a pair"
    reason, rows = lost.most_common(1)[0]
    loss = Loss("pair", "verdicts", reason, rows)
    return f"of the verdicts on them were left out {counted_reasons(lost)}: {cure_of(replace(case, loss=loss))}"


def _turned(case: Case) -> str:
    return (
        "what one source's rater prefers, another's rejects, of the same two texts; leave one of these sources out, or "
        "give both the same rater= and pairs="
    )


def _below_margin(case: Case) -> str:
    rule, largest = case.evidence.rule, case.evidence.largest
    unit = " standard deviations" if rule.margin_unit == "sd" else ""
    there = "" if largest is None else f"; scores of which a pair could be differ by {largest:.3g}{unit} at most"
    return f"PairRule(min_margin={rule.min_margin:g}) asks for {rule.min_margin:g}{unit}{there}: lower it{_fell(case)}"


def _fell(case: Case) -> str:
    """That better answers may not be chosen, and why; empty where that is of no prompt."""
    fell = case.lost(("pair",), "prompts", ("first_choice_fell",))
    if not fell:
        return ""
    why = ", ".join(f"{rows:,} {_of_check(reason)}" for reason, rows in fell.most_common(_REASONS))
    return f"; the answers with the highest scores to {fell.total():,} of these prompts may not be chosen: {why}"


def _fewer_than_two(case: Case) -> str:
    evidence = case.evidence
    answers = sum(evidence.answers.values())
    there = f"there are {answers:,} answers to {evidence.prompts:,} prompts, and a pair needs two"
    problems = case.lost(("read",), "rows", ("part_rejected",))
    if bad := Counter({reason: rows for reason, rows in problems.items() if reason.startswith("answer_")}):
        reason = bad.most_common(1)[0][0]
        counted = f"{counted_reasons(bad)}{case.example('read', reason)}"
        return f"{there} to one prompt; left out were, counted by row, {counted}: mend these"
    if failed := case.lost(("complete",), "answers"):
        reason = failed.most_common(1)[0][0]
        return (
            f"{there} to one prompt; of the models' replies were left out {counted_reasons(failed)}"
            f"{case.example('complete', reason)}: retry (--retry) asks again for what failed"
        )
    if evidence.alike:
        return (
            f"{there} to one prompt; {evidence.alike:,} prompts differ from another one only in what cannot be seen "
            "(blanks at the ends, no-break spaces, accents as characters of their own): write the same prompt the same "
            "way in all its rows"
        )
    return (
        f"{there} to one prompt; declare each row's second answer or the list that holds them (Fields(each=...)), or "
        "have models answer (Builder(complete=...)); labels of single answers, good or bad, can be kept unpaired "
        "(PairRule 'unpaired', or --unpaired with polypref build pairs)"
    )


def _model_missing(case: Case) -> str:
    evidence, rule = case.evidence, case.evidence.rule
    absent = [name for name in (rule.model_a, rule.model_b) if name and not _is_there(name, evidence)]
    which = f"no answer is by {' or '.join(map(repr, absent))}" if absent else "no prompt has answers by both"
    routed = any(name and "route:" in name for name in (rule.model_a, rule.model_b))
    routes = f", by routes {counted_reasons(evidence.routes)}" if routed or len(evidence.routes) > 1 else ""
    return (
        f"PairRule asks for '{rule.model_a}' and '{rule.model_b}', and {which}; there are answers by "
        f"{counted_reasons(evidence.answers) or 'nobody'}{routes}: name two of these in model_a and model_b"
    )


def _is_there(name: str, evidence: Evidence) -> bool:
    model, at, route = name.rpartition("@route:")
    if at and model:
        return model in evidence.answers and route in evidence.routes
    route = name.removeprefix("route:")
    return route in evidence.routes if name.startswith("route:") else name in evidence.answers


def _one_thought(_: Case) -> str:
    return (
        "of these answers one was thought about and the other was not, which would teach a model whether to think; "
        "compare answers that both have a thought, or neither (a source without thoughts='cut' leaves the former out)"
    )


def _asked_with_tools(_: Case) -> str:
    return (
        "texts alone are translated, and no calls of tools; have Translate, CrossLingual and routes that translate "
        "take other sources, with sources=(...), or read these without tools='read' and thoughts='cut'"
    )


def _identical(case: Case) -> str:
    asked = set(case.evidence.routes) - {"given", "reference"}
    cure = (
        "ask models for more different ones (another model, seed or temperature)"
        if asked
        else ("name two different columns in Answer(...)")
    )
    return f"the answers of a prompt are the same text; {cure}"


def _empty(case: Case) -> str:
    evidence = case.evidence
    by = "; ".join(
        f"{rows:,} of {evidence.answers.get(model, rows):,} answers by {model}"
        for model, rows in sorted(evidence.empty.items(), key=lambda one: (-one[1], one[0]))[:SHOWN]
    )
    return f"{by + ' are empty' if by else 'answers are empty'}; check the columns that Answer(...) names"


def _too_few_usable(case: Case) -> str:
    lost = case.lost(("check",), "answers", ("rejected", "rejected_only", "chosen_only"))
    if case.evidence.checked is not None:
        lost = Counter(case.evidence.checked)
    del lost["prompt_left_out"]
    if not lost:
        return "checks left out their answers"
    counted = ", ".join(f"{rows:,} {_of_check(reason)}" for reason, rows in lost.most_common(_REASONS))
    better = ", the better ones," if case.loss.reason == "preferred_answer_not_usable" else ""
    cure = _by_check(case, "check", lost.most_common(1)[0][0])
    rule = case.evidence.rule
    of = f" by '{rule.model_a}' and '{rule.model_b}'" if case.evidence.checked is not None else ""
    return f"of the answers{of}{better} were left out {counted}; {cure}"


def _by_check(case: Case, stage: str, reason: str) -> str:
    """What to do about what a check left out: prompts, answers or pairs."""
    check, _, what = reason.partition(": ")
    evidence = case.evidence
    if check == "retracted":
        known = evidence.retracted or (evidence.previous and f"{evidence.previous}/CHANGELOG.md")
        return f"they were taken back from an earlier release{f' ({known})' if known else ''}; give other prompts"
    one = case.example_of_check(stage, reason)
    if check == "language" and what.endswith("_in_another_language"):
        of_answers = "of the answers " if stage == "pair" else ""
        number = f"{one.alike:,} {'was' if one.alike == 1 else 'were'}" if one else ""
        taken = f"{of_answers}{number} taken for {one.detail}; " if one and one.detail else ""
        return (
            f"{taken}if that is right, declare the language that they are in (Fields(language=...), "
            "response_language=...) and ask for it; if not, give the check other settings or leave it out of filters"
        )
    does = f"the check is for: {evidence.checks[check]}" if evidence.checks.get(check) else f"see what '{check}' is for"
    example = f" (here: {one.detail})" if one and one.detail else ""
    may_be = what.startswith(("answer_", "rejected_"))
    negative = ", let such answers be rejected ones (PairRule(may_be_rejected=...))" if may_be else ""
    return f"{does}{example}; mend the texts{negative}, or give the check other settings or leave it out of filters"


def _removed(case: Case) -> str:
    review = case.evidence.review
    return f"the decisions{f' of {review}' if review else ''} (--review) remove them; build without, or review again"


def _not_finite(case: Case) -> str:
    return f"rater '{case.evidence.rater}' gave what is no finite number; mend the scores or the rater"


def _not_asked(case: Case) -> str:
    by_language = Counter[str]()
    for row in case.funnel:
        if row.reason == "language_not_asked_for":
            by_language[row.language] += row.rows
    return f"these are in {counted_reasons(by_language)}; ask for one of them (languages, --languages)"


def _beyond_limit(case: Case) -> str:
    return f"limit (--limit) {case.evidence.limit} leaves them aside; raise it"


def _length_balance(case: Case) -> str:
    return (
        "Split(length_balanced=True) keeps as many pairs whose chosen answer is longer as ones whose is shorter, and "
        "there are none of one kind; leave it out"
    )


def _beyond_share(case: Case) -> str:
    return "SourceShares(at_most=...) leaves them aside; raise it"


def _groups(case: Case) -> str:
    return "their prompts are near-copies of both train and test prompts of the earlier release; give other prompts"


#: (unit, reason) -> what to do; a unit of '' for every unit.
_CURES: Mapping[tuple[str, str], Callable[[Case], str]] = {
    ("", "unrated"): _unrated,
    ("", "no_verdict"): _no_verdict,
    ("", "no_label"): _no_label,
    ("labels", "disagreement"): _torn_labels,
    ("prompts", "tie"): _tie,
    ("verdicts", "tie"): _tied_verdicts,
    ("verdicts", "disagreement"): _disagreement,
    ("", "disagreement"): _two_occasions,
    ("", "no_common_occasion"): _no_occasion,
    ("", "no_majority"): _no_majority,
    ("", "no_pair_of_its_verdicts"): _none_of_verdicts,
    ("", "disagreement_between_sources"): _turned,
    ("", "below_margin"): _below_margin,
    ("", "fewer_than_two_answers"): _fewer_than_two,
    ("", "model_missing"): _model_missing,
    ("", "identical_texts"): _identical,
    ("", "empty_answer"): _empty,
    ("", "too_few_usable_answers"): _too_few_usable,
    ("", "preferred_answer_not_usable"): _too_few_usable,
    ("", "answer_thought_in_text"): lambda case: thought_advice(case.loss.stage),
    ("", "thought_on_one_side"): _one_thought,
    ("", "prompt_with_tools_or_thoughts"): _asked_with_tools,
    ("", "score_not_finite"): _not_finite,
    ("", "removed_by_reviewers"): _removed,
    ("", "language_not_asked_for"): _not_asked,
    ("", DELETED): _deleted,
    ("", NOT_ACCEPTED): _deleted,
    ("", BELOW): _deleted,
    ("", "beyond_limit"): _beyond_limit,
    ("", "beyond_length_balance"): _length_balance,
    ("", "beyond_at_most_of_its_source"): _beyond_share,
    ("", "joins_groups_of_different_splits"): _groups,
}
