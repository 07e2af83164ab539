"""`polypref.build` and the Dataset that it gives: what the command line does, as functions."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

import polypref
from polypref import Answer, Builder, Fields, Files, UserError, checks
from polypref.cli import main
from polypref.languages.own import registered_here
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
    (kept,) = [row.rows for row in dataset.funnel if (row.stage, row.unit, row.outcome) == ("pair", "prompts", "kept")]
    assert kept == 20 and dataset.changed
    # By the hash none of the twenty groups is in test, so one is taken.
    assert {split: rows.num_rows for split, rows in dataset.load().items()} == {"train": 19, "test": 1}
    assert dataset.mixtures == {"all": 19}
    one = dataset.load("all-de", split="train")
    assert one[0]["chosen"][0]["content"].startswith("Das ergibt")
    dataset.inspect(["de"], pairs=2)
    assert capsys.readouterr().out.count("German (de), pair") == 2
    again = polypref.build(declared(tmp_path / "rows.jsonl"), tmp_path / "out", quiet=True)
    assert not again.changed and again == dataset
    assert polypref.load(tmp_path / "out").record == dataset.record


@pytest.mark.slow
def test_a_file_that_is_no_changelog_of_a_release_takes_nothing_back(tmp_path, capsys):
    builder, out = declared(tmp_path / "rows.jsonl"), tmp_path / "out"
    for name, text in (("ids.txt", f"{'a' * 32}\n{'b' * 32}\n"), ("rows.jsonl", (tmp_path / "rows.jsonl").read_text())):
        (tmp_path / name).write_text(text)
        with pytest.raises(UserError, match=rf"^{tmp_path}/{name} is no CHANGELOG.md of a release: .* ORG/NAME"):
            polypref.build(builder, out, retracted=tmp_path / name, quiet=True)
    assert not out.exists()
    # Of another release: nothing of it is here, and that is said.
    (tmp_path / "CHANGELOG.md").write_text(f"# Changes\n\n## v1.0.1\n\n- 1 row retracted\n  - {'a' * 32}\n")
    built = polypref.build(builder, out, retracted=tmp_path, quiet=True)
    sentence = f"nothing that was taken back by {tmp_path} is in this build (retracted, --retracted)\n"
    assert capsys.readouterr().err.endswith(sentence)
    pair = built.load(split="train")[0]["pair_id"]
    (tmp_path / "CHANGELOG.md").write_text(f"- {pair}\n")
    polypref.build(builder, out, retracted=tmp_path, quiet=True)
    assert "nothing that was taken back" not in capsys.readouterr().err


def test_the_command_and_the_function_give_the_same_bytes(quickstart, tmp_path, contents):
    assert main(["build", "quickstart", "--out", str(tmp_path / "q"), "--languages", "he,de", "--quiet"]) == 0
    assert contents(tmp_path / "q") == contents(quickstart.path)


@pytest.mark.slow
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


@pytest.mark.parametrize(
    ("engine", "kind", "words"), [("local", "local.Local", (3,)), ("ray", "cluster.Cluster", ("at:1", 3))]
)
def test_workers_load_the_script_that_a_builder_comes_from(tmp_path, monkeypatch, engine, kind, words):
    started, known = [], registered_here()

    def start(*given):
        started.append([str(one) if isinstance(one, Path) else one for one in given])
        raise UserError("enough")

    monkeypatch.setattr(f"polypref.engines.{kind}", start)
    address = "at:1" if engine == "ray" else None
    for builder in ("quickstart", declared(tmp_path / "rows.jsonl")):
        with pytest.raises(UserError, match="enough"):
            polypref.build(builder, tmp_path / "q", engine=engine, ray_address=address, workers=3)
    store = [str(tmp_path / "q" / ".polypref")] if engine == "ray" else []
    assert started == [
        [*store, *words, str(ROOT / "builders" / "quickstart.py"), known],
        [*store, *words, None, known],
    ]


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_language_asked_for_that_has_no_row_is_said_and_listed(tmp_path, capsys):
    dataset = polypref.build(declared(tmp_path / "rows.jsonl"), tmp_path / "out", languages="de, fr", quiet=True)
    assert capsys.readouterr().err == "no row in fr (asked for by languages)\n"
    assert [(row.stage, row.outcome, row.rows) for row in dataset.funnel if row.language == "fr"] == [("read", "in", 0)]
    dataset.inspect(["de"])
    assert "no row in fr (asked for by languages)" in capsys.readouterr().out
    card = (tmp_path / "out" / "README.md").read_text("utf-8").replace("\\", "")
    assert "- No row in fr (asked for by languages)." in card
    other = polypref.build(declared(tmp_path / "rows.jsonl"), tmp_path / "other", languages="de", quiet=True)
    assert {row.language for row in other.funnel} == {"de"} and "no row" not in capsys.readouterr().err


def test_what_is_no_builder_is_answered_with_what_to_write(tmp_path):
    fields = Fields("prompt", (Answer("answer"),))
    source = Files(str(tmp_path / "rows.jsonl"), fields, "sums", "1", "cc0-1.0")
    asked = r"build\(\) takes a Builder, or the path or name of a script; it got "
    for given, says in (
        (source, r"a Files: put it into Builder\(sources=\(\.\.\.,\)\)"),
        (fields, r"a Fields: put it into a source, and that into Builder\(sources=\(Files\(\.\.\.\),\)\)"),
        (Builder, r"the class Builder: write Builder\(\.\.\.\)"),
        (3, r"3, a int"),
        ([1], r"\[1\], a list"),
        (None, "None"),
    ):
        with pytest.raises(UserError, match=f"^{asked}{says}$"):
            polypref.build(given, tmp_path / "b")


def test_a_misspelt_argument_is_answered_with_the_nearest(tmp_path):
    for call, says in (
        (lambda: polypref.build("quickstart", langauges="de"), r"build.* argument langauges; did you mean 'languages'"),
        (lambda: polypref.evaluate(set="dolly"), r"evaluate.* argument set; did you mean 'sets'"),
        (lambda: polypref.score("x.csv", layuot={}), r"score.* argument layuot; did you mean 'layout'"),
        (lambda: polypref.load("x", version="1"), r"load.* argument version; there are where"),
        (lambda: polypref.Dataset(tmp_path).load(streming=True), r"load.* argument streming; did you mean 'streaming'"),
        (lambda: polypref.evaluate_reward_model(), r"evaluate_reward_model\(\.\.\.\): missing a required argument"),
        (lambda: polypref.train(), r"train\(\.\.\.\): missing a required argument: 'recipe'"),
        (lambda: polypref.evaluate(sets="dolly", models=["a", "b"], judge="reference", at=3), r"at=3: give vllm, "),
    ):
        with pytest.raises(UserError, match=says):
            call()


def test_a_text_in_place_of_a_source_rater_or_check_is_answered_with_what_to_write(tmp_path):
    source = declared(tmp_path / "rows.jsonl").sources[0]
    for keys, says in (
        (
            {"sources": ("answers.jsonl",)},
            r"Builder\(sources=...\): a text is no source; write Files\('answers.jsonl', ",
        ),
        (
            {"sources": (source,), "rater": "reward"},
            r"a text is no rater; write SourceRater\(...\), RewardRater\(...\)",
        ),
        (
            {"sources": (source,), "filters": ("language",)},
            r"a text is no check; write default_chain\(\), or .*Language",
        ),
    ):
        with pytest.raises(UserError, match=says):
            Builder("sums", "1.0.0", **keys)
    with pytest.raises(UserError, match=r"source 'sums' needs a revision that is a text, not 1; quote it"):
        Files("rows.jsonl", source.fields, "sums", 1, "cc0-1.0")


def test_rows_that_where_leaves_out_and_unknown_languages_say_what_to_do(tmp_path):
    (source,) = declared(tmp_path / "rows.jsonl").sources
    builder = Builder("sums", "1.0.0", sources=(replace(source, where={"model": ["c"]}),))
    sentence = r"`where` left out all 40 rows: model is 'a' \(20\), 'b' \(20\) and may be 'c': check"
    with pytest.raises(UserError, match=sentence):
        polypref.build(builder, tmp_path / "where", quiet=True)
    text = (tmp_path / "rows.jsonl").read_text("utf-8")
    (tmp_path / "rows.jsonl").write_text(text.replace('"language": "de"', '"language": "qqx"'), "utf-8")
    builder = Builder("sums", "1.0.0", sources=(source,))
    with pytest.raises(UserError, match=r"qqx.*; to keep them, call each .* add it: --language-name .*, or polypref"):
        polypref.build(builder, tmp_path / "qqx", quiet=True)
    (tmp_path / "rows.jsonl").write_text(text.replace('"language": "de"', '"lang": "de"'), "utf-8")
    none = Builder("sums", "1.0.0", sources=(replace(source, fields=replace(source.fields, language=None)),))
    with pytest.raises(
        UserError, match=r"none given .*; say which column holds it, as in Fields\(..., language='lang'\)"
    ):
        polypref.build(none, tmp_path / "none", quiet=True)
    for empty in ("", "\n\n"):
        (tmp_path / "rows.jsonl").write_text(empty, "utf-8")
        with pytest.raises(UserError, match=r"source 'sums' has no rows; .*rows\.jsonl holds none \(blank lines"):
            polypref.build(builder, tmp_path / "empty", quiet=True)


def test_a_data_file_that_was_changed_is_told_from_one_that_is_gone(tmp_path):
    out = polypref.build(declared(tmp_path / "rows.jsonl"), tmp_path / "out", quiet=True).path
    (file,) = out.glob("data/de/train-*.parquet")
    file.write_bytes(file.read_bytes() + b"x")
    with pytest.raises(UserError, match=f"{file.name} was changed since the build; put the file back, or build into"):
        polypref.load(out)
    file.unlink()
    with pytest.raises(UserError, match=f"{out} lacks data/de/{file.name}; build it again"):
        polypref.load(out)
