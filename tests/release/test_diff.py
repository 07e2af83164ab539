"""What differs between two versions, counted by hand, and the step of the version that it asks for."""

from __future__ import annotations

import copy
import json

import pyarrow as pa
import pytest

from polypref import schema
from polypref.errors import UserError
from polypref.files import published
from polypref.release.diff import ConfigChanged, Difference, RowsChanged, difference, needed_version

from .helpers import rows_of


def compare(old, new):
    result = difference(old, new)
    return {(row.language, row.kind, row.cause): row.rows for row in result.rows}, result


def swap(row):
    for column in [name for name in row if name.startswith("chosen")]:
        other = "rejected" + column.removeprefix("chosen")
        row[column], row[other] = row[other], row[column]


def test_the_same_folder_differs_in_nothing(built):
    rows, result = compare(built, built)
    assert (rows, result) == ({}, Difference()) and result.bump == "none" and result.sentence() == "nothing"


def test_the_sentence_adds_up_languages_and_names_six_configs():
    rows = [
        RowsChanged("de", "changed", "label", 1_200),
        RowsChanged("ja", "changed", "label", 34),
        RowsChanged("ja", "removed", "", 5),
        RowsChanged("de", "changed", "other_columns", 6),
    ]
    configs = [ConfigChanged(f"c{number}", number * 1000, number) for number in range(1, 8)]
    sentence = Difference(rows, configs, ["column x came"], card=True).sentence()
    head, *six, last = sentence.split("; config ")
    assert head == "1,234 rows changed (label); 5 rows removed; 6 rows changed (other columns)"
    assert six == [f"c{number}: {number},000 in, {number} out" for number in range(1, 6)]
    assert last == "c6: 6,000 in, 6 out; column x came"


def test_rows_removed_and_added_by_language(built, make):
    def take(table):
        del table["de", "train"][2:5]
        del table["he", "test"][0]

    shorter = make(rows=take)
    rows, result = compare(built, shorter)
    assert rows == {("de", "removed", ""): 3, ("he", "removed", ""): 1} and result.bump == "major"
    # Backwards nothing leaves and 4 pairs come; the quota of `four` in de and he holds other pairs than before.
    rows, result = compare(shorter, built)
    assert rows == {("de", "added", ""): 3, ("he", "added", ""): 1}


def test_rows_added_at_the_end_are_a_minor_step(built, make):
    def cut(table):
        for rows in table.values():
            rows.pop()

    rows, result = compare(make(rows=cut), built)
    assert rows == {(tag, "added", ""): 2 for tag in ("de", "he", "ja")}
    # `all` has 2 x 3 more; `four` is a prefix of the training rows: only its 3 test rows are more.
    assert result.configs == [
        ConfigChanged("all", 6, 0),
        ConfigChanged("four", 3, 0),
    ]
    assert result.bump == "minor"
    assert result.sentence() == "6 rows added; config all: 6 in, 0 out; config four: 3 in, 0 out"


def test_a_row_that_moves_to_the_other_split(built, make):
    def move(table):
        table["ja", "test"].append(table["ja", "train"].pop())

    rows, result = compare(built, make(rows=move))
    assert rows == {("ja", "changed", "split"): 1} and result.bump == "major"


def test_a_flipped_label_is_a_change_of_that_pair(built, make):
    def flip(table):
        for row in table["he", "train"][1:4]:
            swap(row)

    rows, result = compare(built, make(rows=flip))
    assert rows == {("he", "changed", "label"): 3} and result.bump == "major"


@pytest.mark.parametrize("column", ["prompt", "chosen", "rejected"])
def test_a_changed_text(built, make, column):
    def change(table):
        table["de", "train"][0][column][-1]["content"] += " [email]"

    rows, result = compare(built, make(rows=change))
    assert rows == {("de", "changed", "text"): 1} and result.bump == "major"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("chosen_score", 99.0),
        ("score_margin", None),
        ("flags", ["length"]),
        ("rater", "somebody"),
        ("chosen_model", "another"),
        ("rejected_route", "translated"),
        ("licence", "mit"),
    ],
)
def test_other_columns_are_a_minor_step(built, make, column, value):
    rows, result = compare(built, make(rows=lambda table: table["ja", "test"][1].update({column: value})))
    assert rows == {("ja", "changed", "other_columns"): 1} and result.bump == "minor"


