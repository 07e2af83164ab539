"""The checkpoint that a run goes on from."""

from types import SimpleNamespace

import pytest

from polypref.errors import UserError
from polypref.training.resuming import checkpoint


def checkpoint_of(given, folder):
    return checkpoint(SimpleNamespace(resume_from_checkpoint=given, output_dir=str(folder)))


def test_true_is_the_last_one_and_a_folder_is_itself(tmp_path):
    for step in (2, 10):
        (tmp_path / f"checkpoint-{step}").mkdir()
    assert checkpoint_of("true", tmp_path) == checkpoint_of(True, tmp_path) == str(tmp_path / "checkpoint-10")
    assert checkpoint_of(str(tmp_path / "checkpoint-2"), tmp_path) == str(tmp_path / "checkpoint-2")
    assert checkpoint_of(None, tmp_path) is checkpoint_of("False", tmp_path) is checkpoint_of("no", tmp_path) is None


def test_where_there_is_none_it_is_a_sentence(tmp_path):
    with pytest.raises(UserError, match="no checkpoint at nowhere; give its folder, or true"):
        checkpoint_of("nowhere", tmp_path)
    for folder in (tmp_path, tmp_path / "later"):
        with pytest.raises(UserError, match="has no checkpoint to go on from; leave resume_from_checkpoint out"):
            checkpoint_of("true", folder)
