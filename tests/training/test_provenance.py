"""What is kept of a training run: typed, with a schema version, without secrets, and in words on the card."""

import json
from dataclasses import dataclass, replace

import pytest

from polypref.errors import UserError
from polypref.files.records import decode, encode
from polypref.training import provenance
from polypref.training.arguments import Arguments
from polypref.training.data import Origin, Taken

TOKEN = "hf_abcdefghijklmnopqrstuvwxyz0123456789"


@dataclass
class Config:
    output_dir: str = "out"
    learning_rate: float = 1e-3
    hub_token: str | None = None


@dataclass
class ModelConfig:
    model_name_or_path: str = "org/base"
    model_revision: str = "main"


@pytest.fixture
def collected() -> provenance.Provenance:
    origin = Origin("org/pairs", None, "v1.0.0", "c" * 40, None)
    arguments = Arguments(dataset_name="org/pairs", held_out_languages=["uk", "he"])
    words = ["--hub_token", TOKEN, "--learning_rate", "0.01"]
    config = Config(output_dir="elsewhere", learning_rate=0.01, hub_token=TOKEN)
    return provenance.collect_provenance(origin, arguments, config, ModelConfig(), {"de": Taken(8, 6)}, words)


def test_the_file_has_a_schema_version_and_no_secret(collected, tmp_path):
    provenance.write_provenance(tmp_path / "model", collected)
    text = (tmp_path / "model" / provenance.FILE).read_text("utf-8")
    stored = json.loads(text)
    assert stored["schema_version"] == 1
    assert stored["dataset"]["commit"] == "c" * 40
    assert stored["languages"] == {"de": {"rows": 8, "taken": 6}}
    assert stored["held_out_languages"] == ["he", "uk"]
    assert stored["base_model"] == {"name": "org/base", "revision": "main"}
    # Where it was written and with which account is nobody's business.
    assert stored["trl"] == {"learning_rate": 0.01}
    assert stored["command"] == "python training/train.py --hub_token '***' --learning_rate 0.01"
    assert TOKEN not in text
    assert decode(provenance.Provenance, stored, "bad") == collected


@pytest.mark.parametrize("words", [["--hub-token", "of-a-hub-of-ours"], ["--hub-token=of-a-hub-of-ours"],
                                   ["--hub_token=of-a-hub-of-ours"]])  # fmt: skip
def test_a_token_of_any_form_is_no_part_of_the_command(words):
    command = provenance._without_tokens([*words, "--seed", "3"])
    assert "of-a-hub-of-ours" not in " ".join(command) and command[-2:] == ["--seed", "3"]
    assert command[0].startswith(words[0].partition("=")[0])


def test_the_commit_of_the_model_that_training_began_with(collected, tmp_path, monkeypatch):
    assert collected.base_model.commit is None and "Trained from" not in provenance.card_section(collected)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    (tmp_path / "models--org--base" / "refs").mkdir(parents=True)
    (tmp_path / "models--org--base" / "refs" / "main").write_text("d" * 40)
    (tmp_path / "models--org--base" / "refs" / "v2").write_text("e" * 40)
    commits = [provenance._base_model("org/base", revision).commit for revision in ("main", None, "v2", "f" * 40)]
    assert commits == ["d" * 40, "d" * 40, "e" * 40, None]
    known = replace(collected, base_model=provenance._base_model("org/base", "main"))
    assert f"Trained from `org/base`, commit `{'d' * 40}`." in provenance.card_section(known)


def test_languages_without_test_rows_stand_in_the_file_and_on_the_card(collected, tmp_path):
    assert "not_evaluated" not in encode(collected) and "without test rows" not in provenance.card_section(collected)
    one = replace(collected, not_evaluated={"de": 6, "it": 16})
    provenance.write_provenance(tmp_path, one)
    stored = json.loads((tmp_path / provenance.FILE).read_text("utf-8"))
    assert stored["not_evaluated"] == {"de": 6, "it": 16} and decode(provenance.Provenance, stored, "bad") == one
    sentence = "Trained on without test rows, so that no evaluation says how they fare: de 6, it 16."
    assert sentence in provenance.card_section(one)


def test_where_things_lie_on_a_machine_is_nobodys_business():
    origin = Origin("/home/ada/build/pairs", None, None, None, "d" * 64)
    arguments = Arguments(dataset_name="/home/ada/build/pairs", flip_rates_from="reviews/r.json")
    words = ["--config", "/home/ada/my.yaml", "--dataset_name=/home/ada/build/pairs", "--output_dir", "~/out", "--beta",
             "0.1", "--flip_rates_from", "reviews/r.json"]  # fmt: skip
    model = ModelConfig(model_name_or_path="/srv/models/base")
    record = provenance.collect_provenance(origin, arguments, Config(), model, {"de": Taken(8, 6)}, words, {"de": 6})
    text = json.dumps(encode(record))
    assert "/home" not in text and "/srv" not in text and "~" not in text
    assert record.dataset.name == record.polypref["dataset_name"] == "pairs" and record.base_model.name == "base"
    assert record.command == (
        "python training/train.py --config my.yaml --dataset_name=pairs --output_dir out --beta 0.1 "
        "--flip_rates_from reviews/r.json"
    )
    assert record.not_evaluated == {"de": 6}


def test_the_card_names_commit_languages_and_command(collected):
    section = provenance.card_section(collected)
    assert "Dataset `org/pairs`, config `default`, commit `cccccccc" in section
    assert "asked for as `v1.0.0`" in section and "Rows trained on in each language: de 6." in section
    assert "Evaluated but not trained on: he, uk." in section and "--learning_rate 0.01" in section


def test_a_file_of_a_later_schema_is_refused(collected):
    with pytest.raises(UserError, match="schema_version is 2, not 1"):
        decode(provenance.Provenance, {"schema_version": 2}, "bad")
