"""The builder of an answer pool: what it calls its source, and the options that it names for columns."""

import json

import pytest

from polypref.errors import UserError
from polypref.layouts.sources import ArenaFolder, Files, HubDataset
from polypref.pipeline.builder import Builder, declare_builder
from polypref.scripting import params
from polypref.scripting.loading import load_script
from tests.conftest import ROOT

ROW = {"id": 7, "prompt": "מה השעה?", "answer": "שלוש.", "model": "m", "language": "he", "score": 4.5}


def declared(*words: object) -> Builder:
    module = load_script(str(ROOT / "builders" / "answer_pool.py"))
    return declare_builder(module, params.parse_words(module.Params, [*map(str, words)], "answer_pool"))


@pytest.fixture
def rows(tmp_path):
    path = tmp_path / "my answers.jsonl"
    path.write_text(json.dumps(ROW) + "\n", "utf-8")
    return path


def test_a_column_that_no_row_has_is_named_with_its_option(rows):
    says = r"my answers\.jsonl has no column 'question_id' \(it has id, .*\); say which it is, as in --group-column"
    with pytest.raises(UserError, match=says + r" id, or --group-column '' for none"):
        declared("--source", rows)
    with pytest.raises(UserError, match=r"has no column 'text' .* as in --answer-column id$"):
        declared("--source", rows, "--group-column", "id", "--answer-column", "text")


def test_a_source_that_nobody_named_is_called_by_its_file(rows, tmp_path):
    builder = declared("--source", rows, "--group-column", "id")
    (source,) = builder.sources
    assert isinstance(source, Files) and source.name == "my-answers"
    assert builder.name == "my-answers-preferences"
    assert declared("--source", rows, "--group-column", "", "--name", "x").name == "x-preferences"
    assert declared("--source", tmp_path / "*.jsonl", "--group-column", "id").name == "answers-preferences"
    assert declared("--source", "org/pool").name == "pool-preferences"


def test_a_dataset_of_the_hub_may_have_a_point_in_its_name():
    (newest,) = declared("--source", "org/pool-v1.5").sources
    assert isinstance(newest, HubDataset)
    assert (newest.repo, newest.revision, newest.split, newest.config) == ("org/pool-v1.5", None, "train", None)
    (named,) = declared("--source", "org/pool", "--revision", "v1", "--split", "test", "--config", "c").sources
    assert (named.revision, named.split, named.config) == ("v1", "test", "c")


def test_a_folder_is_called_as_before(tmp_path):
    for path in ("questions/he.jsonl", "answers/he/one.jsonl", "answers/he/two.jsonl"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text('{"question_id": 1, "turns": [{"content": "x"}], "answer": "y"}\n', "utf-8")
    builder = declared("--source", tmp_path)
    assert isinstance(builder.sources[0], ArenaFolder) and builder.name == "m-arena-hard-preferences"


def test_a_first_row_may_lack_what_others_have_and_columns_may_be_paths(rows):
    more = {"id": 8, "prompt": {"text": "?"}, "answer": "!", "model": "n", "language": "he", "grade": 1}
    rows.write_text(rows.read_text("utf-8") + json.dumps(more) + "\n", "utf-8")
    words = ("--group-column", "id", "--score-column", "grade", "--prompt-column", "prompt.text")
    assert declared("--source", rows, *words).sources
