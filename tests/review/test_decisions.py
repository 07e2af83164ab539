"""Decisions of a review: by majority, about answers, read back, and of which dataset."""

import json
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.files.atomic import fingerprint
from polypref.files.json_types import Json
from polypref.review import decisions
from polypref.review.agreement import Judgements
from polypref.review.answers import Answer, Meaning
from polypref.review.decisions import DecisionRule
from polypref.review.row_ids import swapped
from tests.conftest import Run

ONE, TWO, THREE = (f"{n:032x}" for n in (1, 2, 3))
X, Y = "a" * 32, "b" * 32
TIED = Judgements(0, 0, 0, 0, tie=2)
BOTH: list[tuple[str, Meaning]] = [("maryam", "rejected"), ("sara", "chosen")]


@pytest.fixture
def run(polypref: Run) -> Run:
    """Runs a command, whatever its exit code is."""
    return partial(polypref, expect=None)


@pytest.mark.parametrize(
    ("votes", "decision"),
    [
        (["chosen"], "agreed"),
        (["rejected"], "relabel"),
        (["both_bad"], "remove"),
        (["not_my_language"], "undecided"),
        (["not_my_language", "not_my_language"], "undecided"),
        (["both_bad", "not_my_language", "not_my_language"], "remove"),
        (["chosen", "rejected"], "undecided"),
        (["chosen", "chosen", "rejected"], "agreed"),
        (["rejected", "rejected", "both_bad"], "relabel"),
        (["chosen", "both_bad"], "remove"),
        (["chosen", "not_my_language", "not_my_language"], "agreed"),
        (["tie"], "undecided"),
        (["rejected", "tie"], "undecided"),
        (["rejected", "rejected", "tie"], "relabel"),
        (["chosen", "chosen", "rejected", "tie", "tie"], "undecided"),
        (["tie", "both_bad"], "remove"),
        (["tie", "tie", "both_bad"], "undecided"),
    ],
)
def test_decision_by_majority(votes: list[Meaning], decision: str) -> None:
    answers = [Answer(ONE, "he", f"r{n}", vote, "") for n, vote in enumerate(votes)]
    (decided,) = decisions.decide_pairs(answers).values()
    assert decided.decision == decision
    assert decided.judgements == Judgements(
        *map(votes.count, ("chosen", "rejected", "both_bad", "not_my_language", "tie"))
    )


@pytest.mark.parametrize(
    ("votes", "rule", "decision"),
    [
        (["rejected"], DecisionRule(agree=2), "undecided"),
        (["rejected", "rejected"], DecisionRule(agree=2), "relabel"),
        (["rejected", "rejected", "chosen"], DecisionRule(agree=3), "undecided"),
        (["both_bad"], DecisionRule(agree=2), "undecided"),
        (["both_bad", "both_bad", "chosen"], DecisionRule(agree=2), "remove"),
        (["chosen"], DecisionRule(agree=2), "agreed"),
        (["tie"], DecisionRule(ties="remove"), "remove"),
        (["tie"], DecisionRule(2, "remove"), "undecided"),
        (["tie", "tie"], DecisionRule(2, "remove"), "remove"),
        (["chosen", "rejected"], DecisionRule(ties="remove"), "undecided"),
    ],
)
def test_a_change_takes_as_many_as_the_rule_asks_for_and_ties_do_what_it_says(
    votes: list[Meaning], rule: DecisionRule, decision: str
) -> None:
    answers = [Answer(ONE, "he", f"r{n}", vote, "") for n, vote in enumerate(votes)]
    assert decisions.decide_pairs(answers, rule)[ONE].decision == decision


COUNT = st.integers(0, 6)


@given(st.builds(Judgements, COUNT, COUNT, COUNT, COUNT, COUNT), st.integers(1, 6), st.sampled_from(["keep", "remove"]))
def test_more_reviewers_asked_for_only_ever_leave_a_pair_undecided(
    judged: Judgements, agree: int, ties: decisions.Ties
) -> None:
    alone, several = (decisions.decision_of(judged, DecisionRule(number, ties)) for number in (1, agree))
    assert several in (alone, "undecided")
    turned = {"agreed": "relabel", "relabel": "agreed"}
    assert decisions.decision_of(judged.turned(), DecisionRule(1, ties)) == turned.get(alone, alone)