def test_the_worst_cause_of_a_row_is_named_once(built, make):
    def change(table):
        row = table["de", "train"].pop()
        swap(row)
        row["prompt"][0]["content"] = "new"
        table["de", "test"].append(row)

    assert compare(built, make(rows=change))[0] == {("de", "changed", "split"): 1}


def test_a_smaller_quota_takes_pairs_out_of_a_mixture_and_is_a_major_step(built, make):
    rows, result = compare(built, make(quotas={"four": {"de": 3, "he": 4, "ja": 1}}))
    assert rows == {} and result.configs == [ConfigChanged("four", 0, 1 + 3)]
    assert result.bump == "major"
    rows, result = compare(make(quotas={"four": {"de": 3, "he": 4, "ja": 1}}), built)
    assert result.configs == [ConfigChanged("four", 4, 0)] and result.bump == "minor"


def test_a_mixture_that_comes_or_goes(built, make):
    def only_all(record):
        return {name: one for name, one in record["mixtures"].items() if name == "all"}

    record = json.loads((built / "provenance.json").read_text("utf-8"))
    assert set(record["mixtures"]) == {"all", "four"}
    less = make(configs=[c for c in record["configs"] if c["config_name"].startswith("all")], mixtures=only_all(record))
    rows, result = compare(built, less)
    # four per language in training, 3 languages, and all 9 test rows.
    assert rows == {} and result.configs == [ConfigChanged("four", 0, 3 * 4 + 9)]
    assert result.bump == "major" and compare(less, built)[1].bump == "minor"


def test_the_card_alone_is_a_patch(built, make):
    rows, result = compare(built, make(prose="## Summary\n\nOther words.\n\n## Intended use\n\nx\n\n## Limits\n\nx\n"))
    assert (rows, result.configs, result.schema) == ({}, [], []) and result.card
    assert result.bump == "patch" and result.sentence() == "card only"


@pytest.mark.slow
@pytest.mark.parametrize("key", ["sources", "models", "notes", "translators"])
def test_licences_and_notes_are_of_the_card(built, make, key):
    extra = {
        "sources": {"name": "more", "revision": "1", "licence": "mit", "rows": 0},
        "models": {"model": "m", "revision": "1", "licence": "mit"},
        "translators": {"name": "t", "licence": "mit", "rows": 0},
        "notes": "A note.",
    }[key]
    assert difference(built, make(**{key: [extra]})).bump == "patch"


@pytest.fixture
def released(monkeypatch):
    """Makes a schema one that was released."""
    return lambda form: monkeypatch.setattr(published, "SCHEMAS", (*published.SCHEMAS, form))


def with_column(field, value=None):
    form = schema.PREFERENCES.append(field)
    return {
        "form": form,
        "rows": lambda table: [row.update({field.name: value}) for rows in table.values() for row in rows],
    }


def test_a_nullable_column_that_comes_is_a_minor_step(built, make, released):
    later = with_column(pa.field("review", pa.string()))
    released(later["form"])
    rows, result = compare(built, make(**later))
    assert rows == {} and result.schema == ["column review is new"] and result.bump == "minor"


def test_a_required_column_that_comes_or_any_that_goes_is_a_major_step(built, make, released):
    later = with_column(pa.field("review", pa.string(), nullable=False), "a")
    released(later["form"])
    required = make(**later)
    rows, result = compare(built, required)
    assert result.schema == ["column review is new and never null"] and result.bump == "major"
    rows, result = compare(required, built)
    assert result.schema == ["column review is gone"] and result.bump == "major" and rows == {}


