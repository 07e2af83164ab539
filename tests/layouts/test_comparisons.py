"""What rows say by themselves about which answers are better."""

from polypref.layouts.comparisons import comparisons
from polypref.layouts.sources import Answer, Verdict
from tests.layouts.interpreted import TWO, item_of

RATED = (Answer("a", model="one", score="sa"), Answer("b", model="two", score="sb"))


def compared(*rows, **settings):
    return comparisons([(f"row {number}", item_of(row, **settings)) for number, row in enumerate(rows, 1)])


def sides(comparison):
    return comparison.better, comparison.worse, comparison.tied, comparison.basis


def judged(winner, **more):
    verdict = Verdict("x", "w", first=("1",), second=("2",), tie=("0",))
    return {"answers": TWO, "verdict": verdict} | more, {"prompt": "Q?", "a": "A.", "b": "B.", "w": winner}


def test_a_verdict_says_which_answer_is_better():
    for winner, expected in (
        ("1", (("A.",), ("B.",), False, "for the first answer")),
        ("2", (("B.",), ("A.",), False, "for the second answer")),
        ("0", ((), (), True, "tied")),
    ):
        settings, row = judged(winner)
        (one,) = compared(row, **settings)
        assert (one.where, one.prompt) == ("row 1", "Q?")
        assert sides(one) == expected


def test_a_verdict_that_changes_with_the_order_makes_no_pair():
    verdict = Verdict("x", "w", first=("1",), second=("2",), swapped="v")
    (one,) = compared({"prompt": "Q?", "a": "A.", "b": "B.", "w": "1", "v": "2"}, answers=TWO, verdict=verdict)
    assert sides(one) == ((), (), False, "not the same in both orders")


def test_votes_of_several_rows_count_by_their_majority():
    settings, _ = judged("1")
    rows = [judged(winner)[1] for winner in ("1", "1", "0")]
    (one,) = compared(*rows, **settings)
    assert sides(one) == (("A.",), ("B.",), False, "2 for the first answer, 1 tied")
    (one,) = compared(*rows, *(judged(winner)[1] for winner in ("2", "2")), **settings)
    assert one.better == one.worse == () and not one.tied


def test_a_pair_is_the_same_the_other_way_round_and_another_pair_is_apart():
    settings, row = judged("1")
    turned = row | {"a": row["b"], "b": row["a"], "w": "2"}
    settings["answers"] = (Answer("a"), Answer("b"))
    one, other = compared(row, turned, row | {"b": "C."}, **settings)
    assert sides(one) == (("A.",), ("B.",), False, "2 for the first answer")
    assert sides(other) == (("A.",), ("C.",), False, "for the first answer")


def test_the_highest_score_is_better_than_the_lowest_and_equal_ones_are_a_tie():
    row = {"prompt": "Q?", "a": "A.", "b": "B.", "sa": 2, "sb": 4.5}
    assert sides(compared(row, answers=RATED)[0]) == (("B.",), ("A.",), False, "scored 4.5, 2")
    assert sides(compared(row | {"sb": 2}, answers=RATED)[0]) == ((), (), True, "scored 2, 2")


def test_answers_to_one_prompt_in_several_rows_are_compared():
    rows = [{"prompt": "Q?", "a": text, "s": score} for text, score in (("Low.", 1), ("High.", 3), ("Mid.", 2))]
    rows.append({"prompt": "Other?", "a": "Alone.", "s": 1})
    one, other = compared(*rows, answers=(Answer("a", score="s"),))
    assert (one.where, *sides(one)) == ("row 1", ("High.",), ("Low.",), False, "scored 3, 2, 1")
    assert (other.where, *sides(other)) == ("row 4", (), (), False, "scored 1, the only answer")


def test_rows_without_a_preference_say_nothing():
    (one,) = compared({"prompt": "Q?", "a": "A."}, answers=(Answer("a"),))
    assert sides(one) == ((), (), False, "no preference")


def test_the_turns_before_the_last_one_are_kept_with_who_speaks():
    turns = [{"role": role, "content": text} for role, text in (("system", "S."), ("user", "Q?"), ("assistant", "A."))]
    settings, row = judged("1", prompt="talk")
    (one,) = compared(row | {"talk": [*turns, {"role": "user", "content": "R?"}]}, **settings)
    assert (one.prompt, one.before) == ("R?", (("system", "S."), ("user", "Q?"), ("assistant", "A.")))
    (one,) = compared(row, **judged("1")[0])
    assert one.before == ()