def test_what_two_sheets_say_of_a_pair_that_turned_between_them_is_put_in_one_order() -> None:
    # Noa saw X as chosen and preferred it; Maryam saw Y as chosen and preferred the other; Sara preferred Y.
    noa = Answer(ONE, "he", "noa", "chosen", "", X, Y)
    maryam, sara = (Answer(ONE, "he", name, meaning, "", Y, X) for name, meaning in BOTH)
    in_order = decisions.in_one_order([noa, maryam, sara])
    assert [(one.reviewer, one.meaning, one.chosen, one.rejected) for one in in_order] == [
        ("noa", "chosen", X, Y),
        ("maryam", "chosen", X, Y),
        ("sara", "rejected", X, Y),
    ]
    assert decisions.decide_pairs([noa, maryam, sara]) == {
        ONE: decisions.Decided("agreed", "he", X, Judgements(2, 1, 0, 0))
    }
    # The first sheet gives the order: the same decision, seen from the other side.
    assert decisions.decide_pairs([maryam, noa, sara]) == {
        ONE: decisions.Decided("relabel", "he", Y, Judgements(1, 2, 0, 0))
    }


def test_a_sheet_that_names_no_answers_is_taken_as_said_of_the_sides_of_those_that_do() -> None:
    old, new = Answer(ONE, "he", "noa", "chosen", ""), Answer(ONE, "he", "maryam", "chosen", "", X, Y)
    assert [one.chosen for one in decisions.in_one_order([old, new])] == [X, X]
    assert decisions.decide_pairs([old])[ONE].chosen == ""


def test_sheets_that_name_different_answers_for_one_pair_are_refused() -> None:
    noa = Answer(ONE, "he", "noa", "chosen", "", X, Y, place="a.csv row 3")
    answers = [noa, Answer(ONE, "he", "maryam", "chosen", "", X, "c" * 32, place="b.csv row 9")]
    with pytest.raises(UserError, match=f"^a.csv row 3 and b.csv row 9 name different answers for pair {ONE}; leave "):
        decisions.decide_pairs(answers)


def test_each_decision_is_counted_under_its_own_name() -> None:
    given: list[tuple[int, decisions.Decision]] = [(1, "agreed"), (2, "relabel"), (3, "remove"), (4, "undecided")]
    ids = (f"{n:032x}" for n in range(10))
    of_pairs = {
        next(ids): decisions.Decided(decision, "he", X, None) for number, decision in given for _ in range(number)
    }
    review = decisions.Decisions(decisions.FORMAT, of_pairs, {})
    assert decisions.counted(review) == (
        "of 10 pairs judged, a build keeps 1 as they are, relabels 2, removes 3 and marks 4 as undecided"
    )


def test_pairs_that_too_few_agree_on_are_counted() -> None:
    judged = {ONE: Judgements(0, 1, 0, 0), TWO: Judgements(0, 0, 1, 0), THREE: Judgements(1, 1, 0, 0)}
    of_pairs = {one: decisions.Decided("undecided", "he", X, each) for one, each in judged.items()}
    review = decisions.Decisions(decisions.FORMAT, of_pairs, {}, rule=DecisionRule(agree=2))
    assert decisions.counted(review).endswith("3 as undecided, 2 of these as fewer than 2 reviewers agree on a change")


def test_a_rule_and_ties_come_back_and_no_name_is_in_the_file(tmp_path: Path) -> None:
    rows = [f"{ONE}-0-{X}-{Y},he,tie,,Zebulon", f"{ONE}-0-{X}-{Y},he,tie,so,Keturah"]
    (tmp_path / "s.csv").write_text("id,language,verdict,comment,reviewer\n" + "\n".join(rows), "utf-8")
    rule = DecisionRule(2, "remove")
    written = decisions.bring_back("x 1.0.0", [tmp_path / "s.csv"], tmp_path / "review.json", rule=rule)
    assert written.decisions == {ONE: decisions.Decided("remove", "he", written.decisions[ONE].chosen, TIED)}
    assert decisions.read_decisions(tmp_path / "review.json") == written and written.rule == rule
    text = (tmp_path / "review.json").read_text("utf-8")
    assert "Zebulon" not in text and "Keturah" not in text


