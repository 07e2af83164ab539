"""What a dataset says of the ways in which its sources were rated and paired."""

import json

import pytest

from polypref.engines.local import Local
from polypref.files.store import Store
from polypref.pages.dataset import write_page
from polypref.pages.tables import show_dataset
from polypref.pipeline.run import run_builder
from polypref.release.folder import read_provenance, write_folder
from tests.pipeline.merged import merged, row

PROSE = "## Summary\n\nA.\n\n## Intended use\n\nB.\n\n## Limits\n\nC.\n"
ROWS = {
    "judged": [row("Warum ist der Himmel blau?", "Ja.", "Nein.")],
    "scored": [row("Wie tief ist das Meer?", "Tief.", "Sehr.", s=1, t=5)],
    "rated": [row("Was frisst ein Igel?", "Laub.", "Ein Igel frisst, was er findet.")],
}


@pytest.fixture
def folder(tmp_path):
    out = tmp_path / "out"
    with Store(out / ".polypref", "merged") as store:
        write_folder(run_builder(merged(tmp_path, ROWS), store, Local(1), quiet=True), out, PROSE, quiet=True)
    return out


def test_the_record_names_every_way_and_what_each_rater_did_with_its_own_prompts(folder):
    record = read_provenance(folder)
    assert record.rater == "source, people, relevance-baseline"
    assert [(way.rater, way.rule, way.sources) for way in record.ways] == [
        ("source", "best_vs_worst", ["scored"]),
        ("people", "given", ["judged"]),
        ("relevance-baseline", "best_vs_worst", ["rated"]),
    ]
    # Answers of other sources are none that a rater left unrated.
    assert [(rater, row.answers, row.unrated, row.pairs) for rater, rows in record.calibrations() for row in rows] == [
        ("source", 2, 0, 1),
        ("people", 0, 2, 1),
        ("relevance-baseline", 2, 0, 1),
    ]
    assert record.calibration == [] and any("baseline without any model" in note for note in record.notes)
    assert {one.rater: one.rows for one in record.facts.raters} == {
        "source": 1, "people": 1, "relevance-baseline": 1,
    }  # fmt: skip
    ways = json.loads((folder / "provenance.json").read_text("utf-8"))["settings"]["ways"]
    assert [one["rater"]["class"] for one in ways] == ["SourceRater", "SourceRater", "RelevanceRater"]


def test_card_page_and_terminal_show_them(folder, tmp_path, capsys):
    card = (folder / "README.md").read_text("utf-8")
    assert "| judged | people | given |" in card and "### What relevance-baseline does, by language" in card
    seen = card.replace("\\", "")
    assert "Rated by the source (scores in columns 's', 't'); people (verdicts in column 'won'); relevance-base" in seen
    assert "| language | judged@1 | rated@1 | scored@1 |\n|---|---:|---:|---:|\n| de | 1 | 1 | 1 |\n" in card
    show_dataset(folder, 1, None)
    shown = " ".join(capsys.readouterr().out.split())
    assert "rated by the source (scores in columns 's', 't'); people" in shown
    assert "pairs by source" in shown and "judged@1" in shown
    write_page(folder, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text("utf-8")
    assert (
        "rated by the source (scores in columns &#39;s&#39;, &#39;t&#39;); people" in page and 'id="h-sources"' in page
    )


def test_the_record_says_what_became_of_the_rows_of_each_source(folder, capsys):
    record = read_provenance(folder)
    rows = [(one.source, one.language, one.outcome, one.reason, one.rows) for one in record.read_by_source]
    assert rows == [(name, "de", "kept", "", 1) for name in ("judged", "scored", "rated")]
    show_dataset(folder, 0, None)
    assert "rows read by source" in capsys.readouterr().out


def test_one_way_is_none_to_tell(tmp_path):
    out = tmp_path / "out"
    with Store(out / ".polypref", "merged") as store:
        built = run_builder(merged(tmp_path, {"scored": ROWS["scored"]}), store, Local(1), quiet=True)
        write_folder(built, out, PROSE, quiet=True)
    record = read_provenance(out)
    assert record.read_by_source == [] == record.facts.sources and "Pairs by language and source" not in (
        out / "README.md"
    ).read_text("utf-8")
    assert record.ways == [] and len(record.calibration) == 1 and record.rater == "source"
    assert "What the rater does, by language" in (out / "README.md").read_text("utf-8")
    assert not {"ways"} & json.loads((out / "provenance.json").read_text("utf-8")).keys()
