"""What `polypref inspect` shows."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from polypref.files.records import decode
from polypref.pages import tables
from polypref.raters.calibration import LanguageCalibration
from polypref.release import provenance, warnings
from polypref.release.facts import ModelFacts
from polypref.release.provenance import ModelPart, Provenance
from polypref.stages.counts import FunnelRow, Quota
from tests.conftest import ROOT


def text(thing: Any) -> str:
    screen = Console(width=200, emoji=False)
    with screen.capture() as got:
        screen.print(thing)
    return got.get()


def cells(table: Any) -> list[list[str]]:
    """The rows of a table, as the words between its lines."""
    lines = [re.split("[│┃]", line)[1:-1] for line in text(table).splitlines() if line[:1] in ("│", "┃")]
    return [[cell.strip() for cell in line] for line in lines]


def row(stage: str, outcome: str, rows: int, language: str = "de", reason: str = "") -> FunnelRow:
    return FunnelRow(stage, "x", language, outcome, reason, rows)


FUNNEL = [
    row("read", "rejected", 4, "", "not_json"),
    row("index", "kept", 1000),
    row("index", "kept", 20, "he"),
    row("pair", "kept", 900),
    row("pair", "pairs_made", 1800),
    row("pair", "rejected", 100, "de", "tie"),
    row("pair", "rejected", 20, "he", "tie"),
    row("filter", "rejected", 30, "de", "language: chosen_in_another_language"),
    row("filter", "rejected", 7, "de", "exact_duplicates: duplicate_pair"),
    row("filter", "kept", 1763),
    row("filter", "flagged", 12, "de", "language_confusion"),
    row("balance", "kept", 1500, "de", "train"),
    row("balance", "kept", 100, "de", "test"),
    row("balance", "skipped", 163, "de", "beyond_every_quota"),
]


def test_the_funnel_by_language():
    assert cells(tables.funnel_table(FUNNEL)) == [
        ["language", "prompts", "with a pair", "pairs", "rejected", "kept", "in a mixture"],
        ["de", "1,000", "900", "1,800", "37", "1,763", "1,600"],
        ["he", "20", "0", "0", "0", "0", "0"],
        ["all", "1,020", "900", "1,800", "37", "1,763", "1,600"],
    ]


def test_reasons_with_the_languages_they_hit_most():
    assert cells(tables.reasons_table(FUNNEL)) == [
        ["stage", "outcome", "reason", "rows", "languages"],
        ["read", "rejected", "not_json", "4", "und 4"],
        ["pair", "rejected", "tie", "120", "de 100, he 20"],
        ["filter", "rejected", "language: chosen_in_another_language", "30", "de 30"],
        ["filter", "rejected", "exact_duplicates: duplicate_pair", "7", "de 7"],
        ["filter", "flagged", "language_confusion", "12", "de 12"],
        ["balance", "skipped", "beyond_every_quota", "163", "de 163"],
    ]


def test_balance_against_quota():
    quotas = {
        "de": Quota(asked=50, available=90, given=50, test=50),
        "he": Quota(asked=50, available=30, given=30, test=10),
    }
    head, line = cells(tables.balance_table({"two": quotas}))
    assert head == ["mixture", "languages", "train", "asked", "test", "test share (least, most)", "short of"]
    assert line == ["two", "2", "80", "100", "60", "he 25%, de 50%", "he 20"]


def record(models: tuple[tuple[str, int, int], ...] = (("m", 5, 5),), licence: str = "mit", **more: Any) -> Provenance:
    """A stored record, with nothing to warn of but what is given."""
    stored = provenance.read_provenance(ROOT / "tests" / "fixtures" / "releases" / "v1.0.0" / "provenance.json")
    facts = [ModelFacts(name, "given", chosen, rejected) for name, chosen, rejected in models]
    plain: dict[str, Any] = {
        "mixtures": {"all": {"de": Quota(9, 9, 9, 1)}},
        "facts": replace(stored.facts, models=facts),
        "models": [ModelPart(name, "1", licence) for name, _, _ in models],
        "calibration": [],
    }
    return replace(stored, **plain | more)


def test_nothing_to_warn_of():
    assert warnings.warnings(record()) == []


def test_warnings():
    quotas = {
        "de": Quota(asked=9, available=9, given=9, test=0),
        "he": Quota(asked=9, available=0, given=0, test=3),
    }
    models = (("big", 91, 0), ("small", 9, 100))
    assert warnings.warnings(record(models, "unknown", mixtures={"all": quotas})) == [
        "all: no training pair in he",
        "all: no test pair in de; add prompts or raise the test share",
        "91% of the chosen answers are by big: its style is what is learned",
        "licence unknown: big, small",
    ]


def test_what_speaks_against_the_rater_is_among_the_warnings():
    counts = dict.fromkeys(("unrated", "ordered", "pairs", "equal_length", "pair_prompts"), 0)
    nothing = dict.fromkeys(("length_correlation", "longer", "longer_low", "longer_high"))
    known = {
        "language": "he",
        "prompts": 900,
        "answers": 1800,
        "compared": 900,
        "tied": 720,
        "tied_share": 0.8,
        "spread": 0.1,
    }
    row = decode(LanguageCalibration, {**known, **counts, **nothing, "models": []}, "no calibration")
    (warning,) = warnings.warnings(record(rater="judge", calibration=[row]))
    assert warning.startswith("judge gives all answers") and warning.endswith("in he (80% of 900 prompts)")


def test_one_model_alone_is_no_surprise():
    """`given` verdicts on one model's answers: there is nothing to choose between."""
    assert warnings.warnings(record((("m", 100, 100),))) == []


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory, polypref):
    out = tmp_path_factory.mktemp("inspect") / "out"
    polypref("build", "builders/quickstart.py", "--out", out, "--quiet")
    return out


