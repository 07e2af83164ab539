"""Decisions in a build: about answers, not about sides; what was done with them, counted by hand."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref import schema
from polypref.errors import UserError
from polypref.review import applying
from polypref.review.agreement import Agreement, Judgements
from polypref.review.applying import DecidedPair, DecisionsUsed
from polypref.review.decisions import FORMAT, Decided, Decision, Decisions

ONE, TWO, THREE, FOUR, FIVE, SIX = (f"{n:032x}" for n in range(1, 7))
X, Y = "a" * 32, "b" * 32


def decided(decision: Decision, chosen: str = X, language: str = "he", judged: Judgements | None = None) -> Decided:
    return Decided(decision, language, chosen, judged)


def pair(pair_id: str, chosen: str = X, **more: object) -> dict[str, object]:
    """A pair of the answers X, which has score 3, and Y, which has 1."""
    scores = {X: 3.0, Y: 1.0}
    rejected = Y if chosen == X else X
    return {
        "pair_id": pair_id,
        "prompt_id": "p",
        "chosen_id": chosen,
        "rejected_id": rejected,
        "language": "he",
        "rater": "x",
        "chosen_score": scores[chosen],
        "rejected_score": scores[rejected],
        "score_margin": scores[chosen] - scores[rejected],
    } | more


def table(*pairs: dict[str, object]) -> pa.Table:
    return pa.Table.from_pylist(list(pairs), schema.PAIRS)


@pytest.mark.parametrize(
    ("decision", "shown", "outcome"),
    [
        ("agreed", X, "agreed"),
        ("agreed", Y, "relabelled"),  # they agreed with Y, and the build has X as chosen
        ("agreed", "", "agreed"),
        ("relabel", X, "relabelled"),
        ("relabel", Y, "agreed"),  # they wanted X in the place of Y, and the build has it there
        ("relabel", "", "relabelled"),
        ("remove", X, "removed"),
        ("remove", Y, "removed"),
        ("undecided", X, "undecided"),
        ("undecided", Y, "undecided"),
    ],
)
def test_what_becomes_of_a_pair_depends_on_the_answer_that_stood_as_chosen(
    decision: Decision, shown: str, outcome: str
) -> None:
    assert applying.outcome_of(decided(decision, shown), X) == outcome


def test_apply_swaps_removes_and_marks() -> None:
    pairs = table(pair(ONE), pair(TWO), pair(THREE))
    kept, removed = applying.apply_decisions(pairs, {ONE: decided("relabel"), TWO: decided("remove")})
    columns = ["pair_id", "chosen_id", "rejected_id", "chosen_score", "rejected_score", "score_margin", "review"]
    assert [list(row.values()) for row in kept.select(columns).to_pylist()] == [
        [ONE, Y, X, 1.0, 3.0, -2.0, "relabelled"],
        [THREE, X, Y, 3.0, 1.0, 2.0, None],
    ]
    assert removed["pair_id"].to_pylist() == [TWO]
    assert kept.schema == schema.PAIRS


def test_a_pair_that_reviewers_turn_round_is_nobodys_vote() -> None:
    whose = {"annotator": "v", "occasion": "o", "rationale": "the first is right"}
    pairs = table(pair(ONE, **whose), pair(TWO, **whose))
    done, _ = applying.apply_decisions(pairs, {ONE: decided("relabel"), TWO: decided("agreed")})
    assert done["annotator"].to_pylist() == [None, "v"] and done["occasion"].to_pylist() == ["o", "o"]
    assert done["rationale"].to_pylist() == [None, "the first is right"]


def test_a_decision_holds_for_every_vote_on_the_two_answers() -> None:
    votes = [pair(ONE), pair(TWO, Y), pair(THREE), pair(FOUR, prompt_id="other")]
    votes = [{**one, "vote_number": number} for number, one in enumerate(votes, 1)]
    done, removed = applying.apply_decisions(table(*votes), {ONE: decided("agreed")})
    assert done["chosen_id"].to_pylist() == [X, X, X, X] and removed.num_rows == 0
    assert done["review"].to_pylist() == ["agreed", "relabelled", "agreed", None]
    # One of before 0.3, which names no answer, speaks of the sides of its own row.
    done, _ = applying.apply_decisions(table(*votes), {TWO: decided("agreed", "")})
    assert done["chosen_id"].to_pylist() == [Y, Y, Y, X]
    _, removed = applying.apply_decisions(table(*votes), {THREE: decided("remove")})
    assert removed["pair_id"].to_pylist() == [ONE, TWO, THREE]
    # Two decisions on votes of the same answers: each on its own row, and the first on the others.
    both = {TWO: decided("undecided"), THREE: decided("remove")}
    done, removed = applying.apply_decisions(table(*votes), both)
    assert done["review"].to_pylist() == ["undecided", "undecided", None] and removed.num_rows == 1


def test_pairs_that_turned_get_the_answer_that_reviewers_prefer() -> None:
    # Y stood as chosen when people judged; now it is X.
    decisions = {ONE: decided("agreed", Y), TWO: decided("relabel", Y), THREE: decided("undecided", Y)}
    kept, removed = applying.apply_decisions(table(pair(ONE), pair(TWO), pair(THREE)), decisions)
    assert removed.num_rows == 0
    assert [list(row.values()) for row in kept.select(["chosen_id", "score_margin", "review"]).to_pylist()] == [
        [Y, -2.0, "relabelled"],
        [X, 2.0, "agreed"],
        [X, 2.0, "undecided"],
    ]


@given(st.sampled_from(["agreed", "relabel"]), st.sampled_from([X, Y]), st.sampled_from([X, Y]))
def test_whatever_the_build_prefers_the_answer_that_reviewers_prefer_is_chosen(
    decision: Decision, shown: str, now: str
) -> None:
    preferred = shown if decision == "agreed" else X if shown == Y else Y
    kept, _ = applying.apply_decisions(table(pair(ONE, now)), {ONE: decided(decision, shown)})
    assert kept["chosen_id"].to_pylist() == [preferred]
    # Carried out once more on what it gave, it changes nothing: no second turn.
    again, _ = applying.apply_decisions(kept, {ONE: decided(decision, shown)})
    assert again["chosen_id"].to_pylist() == [preferred] and again["review"].to_pylist() == ["agreed"]


def write_parts(folder: Path, *parts: pa.Table) -> list[Path]:
    paths = [folder / f"pairs-{number:05d}.parquet" for number in range(len(parts))]
    for path, part in zip(paths, parts, strict=True):
        pq.write_table(part, path)
    return paths


def test_decided_pairs_are_as_the_rater_has_them_before_and_after_decisions(tmp_path: Path) -> None:
    decisions = {ONE: decided("relabel"), TWO: decided("remove"), FOUR: decided("agreed")}
    before = table(pair(ONE), pair(TWO), pair(THREE))
    kept, removed = applying.apply_decisions(before, decisions)
    expected = [DecidedPair(ONE, "he", X, Y), DecidedPair(TWO, "he", X, Y)]
    assert applying.decided_pairs(decisions, write_parts(tmp_path, before), "r.json") == expected
    assert applying.decided_pairs(decisions, write_parts(tmp_path, kept, removed), "r.json") == expected


def test_a_decision_about_an_answer_that_its_pair_does_not_have_is_one_sentence(tmp_path: Path) -> None:
    parts = write_parts(tmp_path, table(pair(ONE)))
    with pytest.raises(UserError) as error:
        applying.decided_pairs({ONE: decided("agreed", "c" * 32)}, parts, "r.json")
    assert str(error.value) == (
        f"r.json: decisions.{ONE}.chosen is '{'c' * 32}', which is neither answer of that pair; import the sheets "
        "again (polypref review import)"
    )


PAIRS = [
    DecidedPair(ONE, "he", X, Y),
    DecidedPair(TWO, "he", X, Y),
    DecidedPair(THREE, "he", X, Y),
    DecidedPair(FOUR, "fa", X, Y),
    DecidedPair(FIVE, "fa", X, Y),
]


def test_what_was_done_is_counted_by_language() -> None:
    decisions = {
        ONE: decided("agreed"),
        TWO: decided("agreed", Y),  # turned back
        THREE: decided("relabel", Y),  # has turned already
        FOUR: decided("relabel", ""),
        FIVE: decided("remove", Y),
        SIX: decided("agreed", X, "ja"),  # of no pair of the build
        "7" * 32: decided("remove", "", ""),
    }
    used = applying.count_used(decisions, PAIRS)
    assert used == {
        "": DecisionsUsed(not_in_build=1),
        "fa": DecisionsUsed(relabelled=1, removed=1, order_unknown=1),
        "he": DecisionsUsed(agreed=2, relabelled=1, turned_back=1, turned_already=1),
        "ja": DecisionsUsed(not_in_build=1),
    }
    assert applying.decisions_sentence(used) == (
        "decisions of reviewers: 7, about pairs of this build: 5 (not in it: no language named 1, ja 1); pairs that "
        "have turned since they were judged: 2, of these turned back to the answer that reviewers prefer: 1 (he 1), "
        "chosen as they prefer already: 1 (he 1); decisions that do not say which answer stood as chosen: 1 (fa 1), "
        "taken as said of the sides as this build has them; polypref review import of the same sheets, with the "
        "dataset that was reviewed, names the answers"
    )


def test_where_nothing_turned_the_sentence_is_short() -> None:
    assert applying.decisions_sentence({"he": DecisionsUsed(agreed=1_200, removed=34)}) == (
        "decisions of reviewers: 1,234, about pairs of this build: 1,234"
    )


def review(decisions: dict[str, Decided]) -> Decisions:
    of_file = Agreement(9, 2, Judgements(9, 9, 0, 0), 0.5, 0.3, 0.7, 0, None, None, None)
    return Decisions(FORMAT, decisions, {"he": of_file})


def test_agreement_is_with_the_answers_that_this_build_has_as_chosen() -> None:
    # In ONE both reviewers preferred X, which is chosen; in TWO one of two preferred Y when it stood as chosen, and in
    # THREE both preferred X when Y did. With X as chosen: ONE 2 of 2, TWO 1 of 2, THREE 2 of 2; 5 of 6 agree.
    # Reviewers said the same in ONE and THREE; of six judgements in three twos five are `chosen`:
    # po = 2/3, pe = (5/6)^2 + (1/6)^2 = 26/36, kappa = (24/36 - 26/36) / (10/36) = -1/5.
    decisions = {
        ONE: decided("agreed", X, judged=Judgements(2, 0, 0, 0)),
        TWO: decided("undecided", Y, judged=Judgements(1, 1, 0, 0)),
        THREE: decided("relabel", Y, judged=Judgements(0, 2, 0, 0)),
        FIVE: decided("remove", Y, "fa", Judgements(0, 0, 1, 1)),
        SIX: decided("agreed", X, judged=Judgements(8, 0, 0, 0)),  # the build does not have it
    }
    pairs = [one for one in PAIRS if one.pair_id in decisions]
    agreement = applying.agreement_in(review(decisions), pairs)
    assert list(agreement) == ["fa", "he"]
    hebrew = agreement["he"]
    assert (hebrew.pairs, hebrew.reviewers, hebrew.judgements) == (3, 2, Judgements(5, 1, 0, 0))
    assert hebrew.agree == 5 / 6 and hebrew.prevalence == 5 / 6
    assert (hebrew.both, hebrew.raw, hebrew.kappa) == (3, 2 / 3, pytest.approx(-1 / 5))
    assert agreement["fa"].judgements == Judgements(0, 0, 1, 1) and agreement["fa"].agree is None


def test_a_file_that_does_not_say_what_was_judged_gives_its_own_figures() -> None:
    earlier = review({ONE: decided("agreed", "", "", None)})
    assert applying.agreement_in(earlier, PAIRS[:1]) == earlier.agreement
