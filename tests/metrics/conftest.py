"""What the metrics give, computed once in a process of its own, without a network."""

import json
import subprocess
import sys

import pytest

from tests.conftest import environment

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
for name, nothing in (("no prompt", []), ("no order", [[]])):
    try:
        win.compute(predictions=nothing, languages=["he"] * len(nothing), groups=["a"] * len(nothing))
    except polypref.UserError as error:
        found[name] = str(error)

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
translation = dict(
    predictions=[
        "La gare est fermée aujourd'hui parce que les trains ne roulent pas.",
        "The station is closed today because the trains are not running.",
        "La stazione oggi è chiusa perché i treni non viaggiano.",
        "محطة القطار you should always remember that it is closed before you start ومعناها أنها مغلقة اليوم",
    ],
    references=["de", "de", "de", "ar"],
)
asked = ["Übersetze ins Französische: Der Bahnhof ist zu."] * 3 + ["كيف أقول بالإنجليزية إن المحطة مغلقة؟"]
found["prompts"] = fidelity.compute(**translation, prompts=asked)
found["no prompts"] = fidelity.compute(**translation)
try:
    fidelity.compute(**translation, prompts=asked[:1])
except polypref.UserError as error:
    found["one prompt"] = str(error)
found["evaluate modules"] = sorted(os.listdir(os.environ["HF_MODULES_CACHE"] + "/evaluate_modules/metrics"))
print(json.dumps(found))
"""


@pytest.fixture(scope="session")
def computed(tmp_path_factory):
    """Metric -> what it gave; without the package `evaluate` its tests are skipped."""
    pytest.importorskip("evaluate", reason="needs evaluate: pip install -e '.[dev]', or make test")
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
