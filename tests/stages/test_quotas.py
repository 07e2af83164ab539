"""What a mixture asks for, and what it is given where there is less."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.stages.balance import Mixture
from polypref.stages.quotas import quotas, share_out


@given(
    st.integers(0, 10**9),
    st.dictionaries(st.text("abc", min_size=1, max_size=3), st.floats(1e-300, 1e300), min_size=1, max_size=30),
)
def test_shares_add_up_and_are_within_one_of_exact(total: int, weights: dict[str, float]) -> None:
    shares = share_out(total, weights)
    assert shares.keys() == weights.keys() and sum(shares.values()) == total
    most = max(weights.values())
    whole = math.fsum(w / most for w in weights.values())
    assert all(abs(shares[tag] - total * (w / most / whole)) < 1 + 1e-6 for tag, w in weights.items())


def test_remainders_go_to_the_largest_then_in_order_of_the_tags() -> None:
    assert share_out(10, {"zh": 1, "ar": 1, "el": 1}) == {"ar": 4, "el": 3, "zh": 3}
    # Exact: 1.2, 2.4, 8.4.
    assert share_out(12, {"a": 1, "b": 2, "c": 7}) == {"a": 1, "b": 3, "c": 8}
    # Exact: 10.5, 1.5, 3: the first two tie, however floats have it.
    assert share_out(15, {"b": 0.7, "a": 0.1, "c": 0.2}) == {"a": 2, "b": 10, "c": 3}


AVAILABLE = {"ar": 5, "el": 100, "ja": 1000, "uk": 0}


def test_everything_there_is() -> None:
    shares = quotas(Mixture("m", shortage="error"), AVAILABLE)
    assert shares["el"] == {"asked": 100, "available": 100, "given": 100}
    assert {tag: row["given"] for tag, row in shares.items()} == AVAILABLE


@pytest.mark.parametrize(
    ("mixture", "asked"),
    [
        (Mixture("m", per_language=7), (7, 7, 7, 7)),
        (Mixture("m", total=10), (3, 3, 2, 2)),
        (Mixture("m", total=1000, weights={"ar": 1, "el": 2, "ja": 3, "uk": 4}), (100, 200, 300, 400)),
        (Mixture("m", total=1105, alpha=1), (5, 100, 1000, 0)),
        (Mixture("m", total=9, alpha=0), (3, 3, 3, 0)),
        # 5, 100 and 1000 to the power of one half: 2.236, 10, 31.623 of 43.859.
        (Mixture("m", total=1000, alpha=0.5), (51, 228, 721, 0)),
        (Mixture("m", total=1000, alpha=1e6), (0, 0, 1000, 0)),
    ],
)
def test_what_a_mixture_asks_for(mixture: Mixture, asked: tuple[int, ...]) -> None:
    shares = quotas(mixture, AVAILABLE)
    assert tuple(shares[tag]["asked"] for tag in sorted(shares)) == asked


def test_weights_name_the_languages() -> None:
    assert quotas(Mixture("m", total=4, weights={"ar": 1, "ja": 3}), AVAILABLE).keys() == {"ar", "ja"}


def test_shortage_as_an_error_names_what_lacks() -> None:
    with pytest.raises(UserError, match=r"ar 5 of 50, uk 0 of 50 training pairs"):
        quotas(Mixture("m", per_language=50, shortage="error"), AVAILABLE)
    with pytest.raises(UserError, match=r"ar 5 of 50, uk 0 of 50 training rows; ask for less"):
        quotas(Mixture("m", per_language=50, shortage="error"), AVAILABLE, row_name="row")
    with pytest.raises(UserError, match=r"mixture 'm' is empty: no training row is in any of its languages \(de\)"):
        quotas(Mixture("m", ("de",)), {}, row_name="row")
    assert quotas(Mixture("m", ("el", "ja"), per_language=50, shortage="error"), AVAILABLE)["ja"]["given"] == 50


def test_of_the_shortest_languages_it_is_said_what_they_lost() -> None:
    mixture = Mixture("m", ("ar", "de", "el", "uk"), per_language=10_000, shortage="error")
    available = {"ar": 5, "de": 7, "el": 6}
    with pytest.raises(UserError) as error:
        quotas(mixture, available, None, lambda tag: f"9 prompts of {tag} tie")
    assert str(error.value) == (
        "mixture 'm' cannot be filled: ar 5 of 10,000, de 7 of 10,000, el 6 of 10,000, uk 0 of 10,000 training pairs; "
        "what was left out in uk: 9 prompts of uk tie; what was left out in ar: 9 prompts of ar tie; what was left out "
        "in el: 9 prompts of el tie; ask for less, add prompts, or set shortage to accept or redistribute"
    )


def test_shortage_accepted_gives_less() -> None:
    shares = quotas(Mixture("m", per_language=50), AVAILABLE)
    assert {tag: row["given"] for tag, row in shares.items()} == {"ar": 5, "el": 50, "ja": 50, "uk": 0}


def test_shortage_redistributed_makes_up_the_total() -> None:
    def given_(total: int) -> dict[str, int]:
        shares = quotas(Mixture("m", total=total, shortage="redistribute"), AVAILABLE)
        return {tag: row["given"] for tag, row in shares.items()}

    # 400: 100 each; ar lacks 95 and uk 100, el has no room.
    assert given_(400) == {"ar": 5, "el": 100, "ja": 295, "uk": 0}
    # 240: 60 each; 115 lack: 58 to el, which has room for 40, and the rest to ja.
    assert given_(240) == {"ar": 5, "el": 100, "ja": 135, "uk": 0}
    assert given_(5000) == AVAILABLE


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 200), min_size=1),
    st.integers(1, 500),
    st.sampled_from(["accept", "redistribute", "error"]),
    st.sampled_from(["total", "per_language", "alpha", "weights"]),
)
def test_what_is_given(available: dict[str, int], number: int, shortage: Any, kind: str) -> None:
    kinds: dict[str, dict[str, Any]] = {
        "per_language": {"per_language": number},
        "alpha": {"total": number, "alpha": 0.3},
        "weights": {"total": number, "weights": {tag: i + 0.5 for i, tag in enumerate(available)}},
    }
    mixture = Mixture("m", shortage=shortage, **kinds.get(kind, {"total": number}))
    try:
        shares = quotas(mixture, available)
    except UserError:
        short = any(n < number for n in available.values())
        assert not any(available.values()) or (shortage == "error" and short) or shortage == "accept"
        return
    asked = sum(row["asked"] for row in shares.values())
    assert asked == (number * len(available) if kind == "per_language" else number)
    for row in shares.values():
        assert row["given"] <= row["available"]
        assert row["given"] >= min(row["asked"], row["available"])
        assert row["given"] <= row["asked"] or shortage == "redistribute"
    if shortage == "redistribute":
        assert sum(row["given"] for row in shares.values()) == min(asked, sum(available.values()))
