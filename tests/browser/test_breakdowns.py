"""Slices, refusals and consistency of a report in a browser, in 23 languages and at a phone's width."""

import json
from pathlib import Path
from typing import Any

import pytest

from polypref.files.packaged import packaged_text
from polypref.languages import AYA_23
from tests.evaluation import duel

from .helpers import choose, colours, contrast, run

pytestmark = pytest.mark.browser
#: Words of the names of rows, and how many lines each stands in.
WORDS = """const rows = [...document.querySelectorAll('.breakdown th[scope="row"]')].filter((n) => n.offsetWidth);
  return rows.flatMap((n) => {
    const found = [], walk = document.createTreeWalker(n, NodeFilter.SHOW_TEXT);
    while (walk.nextNode())
      for (const word of walk.currentNode.data.matchAll(/[^ ]+/g)) {
        const range = document.createRange();
        range.setStart(walk.currentNode, word.index);
        range.setEnd(walk.currentNode, word.index + word[0].length);
        found.push([word[0], new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size]);
      }
    return found;
  })"""
KINDS = ("nature/animals", "nature/plants/trees and flowers of northern woods", "food", "science/physics/mechanics")


#: Names of the models, which run from right to left.
NAMES = {"mine": "המודל שלי", "theirs": "النموذج"}
REFUSED = {"ar": "عذرًا، لا يمكنني المساعدة في ذلك.", "he": "אני מצטער, אבל אני לא יכול לעזור בזה."}


def answer(row: dict[str, Any], shift: int) -> str:
    if row["at"] == 3 and row["language"] in REFUSED:
        return REFUSED[row["language"]]
    return str(row["answers"]["weak"] if (row["at"] + shift) % 3 == 2 else row["reference"])


@pytest.fixture(scope="module")
def sliced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report that the command writes of answers in 23 languages, some of them refusals."""
    folder = tmp_path_factory.mktemp("sliced")
    known = {tag: packaged_text("languages", f"{tag}.jsonl").splitlines()[:8] for tag in AYA_23}
    rows = [json.loads(line) | {"language": tag, "at": at} for tag, own in known.items() for at, line in enumerate(own)]
    duel.lines(
        folder / "set.jsonl",
        [
            {key: row[key] for key in ("id", "language", "prompt", "reference")} | {"category": KINDS[row["at"] % 4]}
            for row in rows
        ],
    )
    for name, shift in (("mine", 0), ("theirs", 1)):
        duel.lines(
            folder / f"{name}.jsonl",
            [{"id": row["id"], "language": row["language"], "answer": answer(row, shift)} for row in rows],
        )
    models = [f"{{name: {NAMES[name]}, stored: {folder / name}.jsonl}}" for name in NAMES]
    words = ("--judge", "reference", "--model", models[0], "--model", models[1], "--slice", "category")
    out = folder / "out"
    duel.run("evaluate", "--set", folder / "set.jsonl", *words, "--slice", "refusal", "--out", out, "--quiet")
    return out / "report.html"


def test_names_of_rows_are_not_cut_inside_of_words_on_a_phone(sliced, show):
    browser = show(sliced, width=390, height=844)
    words = run(browser, WORDS)
    assert {"nature/", "Vietnamese", "Portuguese", "refuses\u00a0†"} <= {word for word, _ in words}
    assert [word for word, lines in words if lines > 1] == []
    assert run(browser, "return document.documentElement.scrollWidth") <= 390
    boxes = "return [...document.querySelectorAll('.scroll')].filter((n) => n.querySelector('.breakdown'))"
    hidden = run(browser, f"{boxes}.map((n) => [n.querySelector('tbody').innerText, n.scrollWidth - n.clientWidth])")
    # A browser rounds widths to whole pixels.
    assert len(hidden) == 5 and [one for one in hidden if one[1] > 1] == []


def test_averages_stand_out_and_headings_say_whose_answers(sliced, show):
    browser = show(sliced)
    weights = run(
        browser,
        """return [...document.querySelectorAll('.breakdown tbody tr')].map((row) => [
             row.textContent.includes('macro average'), getComputedStyle(row.firstElementChild).fontWeight])""",
    )
    assert {tuple(one) for one in weights} == {(True, "600"), (False, "400")}
    headings = run(browser, "return [...document.querySelectorAll('h3')].map((n) => n.textContent.trim())")
    assert f"By 'refusal' of the answers of {NAMES['theirs']}" in headings
    # With eight prompts a language there is no length-controlled win-rate, and nothing is said of one.
    captions = run(browser, "return [...document.querySelectorAll('caption')].map((n) => n.textContent)")
    (length,) = (one for one in captions if one.startswith("Median characters"))
    assert "minimal regression" not in length


def test_sentences_run_from_left_to_right_whatever_the_names_in_them(sliced, show):
    """Their first words stand left of their last ones, also where a sentence begins with a model's name."""
    browser = show(sliced)
    sentences = run(
        browser,
        """return [...document.querySelectorAll('.headline, h2, h3, header li, section > ul > li, nav a')].map((n) => {
             const bare = n.querySelector('bdi') || n;
             return [n.textContent.trim(), getComputedStyle(bare).direction];
           })""",
    )
    assert any(text.startswith(NAMES["mine"]) for text, _ in sentences)
    assert [text for text, direction in sentences if direction != "ltr"] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_of_tables_stand_out_from_the_ground(sliced, show, scheme):
    assert [one for one in colours(show(sliced, scheme=scheme)) if contrast(*one[:2]) < 4.5] == []


@pytest.mark.parametrize("tag", ["ar", "he"])
def test_texts_run_as_their_letters_do_on_a_phone(sliced, show, tag):
    browser = show(sliced, width=390, height=844)
    choose(browser, "language", tag)
    texts = run(
        browser,
        """return [...document.querySelectorAll('.pair .prompt .text, .pair .answer .text')].map((n) => {
             const range = document.createRange(); range.selectNodeContents(n);
             const text = range.getBoundingClientRect(), box = n.getBoundingClientRect();
             return [getComputedStyle(n).direction, Math.round(box.right - text.right), text.left >= 0];
           })""",
    )
    assert len(texts) == 24 and {(direction, inside) for direction, _, inside in texts} == {("rtl", True)}
    assert max(right for _, right, _ in texts) <= 12, "lines begin at the right edge"
