"""What `polypref inspect` shows."""

import json
import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from polypref import languages
from polypref.files.records import decode
from polypref.pages import tables
from polypref.pipeline.rehearsal import Rehearsed
from polypref.raters.calibration import LanguageCalibration
from polypref.release import provenance, warnings
from polypref.release.diff import ConfigChanged, Difference, RowsChanged
from polypref.release.facts import ModelFacts
from polypref.release.provenance import ModelPart, Provenance
from polypref.review.agreement import Agreement, Judgements
from polypref.stages.counts import FunnelRow, Quota, SourceRow
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
    unit = {"read": "rows", "index": "prompts", "pair": "prompts"}.get(stage, "pairs")
    return FunnelRow(stage, unit, language, outcome, reason, rows)


UNASKED = "language_not_asked_for"
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


def test_languages_that_nobody_asked_for_are_no_lines():
    unasked = [row("read", outcome, 9, "fr", reason) for outcome, reason in (("in", ""), ("skipped", UNASKED))]
    # Of Hebrew no prompt is left for other reasons too, and of Polish none was read.
    asked = [row("read", "rejected", 2, "he", "empty_prompt"), row("read", "in", 0, "pl")]
    assert [line[0] for line in cells(tables.funnel_table([*FUNNEL, *unasked, *asked]))] == [
        *("language", "de", "he", "pl", "all"),
    ]


def test_rows_by_source_with_the_commonest_reasons():
    rows = [
        SourceRow("votes", "de", "kept", "", 1500),
        SourceRow("votes", "de", "part_rejected", "not_rated", 30),
        SourceRow("votes", "de", "rejected", "empty_prompt", 4),
        SourceRow("votes", "he", "rejected", "empty_prompt", 3),
        SourceRow("votes", "fr", "skipped", UNASKED, 60),
        SourceRow("none", "fr", "skipped", UNASKED, 5),
    ]
    assert cells(tables.read_table(rows)) == [
        ["source", "rows", "kept", "left out for"],
        ["votes", "1,567", "1,500", "language_not_asked_for 60, empty_prompt 7"],
        ["none", "5", "0", "language_not_asked_for 5"],
    ]


def test_reasons_with_the_languages_they_hit_most():
    assert cells(tables.reasons_table(FUNNEL)) == [
        ["stage", "counts", "outcome", "reason", "number", "languages"],
        ["read", "rows", "rejected", "not_json", "4", "und 4"],
        ["pair", "prompts", "rejected", "tie", "120", "de 100, he 20"],
        ["filter", "pairs", "rejected", "language: chosen_in_another_language", "30", "de 30"],
        ["filter", "pairs", "rejected", "exact_duplicates: duplicate_pair", "7", "de 7"],
        ["filter", "pairs", "flagged", "language_confusion", "12", "de 12"],
        ["balance", "pairs", "skipped", "beyond_every_quota", "163", "de 163"],
    ]


def test_one_reason_of_prompts_and_of_pairs_is_two_numbers():
    ties = [FunnelRow("pair", unit, "de", "rejected", "tie", n) for unit, n in (("prompts", 3), ("possible pairs", 5))]
    assert [line[1:5] for line in cells(tables.reasons_table(ties))[1:]] == [
        ["prompts", "rejected", "tie", "3"],
        ["possible pairs", "rejected", "tie", "5"],
    ]


def test_balance_against_quota():
    quotas = {
        "de": Quota(asked=50, available=90, given=50, test=50),
        "he": Quota(asked=50, available=30, given=30, test=10),
    }
    head, line = cells(tables.balance_table({"two": quotas}))
    assert head == ["mixture", "languages", "train", "asked", "test", "test share (least, most)", "short of"]
    assert line == ["two", "2", "80", "100", "60", "he 25%, de 50%", "he 20"]


def test_of_many_languages_six_are_named():
    tags = ("ar", "de", "el", "fa", "he", "hi", "ja")
    for number in (6, 7):
        rows = [row("pair", "rejected", 10 - at, tag, "tie") for at, tag in enumerate(tags[:number])]
        (_, line) = cells(tables.reasons_table(rows))
        assert line[4] == {6: "45", 7: "49"}[number]
        assert line[5] == "ar 10, de 9, el 8, fa 7, he 6, hi 5" + (" ..." if number == 7 else "")
        quotas = {tag: Quota(asked=9, available=3, given=3, test=0) for tag in tags[:number]} | {
            "ko": Quota(9, 9, 9, 1)
        }
        (_, line) = cells(tables.balance_table({"all": quotas}))
        assert line[-1] == "ar 6, de 6, el 6, fa 6, he 6, hi 6" + (" ..." if number == 7 else "")
        assert line[-2] == "ar 0%, ko 10%"
    (_, line) = cells(tables.balance_table({"none": {"de": Quota(0, 0, 0, 0)}}))
    assert line == ["none", "1", "0", "0", "0", "de 0%, de 0%", ""]


def shown_difference(changes: Difference, monkeypatch) -> list[str]:
    screen = Console(width=120)
    monkeypatch.setattr(tables, "console", lambda: screen)
    with screen.capture() as got:
        tables.show_difference(changes)
    return [" ".join(re.sub("[│┃]", " ", line).split()) for line in got.get().splitlines()]


