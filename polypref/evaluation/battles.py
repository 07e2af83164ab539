"""The second step of an evaluation: two answers to every prompt, what a judge says of them, their languages."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from ..errors import UserError
from ..inference import messages
from ..inference.log import ResponseLog
from ..languages import fidelity
from ..languages.identifier import Identifier
from ..layouts.contract import Layout, kept_of_several
from .answers import shown
from .contract import Battle, Judge, Verdict, judge_traits
from .inputs import judged
from .inputs.tables import BATTLES
from .settings import Evaluation
from .stored_judge import verdicts_of

Row = dict[str, Any]


def fight_battles(
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
        prompts, answers: what `answers.collect_answers` gave.
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
            verdicts = judge.judge(battles, log, again, quiet)
            rows += [
                _row(prompt, pair, judge.name, several)
                for prompt, pair, several in zip(asked, pairs, verdicts, strict=True)
            ]
    return pa.Table.from_pylist(rows, BATTLES), [_facts(judge, log) for judge in evaluation.judges]


def _in_language(answers: pa.Table) -> list[Row]:
    """The answers, with `lines` and `words`: pass, fail or unknown."""
    rows: list[Row] = answers.to_pylist()
    texts, tags = [row["text"] for row in rows], [row["language"] for row in rows]
    line_checks = fidelity.check_lines(texts, tags, Identifier())
    for row, lines in zip(rows, line_checks, strict=True):
        row["lines"] = _word(lines.passed if row["text"] else None)
        check_words = row["lines"] == "pass" and fidelity.has_word_check(row["language"])
        row["words"] = _word(not fidelity.foreign_words(row["text"], row["language"]) if check_words else None)
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
        prompt["set"],
        prompt["group_id"],
        own["model"],
        other["model"],
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
        "orders": [
            {"first": one.first, "score": one.score, "reason": one.reason, "said": one.reply} for one in verdicts
        ],
    }


def of_games(path: Path, layout: Layout, pairs: Sequence[tuple[str, str]], name: str) -> pa.Table:
    """`tables.BATTLES` of judgements that others made; texts are empty where the file has none.

    Args:
        path: the file.
        layout: what reads it.
        pairs: of models, the one asked about first; all that met when empty.
        name: what the file is called: as the set, and as the judge.

    Returns:
        `tables.BATTLES`, a row for each pair of models and prompt; fidelity is `unknown`.

    Raises:
        UserError: the file cannot be read, two models never met, or the layout weighs games.
    """
    games = list(layout.read_games(path))
    if any(game.weight != 1 for game in games):
        raise UserError(
            "layout: weights of games are for the published figures that use them; win-rates by language use none"
        )
    rows: list[Row] = []
    for one, other in pairs or sorted({(min(game.shown), max(game.shown)) for game in games}):
        stored = judged.judged(games, one, other, kept_of_several(layout))
        asked = zip(stored.prompts, stored.battles.groups, stored.battles.languages, strict=True)
        for (prompt, group, tag), texts, verdicts in zip(asked, stored.texts, verdicts_of(stored), strict=True):
            about = {"set": name, "prompt_id": prompt, "group_id": str(group), "language": str(tag), "prompt": []}
            blank = {"lines": "unknown", "words": "unknown", "failure": ""}
            pair = ({"model": one, "text": texts[0], **blank}, {"model": other, "text": texts[1], **blank})
            rows.append(_row(about, pair, name, verdicts))
    return pa.Table.from_pylist(rows, BATTLES)


def _facts(judge: Judge, log: ResponseLog) -> dict[str, Any]:
    """What a report says of a judge."""
    traits = judge_traits(judge)
    models = [served.model for served in traits.models]
    facts: dict[str, Any] = {"name": judge.name, "kind": judge.kind}
    facts["model"] = ", ".join(shown(model.name) for model in models)
    facts |= {key: ", ".join(getattr(model, key) for model in models) for key in ("revision", "licence")}
    facts |= {"prompt": traits.prompt_name, "prompt_sha256": traits.prompt_sha256, "orders": traits.orders_asked}
    if models:
        known = log.served_names()
        facts["served"] = [name for model in models for name in known.get(model.name, [])]
    if traits.sampling:
        facts["sampling"] = asdict(traits.sampling)
    more = {"caution": traits.caution, "code": traits.code}
    return facts | {key: value for key, value in more.items() if value}
