"""Reads what people preferred, in any layout of stored verdicts, as comparisons that a judge is asked about."""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ... import languages
from ...console.escaping import short_text
from ...errors import UserError
from ...files.cells import has_column, look_up_or_none, name_of
from ...files.json_types import JsonObject
from ...files.readers import read_file
from ...judging.verdicts import SCORES
from ...languages.own import adopt_beside
from ...layouts.compared_rows import ComparedRows
from ...layouts.contract import Layout
from ...layouts.games import NOT_COMPARED, FieldsLayout
from ..inputs.layouts import read_layout
from ..reward_models import data as rows_data
from .comparisons import PEOPLE, Comparison, Turns, drawn_number
from .good_answers import first_row

#: Why a judge cannot be asked about two answers.
_NO_ANSWER, _SAME_TEXT = "answer_not_stored", "same_text"
_BAD_ROWS = (
    "bad rows (--bad-rows) are counted by a layout's name or a LAYOUT.toml, of votes in a file; give both, or leave "
    "bad rows out"
)


@dataclass(frozen=True)
class VotesRead:
    """Comparisons that people made, and what is known of them.

    Attributes:
        comparisons: those with both answers, the prompt and a verdict.
        name: of the file or dataset.
        left_out: language -> reason -> rows, or comparisons, that cannot be put to a judge.
    """

    comparisons: tuple[Comparison, ...]
    name: str
    left_out: Mapping[str, Mapping[str, int]]


def read_votes(
    where: str,
    layout: JsonObject | None = None,
    language: str = "",
    tags: Collection[str] | None = None,
    most: int | None = None,
    seed: int = 0,
    bad_rows: str = "error",
) -> VotesRead:
    """Reads what people preferred.

    Args:
        where: a file, or, without a layout of games, also a folder of LANGUAGE.jsonl or ORG/NAME on the Hub.
        layout: what the columns hold, as `inputs.layouts.read_layout` takes it; None for columns prompt, chosen and
            rejected.
        language: of all rows whose language no column says.
        tags: only these languages; None for all.
        most: comparisons of a language, at most; None for all.
        seed: of those that are drawn.
        bad_rows: rows that cannot be read stop it (`error`), or are counted (`left_out`).

    Returns:
        The comparisons; several votes on the same two answers are one, by their mean.

    Raises:
        UserError: nothing can be read, or there is nothing that a judge can be asked about.
    """
    path = Path(where).expanduser()
    left: dict[str, Counter[str]] = defaultdict(Counter)
    if layout is None or not path.is_file():
        if bad_rows != "error":
            raise UserError(_BAD_ROWS)
        comparisons = _of_pairs(where, layout, language, left)
    else:
        read = read_layout(_with_options(layout, language, bad_rows))
        votes = _of_rows(read, path, left) if isinstance(read, FieldsLayout) else _of_games(read, path, left)
        comparisons = _joined(votes, left)
    comparisons = [one for one in comparisons if tags is None or one.language in tags]
    if not comparisons:
        reasons = ", ".join(f"{reason} {n:,}" for reason, n in sum(left.values(), Counter[str]()).most_common(5))
        raise UserError(
            f"{where} holds no vote that a judge can be asked about ({reasons or 'none in these languages'})"
        )
    kept = {tag: dict(reasons) for tag, reasons in sorted(left.items()) if tags is None or tag in tags}
    return VotesRead(tuple(_drawn(comparisons, most, seed)), path.name, kept)


def _with_options(layout: JsonObject, language: str, bad_rows: str) -> JsonObject:
    """The layout with the language of all rows, and with what becomes of those that cannot be read."""
    own = "kind" in layout
    if bad_rows != "error" and (own or "form" in layout or not layout.keys() & {"name", "fields"}):
        raise UserError(_BAD_ROWS)
    options: JsonObject = {"language": language} if language and not own else {}
    return layout | options | ({"bad_rows": bad_rows} if bad_rows != "error" else {})


def _of_pairs(
    where: str, layout: JsonObject | None, language: str, left: Mapping[str, Counter[str]]
) -> list[Comparison]:
    if layout is not None and layout.keys() != {"name"}:
        raise UserError(
            f"{where:.100} is no file: votes of a folder or of the Hub are read by the name of a layout (polypref "
            "layouts) or without one; give a file, or the name of a layout"
        )
    name = str(layout["name"]) if layout else ""
    if not name:
        _check_pairs(where)
    loaded = rows_data.load_comparisons(rows_data.source(where, layout=name, language=language))
    for tag, reasons in loaded.facts.left_out.items():
        left[tag].update(reasons)
    comparisons = [
        Comparison(
            PEOPLE, f"{PEOPLE} {pair.id}", pair.group, languages.resolve(pair.language).tag, pair.prompt, pair.chosen,
            pair.rejected, writers=("preferred", "not preferred"),
        )
        for pair in loaded.pairs
    ]  # fmt: skip
    for one in comparisons:
        if reason := _why_no_pair(one):
            left[one.language][reason] += 1
    return [one for one in comparisons if not _why_no_pair(one)]


