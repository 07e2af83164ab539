"""A model's folder by its content; GGUF files and adapters are in test_gguf and test_adapters."""

import shutil

import pytest

pytest.importorskip("torch", reason="needs torch: pip install -e '.[dev]', or make test")

from polypref.errors import UserError
from polypref.inference.weights import weights_digest

from . import tiny


def test_a_folder_goes_by_its_content_wherever_it_is(tmp_path):
    folder = tiny.llama(tmp_path / "one")
    copy = shutil.copytree(folder, tmp_path / "other")
    before = weights_digest(tmp_path / "one")
    assert weights_digest(copy) == before and len(before) == 12
    (copy / "trainer_state.json").write_text("{}", "utf-8")
    assert weights_digest(copy) == before
    (copy / "chat_template.jinja").write_text("{{ 'another' }}", "utf-8")
    assert weights_digest(copy) != before


def test_a_folder_without_weights_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match="holds no weights"):
        weights_digest(tmp_path)
