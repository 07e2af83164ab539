"""Cards in the history of versions that stay: those that show a row which was taken back are named."""

from __future__ import annotations

import pytest

from .helpers import rows_of


@pytest.mark.slow
def test_a_version_that_leads_to_a_card_with_the_row_is_named_and_can_go_too(first, built, make, cli, tmp_path):
    row = rows_of(built)["he", "train"][0]
    folder = make("without", version="2.0.0", rows=lambda table: table["he", "train"].pop(0))
    cli.ok("release", folder, "--repo", first.id)
    shown = first.tags["v1.0.0"]
    assert row["pair_id"] in first.files(shown)["README.md"].decode()
    (tmp_path / "ids.txt").write_text(row["pair_id"], "utf-8")
    words = ("retract", first.id, "--rows", tmp_path / "ids.txt", "--reason", "x", "--squash")
    out = cli.ok(*words)
    (line,) = [line for line in out.splitlines() if "whose card shows" in line]
    assert f"v2.0.0 leads to commit {shown[:12]}, whose card shows a row that was taken back" in line
    # Asked again, it says so again; without the version, nothing leads there.
    assert "whose card shows" in cli.ok(*words)
    cli.ok("retract", first.id, "--tag", "v2.0.0", "--reason", "x", "--squash")
    assert "whose card shows" not in cli.ok(*words)


@pytest.mark.slow
def test_a_card_that_somebody_wrote_in_another_encoding_is_looked_at_too(first, built, make, cli, tmp_path):
    row = rows_of(built)["he", "train"][0]
    card = f"gr\xfc\xdfe | {row['pair_id']} |".encode("latin-1")
    written = first.commit({"README.md": card}).sha
    folder = make("without", version="2.0.0", rows=lambda table: table["he", "train"].pop(0))
    cli.ok("release", folder, "--repo", first.id)
    (tmp_path / "ids.txt").write_text(row["pair_id"], "utf-8")
    out = cli.ok("retract", first.id, "--rows", tmp_path / "ids.txt", "--reason", "x", "--squash")
    assert f"v2.0.0 leads to commit {written[:12]}, whose card shows a row that was taken back" in out


@pytest.mark.slow
def test_nothing_is_said_where_no_card_shows_the_row(first, built, make, cli, tmp_path):
    row = rows_of(built)["he", "train"][1]
    cli.ok("release", make("w", version="2.0.0", rows=lambda t: t["he", "train"].pop(1)), "--repo", first.id)
    (tmp_path / "ids.txt").write_text(row["pair_id"], "utf-8")
    out = cli.ok("retract", first.id, "--rows", tmp_path / "ids.txt", "--reason", "x", "--squash")
    assert "whose card shows" not in out and "leads to the commits before it" in out
