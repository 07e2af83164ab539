"""The faces for `evaluate`: loaded as a user loads them, without a network, values worked out by hand."""

import json
import subprocess
import sys

import pytest

from polypref import metrics
from polypref.errors import UserError
from tests.conftest import environment

pytest.importorskip("evaluate", reason="needs evaluate: pip install -e '.[dev]', or make test")

CODE = """
import json, math, os, evaluate
import polypref.metrics

win = evaluate.load("polypref/metrics/win_rate")
orders = [[1, 1], [1, 0], [0, math.nan], [0.5, 0.5], [0, 0], [1]]
tags, groups = ["he", "he", "he", "zh", "zh", "zh"], ["a", "b", "c", "a", "b", "c"]
found = {"win": win.compute(predictions=orders, languages=tags, groups=groups)}
found["one order"] = win.compute(predictions=orders, languages=tags, groups=groups, missing="one_order")
for row, tag, group in zip(orders, tags, groups):
    win.add(predictions=row, languages=tag, groups=group)
found["added"] = win.compute()

# In every language the longer answer wins three times in four, so at equal lengths there is no winner.
length = evaluate.load(polypref.metrics.path("length_controlled_win_rate"))
own, other = [200] * 4 + [100] * 4, [100] * 4 + [200] * 4
found["length"] = length.compute(
    predictions=[1, 1, 1, 0, 0, 0, 0, 1] * 2, lengths=own * 2, other_lengths=other * 2,
    languages=["el"] * 8 + ["ko"] * 8, groups=[str(n) for n in range(8)] * 2,
)

fidelity = evaluate.load(polypref.metrics.path("language_fidelity"))
answers = dict(
    predictions=[
        "これは日本語で書かれた、とても長い一つの文です。",
        "This answer is written in English and not in Japanese at all, as one can see.",
        "이것은 한국어로 쓰인 아주 긴 문장이며 다른 언어는 전혀 들어 있지 않습니다.",
        "이것은 한국어로 쓰인 아주 긴 문장이며 however 다른 언어는 거의 들어 있지 않습니다.",
        "Das ist ein langer Satz in deutscher Sprache, der sonst nichts weiter sagt.",
        "42",
    ],
    references=["ja", "ja", "ko", "ko", "de", "de"],
)
found["fidelity"] = fidelity.compute(**answers, english_words=["however", "whether"])
found["without words"] = fidelity.compute(**answers)
found["evaluate modules"] = sorted(os.listdir(os.environ["HF_MODULES_CACHE"] + "/evaluate_modules/metrics"))
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def computed(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    own = {"HF_HOME": home, "HF_MODULES_CACHE": home / "modules", "HF_EVALUATE_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        cwd=environment()["PYTHONPATH"],
        env=environment(**{name: str(value) for name, value in own.items()}),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


def test_win_rate(computed):
    metric = computed["win"]
    # Hebrew: a win, two orders that differ (a tie), one unread; Chinese: a tie, a loss, one order missing.
    he, zh = metric["by_language"]["he"], metric["by_language"]["zh"]
    assert (he["win_rate"], he["scored"], he["unparsed"]) == (0.75, 2, 1)
    assert (zh["win_rate"], zh["scored"], zh["unparsed"]) == (0.25, 2, 1)
    assert metric["win_rate"] == 0.5 and metric["below_half"] == ["zh"] and metric["few_groups"] == ["he", "zh"]
    assert 0 <= metric["low"] < 0.5 < metric["high"] <= 1
    assert computed["added"] == metric


def test_settings_go_to_the_function_underneath(computed):
    # With the order that was read alone: (1 + .5 + 0) / 3 and (.5 + 0 + 1) / 3.
    assert computed["one order"]["win_rate"] == pytest.approx(0.5)
    assert computed["one order"]["by_language"]["he"]["win_rate"] == pytest.approx(0.5)


def test_length_controlled_win_rate(computed):
    metric = computed["length"]
    assert metric["length_controlled_win_rate"] == pytest.approx(0.5, abs=1e-6) and metric["left_out"] == 0
    assert all(row["slope"] > 0 for row in metric["by_language"].values())
    assert metric["form"] == "minimal regression" and all("overlap" in row for row in metric["by_language"].values())
    assert metric["low"] is None and metric["high"] is None, "of so few prompts the regression knows no error"


def test_language_fidelity(computed):
    metric = computed["fidelity"]
    ja, ko, de = (metric["by_language"][tag] for tag in ("ja", "ko", "de"))
    assert (ja["line_pass_rate"], ja["word_pass_rate"]) == (0.5, 1.0)
    assert ja["language_confusion_pass_rate"] == pytest.approx(2 / 3)
    assert (ko["line_pass_rate"], ko["word_pass_rate"]) == (1.0, 0.5), "one English word in one of two"
    assert (de["line_pass_rate"], de["word_pass_rate"], de["answers"], de["told"]) == (1.0, None, 2, 1)
    assert metric["line_pass_rate"] == pytest.approx((0.5 + 1 + 1) / 3)
    assert metric["word_pass_rate"] == pytest.approx(0.75)
    assert metric["language_confusion_pass_rate"] == pytest.approx(2 / 3)
    assert computed["without words"]["by_language"]["ko"]["word_pass_rate"] == 1.0, "one word may be a name"


def test_local_modules_are_cached_by_name(computed):
    assert set(metrics.NAMES) <= set(computed["evaluate modules"])


def test_an_unknown_metric_is_named():
    with pytest.raises(UserError, match="there is no metric 'bleu'; choose win_rate"):
        metrics.path("bleu")


def test_metrics_are_found_without_loading_evaluate():
    code = "import sys, polypref.metrics as m; m.path('win_rate'); sys.exit('evaluate' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env=environment(), check=False).returncode == 0
