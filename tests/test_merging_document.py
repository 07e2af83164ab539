"""docs/merging.md: its files and its script make the build that it speaks of."""

import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import polypref
from polypref.layouts.sources import Files
from tests.inference.loopback import Loopback, chat

PAGE = (Path(__file__).parents[1] / "docs" / "merging.md").read_text("utf-8")
FILES = dict(re.findall(r"(?ms)^`(\w+\.jsonl)`,.*?^```json\n(.*?)^```", PAGE))
SCRIPT, BY_NAME = re.findall(r"(?ms)^```python\n(.*?)^```", PAGE)
(COMMAND,) = re.findall(r"(?ms)^```sh\npolypref (.*?)^```", PAGE)
ANSWERS = {
    "writer-1": "Le pain lève, car la levure produit du gaz dans la pâte.",
    "writer-2": "Je ne sais pas du tout.",
}


def served(body: dict[str, Any], _: Any) -> dict[str, Any]:
    return chat(ANSWERS[body["model"]], body["model"])


@pytest.mark.slow
def test_the_script_of_the_page_makes_one_build_of_three_kinds(tmp_path, request) -> None:
    run = request.getfixturevalue("polypref")
    for name, rows in FILES.items():
        (tmp_path / name).write_text(rows, "utf-8")
    (tmp_path / "merge.py").write_text(SCRIPT, "utf-8")
    with Loopback(served) as models:
        run(*COMMAND.split(), "--at", models.url, "--test", "0", "--workers", "1", "--quiet", cwd=tmp_path)
    rows = [row for file in (tmp_path / "build/merged/data").glob("*/*") for row in pq.read_table(file).to_pylist()]
    pairs = {
        (row["language"], row["rater"]): (row["chosen"][-1]["content"], row["rejected"][-1]["content"]) for row in rows
    }
    assert pairs == {
        ("de", "people"): ("Mit Dampf im heißen Ofen.", "Das weiß ich nicht."),
        ("he", "people"): ("בתנור חם עם קצת אדים.", "לא יודע."),
        ("de", "markers"): ("Man backt es länger und heißer.", "Brot ist Brot."),
        ("ja", "markers"): ("熱いオーブンで蒸気を入れて焼きます。", "わかりません。"),
        ("fr", "relevance-baseline"): (ANSWERS["writer-1"], ANSWERS["writer-2"]),
    }
    # The German prompt stands in two sources: its rows name both, and each of them its own rater.
    assert {row["source"] for row in rows if row["language"] == "de"} == {"votes@1; marks@1"}


def test_a_layout_by_name_makes_a_source_with_its_way() -> None:
    names: dict[str, Any] = {}
    exec(BY_NAME, names)
    rows = names["rows"]
    assert isinstance(rows, Files) and rows.rater == polypref.SourceRater("pandalm annotators")
    assert rows.pairs == polypref.PairRule("given") and set(rows.fields.joins) == {"pandalm annotators"}
