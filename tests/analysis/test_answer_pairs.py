"""The pairs of a dataset as texts: of which languages, and what is refused."""

from types import SimpleNamespace

import pytest

from polypref.analysis.answer_pairs import read_answer_pairs
from polypref.errors import UserError


def test_single_answers_have_no_pairs(tmp_path):
    with pytest.raises(UserError, match="mine has single answers with labels and no pairs"):
        list(read_answer_pairs(tmp_path, SimpleNamespace(unpaired=True, name="mine")))


def test_a_language_without_pairs_is_named(tmp_path):
    record = SimpleNamespace(unpaired=False, name="mine", files={"data/de/train-1-2.parquet": None})
    with pytest.raises(UserError, match="mine has no pair in fr; it has de"):
        list(read_answer_pairs(tmp_path, record, ["de", "French"]))
