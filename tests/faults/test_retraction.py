"""Retracted texts that come back, changed as programs and people change texts, in any place; and other texts."""

from __future__ import annotations

import random
import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from polypref.release import tombstone
from polypref.release.folder import read_provenance
from polypref.stages import retracted
from tests.hub import LoopbackHub
from tests.release.helpers import LETTERS, Line, Row, rows_of, vary

pytestmark = pytest.mark.faults
#: Rows of one folder.
AT_ONCE = 250
BLANKS = " \t\n\r\xa0\u2009\u2028\u3000"
UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\xad\u034f\ufe0f\u200f"


def put(draw: random.Random, text: str, what: str) -> str:
    """The text with some of these characters at places in it."""
    for _ in range(draw.randint(1, 5)):
        at = draw.randint(0, len(text))
        text = text[:at] + draw.choice(what) + text[at:]
    return text


#: What makes no other text of it.
SAME: dict[str, Callable[[random.Random, str], str]] = {
    "as it was": lambda draw, text: text,
    "blanks": lambda draw, text: put(draw, text, BLANKS),
    "invisible characters": lambda draw, text: put(draw, text, UNSEEN),
    "forms of Unicode": lambda draw, text: unicodedata.normalize(draw.choice(("NFD", "NFKC", "NFKD")), text),
    "cases": lambda draw, text: draw.choice((text.upper(), text.title(), text.lower())),
    "signs at the ends": lambda draw, text: draw.choice(("“{}”", "{}!", "- {}", "**{}**", "({}).", "{}。")).format(
        text
    ),
    "wide letters": lambda draw, text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
}


def other_words(draw: random.Random, text: str, letters: str) -> str:
    """Another text, though it shares words with this one."""
    words = text.split()
    how = draw.randrange(5)
    if how == 0:
        return " ".join(words[:-1])
    if how == 1:
        return f"{text} {''.join(draw.choices(letters, k=5))}"
    if how == 2:
        return " ".join([*words[1:], words[0]])
    at = draw.randrange(len(words))
    word = words[at]
    new = word[::-1] if how == 3 and word[::-1] != word else "".join(draw.choices(letters, k=7))
    return " ".join([*words[:at], new, *words[at + 1 :]])


def turns(*texts: str) -> list[dict[str, str]]:
    return [{"role": ("user", "assistant")[at % 2], "content": text} for at, text in enumerate(texts)]


class Rows:
    """Rows with one text in a place of it, everything else their own."""

    def __init__(self, draw: random.Random, like: Row) -> None:
        self.draw, self.like, self.number = draw, like, 0

    def words(self, count: int) -> str:
        return " ".join("".join(self.draw.choices(LETTERS["de"], k=6)) for _ in range(count))

    def row(self, text: str, prompt: str | None = None) -> tuple[str, Row]:
        """A row with the text in a place that is drawn; where a prompt is given, as an answer to that."""
        self.number += 1
        where = self.draw.choice(
            ("chosen", "rejected") if prompt else ("prompt", "turn", "answered", "chosen", "rejected")
        )
        texts = {"prompt": turns(prompt or self.words(6)), "chosen": self.words(8), "rejected": self.words(7)}
        if where == "prompt":
            texts["prompt"] = turns(text)
        elif where == "turn":
            texts["prompt"] = turns(self.words(2), self.words(3), text)
        elif where == "answered":
            texts["prompt"] = turns(self.words(4), text, self.words(2))
        else:
            texts[where] = text
        for side in ("chosen", "rejected"):
            texts[side] = [{"role": "assistant", "content": texts[side]}]
        ids = {name: f"{self.number:031x}{at}" for at, name in enumerate(("pair_id", "prompt_id", "group_id"))}
        return where, self.like | ids | texts


def found_in(folder: Path, known: retracted.Retracted) -> set[str]:
    return {hit.ids[0] for hit in tombstone.hits(folder, read_provenance(folder), known)}