def test_decisions_come_back_as_they_were_written(tmp_path: Path) -> None:
    (tmp_path / "noa.csv").write_text(
        f"id,language,verdict,comment\n{ONE}-0,he,A,clear\n{TWO}-0,he,both bad,\n{THREE}-0,he,,\n", "utf-8"
    )
    written = decisions.bring_back("x 1.0.0", [tmp_path / "noa.csv"], tmp_path / "review.json")
    # Pair ONE shows the rejected answer as A where md5 of "0:side:ONE" begins with an odd byte.
    side = "relabel" if swapped(ONE, 0) else "agreed"
    assert {pair: one.decision for pair, one in written.decisions.items()} == {ONE: side, TWO: "remove"}
    assert {one.chosen for one in written.decisions.values()} == {""}
    assert written.comments == [decisions.Comment(ONE, "he", "clear")] and written.dataset == "x 1.0.0"
    assert decisions.read_decisions(tmp_path / "review.json") == written


@pytest.mark.parametrize("name", ["none.json", "."])
def test_decisions_that_are_no_file_are_told_before_a_build_begins(run: Run, tmp_path: Path, name: str) -> None:
    builder, path = Path("builders/quickstart.py").resolve(), tmp_path / name
    done = run("build", builder, "--out", tmp_path / "out", "--languages", "ja", "--quiet", "--review", path)
    assert done.returncode == 2
    problem = f"there is no file {path}" if name == "none.json" else f"{path} is a folder"
    assert done.stderr == f"polypref: {problem}; give the file that polypref review import wrote as review (--review)\n"
    assert not list((tmp_path / "out" / ".polypref").glob("read-*"))


def test_a_decisions_file_is_not_written_in_the_place_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "noa.csv").write_text(f"id,language,verdict\n{ONE}-0,he,A\n", "utf-8")
    with pytest.raises(UserError, match=f"cannot write {tmp_path}: it is a folder; give the name of a file"):
        decisions.bring_back("x 1.0.0", [tmp_path / "noa.csv"], tmp_path)


def test_a_reviewer_who_contradicts_himself_is_asked(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(f"id,language,verdict\n{ONE}-0,he,A\n{ONE}-0,he,B\n", "utf-8")
    with pytest.raises(UserError, match="twice and differently"):
        decisions.bring_back("x 1.0.0", [sheet], tmp_path / "out.json")
    assert not (tmp_path / "out.json").exists()


def test_a_decision_says_which_answer_stood_as_chosen(tmp_path: Path) -> None:
    # A reviewer prefers B, which is Y: the chosen answer where the sheet shows the rejected one first.
    (tmp_path / "noa.csv").write_text(f"id,language,verdict\n{ONE}-0-{X}-{Y},he,B\n", "utf-8")
    written = decisions.bring_back("x 1.0.0", [tmp_path / "noa.csv"], tmp_path / "review.json")
    expected = (
        decisions.Decided("agreed", "he", Y, Judgements(1, 0, 0, 0))
        if swapped(ONE, 0)
        else decisions.Decided("relabel", "he", X, Judgements(0, 1, 0, 0))
    )
    assert written.decisions == {ONE: expected}
    assert decisions.read_decisions(tmp_path / "review.json") == written


def test_a_reviewer_who_says_the_same_of_a_pair_that_turned_is_counted_once(tmp_path: Path) -> None:
    lines = [f"{ONE}-0-{X}-{Y},he,A,noa", f"{ONE}-0-{Y}-{X},he,B,noa"]
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("id,language,verdict,reviewer\n" + "\n".join(lines) + "\n", "utf-8")
    written = decisions.bring_back("x 1.0.0", [sheet], tmp_path / "review.json")
    assert written.agreement["he"].judgements in (Judgements(1, 0, 0, 0), Judgements(0, 1, 0, 0))
    sheet.write_text(sheet.read_text("utf-8").replace(",B,", ",A,"), "utf-8")
    with pytest.raises(UserError, match="twice and differently"):
        decisions.bring_back("x 1.0.0", [sheet], tmp_path / "other.json")


GOOD: dict[str, object] = {"decision": "agreed", "language": "he", "chosen": X}
GOOD_VOTES = {"chosen": 1, "rejected": 0, "both_bad": 0, "not_my_language": 0}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"chosen": "x"}, "decisions.{}.chosen is 'x', which cannot stand here"),
        ({"chosen": None}, "decisions.{}.chosen is null, not text"),
        ({"language": "\ud800"}, "decisions.{}.language is '\\ud800', which cannot stand here"),
        ({"decision": "flip"}, "decisions.{}.decision is 'flip', not 'agreed' or 'relabel' or 'remove' or 'undecided'"),
        ({"judgements": GOOD_VOTES | {"chosen": -1}}, "decisions.{}.judgements.chosen is -1, which cannot stand here"),
    ],
)
def test_a_damaged_field_of_a_decision_is_one_sentence(
    tmp_path: Path, change: dict[str, object], sentence: str
) -> None:
    path = tmp_path / "review.json"
    one = GOOD | {"judgements": GOOD_VOTES} | change
    path.write_text(json.dumps({"format": decisions.FORMAT, "decisions": {ONE: one}, "agreement": {}}), "utf-8")
    with pytest.raises(UserError) as error:
        decisions.read_decisions(path)
    assert str(error.value) == (
        f"{path} is not a file that polypref review import wrote: {sentence.format(ONE)}; give that one as review "
        "(--review)"
    )


