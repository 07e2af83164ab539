"""Weights of factors are kept in provenance and card of a dataset that was built here, and its data stays."""

import json
import shutil

import pytest

from polypref.errors import UserError
from polypref.files.records import decode
from polypref.release.analysed import is_built_here, keep_factors
from polypref.release.factor_results import Factors
from polypref.release.folder import altered, read_provenance
from tests.release.test_factor_results import FACTORS


@pytest.fixture
def folder(built, tmp_path):
    shutil.copytree(built, tmp_path / "copy")
    # Inodes and times of a copy are others, so that its files are known by their digests.
    return tmp_path / "copy"


def test_card_and_provenance_have_them_and_the_data_stays(folder, built, contents):
    before = contents(folder / "data")
    assert "What chosen answers" not in (folder / "README.md").read_text("utf-8")
    assert "factors" not in json.loads((folder / "provenance.json").read_text("utf-8"))
    keep_factors(folder, FACTORS)
    record = read_provenance(folder)
    assert record.factors == FACTORS and altered(folder, record) is None
    assert contents(folder / "data") == before
    card = (folder / "README.md").read_text("utf-8")
    assert "| de | bold passages | 10 | 50 | -0.80 [-1.10, -0.50] |" in card
    assert "- No weight, as answers differ in it in too few prompts: emoji" in card
    assert card.replace(section(card), "") == (built / "README.md").read_text("utf-8")
    # Once more, as polypref wrote it.
    keep_factors(folder, FACTORS)
    assert (folder / "README.md").read_text("utf-8") == card


def section(card: str) -> str:
    return card[card.index("### What chosen answers") : card.index("What went in and what was left out")]


def test_a_card_that_somebody_changed_stays(folder):
    (folder / "README.md").write_text("mine", "utf-8")
    with pytest.raises(UserError, match="was changed after polypref wrote it"):
        keep_factors(folder, FACTORS)
    assert (folder / "README.md").read_text("utf-8") == "mine"


def test_a_download_is_never_written(folder):
    shutil.rmtree(folder / ".polypref")
    assert not is_built_here(folder)
    with pytest.raises(UserError, match="was not built here"):
        keep_factors(folder, FACTORS)
    assert not (folder / ".polypref").exists()


def test_the_command_keeps_the_weights_or_writes_a_file(folder, cli, tmp_path):
    before = (folder / "README.md").read_bytes()
    cli.ok("factors", folder, "--languages", "de", "--out", tmp_path / "factors.json", "--quiet")
    weights = decode(Factors, json.loads((tmp_path / "factors.json").read_text("utf-8")), "there")
    assert [one.language for one in weights.languages] == ["de"] and (folder / "README.md").read_bytes() == before
    out = cli.ok("factors", folder)
    assert "nothing that holds" in out and f"the card and provenance.json of {folder} have the weights" in out
    assert read_provenance(folder).factors.of_language("de") == weights.of_language("de")
    shown = cli.ok("inspect", folder, "--pairs", "0", "--html", tmp_path / "page.html")
    assert "wrote" in shown and 'id="factors"' in (tmp_path / "page.html").read_text("utf-8")
    assert "what chosen answers have more of" in cli.ok("inspect", folder, "--pairs", "0")


def test_a_language_that_is_not_there_is_one_sentence(folder, cli):
    done = cli("factors", folder, "--languages", "vi")
    assert done.code == 2 and "has no pair in vi; it has " in done.err
