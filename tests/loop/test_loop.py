import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from polypref.errors import UserError
from polypref.fidelity import check_lines
from polypref.language_id import Identifier
from polypref.languages import AYA_23
from polypref.loop import report, steps, templates

ROOT = Path(__file__).resolve().parents[2]
SHORT = steps.Settings(held_out=4, data_groups=3, samples=3, epochs=1, hidden=32, vocabulary=1500, max_tokens=8)


def test_every_answer_is_in_its_language_and_long_enough_to_tell():
    found = templates.lines([f"{topic}-47" for topic in ("bus", "room", "page", "house", "train", "exercise")])
    assert len(found) == 6 * 23 and {one.language for one in found} == set(AYA_23)
    answers, tags = [one.answer for one in found], [one.language for one in found]
    for one, lines in zip(found, check_lines(answers, tags, Identifier()), strict=True):
        assert lines.passed, f"{one.language} {one.group}: {one.answer} ({lines})"
        assert "47" in one.prompt and "47" in one.answer and "{" not in one.prompt + one.answer
        assert (one.answer == one.confused) == (one.language == "en")


def test_no_held_out_group_is_trained_on():
    train, held_out = templates.split_groups(7, 60)
    assert len(held_out) == 60 and not set(train) & set(held_out) and len(train) + len(held_out) == 180
    assert templates.split_groups(7, 60) == (train, held_out) != templates.split_groups(8, 60)


def test_planted_confusion_has_the_share_asked_for():
    found = templates.lines(templates.split_groups(0, 60)[0])
    for share in (0.0, 0.3, 1.0):
        drawn = [templates.is_confused(1, one, share) for one in found]
        # 2,760 draws: three standard errors are 0.026 at the most.
        assert sum(drawn) / len(drawn) == pytest.approx(share, abs=0.026 if 0 < share < 1 else 0)


def test_figures_name_the_language_that_got_worse_and_count_fidelity():
    asked = templates.lines([f"bus-{number}" for number in range(10, 20)])
    right, confused = [one.answer for one in asked], [one.confused for one in asked]
    # English gets worse, Greek stays as it is, all others go from English to right.
    before = [r if one.language in ("en", "el") else c for one, r, c in zip(asked, right, confused, strict=True)]
    after = [templates.lines([one.group])[0].answer if one.language == "en" else one.answer for one in asked]
    found = report.figures(asked, before, after, 0)
    rows = {row["language"]: row for row in found["languages"]}
    assert found["below_half"] == ["en"]
    assert (rows["en"]["win_rate"], rows["el"]["win_rate"], rows["he"]["win_rate"]) == (0.0, 0.5, 1.0)
    assert (rows["he"]["fidelity_before"], rows["he"]["fidelity_after"]) == (0.0, 1.0)
    assert (rows["en"]["right_before"], rows["en"]["right_after"]) == (1.0, 0.0)
    assert found["average"]["win_rate"] == pytest.approx((21 + 0.5) / 23)
    assert "Win-rate under one half: English (en)." in report.sentences(found)


def test_the_page_escapes_what_models_say(tmp_path):
    asked = templates.lines(["bus-10", "bus-11"])
    right = [one.answer for one in asked]
    said = "<script>alert('x')</script> & מילה"
    row = {"language": "he", "prompt": said, "before": said, "after": said}
    report.write_page(report.figures(asked, right, right, 0), [row], tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "<script" not in page and "&lt;script&gt;" in page and "מילה" in page
    assert "src=" not in page and "http" not in page


def test_a_folder_of_another_run_is_refused(tmp_path):
    steps.claim(tmp_path / "run", SHORT)
    steps.claim(tmp_path / "run", SHORT)
    with pytest.raises(UserError, match=r"other settings \(seed\).*--out"):
        steps.claim(tmp_path / "run", replace(SHORT, seed=1))


@pytest.mark.slow
def test_short_loop_runs_and_a_second_run_does_nothing_anew(tmp_path):
    """Few steps: what the answers are plays no part, only that every step hands on to the next."""
    pytest.importorskip("trl", reason="needs TRL: pip install -e '.[dev]', or make test-slow")
    code = (
        "from pathlib import Path; from polypref.loop import steps; from polypref.loop.__main__ import run;"
        f"run(Path({str(tmp_path / 'run')!r}), steps.Settings(**{SHORT.__dict__!r}))"
    )
    words = [sys.executable, "-c", code]
    first = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert first.returncode == 0, first.stderr
    assert "macro average" in first.stdout and "What it does not show" in first.stdout
    found = json.loads((tmp_path / "run" / "report.json").read_text("utf-8"))
    assert len(found["languages"]) == 23 and found["average"]["groups"] == 4
    made = {path: path.stat().st_mtime_ns for path in (tmp_path / "run").rglob("*.safetensors")}
    assert len(made) == 2
    second = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert second.returncode == 0 and "nothing to do for" in second.stdout
    assert {path: path.stat().st_mtime_ns for path in made} == made
    assert json.loads((tmp_path / "run" / "report.json").read_text("utf-8")) == found
