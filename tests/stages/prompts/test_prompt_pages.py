"""Pages of prompts, and of candidates, as workers compare them."""

import numpy as np
import pyarrow as pa
import pytest

from polypref.stages.prompts.boilerplate import Shared
from polypref.stages.prompts.prompt_pages import (
    Pages,
    ask_page,
    compare_page,
    join_own,
    own_page,
    root,
    sign_page,
    windows_of,
)
from polypref.stages.prompts.signatures import NearDuplicates, bands, jaccard, shingles, signed
from polypref.stages.prompts.stored_texts import write_texts

INSTRUCTION = "please answer the following question in one short sentence and add nothing else to it at all"
ASKED = [f"{INSTRUCTION}: what is number {n}, {n * 7} or {n * 13}?" for n in range(20)]
ALONE = [
    "The quick brown fox jumps over the lazy dog and runs away.",
    "Ja.",
    "Why is the sky blue at noon, and red late?",
]
BITS = 20


@pytest.fixture
def pages(tmp_path):
    texts = ASKED + ALONE
    write_texts(tmp_path, pa.table({"language": ["en"] * len(texts), "text": texts}).to_batches())
    return Pages(tmp_path, NearDuplicates(), 10, BITS)


def shared_of(pages: Pages) -> Shared:
    shared = Shared.of(20, BITS)
    for number in range(3):
        sign_page(pages, number)
        with np.load(pages.file("signed", number)) as saved:
            shared.add(saved["held"], saved["times"])
    return shared


def test_a_page_has_the_bands_of_its_prompts_that_are_long_enough(pages):
    assert [sign_page(pages, number) for number in range(3)] == [10, 10, 3]
    with np.load(pages.file("signed", 2)) as saved:
        assert saved["long"].tolist() == [0, 2]  # "Ja." has no five shingles
        grams, exact = shingles(ALONE, ["en"] * 3)
        assert (saved["bands"] == bands(signed(grams, NearDuplicates()))[[0, 2]]).all()
        assert (saved["exact"] == exact).all()


def test_windows_are_counted_once_a_prompt_over_all_pages(pages):
    counts = shared_of(pages).counts
    # 17 words are the same in the twenty, and "what is number" behind them: 13 windows and 3 more.
    assert np.count_nonzero(counts == 20) == 16 and counts.max() == 20


def test_prompts_behind_an_instruction_are_signed_by_their_questions(pages):
    shared = shared_of(pages)
    for number in range(3):
        shared.count_ends(windows_of(pages, number))
    assert [ask_page(pages, number, shared) for number in range(3)] == [10, 10, 0]
    assert not pages.file("asked", 2).exists()
    assert own_page(pages, 0) == 10
    with np.load(pages.file("own", 0)) as saved, np.load(pages.file("signed", 0)) as whole:
        assert saved["nodes"].tolist() == list(range(10))
        assert not (saved["bands"] == whole["bands"]).all(axis=1).any()
        own = saved["units"][: saved["ends"][1]]
    assert own.tolist() == [False] * 17 + [False] * 3 + [True] * 4


def test_candidates_are_compared_by_their_shingles_but_those_that_are_joined_by_the_ones_before(pages):
    pairs = np.array([[0, 1], [0, 2], [1, 2], [20, 22]])
    assert compare_page(pages, 4, pairs) == 4
    with np.load(pages.file("alike", 4)) as saved:
        similarity = saved["similarity"]
    sets = [np.unique(shingles([text], ["en"])[0].values) for text in ASKED + ALONE]
    assert similarity[0] == jaccard(sets[0], sets[1]) >= 0.7 and similarity[1] == jaccard(sets[0], sets[2]) >= 0.7
    assert np.isnan(similarity[2])
    assert similarity[3] == jaccard(sets[20], sets[22]) < 0.1


def test_candidates_behind_an_instruction_are_compared_by_their_questions(pages):
    shared = shared_of(pages)
    for number in range(3):
        shared.count_ends(windows_of(pages, number))
    asked = [number for number in range(3) if ask_page(pages, number, shared)]
    for number in asked:
        own_page(pages, number)
    join_own(pages, asked)
    compare_page(pages, 0, np.array([[3, 17], [20, 22]]))
    with np.load(pages.file("alike", 0)) as saved:
        alike, apart = saved["similarity"].tolist()
    assert alike < 0.3 and apart < 0.1


def test_a_root_is_the_least_of_what_is_joined():
    forest = {3: 2, 2: 1, 1: 1}
    assert root(forest, 3) == 1 and forest == {3: 1, 2: 1, 1: 1}
    assert root(forest, 9) == 9
