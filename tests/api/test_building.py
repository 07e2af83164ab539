"""`polypref.build` and the Dataset that it gives: what the command line does, as functions."""

import json
from pathlib import Path

import pytest

import polypref
from polypref import Answer, Builder, Fields, Files, UserError, checks
from polypref.cli import main
from tests.conftest import PROSE, ROOT


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory) -> polypref.Dataset:
    return polypref.build(
        "quickstart", tmp_path_factory.mktemp("quickstart") / "q", languages=["Hebrew", "de"], quiet=True
    )


def declared(path: Path, **more) -> Builder:
    rows = [
        {
            "id": n,
            "prompt": f"Was ist {n} plus {n}, und warum?",
            "language": "de",
            "model": model,
            "answer": text,
            "score": s,
        }
        for n in range(20)
        for model, text, s in (("a", f"Das ergibt {n + n}.", 2), ("b", f"Ich weiß nicht, was {n} sein soll.", 1))
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    answer = Answer("answer", model_column="model", licence="cc0-1.0", score="score")
    fields = Fields("prompt", (answer,), language="language", group="id")
    return Builder(
        "sums",
        "1.0.0",
        sources=(Files(str(path), fields, "sums", "1", "cc0-1.0"),),
        filters=(checks.LengthBounds(),),
        **more,
    )


def test_a_builder_in_ten_lines_is_built_looked_at_and_loaded(tmp_path, capsys):
    dataset = polypref.build(declared(tmp_path / "rows.jsonl"), tmp_path / "out", quiet=True)
    (kept,) = [row.rows for row in dataset.funnel if (row.stage, row.outcome) == ("pair", "kept")]
    assert kept == 20 and dataset.changed
    # Prompts that differ in a number only are near-copies, so all are in one split.
    assert {split: rows.num_rows for split, rows in dataset.load().items()} == {"train": 20}
    assert dataset.mixtures == {"all": 20}
    one = dataset.load("all-de", split="train")
    assert one[0]["chosen"][0]["content"].startswith("Das ergibt")
    dataset.inspect(["de"], pairs=2)
    assert capsys.readouterr().out.count("German (de), pair") == 2
    again = polypref.build(declared(tmp_path / "rows.jsonl"), tmp_path / "out", quiet=True)
    assert not again.changed and again == dataset
    assert polypref.load(tmp_path / "out").record == dataset.record


def test_the_command_and_the_function_give_the_same_bytes(quickstart, tmp_path, contents):
    assert main(["build", "quickstart", "--out", str(tmp_path / "q"), "--languages", "he,de", "--quiet"]) == 0
    assert contents(tmp_path / "q") == contents(quickstart.path)


def test_parameters_of_a_script_are_given_by_name(tmp_path):
    seeded = polypref.build("quickstart", tmp_path / "q", params={"seed": 3, "test": 0}, languages=["de"], quiet=True)
    assert seeded.record.parameters == {"seed": 3, "test": 0.0}
    assert "test" not in seeded.load("ml-23")
    for wrong, says in (
        ({"sed": 1}, "builder script quickstart has no parameter sed; did you mean seed?"),
        ({"seed": "1"}, "parameter seed of quickstart is a int; '1' is none"),
        ({"seed": True}, "parameter seed of quickstart is a int; True is none"),
    ):
        with pytest.raises(UserError, match=f"^{says.replace('?', '.')}"):
            polypref.build("quickstart", tmp_path / "q", params=wrong)


def test_a_script_of_that_name_is_built_and_a_builder_takes_no_params(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert polypref.build("quickstart", "out", languages=["el"], quiet=True).configs[0] == "ml-23"
    with pytest.raises(UserError, match=r"params are for a builder script"):
        polypref.build(declared(tmp_path / "rows.jsonl"), params={"seed": 1})


def test_a_build_without_a_card_goes_through_and_a_release_asks_for_it(tmp_path, capsys):
    script = tmp_path / "mine.py"
    text = (ROOT / "builders" / "quickstart.py").read_text("utf-8").replace("quickstart.md", "mine.md")
    script.write_text(text, "utf-8")
    words = ["build", str(script), "--out", str(tmp_path / "out"), "--languages", "de", "--quiet"]
    assert main(words) == 0
    assert "no card was found (mine.md); a release asks for one" in capsys.readouterr().out
    assert "*Not written yet.*" in (tmp_path / "out" / "README.md").read_text("utf-8")
    dataset = polypref.load(tmp_path / "out")
    dataset.write_page(tmp_path / "page.html")
    with pytest.raises(UserError, match=r"was built without a card; write one with the sections Summary, Intended use"):
        dataset.release("org/name", dry_run=True)
    (tmp_path / "elsewhere.md").write_text(PROSE.replace("For tests.", "Pairs to try."), "utf-8")
    assert main([*words, "--card", str(tmp_path / "elsewhere.md")]) == 0
    assert "no card" not in capsys.readouterr().out
    assert "Pairs to try." in (tmp_path / "out" / "README.md").read_text("utf-8")
