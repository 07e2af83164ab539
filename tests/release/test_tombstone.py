"""Rows that were taken back: known by any of their ids or by a text, and told of in the changelog."""

import pyarrow as pa

from polypref.release import tombstone
from polypref.release.folder import read_provenance
from polypref.stages.retracted import Retracted, Texts, read_retractions

from .helpers import rows_of

ONE, TWO, THREE = (digit * 32 for digit in "123")
SALT = "0" * 32


def test_a_row_is_masked_by_any_of_its_three_ids() -> None:
    table = pa.table({name: [f"{name} {n}" for n in range(3)] for name in tombstone.IDS})
    assert tombstone.mask_entry(table, ["pair_id 0", "group_id 2", "none"]).to_pylist() == [True, False, True]
    assert tombstone.mask_entry(table, []).to_pylist() == [False, False, False]


def test_hits_say_where_they_are_and_why(built) -> None:
    record, rows = read_provenance(built), rows_of(built)
    row = rows["de", "train"][1]
    (hit,) = tombstone.hits(built, record, Retracted(frozenset([row["pair_id"]])))
    assert (hit.language, hit.part, hit.ids[0]) == ("de", "id", row["pair_id"])
    first_rank = int(hit.file.split("-")[1])
    assert rows["de", "train"][first_rank + hit.row - 1] == row
    of_group = list(tombstone.hits(built, record, Retracted(frozenset([row["group_id"]]))))
    assert {one.language for one in of_group} == {"de", "he", "ja"}  # the prompt in all its languages
    assert hit.sentence() == f"{hit.file}, row {hit.row}, pair {row['pair_id']}: taken back by its id"
    marks = tombstone.marks(built, record, {row["pair_id"]}, "chosen", SALT)
    by_text = list(tombstone.hits(built, record, Retracted(texts=(Texts(SALT, frozenset(marks)),))))
    assert row["pair_id"] in {one.ids[0] for one in by_text} and {one.part for one in by_text} == {"chosen"}
    assert by_text[0].sentence().endswith(": its chosen answer")


def test_an_entry_is_read_back_as_what_was_taken_back() -> None:
    rows = {"he": {ONE: (ONE, TWO, THREE)}, "de": {TWO: (TWO, "4" * 32, "5" * 32)}}
    texts = Texts(SALT, frozenset([f"text {'a' * 32}", f"prompt {'b' * 32}"]))
    text = tombstone.entry("1.0.1", rows, {ONE, THREE}, texts, ["- 2 rows retracted: asked for"])
    assert text.splitlines()[:5] == ["## v1.0.1", "", "- 2 rows retracted: asked for", "- de: 1", "- he: 1"]
    # The pair_ids, and the group that was named; prompt_ids that nobody named are not taken back.
    assert read_retractions(text) == Retracted(frozenset([ONE, TWO, THREE]), (texts,))
    assert tombstone.ids_of(text) == {ONE, TWO, THREE} and tombstone.count_rows(rows) == 2


def test_a_reason_cannot_make_lines_of_its_own() -> None:
    assert tombstone.version_line("v1.0.0", "a\n- *b*") == "- v1.0.0 was retracted: a - \\*b\\*"


def test_a_folder_without_a_changelog_tells_of_nothing(tmp_path) -> None:
    assert tombstone.read_log(tmp_path) == "" and tombstone.ids_of("") == set()
    (tmp_path / "CHANGELOG.md").write_text("# Changes\n", "utf-8")
    assert tombstone.read_log(tmp_path) == "# Changes\n"
