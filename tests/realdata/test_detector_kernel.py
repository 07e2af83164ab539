"""The compiled detector gives every real text the bits that the Python code gives it."""

import csv
import json

import pytest

from polypref.kernels import detector, library
from polypref.languages import likelihoods


def texts(folder) -> list[str]:
    """Paragraphs, sentences, questions, and answers of several models, whole and by lines."""
    whole = []
    for name in ("udhr_23_languages", "udhr_neighbours_22_languages", "tatoeba_22_languages"):
        lines = (folder / "parallel_text" / f"{name}.jsonl").read_text("utf-8").splitlines()
        whole += [json.loads(line)["text"] for line in lines]
    for path in sorted((folder / "m_arena_hard" / "answers").glob("*/*.jsonl")):
        whole += [json.loads(line)["answer"] for line in path.read_text("utf-8").splitlines()[:25]]
    for path in sorted((folder / "language_confusion" / "outputs").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            whole += [row["completion"] for row in csv.DictReader(file)][::10]
    return whole + [line for text in whole[::10] for line in text.split("\n")]


@pytest.mark.slow
def test_on_real_texts(real_data):
    if library.library() is None:
        pytest.skip("needs the library: python polypref/kernels/build.py")
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts(real_data)]
    assert len(encoded) > 15_000
    for begin in range(0, len(encoded), 5_000):
        part = encoded[begin : begin + 5_000]
        assert detector.scores(part, likelihoods.tables()).tobytes() == likelihoods._scores(part).tobytes()
