"""What a judge is worth, by hand."""

from __future__ import annotations

import pytest

from polypref.evaluation.contract import Verdict
from polypref.evaluation.judge_check.comparisons import PEOPLE, Comparison, battle_of, is_turned
from polypref.evaluation.judge_check.figures import How, Judged, Tokens, all_checks, between_languages, unread_by_writer


def row(
    group: str,
    orders: tuple[float | None, ...],
    *,
    kind: str = "cut",
    tag: str = "de",
    turned: bool = False,
    tie: bool = False,
    again: tuple[float | None, ...] = (),
    better: str = "longer text",
    worse: str = "short",
    writers: tuple[str, str] = ("m", "n"),
) -> Judged:
    """`orders` are scores of the first answer of the battle."""
    one = Comparison(kind, kind, group, tag, (("user", group),), better, worse, tie, writers)
    first, second = (
        tuple(
            Verdict(shown, score, "" if score is not None else "judge_unparsable")
            for shown, score in zip(("model", "other"), scores, strict=False)
        )
        for scores in (orders, again)
    )
    return Judged(one, turned, first, second)


def test_a_share_where_the_winner_is_known() -> None:
    rows = [
        row("a", (1.0, 1.0)),
        row("b", (0.0, 0.0), turned=True),
        row("c", (1.0, 0.0)),
        row("d", (None, 1.0)),
        row("e", (0.0, 0.0)),
    ]
    (of,), every = all_checks(rows, How())
    # Two right, one whose orders differ, one unread, one wrong: (1 + 1 + .5 + .5 + 0) / 5.
    assert (of.known.n, of.known.share, of.kinds["cut"]) == (5, 0.6, of.known)
    assert every.language == "" and every.known == of.known
    assert (of.orders.n, of.orders.share) == (4, 0.75)
    # Shown first and preferred: a once, b once, c twice, e once, of eight verdicts of whole comparisons.
    assert (of.first.n, of.first.share) == (8, 5 / 8)
    assert (of.replies, of.unread, of.failed, of.reasons) == (10, 1, 0, {"judge_unparsable": 1})
    assert of.state == "below" and of.again.share is None and of.people.share is None


def test_people_and_what_is_asked_again() -> None:
    rows = [
        row("a", (1.0, 1.0), kind=PEOPLE, again=(1.0, 0.0)),
        row("b", (1.0, 1.0), kind=PEOPLE, turned=True),
        row("c", (0.5, 0.5), kind=PEOPLE, tie=True),
        row("d", (0.0, 0.0), kind=PEOPLE, turned=True),
    ]
    (of,), _ = all_checks(rows, How())
    assert (of.people.n, of.people.share, of.state) == (3, 2 / 3, "not_known")
    # The judge: one, one, tie, other; people: one, other, tie, other. 3 of 4; by chance 1/8 + 1/8 + 1/16.
    assert of.people_kappa.kappa == pytest.approx((0.75 - 0.3125) / (1 - 0.3125))
    assert (of.again.n, of.again.share) == (2, 0.5)


def test_translations_of_a_comparison() -> None:
    rows = [
        row("a", (1.0, 1.0)), row("a", (1.0, 1.0), tag="fr"), row("a", (0.0, 0.0), tag="he"),
        row("b", (0.0, 0.0)), row("b", (0.0, 0.0), tag="fr"),
        row("c", (1.0, 1.0)),
    ]  # fmt: skip
    by_language, every = all_checks(rows, How())
    shares = {of.language: (of.translations.n, of.translations.share) for of in by_language}
    assert shares == {"de": (2, 0.75), "fr": (2, 0.75), "he": (1, 0.0)}
    # Of a: de 1/2, fr 1/2, he 0; of b: 1 and 1.
    assert every.translations.share == pytest.approx(3 / 5)
    # a: one pair of three agrees; b: all. Labels: two one, three other.
    share = (2 / 5) ** 2 + (3 / 5) ** 2
    fleiss = between_languages(rows, How())
    assert (fleiss.units, fleiss.raters, fleiss.kappa) == (2, 3, pytest.approx((2 / 3 - share) / (1 - share)))


