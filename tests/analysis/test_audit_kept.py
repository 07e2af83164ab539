"""`Dataset.audit`: figures go into card and provenance of a dataset that was built here, and nothing else changes."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from polypref import load
from polypref.analysis.answers import audit_files
from polypref.errors import UserError
from polypref.release.analysed import keep_audit
from polypref.release.folder import altered, read_provenance
from polypref.release.retract import without
from tests.release.rated import builder, rows, written


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("audited")
    return written(folder / "out", builder(folder, rows(30)))


@pytest.fixture
def folder(built, tmp_path) -> Path:
    shutil.copytree(built, tmp_path / "out", copy_function=shutil.copy2)
    return tmp_path / "out"


def digests(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "data").rglob("*.parquet"))}


def test_an_audit_is_kept_in_card_and_provenance(folder, contents):
    before, data = read_provenance(folder), digests(folder)
    done = load(folder).audit()
    after, card = read_provenance(folder), (folder / "README.md").read_text("utf-8")
    assert after.audit == done and altered(folder, after) is None and digests(folder) == data
    assert (before.audit, after.fingerprint) == (None, before.fingerprint)
    assert "### What answers have in common" in card and "| en | m0 | 30 | the reply to | 1.00" in card
    assert after.audit.answers == {"en": 90} and after.audit.triads == []
    # The same again gives the same bytes, and a build with nothing to do leaves them.
    kept = contents(folder)
    load(folder).audit()
    assert contents(folder) == kept
    written(folder, builder(folder.parent, rows(30)))
    assert contents(folder) == kept


def test_who_does_not_ask_has_neither_key_nor_section(built):
    assert "audit" not in json.loads((built / "provenance.json").read_text("utf-8"))
    assert "What answers have in common" not in (built / "README.md").read_text("utf-8")


def test_a_download_is_looked_at_and_stays_as_it_is(folder, contents):
    shutil.rmtree(folder / ".polypref")
    before = contents(folder)
    assert load(folder).audit().answers_of == "ratings"
    assert contents(folder) == before


def test_without_keep_the_folder_stays_as_it_is(folder, contents):
    before = contents(folder)
    assert load(folder).audit(keep=False).answers == {"en": 90} and contents(folder) == before


def test_an_edited_card_is_not_written_over(folder):
    (folder / "README.md").write_text("mine")
    with pytest.raises(UserError, match=r"README.md was changed after polypref wrote it"):
        load(folder).audit()
    assert (folder / "README.md").read_text() == "mine"


def test_an_audit_of_rows_that_were_built_anew_is_not_kept(folder):
    of, figures = read_provenance(folder), load(folder).audit(keep=False)
    other = replace(of, files={name: replace(one, sha256="0" * 64) for name, one in of.files.items()})
    with pytest.raises(UserError, match="was built anew since its pairs were read; run the same command again"):
        keep_audit(folder, other, figures)
    assert read_provenance(folder).audit is None


def test_what_is_taken_back_is_quoted_no_longer(folder, tmp_path):
    load(folder).audit()
    record = read_provenance(folder)
    row = load(folder).load(split="train")[0]
    new = without(folder, record, {row["pair_id"]}, tmp_path / "less")
    assert record.audit is not None and new.audit is None


def test_stages_that_are_gone_are_not_looked_for(folder):
    record = read_provenance(folder)
    assert audit_files(folder, record).answers_of == "build"
    (folder / ".polypref" / record.rows[0] / "done.json").unlink()
    files = audit_files(folder, record)
    assert files.answers_of == "ratings" and list(files.completions) == []
