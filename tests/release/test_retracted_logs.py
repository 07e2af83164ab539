"""An earlier retraction stands, whatever people did to the changelog by hand, and wherever a run was interrupted."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from types import MappingProxyType

import pytest

from polypref.release import publish
from polypref.stages import retracted
from tests.hub import Repo

from .helpers import rows_of, snapshot
from .test_retracted_texts import fresh, held, without
from .test_retracted_texts import retract as retract  # a fixture


def edit(repo: Repo, text: str) -> None:
    """Somebody commits another changelog to main; an empty one is none."""
    head = repo.at("main")
    files = dict(head.files)
    files.pop("CHANGELOG.md", None)
    if text:
        files["CHANGELOG.md"] = repo.add_blob(text.encode(), lfs=False)
    sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
    repo.commits_by_sha[sha] = replace(
        head, sha=sha, parents=(head.sha,), title="by hand", files=MappingProxyType(files)
    )
    repo.refs["refs/heads/main"] = sha


def log_of(repo: Repo) -> str:
    return repo.files()["CHANGELOG.md"].decode()


KEPT = {
    "line ends of Windows": lambda text: text.replace("\n", "\r\n"),
    "blanks at the ends of lines": lambda text: text.replace("\n", "  \n"),
    "other bullets": lambda text: text.replace("- ", "* "),
    "without its heading": lambda text: text.partition("\n\n")[2],
    "words of their own before it": lambda text: text.replace("# Changes\n\n## ", "# Changes\n\nMore soon.\n\n### "),
}
LOST = {
    "deleted": lambda text, before: "",
    "put back as it was": lambda text, before: before,
    "a line less": lambda text, before: text[: text.index("  - text")] + text[text.index("  - text") + 42 :],
}


@pytest.mark.slow
@pytest.mark.parametrize("how", KEPT)
def test_what_people_did_to_the_changelog_loses_no_earlier_retraction(two, built, retract, how):
    rows = rows_of(built)
    assert retract(two.id, [rows["he", "train"][1]["pair_id"]]).code == 0
    was = retracted.read_retractions(log_of(two))
    edit(two, KEPT[how](log_of(two)))
    assert retract(two.id, [rows["ja", "test"][0]["pair_id"]]).code == 0
    assert retracted.read_retractions(log_of(two)).covers(was) and log_of(two).startswith("# Changes\n\n## v3.0.0\n")
    assert ("More soon." in log_of(two)) == how.startswith("words")


@pytest.mark.slow
@pytest.mark.parametrize("how", LOST)
def test_where_an_earlier_retraction_was_taken_out_nothing_is_retracted_on_top(two, built, cli, retract, how):
    rows, before = rows_of(built), log_of(two)
    assert retract(two.id, [rows["he", "train"][1]["pair_id"]]).code == 0
    text = log_of(two)
    edit(two, LOST[how](text, before))
    seen = snapshot(two)
    for done in (
        retract(two.id, [rows["ja", "test"][0]["pair_id"]]),
        cli("retract", two.id, "--tag", "v2.0.0", "--reason", "wrong"),
    ):
        assert done.sentence == (
            f"CHANGELOG.md on main of {two.id} no longer tells of all that was retracted before; put that of v2.0.0 "
            "back in its place on the Hub, then run the same command again"
        )
    assert snapshot(two) == seen
    edit(two, text)
    assert retract(two.id, [rows["ja", "test"][0]["pair_id"]]).code == 0
    assert retracted.read_retractions(log_of(two)).covers(retracted.read_retractions(text))


@pytest.mark.slow
def test_a_release_does_not_pass_over_texts_of_a_retraction_that_was_not_finished(two, built, make, cli, retract, hub):
    """It was the second one of the same row: it adds no id."""
    row = rows_of(built)["he", "train"][1]
    fault = hub.fail(kind="500", method="DELETE", path=r"/tag/", times=None)
    assert "error 500" in retract(two.id, [row["pair_id"]], "--of", "chosen").sentence and fault.fired
    hub.clear_faults()
    fault = hub.fail(kind="500", method="POST", path=r"/tag/", times=None)
    assert "error 500" in retract(two.id, [row["pair_id"]]).sentence and fault.fired
    hub.clear_faults()
    german = next(one for one in held(two).values() if one["language"] == "de")
    back = make("back", version="5.0.0", rows=without(row, fresh(german, prompt=row["prompt"])))
    before = snapshot(two)
    assert "a retraction from" in cli("release", back, "--repo", two.id).sentence and snapshot(two) == before
    assert retract(two.id, [row["pair_id"]]).code == 0
    assert "its prompt" in cli("release", back, "--repo", two.id).sentence


@pytest.mark.slow
def test_a_reason_that_reads_like_an_entry_is_none(two, built, cli, retract, tmp_path):
    """Else the newest version would lose its tag, and main keep its data."""
    (tmp_path / "ids").write_bytes(b"\xef\xbb\xbf" + rows_of(built)["he", "train"][1]["pair_id"].encode() + b"\r\n")
    words = ("--rows", tmp_path / "ids", "--reason", "x - v3.0.0 was retracted: y")
    cli.ok("retract", two.id, *words)
    assert retract(two.id, [rows_of(built)["ja", "test"][0]["pair_id"]]).code == 0
    assert "v3.0.0 was retracted: y" in log_of(two) and list(two.tags) == ["v3.0.0"]
    assert cli("retract", two.id, "--tag", "v3.0.0", "--reason", "z").sentence.startswith("v3.0.0 is the only version")


@pytest.mark.parametrize(
    "before", ["", "# Changes\n", "# Changes\n\n## v1\n\n- a\n", "## v1\n\n- a", "\n\n# Changes\r\n\r\nx\r\n"]
)
def test_an_entry_goes_on_top_of_all_that_there_is(before):
    rest = before.replace("\r\n", "\n").replace("# Changes", "").strip()
    assert publish.on_top("## v2\n\n- b\n", before) == "# Changes\n\n## v2\n\n- b\n" + (f"\n{rest}\n" if rest else "")
