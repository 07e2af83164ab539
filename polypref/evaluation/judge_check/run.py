"""`polypref judge-check`: comparisons whose better answer is known, a judge's verdicts on them, what it is worth.

Asking goes through the response log, so that what was interrupted goes on and nothing is asked twice.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from ... import __version__
from ...console.redaction import redacted
from ...errors import UserError
from ...files.owned import Folder, writing
from ...files.records import decode, encode
from ...inference import backend_traits
from ..battles import facts_of_judge
from ..contract import Battle, Judge, Verdict, judge_traits
from ..judge_notes import language_facts
from ..repeats import is_repeatable, places_asked_again
from ..results import JudgeFacts
from . import page, report
from .comparisons import Comparison, battle_of, drawn_groups, is_turned
from .figures import How, Judged, Tokens, all_checks, between_languages, unread_by_writer
from .good_answers import AnswersRead
from .known_winners import VERSION, Left, known_winners
from .limits import limits
from .log import CountingLog, RehearsingLog
from .results import CheckSettings, JudgeCheck, SourceFacts
from .votes import VotesRead

RESULTS, ROWS, REPORT, PAGE = "judge_check.json", "comparisons.parquet", "judge_check.md", "judge_check.html"
RESPONSES = "responses.sqlite"
#: Of the comparisons, put to a judge twice.
REPEAT_SHARE = 0.1
#: What the lower end of the interval of its accuracy must reach.
BAR = 0.8
_ORDER = pa.struct([("first", pa.string()), ("score", pa.float64()), ("reason", pa.string()), ("said", pa.string())])
#: One row a comparison. `score` in `orders` is that of the answer under `better`; `first` says which was shown first.
COMPARISONS = pa.schema(
    [
        *((name, pa.string()) for name in ("kind", "language", "group_id")),
        ("prompt", pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))),
        *((name, pa.string()) for name in ("better", "worse", "better_by", "worse_by")),
        ("tie", pa.bool_()),
        ("orders", pa.list_(_ORDER)),
        ("again", pa.list_(_ORDER)),
    ]
)


@dataclass(frozen=True)
class Material:
    """What a judge is checked with.

    Attributes:
        comparisons: all of them.
        sources: where they are from.
        not_made: see `known_winners`.
    """

    comparisons: tuple[Comparison, ...]
    sources: tuple[SourceFacts, ...]
    not_made: Left


def material(answers: AnswersRead | None, votes: VotesRead | None, limit: int | None, seed: int) -> Material:
    """What a judge is checked with.

    Args:
        answers: good answers, of which comparisons are made; None for none.
        votes: what people preferred; None for none.
        limit: prompts of good answers a language, at most; None for all.
        seed: of all that is drawn.

    Returns:
        The comparisons and where they are from.

    Raises:
        UserError: there is nothing to check a judge with.
    """
    comparisons: list[Comparison] = []
    not_made: Left = Counter()
    sources = []
    if answers is not None:
        good = drawn_groups(answers.answers, limit, seed)
        comparisons, not_made = known_winners(good, seed)
        counts = dict(sorted(Counter(one.language for one in good).items()))
        sources.append(SourceFacts(what="answers", name=answers.name, languages=counts, left_out=answers.left_out))
    if votes is not None:
        comparisons = [*comparisons, *votes.comparisons]
        counts = dict(sorted(Counter(one.language for one in votes.comparisons).items()))
        sources.append(SourceFacts(what="votes", name=votes.name, languages=counts, left_out=votes.left_out))
    if not comparisons:
        why = ", ".join(f"{kind} {reason} {n:,}" for (_, kind, reason), n in not_made.most_common(5))
        raise UserError(
            f"there is no comparison to check a judge with{f' ({why})' if why else ''}; give good answers to two "
            "prompts or more of a language (--answers), or votes of people (--votes)"
        )
    return Material(tuple(comparisons), tuple(sources), not_made)


def check_judge(
    judge: Judge,
    of: Material,
    out: Path,
    log: Path | None = None,
    *,
    bar: float = BAR,
    repeat_share: float = REPEAT_SHARE,
    limit: int | None = None,
    level: float = 0.95,
    seed: int = 0,
    again: bool = False,
    quiet: bool = False,
) -> JudgeCheck:
    """Puts comparisons to a judge and writes what it is worth.

    Writes `judge_check.json`, `comparisons.parquet` (COMPARISONS), `judge_check.md` and `judge_check.html` into a
    folder, and the response log `responses.sqlite` where no other is named.

    Args:
        judge: the judge.
        of: what it is checked with.
        out: the folder.
        log: the response log.
        bar: what the lower end of the interval of its accuracy must reach where the winner is known.
        repeat_share: of the comparisons, put to it twice.
        limit: as in `material`, for the record.
        level: of the intervals.
        seed: of all that is drawn.
        again: ask once more for what failed before.
        quiet: show no progress.

    Returns:
        What judge_check.json holds.

    Raises:
        UserError: the judge cannot be reached (what it said is kept), a file cannot be written, or another process
            writes the folder.
    """
    names = (RESULTS, ROWS, REPORT, PAGE)
    if not (out / ".polypref").is_dir():
        Folder(out).check(*names)
    with writing(out):
        files = Folder(out)
        files.check(*names)
        with CountingLog(log or out / RESPONSES) as responses:
            rows, tokens = judged(judge, of.comparisons, responses, repeat_share, seed, again, quiet)
            facts = _facts(judge, responses, [one.language for one in of.comparisons])
        how = How(level, bar, seed, "sign" if judge_traits(judge).reading else "tie", _price(judge), tokens)
        settings = CheckSettings(
            bar=bar, level=level, seed=seed, repeat_share=repeat_share, limit=limit, known_winners=VERSION
        )
        results = _results(rows, facts, judge, how, settings, of)
        files.write_json(RESULTS, redacted(encode(results)))
        files.write_table(ROWS, table(rows))
        files.write_bytes(REPORT, report.markdown(results).encode("utf-8", "replace"))
        files.write_bytes(PAGE, page.page(results).encode("utf-8", "replace"))
    return results


def judged(
    judge: Judge,
    comparisons: Sequence[Comparison],
    log: CountingLog,
    repeat_share: float,
    seed: int,
    again: bool = False,
    quiet: bool = False,
) -> tuple[list[Judged], dict[str, Tokens]]:
    """A judge's verdicts on comparisons, those of a second time among them.

    Args:
        judge: the judge.
        comparisons: n of them.
        log: where replies go at once.
        repeat_share: of the comparisons, put to it twice.
        seed: of what is drawn.
        again: ask once more for what failed before.
        quiet: show no progress.

    Returns:
        (n,) what it said, in the order of the comparisons; and by language the tokens that it took.

    Raises:
        UserError: the judge cannot be reached; what it said so far is kept.
    """
    battles = [battle_of(one, seed) for one in comparisons]
    twice = _asked_again(judge, comparisons, battles, repeat_share, seed)
    other = judge.repeated(1) if is_repeatable(judge) else judge
    # All at once, so that a server is kept busy; then language by language out of the log, which counts their tokens.
    judge.judge(battles, log, again, quiet)
    if twice:
        other.judge([battles[at] for at in twice], log, again, quiet)
    first: dict[int, Sequence[Verdict]] = {}
    second: dict[int, Sequence[Verdict]] = {}
    tokens: dict[str, Tokens] = {}
    for tag in sorted({one.language for one in comparisons}):
        own = [at for at, one in enumerate(comparisons) if one.language == tag]
        log.taken()
        first |= zip(own, judge.judge([battles[at] for at in own], log, quiet=True), strict=True)
        if own_twice := [at for at in twice if comparisons[at].language == tag]:
            second |= zip(own_twice, other.judge([battles[at] for at in own_twice], log, quiet=True), strict=True)
        tokens[tag] = log.taken()
    return [
        Judged(one, is_turned(one, seed), tuple(first[at]), tuple(second.get(at, ())))
        for at, one in enumerate(comparisons)
    ], tokens


def _asked_again(
    judge: Judge, comparisons: Sequence[Comparison], battles: Sequence[Battle], share: float, seed: int
) -> list[int]:
    """The places of the comparisons that are put to a judge twice; none of a judge that cannot be asked again."""
    names = [f"{one.group}/{one.key}" for one in comparisons]
    return places_asked_again(battles, share, seed, names) if is_repeatable(judge) else []


def rehearse(judge: Judge, of: Material, log: Path, repeat_share: float = REPEAT_SHARE, seed: int = 0) -> list[str]:
    """What a judge would still be asked, and what that would cost; nobody is asked.

    Args:
        judge: the judge.
        of: what it is to be checked with.
        log: the response log; it need not be there.
        repeat_share: of the comparisons, put to it twice.
        seed: of what is drawn.

    Returns:
        A sentence each: the comparisons, and the requests of each model.

    Raises:
        UserError: the log cannot be read.
    """
    battles = [battle_of(one, seed) for one in of.comparisons]
    with RehearsingLog(log) as known:
        judge.judge(battles, known, quiet=True)
        twice = _asked_again(judge, of.comparisons, battles, repeat_share, seed)
        if twice and is_repeatable(judge):
            judge.repeated(1).judge([battles[at] for at in twice], known, quiet=True)
        estimates = known.estimates
    kinds = Counter(one.kind.replace("_", " ") for one in of.comparisons)
    tags = {one.language for one in of.comparisons}
    counts = ", ".join(f"{kind} {number:,}" for kind, number in kinds.items())
    lines = [f"{len(of.comparisons):,} comparisons in {len(tags)} language{'s' * (len(tags) != 1)}: {counts}"]
    price = _price(judge)
    for model, one in estimates.items():
        line = (
            f"{model.name}: {one.requests:,} requests, about {one.prompt_tokens:,} + {one.completion_tokens:,} tokens"
        )
        if price is not None:
            cost = (one.prompt_tokens * price[0] + one.completion_tokens * price[1]) / 1_000_000
            line += f", about {cost:,.2f}"
        lines.append(line)
    return lines if estimates else [*lines, "no model is asked"]


def table(rows: Sequence[Judged]) -> pa.Table:
    """Comparisons and what a judge said of them.

    Args:
        rows: what it said.

    Returns:
        COMPARISONS.
    """
    return pa.Table.from_pylist(
        [
            {
                "kind": row.of.kind,
                "language": row.of.language,
                "group_id": row.of.group,
                "prompt": [{"role": role, "content": content} for role, content in row.of.turns],
                "better": row.of.better,
                "worse": row.of.worse,
                "better_by": row.of.writers[0],
                "worse_by": row.of.writers[1],
                "tie": row.of.tie,
                "orders": _orders(row, row.verdicts),
                "again": _orders(row, row.again),
            }
            for row in rows
        ],
        COMPARISONS,
    )


def _orders(row: Judged, verdicts: Sequence[Verdict]) -> list[Mapping[str, object]]:
    firsts = {"model": "worse" if row.turned else "better", "other": "better" if row.turned else "worse", "": ""}
    return [
        {
            "first": firsts[one.first],
            "score": None if one.score is None else 1 - one.score if row.turned else one.score,
            "reason": one.reason,
            "said": one.reply.encode("utf-8", "replace").decode(),
        }
        for one in verdicts
    ]


def _facts(judge: Judge, log: CountingLog, tags: Sequence[str]) -> JudgeFacts:
    facts = facts_of_judge(judge, log) | language_facts(judge_traits(judge), tags)
    return decode(JudgeFacts, facts, f"judge {judge.name} says of itself what a report cannot hold")


def _price(judge: Judge) -> tuple[float, float] | None:
    """Of a million prompt and completion tokens, less the discount; None where it is not known, or several judge."""
    models = judge_traits(judge).models
    if len(models) != 1:
        return None
    prices = backend_traits(models[0].backend).prices
    of_prompts, of_replies = prices.price_of(1_000_000, 0), prices.price_of(0, 1_000_000)
    return None if of_prompts is None or of_replies is None else (of_prompts, of_replies)


def _results(
    rows: Sequence[Judged], facts: JudgeFacts, judge: Judge, how: How, settings: CheckSettings, of: Material
) -> JudgeCheck:
    languages, every = all_checks(rows, how)
    sampling = judge_traits(judge).sampling
    not_made: dict[str, dict[str, int]] = {}
    for (tag, kind, reason), number in sorted(of.not_made.items()):
        not_made.setdefault(tag, {})[f"{kind}: {reason}"] = number
    results = JudgeCheck(
        polypref=__version__,
        judge=facts,
        greedy=None if sampling is None or not is_repeatable(judge) else sampling.temperature == 0,
        settings=settings,
        sources=of.sources,
        languages=tuple(languages),
        every=every,
        between_languages=between_languages(rows, how),
        below=tuple(row.language for row in languages if row.state == "below"),
        too_few=tuple(row.language for row in languages if row.state == "too_few"),
        writers=tuple(unread_by_writer(rows, lambda name: name or "not known")),
        not_made=not_made,
        limits=tuple(limits(facts, [one.what for one in of.sources])),
    )
    return results