def replaced(field):
    at = schema.PREFERENCES.get_field_index(field.name)
    return schema.PREFERENCES.set(at, field)


def test_another_type_is_a_major_step(built, make, released):
    form = replaced(pa.field("chosen_score", pa.float32()))
    released(form)
    _, result = compare(built, make(form=form))
    assert result.schema == ["column chosen_score changed from double to float"] and result.bump == "major"


def test_a_column_that_may_be_null_from_now_on_is_a_major_step(built, make, released):
    form = replaced(pa.field("rater", pa.string()))
    released(form)
    _, result = compare(built, make(form=form))
    assert result.schema == ["column rater may be null now"] and result.bump == "major"


def test_other_files_for_the_same_rows_are_no_difference(built, make):
    """A third mixture with a quota of its own cuts the files elsewhere."""
    other = make(quotas={"four": {"de": 9, "he": 9, "ja": 9}})
    back = difference(built, other)
    assert back.rows == [] and back.configs == [ConfigChanged("four", 15, 0)]
    assert len(list(other.glob("data/*/*"))) < len(list(built.glob("data/*/*")))


def test_a_folder_that_is_none(built, tmp_path):
    with pytest.raises(UserError, match="not a finished polypref dataset"):
        difference(built, tmp_path)


@pytest.mark.parametrize(
    ("old", "step", "new"),
    [
        ("1.2.3", "none", "1.2.3"),
        ("1.2.3", "patch", "1.2.4"),
        ("1.2.3", "minor", "1.3.0"),
        ("1.2.3", "major", "2.0.0"),
        ("0.9.10", "minor", "0.10.0"),
    ],
)
def test_the_least_version(old, step, new):
    assert needed_version(old, step) == new


@pytest.mark.slow
def test_between_a_folder_and_versions_on_the_hub(built, make, cli):
    """The command line takes folders, REPO and REPO@TAG; what it prints are the hand-counted numbers."""
    name = cli.new_name()
    cli.ok("release", built, "--repo", name)

    def change(table):
        extra = copy.deepcopy(table["ja", "train"][0]) | {"pair_id": "f" * 32}
        table["ja", "train"].append(extra)

    new = make(version="1.1.0", rows=change, quotas={"four": {"de": 4, "he": 4, "ja": 4}})
    assert len(rows_of(new)["ja", "train"]) == 10
    cli.ok("release", new, "--repo", name)
    same = cli.ok("diff", built, f"{name}@v1.0.0")
    assert same.strip() == "no difference"
    for old, later in ((f"{name}@v1.0.0", name), (built, f"{name}@v1.1.0"), (f"{name}@v1.0.0", new)):
        shown = cli.ok("diff", old, later)
        assert "1 row added; config all: 1 in, 0 out: a minor step" in shown, shown
        assert next(line.split()[1:5:2] for line in shown.splitlines() if "added" in line) == ["ja", "1"]


def test_diff_of_what_is_not_there(built, cli, hub):
    assert "no folder at nowhere/at/all" in cli("diff", built, "nowhere/at/all").sentence
    assert "org/never is neither a folder nor a dataset" in cli("diff", built, "org/never").sentence
    name = cli.new_name()
    cli.ok("release", built, "--repo", name)
    assert cli("diff", built, f"{name}@v9.0.0").sentence.startswith(f"{name} has no such version or commit")
    foreign = cli.new_name("foreign")
    hub.create("datasets", foreign).commit({"data/x.parquet": b"PAR1", "README.md": b"# x"})
    assert cli("diff", built, foreign).sentence.startswith(f"{foreign} at main was not released by polypref")
    assert cli("inspect", foreign).sentence.startswith(f"{foreign} at main was not released by polypref")


def test_inspect_takes_a_version_on_the_hub(built, cli):
    name = cli.new_name()
    cli.ok("release", built, "--repo", name)
    here, there = (cli.ok("inspect", what, "--languages", "he") for what in (built, f"{name}@v1.0.0"))
    assert here == there and "pairs 1.0.0" in here and "Hebrew (he)" in here
