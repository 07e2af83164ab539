"""What the card and inspect say of a second detector's votes: counted by hand over published rows."""

import re
from dataclasses import replace

import pytest

import polypref
from polypref.cli import main
from polypref.release.second_vote import Disagreement, disagreement_by_language, voting_detector
from tests.api.test_building import declared
from tests.conftest import ROOT

# Galician: langdetect, which has no label for it, takes it for Portuguese.
GALICIAN = "A biblioteca da vila está pechada os luns, pero o resto da semana abre dende as nove da mañá."


@pytest.fixture(scope="module")
def voted(tmp_path_factory) -> polypref.Dataset:
    folder = tmp_path_factory.mktemp("voted")
    return polypref.build("quickstart", folder / "q", languages=["de", "pt"], second_detector="langdetect", quiet=True)


def test_rows_and_disagreements_of_each_language_are_those_of_the_data(voted):
    rows = voted.load(voted.configs[0], split="train").to_list()
    (split,) = [row for row in disagreement_by_language(voted.record) if row.language == "de"]
    of_tag = [row for row in rows if row["language"] == "de"]
    marked = sum("rejected_second_detector_disagrees" in row["flags"] for row in of_tag)
    tested = voted.record.facts.languages["de"].test
    assert split.rows == len(of_tag) + tested and marked <= split.rejected <= marked + tested


def test_the_card_has_a_row_a_language_and_inspect_the_same(voted, capsys):
    card = (voted.path / "README.md").read_text("utf-8")
    assert "### A second language detector" in card
    section = card.split("### A second language detector")[1].split("\n## ")[0]
    assert [line.split(" | ")[0] for line in re.findall(r"^\| [a-z]{2} \|.*", section, re.M)] == ["| de", "| pt"]
    voted.inspect(["de"], pairs=0)
    assert "second detector (langdetect) disagrees" in capsys.readouterr().out


def test_no_pair_is_lost_by_a_vote(voted, tmp_path):
    without = polypref.build("quickstart", tmp_path / "q", languages=["de", "pt"], quiet=True)
    assert without.mixtures == voted.mixtures
    assert disagreement_by_language(without.record) == []
    assert "second language detector" not in (without.path / "README.md").read_text("utf-8")


def test_the_command_takes_it_and_refuses_another(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    script = ["build", "builders/quickstart.py", "--out", str(tmp_path / "q"), "--languages", "de", "--quiet"]
    assert main([*script, "--second-detector", "langdetect"]) == 0
    assert "### A second language detector" in (tmp_path / "q" / "README.md").read_text("utf-8")
    assert main([*script, "--second-detector", "cld3"]) == 2
    assert "invalid choice: 'cld3' (choose from 'langdetect')" in capsys.readouterr().err


def test_a_chain_that_votes_already_votes_once(tmp_path):
    builder = declared(tmp_path / "rows.jsonl")
    chain = (*builder.filters, polypref.checks.SecondDetector())
    twice = polypref.Builder(builder.name, builder.version, sources=builder.sources, filters=chain)
    dataset = polypref.build(twice, tmp_path / "out", second_detector="langdetect", quiet=True)
    assert [one.name for one in dataset.record.checks].count("second_detector") == 1


def test_shares_are_of_the_rows():
    assert Disagreement("de", 200, 1, 0, 3).shares() == ("0.5%", "0.0%", "1.5%")


@pytest.mark.slow
def test_who_voted_is_named_as_the_builder_has_it(tmp_path, capsys):
    builder = declared(tmp_path / "rows.jsonl")
    voting = polypref.checks.SecondDetector(polypref.Identifier(), first=polypref.Identifier(detector="langdetect"))
    dataset = polypref.build(replace(builder, filters=(voting,)), tmp_path / "out", quiet=True)
    assert voting_detector(dataset.record) == "py3langid"
    assert "py3langid was asked too" in (dataset.path / "README.md").read_text("utf-8")
    dataset.inspect(pairs=0)
    assert "second detector (py3langid) disagrees" in capsys.readouterr().out
    assert voting_detector(polypref.build(builder, tmp_path / "out", quiet=True).record) == ""
