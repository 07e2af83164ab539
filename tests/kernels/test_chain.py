"""The whole chain of default checks says the same of every prompt, answer and pair with the library and without."""

from collections import Counter

import pytest

from polypref.kernels import library
from tests.kernels.rows import edited_pairs, findings
from tests.kernels.switch import without_library

pytestmark = pytest.mark.skipif(library.library() is None, reason=f"nothing is compiled: {library.in_words()}")


@pytest.mark.parametrize(
    ("number", "seed"), [(300, 1), *(pytest.param(2_000, seed, marks=pytest.mark.slow) for seed in range(2, 12))]
)
def test_verdicts_reasons_details_and_flags_are_the_same(number, seed):
    pairs = edited_pairs(number, seed)
    natively = findings(pairs)
    with without_library():
        in_python = findings(pairs)
    for subject, rows in in_python.items():
        assert natively[subject] == rows, subject
    reasons = Counter(one["check"] for subject in ("prompt", "answer") for one in in_python[subject])
    # What the library has a part in is asked here, and answers.
    assert all(reasons[name] for name in ("language", "line_fidelity", "refusals", "translation_artefacts")), reasons
    assert len(reasons) > 8 and sum(one["filter"] is None for one in in_python["pair"]) > number / 2
