"""Languages that a reward model was trained on and the pairs lack."""

import json

import pytest

import polypref
from polypref.errors import UserError
from polypref.evaluation.reward_models.trained_on import FILE, languages_of_training, missing_warning
from polypref.inference import Model, Served
from polypref.training import provenance

ROWS = [{"id": "1", "language": "he", "prompt": "מהי בירת צרפת?", "chosen": "פריז.", "rejected": "איני יודע."}]


@pytest.fixture
def trained(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    languages = {"uk": {"rows": 30, "taken": 24}, "he": {"rows": 8, "taken": 8}, "it": {"rows": 3, "taken": 0}}
    (folder / FILE).write_text(json.dumps({"languages": languages}), "utf-8")
    return folder


def test_the_file_is_the_one_that_training_writes():
    assert FILE == provenance.FILE


def test_languages_without_pairs_are_named_with_their_rows(trained):
    assert languages_of_training(str(trained)) == {"he": 8, "uk": 24}
    assert missing_warning(str(trained), ["he"]) == (
        "The model was trained on Ukrainian (uk) 24 rows (training_provenance.json), of which there are no pairs here: "
        "nothing says how good it is there."
    )
    assert missing_warning(str(trained), ["en", "he", "uk"]) == ""


@pytest.mark.parametrize(
    "text", ["", "[]", '{"languages": 3}', '{"languages": {"uk": {}}}', '{"languages": {"uk": 1}}']
)
def test_a_record_that_says_nothing_is_no_hindrance(text, trained):
    (trained / FILE).write_text(text, "utf-8")
    assert languages_of_training(str(trained)) == languages_of_training("org/name") == {}


def test_the_report_has_the_warning(trained, tmp_path, monkeypatch):
    from polypref.inference import choose
    from polypref.inference.requests import Reply

    class Scores:
        def run(self, requests):
            for at, one in enumerate(requests):
                yield one, Reply("", score=-float(at))

    monkeypatch.setattr(choose, "served", lambda name, at, revision: Served(Model(name), Scores()))
    data, out = tmp_path / "pairs.jsonl", tmp_path / "out"
    data.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS), "utf-8")
    results = polypref.evaluate_reward_model(str(trained), data, out, at="transformers", quiet=True)
    assert [one for one in results.warnings if "Ukrainian (uk) 24 rows" in one]
    assert "Ukrainian" in (out / "reward_report.md").read_text("utf-8").split("## Warnings")[1]


@pytest.mark.parametrize("name", ["./none", "build/of/mine", "/tmp/no/such/model"])
def test_a_folder_that_is_not_there_is_said_before_anything_is_read(name, tmp_path):
    with pytest.raises(UserError, match=f"^no model {name}: no folder here; check its path$"):
        polypref.evaluate_reward_model(name, tmp_path / "nothing.jsonl", tmp_path / "out", at="transformers")
    assert not (tmp_path / "out").exists()
