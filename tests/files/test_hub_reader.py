"""Rows of Hub datasets with their place; a local folder goes through the same library. Guards of the Hub's client."""

import pytest
from huggingface_hub import get_session

from polypref.errors import UserError
from polypref.files import hub_limits, hub_names
from polypref.files.hub_reader import guard_downloads, hub_revision, read_hub
from tests.files.written_files import ROWS, jsonl, rows_of_lines


@pytest.fixture
def hub(tmp_path, monkeypatch):
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    # The library takes a folder of this name here for the dataset.
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "nobody" / "words"
    (folder / "de").mkdir(parents=True)
    (folder / "de" / "train.jsonl").write_bytes(jsonl(ROWS))
    (folder / "de" / "test.jsonl").write_bytes(jsonl(ROWS[:1]))
    (folder / "README.md").write_text(
        "---\nconfigs:\n- config_name: german\n  data_files:\n  - {split: train, path: de/train.jsonl}\n"
        "  - {split: test, path: de/test.jsonl}\n- config_name: other\n  data_files: de/test.jsonl\n---\n"
    )
    return "nobody/words"


def test_rows_of_a_hub_dataset_carry_their_place(hub):
    lines = list(read_hub(hub, "german", "train", "0" * 40))
    assert rows_of_lines(lines) == ROWS
    assert [line.where for line in lines[:2]] == [f"{hub}[german/train] row 0", f"{hub}[german/train] row 1"]
    assert rows_of_lines(list(read_hub(hub, "german", "test", None))) == ROWS[:1]


@pytest.mark.parametrize(
    ("config", "split", "reason"),
    [("french", "train", "french"), ("german", "dev", "dev"), (None, "train", "[Cc]onfig name is missing")],
)
def test_a_part_of_a_hub_dataset_that_is_not_there_is_one_sentence(hub, config, split, reason):
    with pytest.raises(UserError, match=rf"cannot load split '{split}' of .*{reason}") as error:
        list(read_hub(hub, config, split, None))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("config", "shown"), [("french", "nobody/words (french)"), (None, "nobody/words")])
@pytest.mark.parametrize(("revision", "at"), [("v1", "v1"), (None, "main")])
def test_what_could_not_be_loaded_is_named_with_its_config_and_revision(hub, config, shown, revision, at):
    with pytest.raises(UserError) as refused:
        list(read_hub(hub, config, "train", revision))
    assert str(refused.value).startswith(f"cannot load split 'train' of {shown} at revision {at} (")


def test_a_full_commit_id_is_its_own_answer_and_anything_else_needs_the_hub(monkeypatch):
    commit = "0123456789abcdef0123456789abcdef01234567"
    assert hub_revision("nobody/nothing", commit) == commit
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(UserError, match=r"cannot look up nobody/nothing at revision main on the Hub .* full commit id"):
        hub_revision("nobody/nothing", None)


def test_a_pattern_of_files_reads_those_files(hub):
    assert rows_of_lines(list(read_hub(hub, None, "train", None, "de/test*.jsonl"))) == ROWS[:1]


def test_the_guards_of_the_client_are_set_once_and_in_order():
    for _ in range(2):
        guard_downloads()
    hooks = get_session().event_hooks
    assert hooks["request"].count(hub_limits.mark_request) == 1
    ours = [hook for hook in hooks["response"] if hook in (hub_limits.limit_answer, hub_names.check_answer)]
    assert ours == [hub_limits.limit_answer, hub_names.check_answer]  # the second reads what the first limits