@pytest.mark.parametrize("name", ["decision", "language", "chosen", "judgements"])
def test_a_decision_that_lacks_a_field_is_not_read_as_one_of_before(tmp_path: Path, name: str) -> None:
    path = tmp_path / "review.json"
    one = {key: value for key, value in (GOOD | {"judgements": GOOD_VOTES}).items() if key != name}
    path.write_text(json.dumps({"format": decisions.FORMAT, "decisions": {ONE: one}, "agreement": {}}), "utf-8")
    with pytest.raises(UserError, match=rf"wrote: decisions\.{ONE}\.{name} is missing; give that one"):
        decisions.read_decisions(path)


def test_a_file_of_before_loads_and_does_not_say_which_answer_stood_as_chosen(tmp_path: Path) -> None:
    path = tmp_path / "review.json"
    comments = [{"pair_id": ONE, "language": "he", "comment": "clear"}]
    earlier = {"format": "polypref-review/1", "decisions": {ONE: "relabel"}, "agreement": {}, "comments": comments}
    path.write_text(json.dumps(earlier), "utf-8")
    assert decisions.read_decisions(path) == decisions.Decisions(
        decisions.FORMAT,
        {ONE: decisions.Decided("relabel", "", "", None)},
        {},
        comments=[decisions.Comment(ONE, "he", "clear")],
    )
    path.write_text(json.dumps(earlier | {"decisions": {ONE: "flip"}}), "utf-8")
    with pytest.raises(UserError, match=rf"decisions\.{ONE} is 'flip', not 'agreed' or"):
        decisions.read_decisions(path)
    path.write_text(json.dumps(earlier | {"format": "polypref-review/3"}), "utf-8")
    with pytest.raises(UserError, match="format is 'polypref-review/3', not 'polypref-review/2'"):
        decisions.read_decisions(path)


def test_a_file_of_before_is_written_over_while_nobody_changed_it(tmp_path: Path) -> None:
    sheet, out = tmp_path / "noa.csv", tmp_path / "review.json"
    sheet.write_text(f"id,language,verdict\n{ONE}-0-{X}-{Y},he,A\n", "utf-8")
    earlier: dict[str, Json] = {"format": decisions.EARLIER_FORMAT, "decisions": {}, "agreement": {}}
    out.write_text(json.dumps(earlier | {"seal": fingerprint(earlier)}), "utf-8")
    decisions.bring_back("x 1.0.0", [sheet], out)
    assert list(decisions.read_decisions(out).decisions) == [ONE]
    out.write_text(json.dumps(earlier | {"seal": fingerprint(earlier), "dataset": "mine"}), "utf-8")
    with pytest.raises(UserError, match="is there already and is not as polypref wrote it"):
        decisions.bring_back("x 1.0.0", [sheet], out)


def test_decisions_of_another_dataset_are_refused(run: Run, tmp_path: Path) -> None:
    other = tmp_path / "review.json"
    other.write_text(
        json.dumps({"format": decisions.EARLIER_FORMAT, "decisions": {ONE: "remove"}, "agreement": {}}), "utf-8"
    )
    builder = Path("builders/quickstart.py").resolve()
    done = run("build", builder, "--out", tmp_path / "out", "--languages", "ja", "--quiet", "--review", other)
    assert done.returncode == 2
    assert "no pair of" in done.stderr
    assert "Traceback" not in done.stderr
