"""The second step of an evaluation: two answers to every prompt, what a judge says of them, their languages."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from ..errors import UserError
from ..files.json_types import JsonObject
from ..inference import messages
from ..inference.log import ResponseLog
from ..languages.asked_for import are_without_english, check_asked_lines, instruction_text
from ..languages.identifier import Identifier
from ..layouts.contract import Game, Layout, ScoringLayout, StatingLayout, kept_of_several
from ..layouts.games import FieldsLayout, GamesRead, left_out_by_language
from . import judge_notes, repeats
from .answers import shown
from .contract import Battle, Judge, Verdict, judge_traits
from .inputs import judged
from .inputs.people_slices import groups_asked_for, values_by_prompt
from .inputs.tables import BATTLES, AnswerRow, BattleRow, PromptRow
from .inputs.traits import REFUSAL, SCORE, TRAITS, Trait, labels_of, refuse_unstated, trait_row
from .settings import Evaluation
from .stored_judge import verdicts_of


def fight_battles(
    evaluation: Evaluation,
    prompts: pa.Table,
    answers: pa.Table,
    log: ResponseLog,
    again: bool = False,
    quiet: bool = False,
) -> tuple[pa.Table, list[JsonObject]]:
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
    asked: list[PromptRow] = prompts.to_pylist()
    sides = _sides(answers, asked)
    rows: list[BattleRow] = []
    facts: list[JsonObject] = []
    for judge in evaluation.judges:
        # What it gave, whatever it says of itself: the figures are made of that.
        orders, spreads = 0, []
        for one, other in evaluation.pairs:
            pairs = [
                (sides[one, prompt["set"], prompt["prompt_id"]], sides[other, prompt["set"], prompt["prompt_id"]])
                for prompt in asked
            ]
            battles = [_battle(prompt, *pair) for prompt, pair in zip(asked, pairs, strict=True)]
            verdicts = judge.judge(battles, log, again, quiet)
            orders = max([orders, *map(len, verdicts)])
            share = repeats.share_asked_again(judge, evaluation.repeat_share)
            spreads.append(repeats.ask_again(judge, battles, verdicts, share, log, again, quiet, evaluation.seed))
            rows += [
                _row(prompt, pair, judge.name, several)
                for prompt, pair, several in zip(asked, pairs, verdicts, strict=True)
            ]
        known_of_it = facts_of_judge(judge, log) | ({"orders": orders} if orders else {})
        tags = [prompt["language"] for prompt in asked]
        known_of_it |= judge_notes.language_facts(judge_traits(judge), tags)
        facts.append(known_of_it | repeats.spread_facts(judge, spreads))
    return pa.Table.from_pylist(rows, BATTLES), facts


@dataclass(frozen=True)
class _Side:
    """A model's answer to a prompt; `lines` and `words`, whether it is in the language: pass, fail or unknown."""

    model: str
    text: str
    failure: str = ""
    lines: str = "unknown"
    words: str = "unknown"


def _sides(answers: pa.Table, asked: Sequence[PromptRow]) -> dict[tuple[str, str, str], _Side]:
    """The answers by model, set and prompt; whether they are in a language that their prompts ask for."""
    rows: list[AnswerRow] = answers.to_pylist()
    texts, tags = [row["text"] for row in rows], [row["language"] for row in rows]
    by_prompt = {
        (one["set"], one["prompt_id"]): instruction_text((turn["role"], turn["content"]) for turn in one["prompt"])
        for one in asked
    }
    instructions = [by_prompt.get((row["set"], row["prompt_id"])) for row in rows]
    identifier = Identifier()
    lines = check_asked_lines(texts, tags, instructions, identifier)
    words = are_without_english(texts, tags, instructions, lines, identifier)
    sides = {}
    for row, of_lines, of_words in zip(rows, lines, words, strict=True):
        passed = of_lines.passed if row["text"] else None
        key = row["model"], row["set"], row["prompt_id"]
        sides[key] = _Side(row["model"], row["text"], row["failure"], _word(passed), _word(of_words))
    return sides


