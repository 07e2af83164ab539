"""Example rows of a card: three scripts, as in the files, masked where these are, and none that was taken back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from polypref.release.columns import COLUMNS
from polypref.release.examples import _cell, _first_files, language_name
from polypref.release.folder import read_provenance
from polypref.release.provenance import Config, SplitFiles
from polypref.stages.counts import Quota

from .helpers import rows_of
from .test_card import table

MAIL = "erika@mustermann-verlag.de"


def readme(folder) -> str:
    return (folder / "README.md").read_text("utf-8")


def test_the_first_training_row_of_three_scripts_stands_in_the_card_and_each_column_is_explained(built):
    card, rows = readme(built), rows_of(built)
    names = list(rows["de", "train"][0])
    assert table(card, "column") == {name: [COLUMNS[name].replace("`", "")] for name in names}
    shown = table(card, "example")
    assert list(shown) == names
    firsts = [rows[tag, "train"][0] for tag in ("de", "he", "ja")]
    assert shown["pair_id"] == [row["pair_id"] for row in firsts]
    assert shown["language"] == ["de", "he", "ja"]
    assert shown["chosen"][0] == f"assistant: {firsts[0]['chosen'][0]['content']}"
    # Hebrew stands between U+2068 and U+2069, so that its full stop stays with it in a line from left to right.
    assert shown["prompt"][1] == f"user: \u2068{firsts[1]['prompt'][0]['content']}\u2069"
    assert shown["prompt"][2] == f"user: {firsts[2]['prompt'][0]['content']}"
    assert shown["translator"] == ["null"] * 3 and shown["flags"] == ["[]"] * 3
    assert "| example | German \\(de\\) | Hebrew \\(he\\) | Japanese \\(ja\\) |" in card


def test_languages_of_other_scripts_go_before_further_ones_of_the_same(built):
    counts = {"de": 5, "fr": 9, "he": 2, "ru": 5, "yi": 7, "el": 5}
    configs = [
        Config(f"all-{tag}", [SplitFiles("test", [f"{tag}/test"]), SplitFiles("train", [f"{tag}/train", "next"])])
        for tag in counts
    ]
    record = replace(
        read_provenance(built),
        mixtures={"all": {tag: Quota(n, n, n, 1) for tag, n in counts.items()}},
        configs=[Config("all", [], default=True), *configs],
    )
    # French before German, Yiddish before Hebrew, as they have more rows; Greek and Russian have as many.
    assert _first_files(record) == [("fr", "fr/train"), ("yi", "yi/train"), ("el", "el/train")]


def test_what_a_cell_shows():
    turns = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "a|b\n\nc"}]
    assert _cell("prompt", turns) == "\\(1 turn before\\) user: a\\|b c"
    assert _cell("prompt", ['{"role": "assistant", "tool_calls": []}']).startswith('assistant: \\{"role"')
    assert _cell("rationale", "x" * 301) == "x" * 300 + "…" and _cell("rationale", "x" * 300) == "x" * 300
    assert _cell("rationale", "א" * 9_000) == "\u2068" + "א" * 300 + "…\u2069"
    # A mark of the text's own, which would turn the rest of the card, is shown by its number.
    assert _cell("rationale", "a\u202eb") == "aU\\+202Eb"
    assert [_cell("annotator", one) for one in ("0123456789abcdef", "other", None)] == ["a pseudonym"] * 2 + ["null"]
    assert [_cell("x", one) for one in (None, True, 0.5, 3, [], ["a", "b_c"])] == [
        "null", "true", "0.5", "3", "\\[\\]", "a, b\\_c",
    ]  # fmt: skip


def test_a_language_that_nobody_knows_goes_by_its_tag():
    assert language_name("de") == "German" and language_name("qqq") == "qqq"


def test_what_a_release_masks_is_masked_in_its_card(make, cli, hub):
    def change(table):
        for row in table["de", "train"]:
            row["chosen"][0]["content"] += f" {MAIL}"

    name = cli.new_name()
    folder = make(rows=change)
    assert MAIL in readme(folder)
    cli.ok("release", folder, "--repo", name, "--public")
    card = hub.repo("datasets", name).files("v1.0.0")["README.md"].decode()
    assert MAIL not in card and "| example |" in card


@pytest.mark.slow
def test_a_row_that_is_taken_back_is_not_in_the_card_of_what_is_left(first, built, cli, tmp_path):
    rows = rows_of(built)["he", "train"]
    (tmp_path / "ids.txt").write_text(rows[0]["pair_id"], "utf-8")
    cli.ok("retract", first.id, "--rows", tmp_path / "ids.txt", "--reason", "x")
    card = first.files("main")["README.md"].decode()
    assert rows[0]["pair_id"] not in card and rows[0]["chosen"][0]["content"] not in card
    # Hebrew has fewest rows now, and stands last.
    assert table(card, "example")["pair_id"][2] == rows[1]["pair_id"]
