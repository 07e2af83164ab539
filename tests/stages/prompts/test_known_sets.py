"""Known evaluation sets: samples of their n-grams take what the whole index takes, as far as they go."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref import languages
from polypref.errors import UserError
from polypref.files.packaged import packaged
from polypref.stages.prompts.evaluation_overlap import Index, Overlap
from polypref.stages.prompts.index import Prompts
from polypref.stages.prompts.known_sets import (
    KNOWN_SETS,
    index_of_samples,
    known_index,
    known_sets,
    samples_of,
)

# 39 words have 32 n-grams of 8, of which all are kept.
MOST_WORDS = 39
WORDS = [f"w{number}" for number in range(50)]


def both(texts: list[str], tag: str = "en") -> tuple[Index, Index]:
    """The whole index and that of the samples, of one set."""
    whole = Index.of([tag] * len(texts), texts, ["set"] * len(texts))
    return whole, index_of_samples(samples_of(whole), ["set"], ["set"])


def test_the_stored_samples_are_of_the_sets_that_are_named() -> None:
    assert tuple(known_sets()) == KNOWN_SETS == Prompts().known_sets
    with np.load(packaged("evaluation", "known_sets.npz").open("rb"), allow_pickle=False) as stored:
        prompts = np.bincount(stored["owners"], minlength=len(KNOWN_SETS))
        assert stored["counts"].sum() == len(stored["hashes"]) == len(stored["places"])
    for name, known, number in zip(KNOWN_SETS, known_sets().values(), prompts, strict=True):
        assert known.prompts == number, name
        assert [languages.get(tag).tag for tag in known.languages] == list(known.languages)
        assert len(known.revision) == 40


def test_they_weigh_less_than_3_megabytes() -> None:
    assert len(packaged("evaluation", "known_sets.npz").read_bytes()) < 3_000_000


@settings(max_examples=60)
@given(
    st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=MOST_WORDS), min_size=1, max_size=6),
    st.data(),
)
def test_of_prompts_of_up_to_39_words_samples_say_what_the_whole_index_says(
    prompts: list[list[str]], data: st.DataObject
) -> None:
    whole, sampled = both([" ".join(words) for words in prompts])
    words = list(data.draw(st.sampled_from(prompts)))
    for place in data.draw(st.lists(st.integers(0, len(words) - 1), max_size=3)):
        words[place] = "other"
    text = " ".join(["before", *words, "after"])
    assert sampled.overlaps([text], ["en"]) == whole.overlaps([text], ["en"])


@pytest.mark.parametrize("tag", ["en", "zh"])
def test_of_a_long_prompt_32_n_grams_are_kept_and_a_copy_is_all_of_it(tag: str) -> None:
    units = [chr(0x4E00 + number) for number in range(400)] if tag == "zh" else [f"w{number}" for number in range(400)]
    text = ("" if tag == "zh" else " ").join(units)
    _, sampled = both([text], tag)
    assert len(sampled.hashes) == 32
    assert sampled.overlaps([f"{text} ..."], [tag]) == [(1.0, "set")]
    assert sampled.overlaps([text[: len(text) // 10]], [tag]) == [(0.0, None)]
    # Four stretches of 22 words (8, and two for each of 7 more): the first three lie in the first three quarters.
    share, _ = sampled.overlaps([text[: len(text) * 3 // 4]], [tag])[0]
    assert share == pytest.approx(0.75, abs=0.05)


def test_only_the_sets_that_are_named_are_looked_for() -> None:
    texts = [" ".join(WORDS[:12]), " ".join(WORDS[20:32])]
    whole = Index.of(["en", "en"], texts, ["one", "other"])
    index = index_of_samples(samples_of(whole), ["one", "other"], ["other"])
    assert index.find(texts, ["en", "en"]) == [None, "other"]
    assert not len(known_index([]).hashes)


def test_the_share_that_is_asked_for_counts() -> None:
    assert known_index(KNOWN_SETS).settings.share == 0.5
    assert known_index(KNOWN_SETS, Overlap(share=0.9)).settings.share == 0.9


def test_a_set_that_is_not_known_is_one_sentence() -> None:
    with pytest.raises(UserError, match=r"'m-arena' is no evaluation set .* did you mean 'm-arena-hard'"):
        Prompts(known_sets=("m-arena",))