def _word(passed: bool | None) -> str:
    return "unknown" if passed is None else "pass" if passed else "fail"


def _battle(prompt: PromptRow, own: _Side, other: _Side) -> Battle:
    return Battle(
        prompt["prompt_id"],
        prompt["language"],
        messages(prompt["prompt"]),
        tuple(prompt["references"] or ()),
        own.text,
        other.text,
        own.failure,
        other.failure,
        prompt["set"],
        prompt["group_id"],
        own.model,
        other.model,
    )


def _row(prompt: PromptRow, pair: tuple[_Side, _Side], judge: str, verdicts: Sequence[Verdict]) -> BattleRow:
    own, other = pair
    return {
        "set": prompt["set"],
        "prompt_id": prompt["prompt_id"],
        "group_id": prompt["group_id"],
        "language": prompt["language"],
        "prompt": prompt["prompt"],
        "model": own.model,
        "other": other.model,
        "judge": judge,
        "answer": own.text,
        "other_answer": other.text,
        "answer_failure": own.failure,
        "other_failure": other.failure,
        "fidelity": own.lines,
        "other_fidelity": other.lines,
        "word_fidelity": own.words,
        "other_word_fidelity": other.words,
        "orders": [
            {"first": one.first, "score": one.score, "reason": one.reason, "said": one.reply} for one in verdicts
        ],
    }


class Given(NamedTuple):
    """Judgements that others made.

    Attributes:
        battles: `tables.BATTLES`, a row for each two answers of two models to a prompt; fidelity is `unknown`.
        left_out: language -> reason -> rows, or pairs of answers, that are read and give no game.
        traits: `traits.TRAITS`: what rows state in columns that were asked for, and single scores.
        joined: battles of which several verdicts are one, their mean.
        several: prompts with several battles of the same two models, as their answers are not the same.
    """

    battles: pa.Table
    left_out: dict[str, dict[str, int]]
    traits: pa.Table
    joined: int
    several: int


def of_games(
    path: Path,
    layout: Layout,
    pairs: Sequence[tuple[str, str]],
    name: str,
    *,
    judge: str = "",
    models: Sequence[str] = (),
    slices: Sequence[str] = (),
) -> Given:
    """Battles of judgements that others made; prompts and texts are empty where the layout names none.

    Different answers of the same two models to a prompt are battles of their own, which its name and group join.

    Args:
        path: the file.
        layout: what reads it.
        pairs: of models, the one asked about first; all that met when empty.
        name: what the file is called as the set.
        judge: and as the judge; empty for the same.
        models: whose win-rates are wanted, the first against each of the others, or against all that it met.
        slices: columns by which the report is sliced.

    Returns:
        the battles, and what gives none.

    Raises:
        UserError: the file cannot be read, two models never met, or the layout weighs games.
    """
    stated = [column for column in slices if column != REFUSAL]
    if stated and isinstance(layout, StatingLayout):
        layout = layout.stating(tuple(stated))
    read = (
        layout.read(path) if isinstance(layout, FieldsLayout) else GamesRead(list(layout.read_games(path)), Counter())
    )
    games = read.games
    if any(game.weight != 1 for game in games):
        raise UserError(
            "layout: weights of games are for the published figures that use them; win-rates by language use none"
        )
    of_people = groups_asked_for(layout.layout.fields, stated) if isinstance(layout, FieldsLayout) else {}
    of_judges = values_by_prompt(read.judges, list(dict.fromkeys(of_people.values())))
    rows: list[BattleRow] = []
    traits: dict[tuple[str, str], list[Trait]] = {}
    joined = several = 0
    for one, other in pairs or _pairs_of(games, models, path):
        stored = judged.judged(games, one, other, kept_of_several(layout), apart=True)
        joined, several = joined + stored.joined, several + stored.several
        for prompt, tag, holds in zip(stored.prompts, stored.battles.languages, stored.stated, strict=True):
            own = of_judges.get((str(tag), prompt), {})
            values = [
                (column, value)
                for column in stated
                for value in labels_of(own.get(of_people[column]) if column in of_people else holds.get(column))
            ]
            of = name, prompt, str(tag)
            traits.setdefault((str(tag), prompt), [trait_row(of, "", column, value) for column, value in values])
        asked = zip(stored.prompts, stored.battles.groups, stored.battles.languages, stored.turns, strict=True)
        for (prompt, group, tag, turns), texts, verdicts in zip(asked, stored.texts, verdicts_of(stored), strict=True):
            about: PromptRow = {
                "set": name,
                "prompt_id": prompt,
                "group_id": str(group),
                "language": str(tag),
                "prompt": [{"role": role, "content": content} for role, content in turns],
                "references": [],
                "category": "",
            }
            rows.append(_row(about, (_Side(one, texts[0]), _Side(other, texts[1])), judge or name, verdicts))
    every = [trait for own in traits.values() for trait in own]
    refuse_unstated(stated, every, ())
    if isinstance(layout, ScoringLayout):
        scale = " to ".join(f"{end:g}" for end in layout.scale)
        known = [one for one in layout.read_scores(path) if not one.reason]
        every += [trait_row((name, one.prompt, one.language), one.model, SCORE, scale, one.score) for one in known]
    table = pa.Table.from_pylist(every, TRAITS)
    return Given(pa.Table.from_pylist(rows, BATTLES), left_out_by_language(read.left_out), table, joined, several)


