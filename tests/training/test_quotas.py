"""Rows of each language, and their order."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.training.quotas import arrange, quotas, rows_by_language

COUNTS = st.dictionaries(st.sampled_from(["ar", "de", "el", "he", "ja", "uk"]), st.integers(1, 500), min_size=1)


def test_quotas_by_hand():
    counts = {"ar": 100, "ja": 25}
    assert quotas(counts) == counts
    # Square roots 10 and 5: two to one, as many as Arabic's... Japanese's 25 rows allow.
    assert quotas(counts, temperature=2) == {"ar": 50, "ja": 25}
    assert quotas(counts, weights={"ar": 1, "ja": 4}) == {"ar": 6, "ja": 25}
    assert quotas(counts, weights={"ar": 1, "ja": 1}, total=80) == {"ar": 40, "ja": 40}
    with pytest.raises(UserError, match=r"^language_weights has no weight for ja; .* \(ar, ja\), or name as languages"):
        quotas(counts, weights={"ar": 1})
    with pytest.raises(
        UserError, match=r"^language_weights has he, uk, not trained on; the languages are ar, ja: take"
    ):
        quotas(counts, weights={"ar": 1, "ja": 1, "uk": 1, "he": 1})
    with pytest.raises(UserError, match="no row of ja"):
        quotas(counts, weights={"ar": 99, "ja": 1}, total=10)


def test_rows_that_are_asked_for_are_all_taken():
    """A third of 10 is 3.33; 11 rows by 2 to 1 to 1 are 5.5, 2.75 and 2.75, of which the latter two are rounded up."""
    counts = dict.fromkeys(("ar", "ja", "uk"), 20)
    assert quotas(counts, weights=dict.fromkeys(counts, 1), total=10) == {"ar": 4, "ja": 3, "uk": 3}
    assert quotas(counts, weights={"ar": 2, "ja": 1, "uk": 1}, total=11) == {"ar": 5, "ja": 3, "uk": 3}


@given(COUNTS, st.integers(100, 9_999), st.floats(1, 20))
def test_as_many_rows_as_asked_for_and_none_off_its_share_by_one(counts, total, temperature):
    whole = sum(n ** (1 / temperature) for n in counts.values())
    assume(total * min(counts.values()) ** (1 / temperature) >= whole)  # else a language may have no row
    taken = quotas(counts, temperature=temperature, total=total)
    assert sum(taken.values()) == total
    assert all(abs(taken[tag] - total * n ** (1 / temperature) / whole) < 1 for tag, n in counts.items())


@given(COUNTS, st.floats(1, 20))
def test_a_temperature_repeats_no_row_and_keeps_the_order_of_languages(counts, temperature):
    taken = quotas(counts, temperature=temperature)
    assert all(1 <= taken[tag] <= counts[tag] for tag in counts)
    ranked = sorted(counts, key=counts.__getitem__)
    assert [taken[tag] for tag in ranked] == sorted(taken.values())


@given(COUNTS, st.integers(0, 9))
def test_arranged_rows_are_mixed_by_the_seed_and_quotas_are_nested(counts, seed):
    tags = [tag for tag, n in counts.items() for _ in range(n)]
    rows = rows_by_language(tags)
    order = arrange(rows, counts, seed)
    assert sorted(order) == list(range(len(tags))) and order == arrange(rows, counts, seed)
    half = {tag: (n + 1) // 2 for tag, n in counts.items()}
    assert set(arrange(rows, half, seed)) <= set(order)
    # Without the other languages the same rows are taken.
    tag = min(counts)
    alone = arrange({tag: rows[tag]}, {tag: half[tag]}, seed)
    assert set(alone) == {at for at in arrange(rows, half, seed) if tags[at] == tag}
    twice = arrange(rows, {tag: 2 * counts[tag]}, seed)
    assert sorted(twice) == sorted(2 * rows[tag])