def test_length() -> None:
    rows = [row(f"l{n}", (1.0, 1.0)) for n in range(10)]
    rows += [row(f"s{n}", (float(n < 3),) * 2, better="ab", worse="abcd") for n in range(10)]
    rows += [row("same", (0.0, 0.0), better="ab", worse="cd")]
    (of,), _ = all_checks(rows, How())
    assert (of.length.longer.share, of.length.shorter.share) == (1.0, 0.3)
    assert of.length.difference == pytest.approx(0.7)
    assert of.length.low is not None and of.length.high is not None and 0.2 < of.length.low < 0.7 < of.length.high <= 1


def test_the_bar() -> None:
    def state(right: int, of: int, bar: float = 0.8) -> str:
        rows = [row(str(n), (float(n < right),) * 2) for n in range(of)]
        return all_checks(rows, How(bar=bar))[0][0].state

    # Wilson's lower end for 16 of 16 is 16 / (16 + 1.96 x 1.96) = .806, for 15 of 15 it is .796.
    assert (state(16, 16), state(15, 15)) == ("passes", "too_few")
    assert (state(19, 20), state(10, 15), state(19, 20, 0.7)) == ("below", "below", "passes")


def test_a_verdict_of_one_order_and_soft_ones() -> None:
    (of,), _ = all_checks([row("a", (1.0,)), row("b", (0.0,))], How())
    assert (of.known.share, of.orders.share, of.first.share) == (0.5, None, None)
    # Preferences between 0 and 1: by the mean of both orders.
    (of,), _ = all_checks([row("a", (0.9, 0.4)), row("b", (0.3, 0.4))], How(reading="sign"))
    assert (of.known.share, of.orders.share) == (0.5, 0.5)


def test_tokens_and_cost() -> None:
    tokens = {"de": Tokens(1_000_000, 500_000, 1), "fr": Tokens(2_000_000, 0, 0)}
    how = How(price=(0.5, 2.0), tokens=tokens)
    by_language, every = all_checks([row("a", (1.0, 1.0)), row("a", (1.0, 1.0), tag="fr")], how)
    assert [(of.cost, of.prompt_tokens, of.uncounted) for of in by_language] == [
        (1.5, 1_000_000, 1),
        (1.0, 2_000_000, 0),
    ]
    assert (every.cost, every.prompt_tokens, every.completion_tokens) == (2.5, 3_000_000, 500_000)


def test_unread_replies_by_whose_answers_were_shown() -> None:
    rows = [row("a", (None, 1.0)), row("b", (1.0, 1.0), writers=("m", "o"), again=(None, None))]
    counts = {one.writer: (one.replies, one.unread) for one in unread_by_writer(rows, str)}
    assert counts == {"m": (6, 3), "n": (2, 1), "o": (4, 2)}


def test_the_worse_answer_stands_first_in_half_of_the_battles_and_in_all_languages_alike() -> None:
    rows = [row(f"g{n}", (1.0,), tag=tag).of for n in range(200) for tag in ("de", "he")]
    turned = [is_turned(one, 0) for one in rows]
    assert turned[::2] == turned[1::2] and 70 < sum(turned[::2]) < 130
    for one, is_so in zip(rows, turned, strict=True):
        battle = battle_of(one, 0)
        assert (battle.answer == one.worse) == is_so and (battle.model == one.writers[1]) == is_so


def test_people_who_prefer_another_writer_in_another_language() -> None:
    """The better answer is shown first in both languages and is another writer's: the same writer, the same verdict."""
    own = row("a", (1.0, 1.0), kind=PEOPLE, tag="de", writers=("m", "n"))
    same_writer = row("a", (0.0, 0.0), kind=PEOPLE, tag="fr", writers=("n", "m"))
    other_writer = row("a", (1.0, 1.0), kind=PEOPLE, tag="fr", writers=("n", "m"))
    assert all_checks([own, same_writer], How())[1].translations.share == 1
    assert all_checks([own, other_writer], How())[1].translations.share == 0
    turned = row("a", (1.0, 1.0), kind=PEOPLE, tag="fr", writers=("n", "m"), turned=True)
    assert all_checks([own, turned], How())[1].translations.share == 1
