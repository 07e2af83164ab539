"""An evaluation that is given a judge's check; the judge is right about good answers, and in German always wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import polypref
from polypref.api.judge_checking import check_judge
from polypref.errors import UserError
from polypref.evaluation.judge_check.given_checks import read_check
from tests.evaluation import duel
from tests.evaluation.duel import code_of, judged_by, stored
from tests.evaluation.judge_check.samples import good_answers, known_answers
from tests.inference import loopback
from tests.inference.loopback import Loopback

#: Good answers a language: of 6 no judge can reach the bar, and in Chinese there are none.
PROMPTS = {"ar": 16, "de": 16, "he": 6}
NOWHERE = "http://127.0.0.1:9/v1"
_SHOWN = re.compile(r"<<BEGIN (.+?) (\w{8})>>\n(.*?)\n<<END \1 \2>>", re.DOTALL)
_GOOD = known_answers(good_answers())
_GERMAN = {one.turns[0][1] for one in good_answers() if one.language == "de"}


def judge(body: dict[str, Any], _: Any) -> Any:
    text = loopback.last_turn(body)
    parts = {label: shown for label, _, shown in _SHOWN.findall(text)}
    question = next(shown for label, shown in parts.items() if label.startswith("turn"))
    right = "C" if question not in _GOOD else "A" if _GOOD[question] == parts["A"] else "B"
    if question in _GERMAN:
        right = {"A": "B", "B": "A"}[right]
    return loopback.chat(duel.REPLY.format(f"[[{right} {code_of(text)}]]"), body["model"])


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checked")
    rows = []
    for tag, number in PROMPTS.items():
        own = [one for one in good_answers() if one.language == tag][:number]
        rows += [{"id": one.group, "language": tag, "prompt": one.turns[0][1], "answer": one.text} for one in own]
    answers = duel.lines(folder / "answers.jsonl", rows)
    with Loopback(judge) as server:
        check_judge(judged_by(server.url), answers, out=folder / "check", quiet=True)
    return folder / "check"


def config(folder: Path, url: str = NOWHERE, **more: Any) -> dict[str, Any]:
    return {
        "set": str(folder / "prompts.jsonl"),
        "models": stored(folder, "one", "two"),
        "judge": judged_by(url),
        "limit": 2,
        "resamples": 100,
    } | more


def test_the_first_page_names_where_a_judge_is_not_to_be_relied_on(
    two: Path, check: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    below = "Do not rely on the judge judge-x in German (de): there it is under the bar of 0.8."
    others = (
        "The judge judge-x was never checked against the bar of 0.8 in Chinese (zh).",
        "The judge judge-x was checked with too few prompts to reach the bar of 0.8 in Hebrew (he).",
        "The judge judge-x reaches the bar of 0.8 in Arabic (ar).",
        f"(Checked by polypref judge-check: model judge-x, revision unknown, polypref {polypref.__version__}, at 95%.)",
    )
    with Loopback(judge) as server:
        path = duel.config(two / "config.yaml", **config(two, server.url))
        duel.run("evaluate", "--config", path, "--out", two / "plain")
        assert "the bar of" not in capsys.readouterr().out
        duel.run("evaluate", "--config", path, "--judge-check", check, "--out", two / "out")
        shown = " ".join(capsys.readouterr().out.split())
    report = (two / "out" / "report.md").read_text("utf-8").replace("\\", "")
    page = (two / "out" / "report.html").read_text("utf-8")
    for sentence in (below, *others):
        assert sentence in shown and sentence in report.split("\n## ")[0] and sentence in page.split("<main>")[0]
    assert f'<p class="loud"><bdi dir="ltr">{below} ' in page
    figures, plain = duel.results(two / "out"), duel.results(two / "plain")
    assert figures.pop("judge_checks") == [
        {"judge": "judge-x", "polypref": polypref.__version__, "bar": 0.8, "level": 0.95}
        | {"below": ["de"], "unchecked": ["zh"], "too_few": ["he"], "passes": ["ar"]}
    ]
    assert figures == plain
    # The folder's own settings name the check again, and its figures are those of before.
    polypref.score(two / "out", quiet=True)
    assert duel.results(two / "out")["judge_checks"][0]["below"] == ["de"]


def test_beside_a_judge_without_a_check(two: Path, check: Path) -> None:
    with Loopback(judge) as server:
        both = [judged_by(server.url), "relevance"]
        keys = config(two, server.url, judge=both, languages="ar,de")
        polypref.evaluate(keys, two / "out", judge_check=[check / "judge_check.json"], quiet=True)
    report = (two / "out" / "report.md").read_text("utf-8").replace("\\", "")
    assert "Of the judge relevance-baseline no check was given (polypref judge-check)." in report.split("\n## ")[0]
    assert "never checked" not in report


OTHERS = [
    (judged_by(NOWHERE, name="y"), "is a check of the judge judge-x, and here y judges; leave it out"),
    (judged_by(NOWHERE, revision="b"), "its revision was unknown, and is b here; check this one"),
    (judged_by(NOWHERE, model="z", name="judge-x"), "its model was judge-x, and is z here"),
    (judged_by(NOWHERE, language="own"), "its language of the prompt was en, and is own here"),
    (judged_by(NOWHERE, orders="one"), "its number of orders was 2, and is 1 here"),
    (judged_by(NOWHERE, sampling={"temperature": 0.5}), "its sampling was "),
    (judged_by(NOWHERE, kind="logprob"), "its kind was llm, and is logprob here"),
]


@pytest.mark.parametrize(("keys", "words"), OTHERS, ids=[words for _, words in OTHERS])
def test_a_check_of_another_judge_is_refused(
    two: Path, check: Path, keys: dict[str, Any], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = duel.config(two / "config.yaml", **config(two, judge=keys, judge_check=str(check)))
    for more in ((), ("--dry-run",)):
        message = duel.refused(capsys, "evaluate", "--config", path, "--out", two / "out", *more)
        assert message.startswith("judge_check (--judge-check): ") and words in message
    assert not (two / "out").exists()


def test_another_text_of_the_prompt_is_another_judge(
    two: Path, check: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = duel.read(check / "judge_check.json")
    changed["judge"]["prompt_sha256"] = "0" * 64
    file = two / "changed.json"
    file.write_text(json.dumps(changed), "utf-8")
    path = duel.config(two / "config.yaml", **config(two))
    message = duel.refused(capsys, "evaluate", "--config", path, "--judge-check", file, "--dry-run")
    assert "its prompt (SHA-256 of its text) was 0000" in message
    # Of a judge that is asked in the language judged, each language's text counts.
    facts = duel.read(check / "judge_check.json")
    facts["judge"] |= {"judge_language": "own", "prompts": {"de": {"name": "aya-2.de", "sha256": "1" * 64}}}
    file.write_text(json.dumps(facts), "utf-8")
    words = ("--judge-check", file, "--judge-language", "own", "--dry-run")
    assert "its prompt in de was 1111" in duel.refused(capsys, "evaluate", "--config", path, *words)


def test_verdicts_of_others_have_no_check(two: Path, check: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--judgements", two / "one.jsonl", "--layout", "pandalm", "--judge-check", check)
    assert "--judge-check says nothing about it, leave it out" in duel.refused(capsys, "evaluate", *words)


def test_files_that_are_no_check(two: Path, check: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (two / "broken.json").write_text("{", "utf-8")
    (two / "list.json").write_text("[]", "utf-8")
    later = duel.read(check / "judge_check.json") | {"schema_version": 2}
    (two / "later.json").write_text(json.dumps(later), "utf-8")
    path = duel.config(two / "config.yaml", **config(two))
    for name, words in (
        ("nowhere", "nowhere is not there; give the folder that polypref judge-check wrote, or its judge_check.json"),
        ("broken.json", "broken.json is no JSON; give the folder"),
        ("list.json", "list.json is no check of a judge: the whole is a list, not an object; give the folder"),
        ("later.json", "later.json is no check of a judge: schema_version is 2"),
    ):
        message = duel.refused(capsys, "evaluate", "--config", path, "--judge-check", two / name, "--dry-run")
        assert words in message
    message = duel.refused(
        capsys, "evaluate", "--config", path, "--judge-check", check, "--judge-check", check, "--dry-run"
    )
    assert "is the second check of the judge judge-x; give one of them" in message
    with pytest.raises(UserError, match="judge_check is 5; give a text"):
        polypref.evaluate(config(two, judge_check=5), two / "out", quiet=True)
    with pytest.raises(UserError, match="is not there"):
        read_check(two)
