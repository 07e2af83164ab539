"""The second step of an evaluation: two answers to every prompt, what a judge says of them, their languages."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from ..errors import UserError
from ..inference import messages
from ..inference.log import ResponseLog
from ..judging.prompts import template
from ..languages import fidelity
from ..languages.identifier import Identifier
from ..layouts import judgements
from ..layouts.layout import Layout
from .answers import shown
from .inputs import judged
from .inputs.tables import BATTLES
from .judges import Battle, Judge, LLMJudge, RewardJudge, Verdict, settled
from .settings import Evaluation, StoredJudge

Row = dict[str, Any]


def fight(
    evaluation: Evaluation,
    prompts: pa.Table,
    answers: pa.Table,
    log: ResponseLog,
    again: bool = False,
    quiet: bool = False,
) -> tuple[pa.Table, list[dict[str, Any]]]:
    """Has every judge judge every pair of models; what the log knows is not judged again.

    Args:
        evaluation: what is evaluated.
        prompts, answers: what `answers.collect` gave.
        log: where verdicts go at once.
        again: ask once more for what failed before.
        quiet: show no progress.

    Returns:
        `tables.BATTLES`, and what a report says of the judges.

    Raises:
        UserError: a judge cannot be reached (what it said is kept), or a file of verdicts cannot be read.
    """
    by_prompt = {(row["model"], row["set"], row["prompt_id"]): row for row in _in_language(answers)}
    asked = prompts.to_pylist()
    rows: list[Row] = []
    for judge in evaluation.judges:
        for one, other in evaluation.pairs:
            pairs = [
                (by_prompt[one, p["set"], p["prompt_id"]], by_prompt[other, p["set"], p["prompt_id"]]) for p in asked
            ]
            battles = [_battle(prompt, *pair) for prompt, pair in zip(asked, pairs, strict=True)]
            if isinstance(judge, StoredJudge):
                verdicts = _stored(judge, asked, battles, one, other)
            else:
                verdicts = judge.judge(battles, log, again, quiet)
            rows += [
                _row(prompt, pair, judge.name, said) for prompt, pair, said in zip(asked, pairs, verdicts, strict=True)
            ]
    return pa.Table.from_pylist(rows, BATTLES), [_facts(judge, log) for judge in evaluation.judges]


def _in_language(answers: pa.Table) -> list[Row]:
    """The answers, with `lines` and `words`: pass, fail or unknown."""
    rows: list[Row] = answers.to_pylist()
    texts, tags = [row["text"] for row in rows], [row["language"] for row in rows]
    found = fidelity.check_lines(texts, tags, Identifier())
    for row, lines in zip(rows, found, strict=True):
        row["lines"] = _word(lines.passed if row["text"] else None)
        told = row["lines"] == "pass" and fidelity.has_word_check(row["language"])
        row["words"] = _word(not fidelity.foreign_words(row["text"], row["language"]) if told else None)
    return rows


def _word(passed: bool | None) -> str:
    return "unknown" if passed is None else "pass" if passed else "fail"


def _battle(prompt: Row, own: Row, other: Row) -> Battle:
    return Battle(
        prompt["prompt_id"],
        prompt["language"],
        messages(prompt["prompt"]),
        tuple(prompt["references"] or ()),
        own["text"],
        other["text"],
        own["failure"],
        other["failure"],
    )


def _row(prompt: Row, pair: tuple[Row, Row], judge: str, verdicts: Sequence[Verdict]) -> Row:
    own, other = pair
    return {
        **{key: prompt[key] for key in ("set", "prompt_id", "group_id", "language", "prompt")},
        "model": own["model"],
        "other": other["model"],
        "judge": judge,
        "answer": own["text"],
        "other_answer": other["text"],
        "answer_failure": own["failure"],
        "other_failure": other["failure"],
        "fidelity": own["lines"],
        "other_fidelity": other["lines"],
        "word_fidelity": own["words"],
        "other_word_fidelity": other["words"],
        "orders": [asdict(one) for one in verdicts],
    }


def _stored(
    judge: StoredJudge, asked: Sequence[Row], battles: Sequence[Battle], one: str, other: str
) -> list[list[Verdict]]:
    """Verdicts from a file, matched by language and group id or prompt id; none is `no_stored_verdict`."""
    found = judged.judged(judgements.read_games(Path(judge.path), judge.layout), one, other, judge.layout.keep)
    tags = [str(tag) for tag in found.battles.languages]
    known = dict(zip(zip(tags, found.prompts, strict=True), _verdicts(found), strict=True))
    firsts = _firsts(found)
    result = []
    for prompt, battle in zip(asked, battles, strict=True):
        names = [prompt["group_id"], prompt["group_id"].removeprefix(f"{prompt['language']}:"), prompt["prompt_id"]]
        keys = [(tag, name) for name in names for tag in (prompt["language"], "und")]
        said = next((known[key] for key in keys if key in known), None)
        result.append(
            said or settled(battle, firsts) or [Verdict(first, None, "no_stored_verdict") for first in firsts]
        )
    if not any(verdict.score is not None for said in result for verdict in said):
        what = f"{judge.path}: no verdict on {one} and {other}"
        unread = Counter(verdict.reason for said in result for verdict in said)
        if set(unread) - {"no_stored_verdict"}:
            seen = ", ".join(f"{reason} {number:,}" for reason, number in unread.most_common(3))
            raise UserError(f"{what} can be read ({seen}); mend the file, or form and labels of its layout")
        raise UserError(
            f"{what} belongs to a prompt of this evaluation: they are matched by language and id; there they are as "
            f"{tags[0]} {found.prompts[0][:60]!r}, here as {asked[0]['language']} {asked[0]['group_id'][:60]!r}; "
            "let the layout's `prompt` and `language` name the columns of the set's ids and languages"
        )
    return result


def _firsts(found: judged.Judged) -> tuple[str, ...]:
    return ("model", "other") if found.battles.orders.shape[1] == 2 else ("",)


def _verdicts(found: judged.Judged) -> list[list[Verdict]]:
    return [
        [
            Verdict(first, None if math.isnan(score) else float(score), reason)
            for first, score, reason in zip(_firsts(found), scores, why, strict=True)
        ]
        for scores, why in zip(found.battles.orders, found.why, strict=True)
    ]


def of_games(path: Path, layout: Layout, pairs: Sequence[tuple[str, str]], name: str) -> pa.Table:
    """`tables.BATTLES` of judgements that others made; texts are empty where the file has none.

    Args:
        path: the file.
        layout: which column says what.
        pairs: of models, the one asked about first; all that met when empty.
        name: what the file is called: as the set, and as the judge.

    Raises:
        UserError: the file cannot be read, two models never met, or the layout weighs games.
    """
    if layout.weights:
        raise UserError("layout: weights of games are for polypref.layouts.judgements; win-rates by language use none")
    games = judgements.read_games(path, layout)
    rows: list[Row] = []
    for one, other in pairs or sorted({(min(game.shown), max(game.shown)) for game in games}):
        found = judged.judged(games, one, other, layout.keep)
        asked = zip(found.prompts, found.battles.groups, found.battles.languages, strict=True)
        for (prompt, group, tag), texts, said in zip(asked, found.texts, _verdicts(found), strict=True):
            about = {"set": name, "prompt_id": prompt, "group_id": str(group), "language": str(tag), "prompt": []}
            blank = {"lines": "unknown", "words": "unknown", "failure": ""}
            pair = ({"model": one, "text": texts[0], **blank}, {"model": other, "text": texts[1], **blank})
            rows.append(_row(about, pair, name, said))
    return pa.Table.from_pylist(rows, BATTLES)


def _facts(judge: Judge | StoredJudge, log: ResponseLog) -> dict[str, Any]:
    facts: dict[str, Any] = {"name": judge.name, "kind": "stored" if isinstance(judge, StoredJudge) else judge.kind}
    facts |= {"model": "", "revision": "", "licence": "", "prompt": "", "prompt_sha256": "", "orders": 1}
    if isinstance(judge, LLMJudge | RewardJudge):
        model = judge.served.model
        facts |= {"model": shown(model.name), "revision": model.revision, "licence": model.licence}
        facts["served"] = log.served_names().get(model.name, [])
    if isinstance(judge, LLMJudge):
        text = template(judge.prompt)
        facts |= {"prompt": text.name, "prompt_sha256": text.sha256, "sampling": asdict(judge.sampling)}
        facts["orders"] = 2 if judge.orders == "both" else 1
    return facts
