"""The page of a judge's check in a browser: in 23 languages, at a phone's width, in light and dark."""

from pathlib import Path

import pytest

from polypref.api.judge_checking import check_judge
from tests.evaluation import duel
from tests.evaluation.judge_check.samples import good_answers

from .helpers import colours, contrast, run

pytestmark = pytest.mark.browser
JUDGE = """
from polypref.inference import Reply

class SaysA:
    def run(self, requests):
        for request in requests:
            code = request.messages[-1][1].split("<<BEGIN A ")[1][:8]
            yield request, Reply(f"Comparison: one.\\n[[A {code}]]")
"""


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a judge with a name in Hebrew that likes the first place, and whose server counts no tokens."""
    folder = tmp_path_factory.mktemp("checked")
    (folder / "says_a.py").write_text(JUDGE, "utf-8")
    rows = [
        {"id": one.group, "language": one.language, "prompt": one.turns[0][1], "answer": one.text}
        for one in good_answers(3)
    ]
    answers = duel.lines(folder / "answers.jsonl", rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        keys = {"kind": "llm", "model": "j", "at": "says_a:SaysA", "name": "השופט (אחד)"}
        check_judge(keys, answers, out=folder / "out", quiet=True)
    return folder / "out" / "judge_check.html"


def test_a_phone_s_width_is_enough_for_every_table(checked, show):
    browser = show(checked, width=390, height=844)
    assert run(browser, "return document.documentElement.scrollWidth") <= 390
    boxes = "return [...document.querySelectorAll('.scroll')].map((n) => n.scrollWidth - n.clientWidth)"
    assert run(browser, boxes) == [0] * 6


def test_sums_stand_out_and_what_nobody_counted_is_no_zero(checked, show):
    browser = show(checked)
    rows = run(
        browser,
        """return [...document.querySelectorAll('#replies .scroll:first-of-type tbody tr')].map((row) => [
             getComputedStyle(row.firstElementChild).fontWeight, ...[...row.cells].map((n) => n.textContent)])""",
    )
    assert {row[0] for row in rows[:-1]} == {"400"} and rows[-1][:2] == ["600", "all"]
    assert {tuple(row[5:7]) for row in rows} == {("–", "–")} and len(rows) == 24


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_the_ground(checked, show, scheme):
    browser = show(checked, scheme=scheme)
    assert [one for one in colours(browser) if contrast(*one[:2]) < 4.5] == []


def test_a_name_from_right_to_left_turns_nothing_around_it(checked, show):
    browser = show(checked)
    heading = run(
        browser,
        """const h = document.querySelector('h1'), place = (n) => {
             const range = document.createRange();
             range.selectNodeContents(n);
             return range.getBoundingClientRect().left;
           };
           return [getComputedStyle(h).direction, place(h.firstChild), place(h.querySelector('bdi'))]""",
    )
    assert heading[0] == "ltr" and heading[1] < heading[2]