def count_answers(fought: pa.Table) -> dict[str, dict[str, int]]:
    """How many answers of each model battles hold.

    Args:
        fought: `tables.BATTLES`.

    Returns:
        model -> language -> prompts with an answer of it, whose text is there or was never read; those whose text is
        empty beside others that have one are none.
    """
    columns = ("language", "prompt_id", "model", "other", "answer", "other_answer")
    with_text: dict[str, set[tuple[str, str]]] = {}
    judged_at_all: dict[str, set[tuple[str, str]]] = {}
    for tag, prompt, one, other, text, other_text in zip(*(fought[name].to_pylist() for name in columns), strict=True):
        for model, answer in ((one, text), (other, other_text)):
            judged_at_all.setdefault(model, set()).add((tag, prompt))
            if answer:
                with_text.setdefault(model, set()).add((tag, prompt))
    known = with_text or judged_at_all
    return {model: dict(sorted(Counter(tag for tag, _ in known.get(model, ())).items())) for model in judged_at_all}


def _pairs_of(games: Sequence[Game], models: Sequence[str], path: Path) -> list[tuple[str, str]]:
    """Which models are compared: all that met, or those that are asked about."""
    met = {(min(game.shown), max(game.shown)) for game in games}
    if not models:
        return sorted(met)
    named = sorted({name for pair in met for name in pair})
    if lacking := [one for one in models if one not in named]:
        raise UserError(f"{path} has no game of the model {lacking[0]!r:.80}; it has {', '.join(named[:20])}")
    first, others = models[0], models[1:]
    against = others or [name for name in named if (min(name, first), max(name, first)) in met]
    return [(first, other) for other in against]


def facts_of_judge(judge: Judge, log: ResponseLog) -> JsonObject:
    """What a report says of a judge.

    Args:
        judge: the judge.
        log: where its replies are, which say by whom it was served.

    Returns:
        As `results.JudgeFacts` reads it.
    """
    traits = judge_traits(judge)
    models = [served.model for served in traits.models]
    facts: JsonObject = {"name": judge.name, "kind": judge.kind}
    facts["model"] = ", ".join(shown(model.name) for model in models)
    facts |= {key: ", ".join(getattr(model, key) for model in models) for key in ("revision", "licence")}
    facts |= {"prompt": traits.prompt_name, "prompt_sha256": traits.prompt_sha256, "orders": traits.orders_asked}
    if models:
        known = log.served_names()
        facts["served"] = [*(name for model in models for name in known.get(model.name, []))]
    if notes := [line for served in traits.models for line in log.model_notes(served)]:
        facts["notes"] = [*notes]
    if traits.sampling:
        facts["sampling"] = asdict(traits.sampling)
    more = {"caution": traits.caution, "code": traits.code, "reading": traits.reading}
    return facts | {key: value for key, value in more.items() if value}
