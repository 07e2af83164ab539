"""A dataset folder as an object: what it says of itself, what it loads, and what it hands on to pages and release."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from datasets import load_dataset

import polypref
from polypref import Answer, Builder, Dataset, Fields, Files, SourceRater, UserError
from polypref.api.datasets import find_dataset
from polypref.pages import dataset as pages
from polypref.pages import tables
from polypref.release import publish


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory) -> Dataset:
    folder = tmp_path_factory.mktemp("quickstart") / "q"
    return polypref.build("quickstart", folder, languages=["Hebrew", "de"], quiet=True)


@pytest.fixture
def calls(monkeypatch) -> list[tuple[object, ...]]:
    """What is asked of the functions behind the methods, in place of their work."""
    calls: list[tuple[object, ...]] = []
    for module, name in ((tables, "show_dataset"), (pages, "write_page"), (publish, "release_dataset")):
        monkeypatch.setattr(module, name, lambda *words, **more: calls.append((*words, more)))
    return calls


def test_what_a_folder_says_of_itself(quickstart):
    """There are 12 bundled prompts in each language; two of each are in the test split."""
    assert quickstart.configs == ["ml-23", "ml-23-de", "ml-23-he", "ml-5", "ml-5-de"]
    assert quickstart.mixtures == {"ml-23": 20, "ml-5": 5}
    assert quickstart.record.name == "polypref-quickstart"
    read = {row.language: row.rows for row in quickstart.funnel if (row.stage, row.outcome) == ("index", "kept")}
    assert read == {"de": 12, "he": 12}


def test_a_summary_has_the_pairs_of_each_mixture_and_whether_anything_was_written(quickstart):
    assert quickstart.summary() == [
        f"wrote {quickstart.path}: ml-23 20 training pairs, ml-5 5 training pairs",
        "test pairs: ml-23 4, ml-5 2",
        "config ml-23 has 4 test pairs, of at most as many leak groups: a share measured on them, as a win-rate or an "
        "accuracy, is known to ±35 points at best (95% interval of a half); --test 0.5 on the command line, where the "
        "builder comes with polypref, or Split(test=0.5) in a script of your own gives about 12 (±25)",
        "never chosen: 24 answers (answer_in_another_language 24); not asked for: 252 rows (language_not_asked_for "
        f"252); polypref inspect {quickstart.path} --html page.html shows rows of each reason and says what it means",
        "not taken, as per_prompt asks for fewer of each prompt: 38 possible pairs (beyond_per_prompt); more are with "
        "--per-prompt N, of polypref build pairs and answer_pool, or PairRule(per_prompt=N) in a script of your own",
        "contamination checked against samples of m-arena-hard, omgeval, alpaca-eval, ja-vicuna-qa: 0 prompts that "
        "hold one of theirs left out",
    ]
    assert polypref.load(quickstart.path).summary()[0] == (
        f"nothing to do for {quickstart.path}: ml-23 20 training pairs, ml-5 5 training pairs"
    )


def test_two_objects_of_one_folder_are_equal_whether_it_was_just_built_or_not(quickstart):
    assert Dataset(quickstart.path) == quickstart and quickstart.changed and not Dataset(quickstart.path).changed
    assert Dataset(quickstart.path / "other") != quickstart


def test_a_folder_may_be_a_text(quickstart):
    assert Dataset(str(quickstart.path)) == quickstart  # type: ignore[arg-type]
    assert Dataset(str(quickstart.path)).configs == quickstart.configs  # type: ignore[arg-type]


def test_loading_names_what_there_is(quickstart):
    with pytest.raises(UserError, match=r"has no config 'ml-23-dd'; did you mean ml-23-de?"):
        quickstart.load("ml-23-dd")
    with pytest.raises(UserError, match=r"config ml-23 of .* has no split 'dev'; it has train, test"):
        quickstart.load("ml-23", split="dev")
    stream = quickstart.load("ml-23-he", split="test", streaming=True)
    first = next(path for path in sorted((quickstart.path / "data" / "he").glob("test-*.parquet")))
    assert next(iter(stream))["pair_id"] == pq.read_table(first)["pair_id"][0].as_py()


@pytest.mark.slow
def test_a_folder_that_was_built_anew_gives_the_rows_of_now(tmp_path):
    """Once the better answer is the short one, once the long one; texts, names and sizes of the files are the same."""
    rows = [{"prompt": f"Was ist {n} mal {n}?", "short": f"Das ist {n * n}.", "long": f"Das Produkt ist {n * n}."}
            for n in range(11, 31)]  # fmt: skip
    file = tmp_path / "rows.jsonl"

    def built(folder: Path, better: str) -> set[str]:
        scores = {"short": 1.0, "long": 1.0} | {better: 2.0}
        lines = (json.dumps(row | {f"{name}_score": score for name, score in scores.items()}) for row in rows)
        file.write_text("\n".join(lines), "utf-8")
        answers = tuple(
            Answer(name, model=name, score=f"{name}_score", rater="people", licence="apache-2.0")
            for name in ("short", "long")
        )
        fields = Fields("prompt", answers)
        source = Files(str(file), fields, name="rows", revision="1", licence="apache-2.0", language="de")
        made_of = Builder("rows", "1.0.0", sources=(source,), rater=SourceRater("people"), filters=())
        polypref.build(made_of, folder, quiet=True)
        for loaded in (Dataset(folder).load(split="train"), load_dataset(str(folder), split="train")):
            assert {len(row["chosen"][0]["content"]) > 15 for row in loaded} == {better == "long"}
        return set(loaded["chosen_model"])

    assert built(tmp_path / "one" / "rows", "short") == {"short"}
    assert built(tmp_path / "one" / "rows", "long") == {"long"}
    assert built(tmp_path / "two" / "rows", "short") == {"short"}


def test_without_a_config_the_first_mixture_is_loaded(quickstart):
    rows = quickstart.load()
    assert {split: part.num_rows for split, part in rows.items()} == {"train": 20, "test": 4}


def test_a_dataset_is_read_by_load_and_not_yet_by_find(tmp_path):
    assert find_dataset(str(tmp_path)) == Dataset(tmp_path)
    with pytest.raises(UserError, match=r"is not a finished polypref dataset"):
        polypref.load(tmp_path)
    with pytest.raises(UserError, match=r"no folder at .*none; give a dataset folder"):
        find_dataset(tmp_path / "none")


def test_what_is_shown_and_written_is_handed_on_with_names_as_lists(calls, tmp_path):
    dataset = Dataset(tmp_path)
    dataset.inspect()
    dataset.inspect("he, fa", pairs=3)
    dataset.write_page("page.html", ("de",))
    dataset.write_page(tmp_path / "page.html", pairs=2)
    assert calls == [
        (tmp_path, 1, None, {}),
        (tmp_path, 3, ["he", "fa"], {}),
        (tmp_path, Path("page.html"), ["de"], None, {}),
        (tmp_path, tmp_path / "page.html", None, 2, {}),
    ]


def test_a_release_is_private_and_real_unless_it_says_otherwise(calls, tmp_path):
    Dataset(tmp_path).release("org/name")
    Dataset(tmp_path).release("org/name", public=True, create_pr=True, dry_run=True, keep_pii=True)
    flags = ("public", "create_pr", "dry_run", "keep_pii")
    assert calls == [
        (tmp_path, "org/name", dict.fromkeys(flags, False)),
        (tmp_path, "org/name", dict.fromkeys(flags, True)),
    ]