def _check_pairs(where: str) -> None:
    """Refuses a file of votes that nobody says how to read, and that holds no pairs.

    Raises:
        UserError: its first row has no columns chosen and rejected.
    """
    row = first_row(Path(where).expanduser())
    if row and (lacking := [name for name in ("chosen", "rejected") if not has_column(row, name)]):
        there = ", ".join(short_text(name) for name in list(row)[:12])
        raise UserError(
            f"{short_text(where)}, row 1: no column {lacking[0]}; the row has {there}: say what they hold in a file "
            "for --votes-layout LAYOUT.toml (docs/judge_check.md shows one), or name one of polypref layouts there"
        )


class _Vote(NamedTuple):
    """One verdict on two answers: who wrote them, and the score of the first."""

    language: str
    prompt: str
    group: str
    turns: Turns
    texts: tuple[str, str]
    writers: tuple[str, str]
    score: float


def _of_games(layout: Layout, path: Path, left: Mapping[str, Counter[str]]) -> Iterator[_Vote]:
    """The votes of a layout that gives games."""
    for game in layout.read_games(path):
        if math.isnan(game.score):
            left[game.language][game.reason or "no_verdict"] += 1
        else:
            yield _Vote(game.language, game.prompt, game.group, game.turns, game.texts, game.shown, game.score)


def _of_rows(layout: FieldsLayout, path: Path, left: Mapping[str, Counter[str]]) -> Iterator[_Vote]:
    """The votes of a layout of fields: of one model's answers too, unlike its games."""
    adopt_beside(path)
    reader = ComparedRows(layout.layout, layout.language)
    groups: dict[str, str] = {}
    items = []
    for line, item in reader.read(read_file(path, layout.layout.records, layout.separator or None)):
        if not item.unreadable:
            items.append(item)
            if isinstance(line.row, Mapping) and (name := name_of(look_up_or_none(line.row, reader.fields.group))):
                groups.setdefault(item.prompt["prompt_id"], name)
    reader.check(str(path))
    if layout.bad_rows == "error":
        reader.refuse_faults(str(path))
    for (tag, reason), number in reader.left_out.items():
        left[tag][reason] += number
    for fault in reader.faults:
        left[fault.language][fault.reason] += 1
    compared = reader.preferences(items, str(path))
    met = {one.prompt["prompt_id"] for one in compared}
    for item in items:
        if item.prompt["prompt_id"] not in met:
            left[item.prompt["language"]][NOT_COMPARED] += 1
    for one in compared:
        if one.side not in SCORES:
            left[one.prompt["language"]][one.reason or "no_verdict"] += 1
            continue
        prompt, answers = one.prompt, (one.first, one.second)
        group = groups.get(prompt["prompt_id"], prompt["group_id"])
        turns = tuple((turn["role"], turn["content"]) for turn in prompt["prompt"])
        texts, writers = (answers[0]["text"], answers[1]["text"]), (answers[0]["model"], answers[1]["model"])
        yield _Vote(prompt["language"], prompt["prompt_id"], group, turns, texts, writers, SCORES[one.side])


def _joined(votes: Iterable[_Vote], left: Mapping[str, Counter[str]]) -> list[Comparison]:
    """Comparisons of votes; those on the same two answers are one."""
    several: dict[tuple[str, str, frozenset[str]], list[_Vote]] = defaultdict(list)
    for vote in votes:
        if reason := _why_not(vote):
            left[vote.language][reason] += 1
        else:
            several[vote.language, vote.prompt, frozenset(vote.texts)].append(vote)
    numbers: Counter[tuple[str, str, str]] = Counter()
    comparisons = []
    for own in several.values():
        first = own[0]
        # Its translations go by the same writers; of several comparisons of these each has a number.
        who = " ".join(sorted(first.writers))
        numbers[first.language, first.group, who] += 1
        key = f"{PEOPLE} {who} {numbers[first.language, first.group, who]}"
        mean = sum(one.score if one.texts == first.texts else 1 - one.score for one in own) / len(own)
        texts, writers = (first.texts, first.writers) if mean >= 0.5 else (first.texts[::-1], first.writers[::-1])
        comparisons.append(
            Comparison(PEOPLE, key, first.group, first.language, first.turns, *texts, mean == 0.5, writers)
        )
    return comparisons


def _why_not(vote: _Vote) -> str:
    if vote.language == "und":
        return "unknown_language"
    if not vote.turns:
        return "prompt_not_stored"
    if not all(text.strip() for text in vote.texts):
        return _NO_ANSWER
    return _SAME_TEXT if vote.texts[0].strip() == vote.texts[1].strip() else ""


def _why_no_pair(one: Comparison) -> str:
    if not one.better.strip() or not one.worse.strip():
        return _NO_ANSWER
    return _SAME_TEXT if one.better.strip() == one.worse.strip() else ""


def _drawn(comparisons: list[Comparison], most: int | None, seed: int) -> list[Comparison]:
    if most is None:
        return comparisons
    numbers: Counter[str] = Counter()
    kept = set()
    order = sorted(range(len(comparisons)), key=lambda at: _number(comparisons[at], seed))
    for at in order:
        tag = comparisons[at].language
        if numbers[tag] < most:
            numbers[tag] += 1
            kept.add(at)
    return [one for at, one in enumerate(comparisons) if at in kept]


def _number(one: Comparison, seed: int) -> tuple[int, str]:
    return drawn_number(seed, "vote", one.group, one.key), one.language