def test_it_shows_a_pair_in_four_scripts(polypref, quickstart):
    shown = polypref("inspect", quickstart).stdout
    assert "polypref-quickstart 1.0.0" in shown
    assert "All texts are machine-written and unreviewed" in shown
    titles = re.findall(r"(\w+) \((\w+)\), pair [0-9a-f]{12}", shown)
    assert titles == [("Arabic", "ar"), ("Hindi", "hi"), ("Japanese", "ja"), ("Ukrainian", "uk")]
    for script in ("[\u0621-\u064a]{3}", "[\u0905-\u0939]", "[\u3041-\u3096]", "[іїєґ]"):
        assert re.search(script, shown)


def test_languages_and_samples(polypref, quickstart):
    shown = polypref("inspect", quickstart, "--languages", "Greek,ko", "--pairs", 2).stdout
    titles = re.findall(r"\((\w+)\), pair ([0-9a-f]{12})", shown)
    assert [tag for tag, _ in titles] == ["el", "el", "ko", "ko"]
    assert len({pair for _, pair in titles}) == 4
    assert ", pair " not in polypref("inspect", quickstart, "--pairs", 0).stdout


def test_a_language_that_is_not_in_the_dataset(polypref, tmp_path):
    polypref("build", "builders/quickstart.py", "--languages", "de,ar", "--out", tmp_path / "out", "--quiet")
    failed = polypref("inspect", tmp_path / "out", "--languages", "el,de", expect=2)
    assert failed.stderr == "polypref: polypref-quickstart has no training pair in el; it has ar, de\n"
    assert failed.stdout == ""
    failed = polypref("inspect", tmp_path / "out", "--languages", "Grman", expect=2)
    assert "languages (--languages): Unknown language 'Grman'" in failed.stderr and "de (German)" in failed.stderr


@pytest.mark.parametrize(
    ("there", "shown"),
    [
        (["de", "fr", "he", "ja", "th", "yo"], ["ja", "de", "he", "th"]),
        (["ar", "de", "el", "hi", "ja", "uk"], ["ar", "hi", "ja", "uk"]),
        (["de", "en", "es", "fr", "ja", "nl"], ["ja", "de", "en", "es"]),
        (["he", "xx-own"], ["he", "xx-own"]),
    ],
)
def test_four_languages_are_shown_in_as_many_scripts_as_there_are(monkeypatch, there, shown):
    monkeypatch.setattr(Provenance, "tags", lambda _: there)
    assert tables._shown(record(), None) == shown


SWAHILI = """
from dataclasses import dataclass
from polypref import languages
from polypref.pipeline.builder import Builder
from polypref.stages.balance import Mixture
from polypref.layouts.sources import Answer, Fields, Files

languages.register(languages.Language("sw", "Swahili", "Kiswahili", "swa", ("Latn",), "swh_Latn"))

@dataclass(frozen=True)
class Params:
    source: str = ""

def build(params):
    answers = (Answer("a", model="[bold]one[/]", score="x"), Answer("b", model="two", score="y"))
    source = Files(params.source, Fields("prompt", answers), name="s", revision="1", licence="cc0-1.0", language="sw")
    return Builder("own", "1.0.0", "card.md", (source,), (Mixture("all"),), filters=())
"""


def test_a_language_of_the_builder_script_and_texts_that_look_like_markup(polypref, make_script, tmp_path):
    """Texts are shown as they are: no markup of the terminal library, no emoji codes, is taken out of them."""
    rows = [
        {
            "prompt": f"Saa ngapi? {n} [red]moto[/red] :smile: [/nothing]",
            "a": "Saa [tatu] :warning:",
            "b": "Sijui.",
            "x": 2,
            "y": 1,
        }
        for n in range(9)
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows), "utf-8")
    script = make_script(tmp_path, SWAHILI)
    polypref("build", script, "--source", tmp_path / "rows.jsonl", "--out", tmp_path / "out", "--quiet")
    for more in ([], ["--languages", "sw"]):
        shown = polypref("inspect", tmp_path / "out", *more).stdout
        assert "Swahili (sw), pair " in shown
        assert "[red]moto[/red] :smile: [/nothing]" in shown
        assert "Saa [tatu] :warning:" in shown
        assert "[bold]one[/]" in shown


def test_nothing_in_the_data_of_others_steers_the_terminal():
    evil = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnorw\u202c [bold]x[/]\nשורה שנייה"
    answers = {"chosen": tables._Answer(evil, 1.0, evil), "rejected": tables._Answer(evil, None, evil)}
    one = tables._Pair(evil, "he", evil, answers, [evil])
    screen = Console(width=200, emoji=False)
    with screen.capture() as got:
        tables._show_pair(screen, one)
    printed = got.get()
    assert not set("\x1b\x07\x9b\u202e\u202c") & set(printed) and "U+202Egnorw" in printed
    # Lines of a text stay apart, and markup is shown.
    assert any("שורה שנייה" in line and "owned" not in line for line in printed.splitlines())
    assert "[bold]x[/]" in printed and "\x1b" not in text(
        tables.reasons_table([row("pair", "rejected", 1, evil, evil)])
    )
