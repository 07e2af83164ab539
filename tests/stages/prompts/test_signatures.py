"""What is compared of prompts: the same in every process, and an estimate of their similarity."""

import json
import subprocess
import sys

import numpy as np
import pytest

from polypref.errors import UserError
from polypref.stages.prompts.signatures import NearDuplicates, bands, jaccard, shingles, signed
from tests.stages.prompts.test_near_duplicates import SAME


def test_signatures_are_the_same_in_another_process():
    texts, languages = [one for _, one, _ in SAME], [language for language, _, _ in SAME]
    code = (
        "import sys, json; from polypref.stages.prompts.signatures import NearDuplicates, bands, shingles, signed;"
        "texts, languages = json.load(sys.stdin);"
        "print(json.dumps(bands(signed(shingles(texts, languages)[0], NearDuplicates())).tolist()))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps([texts, languages]), capture_output=True, text=True, check=True
    )
    assert json.loads(run.stdout) == bands(signed(shingles(texts, languages)[0], NearDuplicates())).tolist()


def test_signatures_estimate_the_jaccard_similarity():
    one = "The quick brown fox jumps over the lazy dog and runs far away into the deep dark forest of the north"
    other = one.replace("lazy dog", "sleepy cat")
    sets = [np.unique(shingles([text], ["en"])[0].values) for text in (one, other)]
    both = signed(shingles([one, other], ["en", "en"])[0], NearDuplicates(permutations=1024))
    assert abs(float((both[0] == both[1]).mean()) - jaccard(*sets)) < 0.06


def test_bands_differ_by_band_and_agree_where_the_signature_does():
    two = np.full((2, 128), 7, np.uint32)
    two[1, 0] = 8
    hashed = bands(two)
    assert hashed.shape == (2, 25)
    assert len(set(hashed[0].tolist())) == 25
    assert (hashed[0] == hashed[1]).tolist() == [False] + [True] * 24


def test_more_bands_than_permutations_are_refused():
    with pytest.raises(UserError, match=r"permutations=16, bands=17.*at most as many bands"):
        NearDuplicates(permutations=16, bands=17)