def folder_of(built: Path, target: Path, rows: list[Row]) -> Path:
    def change(table: dict[tuple[str, str], list[Row]]) -> None:
        for part in table.values():
            part[:] = [row for row in part if row["language"] == "ja"]
        for part in [name for name, left in table.items() if not left]:
            del table[part]
        table["de", "train"] = rows

    folder = vary(built, target, version="3.0.0", rows=change)
    written = sum(pq.read_metadata(path).num_rows for path in folder.glob("data/de/*"))
    assert written == len(rows)
    return folder


@pytest.fixture
def taken(cli: Line, hub: LoopbackHub, built: Path, tmp_path: Path) -> tuple[str, list[Row]]:
    """A repository and the rows that were retracted from it: two German, two Hebrew, one with short answers."""
    table = rows_of(built)
    rows = [*table["de", "train"][:2], *table["he", "train"][:2]]
    short = rows[0]["pair_id"]

    def shorten(parts: dict[tuple[str, str], list[Row]]) -> None:
        row = next(row for row in parts["de", "train"] if row["pair_id"] == short)
        row["chosen"], row["rejected"] = turns("", "Ja, gern.")[1:], turns("", "Nö")[1:]

    name = cli.new_name("taken")
    cli.ok("release", vary(built, tmp_path / "first", rows=shorten), "--repo", name)
    shorten({("de", "train"): rows})
    ids = tmp_path / "ids.txt"
    ids.write_text("".join(row["pair_id"] + "\n" for row in rows), "utf-8")
    cli.ok("retract", name, "--rows", ids, "--reason", "asked", "--squash")
    return name, rows


def test_retracted_texts_come_back_nowhere_and_others_pass(
    taken: tuple[str, list[Row]],
    built: Path,
    cli: Line,
    hub: LoopbackHub,
    tmp_path: Path,
    pytestconfig: pytest.Config,
    figure: Callable[..., None],
) -> None:
    name, rows = taken
    known = retracted.read_retractions(hub.repo("datasets", name).files()["CHANGELOG.md"].decode())
    draw = random.Random(f"{pytestconfig.getoption('--seed')} retraction")
    new_rows, wrong, tried = Rows(draw, rows_of(built)["de", "train"][3]), list[Any](), Counter[str]()
    for number in range(max(1, pytestconfig.getoption("--mutations") // 20 // AT_ONCE)):
        barred: dict[str, str] = {}
        batch: list[Row] = []
        for _ in range(AT_ONCE):
            row, side = draw.choice(rows), draw.choice(("prompt", "chosen", "rejected"))
            text, prompt = row[side][0]["content"], row["prompt"][0]["content"]
            is_short = len(text) < retracted.LEAST
            if draw.random() < 0.6:
                kind = draw.choice(list(SAME))
                where, one = new_rows.row(SAME[kind](draw, text), SAME[kind](draw, prompt) if is_short else None)
                barred[one["pair_id"]] = f"{kind}, {side} as {where}"
            elif is_short:
                kind = "a short text without its prompt"
                one = new_rows.row(text, new_rows.words(6))[1]
            else:
                kind = "other words"
                one = new_rows.row(other_words(draw, text, LETTERS[row["language"]]))[1]
            tried[kind] += 1
            batch.append(one)
        folder = folder_of(built, tmp_path / f"{number}", batch)
        there = found_in(folder, known)
        wrong += [("passed", what) for pair, what in barred.items() if pair not in there]
        wrong += [("refused", pair) for pair in there - barred.keys()]
        sentence = cli("release", folder, "--repo", name, "--dry-run").sentence
        assert sentence.startswith(f"{len(there)} rows were retracted from {name}, or hold a text that was")
        sound = folder_of(built, tmp_path / f"{number}-sound", [row for row in batch if row["pair_id"] not in barred])
        assert "dry run" in cli.ok("release", sound, "--repo", name, "--dry-run")
    back = sum(count for kind, count in tried.items() if kind in SAME)
    figure("retraction: retracted texts that come back", back, sum(what == "passed" for what, _ in wrong))
    figure("retraction: other texts", tried.total() - back, sum(what == "refused" for what, _ in wrong))
    assert not wrong, wrong[:5]
    assert set(tried) == {*SAME, "other words", "a short text without its prompt"} or tried.total() < 1_000
