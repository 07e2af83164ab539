"""Weights of factors are kept in provenance and card of a dataset that was built here, and its data stays."""

import json
import shutil
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from polypref.errors import UserError
from polypref.files.records import decode
from polypref.release.analysed import is_built_here, keep_analysis
from polypref.release.factor_results import Factors
from polypref.release.folder import altered, read_provenance
from polypref.release.retract import without
from tests.analysis.test_principles import model
from tests.inference.loopback import Loopback
from tests.release.test_factor_results import FACTORS
from tests.release.test_group_factor_results import LIVES
from tests.release.test_principle_results import PRINCIPLES


@pytest.fixture
def folder(built, tmp_path):
    shutil.copytree(built, tmp_path / "copy")
    # Inodes and times of a copy are others, so that its files are known by their digests.
    return tmp_path / "copy"


def test_card_and_provenance_have_them_and_the_data_stays(folder, built, contents):
    before = contents(folder / "data")
    assert "What chosen answers" not in (folder / "README.md").read_text("utf-8")
    assert "factors" not in json.loads((folder / "provenance.json").read_text("utf-8"))
    keep_analysis(folder, read_provenance(folder), FACTORS)
    record = read_provenance(folder)
    assert record.factors == FACTORS and altered(folder, record) is None
    assert contents(folder / "data") == before
    card = (folder / "README.md").read_text("utf-8")
    assert "| de | bold passages | 10 | 50 | -0.80 [-1.10, -0.50] |" in card
    assert "- No weight, as answers differ in it in too few prompts: emoji" in card
    assert card.replace(section(card), "") == (built / "README.md").read_text("utf-8")
    # Once more, as polypref wrote it.
    keep_analysis(folder, read_provenance(folder), FACTORS)
    assert (folder / "README.md").read_text("utf-8") == card


def section(card: str) -> str:
    return card[card.index("### What chosen answers") : card.index("What went in and what was left out")]


def test_a_card_that_somebody_changed_stays(folder):
    (folder / "README.md").write_text("mine", "utf-8")
    with pytest.raises(UserError, match="was changed after polypref wrote it"):
        keep_analysis(folder, read_provenance(folder), FACTORS)
    assert (folder / "README.md").read_text("utf-8") == "mine"


def test_a_download_is_never_written(folder):
    shutil.rmtree(folder / ".polypref")
    assert not is_built_here(folder)
    with pytest.raises(UserError, match="was not built here"):
        keep_analysis(folder, read_provenance(folder), FACTORS)
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


def test_principles_stand_in_card_and_page_as_text(folder, cli, tmp_path):
    keep_analysis(folder, read_provenance(folder), principles=PRINCIPLES)
    card = (folder / "README.md").read_text("utf-8")
    assert r"| de | Prefer the answer that is \*short\*" in card and "| chosen answers go against it |" in card
    # The weights that come later leave them there.
    keep_analysis(folder, read_provenance(folder), FACTORS)
    record = read_provenance(folder)
    assert (record.factors, record.principles) == (FACTORS, PRINCIPLES)
    cli.ok("inspect", folder, "--pairs", "0", "--html", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text("utf-8")
    assert 'id="principles"' in page and "Prefer the answer that is *short*." in page


def test_pairs_that_were_built_anew_keep_nothing(folder):
    record = read_provenance(folder)
    with pytest.raises(UserError, match="was built anew since its pairs were read"):
        keep_analysis(folder, replace(record, files=dict(list(record.files.items())[1:])), FACTORS)
    assert read_provenance(folder).factors is None


def test_the_command_asks_a_model_behind_a_server(folder, cli, tmp_path):
    plan = cli.ok(
        "factors", folder, "--languages", "de", "--principles", "tiny", "--at", "http://127.0.0.1:1/v1", "--dry-run"
    )
    assert "requests propose principles" in plan and plan.endswith("nothing was asked\n")
    with Loopback(model) as server:
        asked = ("--principles", f"{{model: tiny, at: '{server.url}'}}", "--proposals", 2, "--votes", 3)
        out = cli.ok("factors", folder, "--languages", "de", *asked)
        number = len(server.bodies)
        assert "principles behind what was chosen" in out and number > 2
        cli.ok("factors", folder, "--languages", "de", *asked, "--quiet")
        assert len(server.bodies) == number
    assert read_provenance(folder).principles.model == "tiny"
    assert (folder / ".polypref" / "responses.sqlite").exists()


def test_a_model_that_is_named_wrongly_is_one_sentence(folder, cli):
    done = cli("factors", folder, "--principles", "{model: tiny, where: here}")
    assert done.code == 2 and "--principles: unknown key 'where'; it has at, licence, model, revision" in done.err


def test_weights_by_groups_stand_beside_the_others_one_for_each_group(folder, cli, tmp_path):
    keep_analysis(folder, read_provenance(folder), FACTORS)
    before = (folder / "README.md").read_text("utf-8")
    assert "group_factors" not in json.loads((folder / "provenance.json").read_text("utf-8"))
    for one in (LIVES, replace(LIVES, group="age"), replace(LIVES, tests=7)):
        keep_analysis(folder, read_provenance(folder), by_group=one)
    record = read_provenance(folder)
    assert record.group_factors == [replace(LIVES, group="age"), replace(LIVES, tests=7)]
    assert record.factors == FACTORS
    card = (folder / "README.md").read_text("utf-8")
    by_group = card[
        card.index("### What chosen answers have more of, by age") : card.index("What went in and what was")
    ]
    assert "### What chosen answers have more of, by lives" in by_group and card.replace(by_group, "") == before
    shown = cli.ok("inspect", folder, "--pairs", "0", "--html", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "wrote" in shown and page.count('id="group-factors"') == 1
    assert 'href="#group-factors"' in page and "by <bdi>age</bdi>" in page and "by <bdi>lives</bdi>" in page
    assert "differences by lives that hold" in cli.ok("inspect", folder, "--pairs", "0")


def test_a_page_of_a_dataset_without_them_says_nothing_of_groups(folder, cli, tmp_path):
    cli.ok("inspect", folder, "--pairs", "0", "--html", tmp_path / "page.html")
    assert "group-factors" not in (tmp_path / "page.html").read_text("utf-8")


def test_what_was_measured_goes_with_retracted_rows(folder, tmp_path):
    keep_analysis(folder, read_provenance(folder), FACTORS, PRINCIPLES, LIVES)
    record = read_provenance(folder)
    first = pq.read_table(folder / min(record.files), columns=["pair_id"])["pair_id"][0].as_py()
    left = without(folder, record, {first}, tmp_path / "staging")
    assert left.row_count() == record.row_count() - 1
    assert left.factors is left.principles is left.audit is None and left.group_factors == []
