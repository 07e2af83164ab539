"""What is said of a reader, and what a row gives."""

from polypref.exports.contract import Reader
from polypref.exports.table import form_of

from .samples import PAIRS


def test_a_reader_says_whether_it_was_run():
    place = ("org/trainer", "data/reader.py", "0123456789abcdef" + "0" * 24)
    assert Reader(*place).sentence() == "org/trainer data/reader.py at 0123456789ab (read, not run)"
    assert Reader(*place, "trainer 1.0").sentence() == "org/trainer data/reader.py at 0123456789ab (run, trainer 1.0)"


def test_the_turns_of_a_row_are_the_prompts_and_both_answers():
    assert [turn["role"] for turn in PAIRS["system"].turns] == ["system", "user", "assistant", "assistant"]
    assert PAIRS["system"].language == "ar"


def test_files_of_columns_are_parquet():
    assert form_of("verl").suffix == ".parquet" and form_of("jsonl").suffix == ".jsonl"
