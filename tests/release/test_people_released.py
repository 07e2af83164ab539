"""A dataset that says who judged, on the Hub: it loads with and without, later versions, and rows taken back."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.hub import LoopbackHub

from .helpers import Line, rows_of
from .test_people import builder, judged, written

_LOAD = """
import json
from datasets import load_dataset
for tag in ("v1.0.0", "v1.1.0"):
    rows = load_dataset("{name}", "all", revision=tag, split="train")
    print(json.dumps([rows.column_names[-2:], len(rows), str(rows.features.get("annotator"))]))
"""


@pytest.fixture(scope="module")
def votes(cli: Line, session_hub: LoopbackHub, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A repository with v1.0.0 without a column of people and v1.1.0 with both, and the folder of the second."""
    folder, name = tmp_path_factory.mktemp("votes"), cli.new_name("votes")
    declared = replace(builder(folder / "rows.jsonl", judged(6), occasion="who"), card="pool.md")
    written(folder / "old", replace(declared, people="none"))
    cli.ok("release", folder / "old", "--repo", name)
    written(folder / "new", replace(declared, version="1.1.0"))
    done = cli.ok("release", folder / "new", "--repo", name)
    assert "column annotator is new; column occasion is new" in done
    return name, folder / "new"


def test_both_forms_load(cli: Line, votes) -> None:
    old, new = map(json.loads, cli.python(_LOAD.format(name=votes[0])).splitlines())
    assert old == [["licence", "flags"], 42, "None"]
    assert new == [["annotator", "occasion"], 42, "Value('string')"]


def test_inspect_shows_who_judged(cli: Line, votes) -> None:
    shown = cli.ok("inspect", f"{votes[0]}@v1.1.0", "--samples", "0")
    assert "agreement of those who judged" in shown and "who judged, in the rows" in shown
    assert "who judged, in the rows" not in cli.ok("inspect", f"{votes[0]}@v1.0.0", "--samples", "0")


def test_the_difference_of_the_forms_is_their_columns(cli: Line, votes) -> None:
    shown = cli.ok("diff", f"{votes[0]}@v1.0.0", votes[1])
    assert "column annotator is new" in shown and "changed" not in shown.replace("nothing changed", "")


def test_a_row_with_an_annotator_is_taken_back(cli: Line, session_hub: LoopbackHub, votes, tmp_path: Path) -> None:
    (rows,) = rows_of(votes[1]).values()
    (tmp_path / "ids.txt").write_text(rows[0]["pair_id"] + "\n", "utf-8")
    done = cli("retract", votes[0], "--rows", tmp_path / "ids.txt", "--reason", "the annotator asked")
    assert done.code == 0, done.err
    repo = session_hub.repo("datasets", votes[0])
    newest = max(repo.tags)
    code = f"""
from datasets import load_dataset
rows = load_dataset("{votes[0]}", "all", revision="{newest}", split="train")
print(len(rows), rows.column_names[-2:], sorted(set(rows["annotator"])) == {sorted({r["annotator"] for r in rows})})
"""
    # With the row go those of the other six, which hold the same texts.
    assert cli.python(code).split("\n")[0] == "35 ['annotator', 'occasion'] True"