def test_a_difference_is_shown_with_the_step_that_it_asks_for(monkeypatch):
    assert shown_difference(Difference(), monkeypatch) == ["no difference"]
    assert shown_difference(Difference(card=True), monkeypatch) == ["card only: a patch step"]
    rows = [RowsChanged("he", "changed", "other_columns", 1200), RowsChanged("ja", "removed", "", 3)]
    lines = shown_difference(Difference(rows, [ConfigChanged("all", 0, 3000)], ["column x came"]), monkeypatch)
    for line in ("he 1,200 changed other columns", "ja 3 removed", "all 0 3,000", "column x came"):
        assert line in lines
    # The sentence is as wide as the screen and goes on in a second line.
    assert " ".join(lines).endswith("; config all: 0 in, 3,000 out; column x came: a major step")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 57 + "..."),
        (3, "3"),
        (Quota(1, 1, 1, 0), "the default identifier"),
    ],
)
def test_a_long_setting_is_cut(value, shown):
    assert tables._setting(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("x" * 80, "x" * 80),
        ("x" * 79 + " y", "x" * 79 + " …"),
        (list("abcdefgh"), "a, b, c, d, e, f, g, h"),
        (list("abcdefghi"), "a, b, c, d, e, f, g, h, ..."),
        ([{"kind": "refusal"}] * 1200, "1,200 phrases"),
        ({"own": ["a", "b"], "letters": "", "other": {}, "none": [], "no": False}, "own: a, b"),
    ],
)
def test_facts_of_a_language_in_brief(value, shown):
    assert tables._brief(value) == shown


def test_languages_say_whether_they_were_measured():
    head, *rows = cells(tables.languages_table([languages.get("he"), languages.get("th")]))
    assert head[0] == "tag" and head[-3:] == ["spaces", "class", "measured"]
    assert [line[0] for line in rows] == ["he", "th"]
    assert (rows[0][1:4], rows[0][6:8], rows[0][9]) == (["Hebrew", "עברית", "heb"], ["rtl", "yes"], "yes")
    assert (rows[1][6:8], rows[1][9]) == (["ltr", "no"], "no")
    known, unknown = (
        cells(tables.language_table(languages.get("he"))),
        cells(tables.language_table(languages.get("th"))),
    )
    assert ["thresholds measured", "yes"] in known
    assert ["thresholds measured", "no: the thresholds were set on other languages"] in unknown


def test_agreement_is_empty_where_there_is_nothing_to_measure():
    judgements = Judgements(chosen=6, rejected=2, both_bad=1, not_my_language=3, tie=5, edited=7)
    rows = {
        "he": Agreement(9, 2, judgements, 0.75, 0.409, 0.929, 4, 0.5, -0.25, 0.625),
        "ja": Agreement(1, 1, Judgements(0, 0, 1, 0), None, None, None, 0, None, None, None),
    }
    *_, he, ja = cells(tables.review_table(rows))
    assert he == ["he", "9", "2", "6", "2", "1", "3", "5", "7", "75% [41%, 93%]", "4", "0.50", "-0.25", "0.62"]
    assert ja == ["ja", "1", "1", "0", "0", "1", "0", "0", "0", "", "0", "", "", ""]


def test_what_a_build_would_ask_with_its_cost_where_that_is_known():
    rows = [Rehearsed("complete", "m", 1200, 3, 45_000, 480_000, 1234.5), Rehearsed("rate", "j", 1, 0, 2, 3, None)]
    _, first, second = cells(tables.rehearsal_table(rows))
    assert first == ["complete", "m", "1,200", "3", "45,000", "480,000", "1,234.50"]
    assert second == ["rate", "j", "1", "0", "2", "3", ""]
    _, cached = cells(tables.rehearsal_table([Rehearsed("rate", "j", 2, 0, 3_000, 3, None, 1_024)]))
    assert cached[4] == "3,000 (1,024 cached)"


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


@pytest.mark.slow
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


@pytest.mark.parametrize(
    ("there", "asked", "shown"),
    [
        (["ar", "de", "hi", "ja", "uk", "zh"], None, ["ar", "hi", "ja", "uk"]),
        (["de", "ja", "zh"], None, ["ja", "de", "zh"]),
        (["cs", "de", "el", "en", "es", "fa"], None, ["cs", "el", "fa", "de"]),
        (["de", "xq-own"], ["xq-own", "German", "de"], ["xq-own", "de"]),
    ],
)
def test_pairs_are_shown_of_four_languages_at_most_if_none_is_named(there, asked, shown):
    assert tables._shown(SimpleNamespace(name="x", tags=lambda: there), asked) == shown


@pytest.mark.parametrize("things", ["pairs", "answers"])
def test_no_heading_of_the_review_is_cut_where_lines_are_140_wide(things, capsys):
    group = Agreement(1200, 12, Judgements(800, 200, 100, 0), 0.8, 0.49, 0.94, 600, 0.83, 0.57, 0.75)
    Console(width=140).print(tables.review_table({"am": group}, things))
    shown = capsys.readouterr().out
    assert "prevalence" in shown and "80% [49%, 94%]" in shown and "…" not in shown
