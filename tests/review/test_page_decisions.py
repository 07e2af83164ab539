"""Decisions made on a dataset's page: as a sheet's verdicts, and counted as not blind where a review is spoken of."""

import json
from pathlib import Path

import pytest

from polypref.errors import UserError
from polypref.review import decisions
from polypref.review.agreement import Judgements
from polypref.review.applying import DecidedPair, DecisionsUsed, count_used, decisions_sentence
from polypref.review.decisions import Comment, Decided
from polypref.review.filled import read_sheets
from polypref.review.flip_rates import LEAST, flip_rates
from polypref.review.page_decisions import FORMAT, is_page_review

from .conftest import ONE, TWO, X, Y

THREE, FOUR = (f"{n:032x}" for n in (3, 4))


def decision(pair_id: str, what: str, **more: object) -> dict[str, object]:
    return {"pair_id": pair_id, "language": "he", "chosen": X, "rejected": Y, "decision": what} | more


def page_file(path: Path, *given: dict[str, object], reviewer: str = "noa", **more: object) -> Path:
    whole = {"format": FORMAT, "dataset": "mine 1.0.0", "reviewer": reviewer, "decisions": list(given)} | more
    path.write_text(json.dumps(whole), "utf-8")
    return path


def test_a_build_takes_a_pages_file_as_it_takes_a_reviews(tmp_path: Path) -> None:
    path = page_file(
        tmp_path / "page.json",
        decision(ONE, "keep"),
        decision(TWO, "flip", note="הפוך"),
        decision(THREE, "drop"),
        decision(FOUR, "tie"),
    )
    review = decisions.read_decisions(path)

    def one(what: decisions.Decision, **kinds: int) -> Decided:
        counts = dict.fromkeys(("chosen", "rejected", "both_bad", "not_my_language"), 0) | kinds
        return Decided(what, "he", X, Judgements(**counts, not_blind=1))

    assert review.decisions == {
        ONE: one("agreed", chosen=1),
        TWO: one("relabel", rejected=1),
        THREE: one("remove", both_bad=1),
        FOUR: one("undecided", tie=1),
    }
    assert review.dataset == "mine 1.0.0" and review.comments == [Comment(TWO, "he", "הפוך")]
    agreed = review.agreement["he"]
    assert (agreed.pairs, agreed.reviewers, agreed.agree, agreed.judgements.not_blind) == (4, 1, 0.5, 4)
    assert "noa" not in str(review)


def test_files_of_pages_and_sheets_are_gathered_into_one_review(tmp_path: Path) -> None:
    sheet = f"id,language,verdict,reviewer\n{ONE}-0-{X}-{Y},he,A,dana\n"  # the chosen answer X stood as A or as B
    (tmp_path / "he.csv").write_text(sheet, "utf-8")
    files = [
        page_file(tmp_path / "noa.json", decision(ONE, "flip"), decision(TWO, "drop")),
        page_file(tmp_path / "maryam.json", decision(TWO, "keep", chosen=Y, rejected=X), reviewer=""),
    ]
    assert [one.reviewer for one in read_sheets(files)] == ["noa", "noa", "maryam"]
    review = decisions.bring_back("mine 1.0.0", [*files, tmp_path / "he.csv"], tmp_path / "review.json")
    judged = {pair_id: one.judgements for pair_id, one in review.decisions.items()}
    assert all(judged.values()) and {one.not_blind for one in judged.values() if one} == {1, 2}
    assert judged[TWO] == Judgements(0, 1, 1, 0, not_blind=2)  # maryam keeps the answer that noa's page had as rejected
    seen = "; 3 of the judgements were made on a page that marks the chosen answer, and were not blind"
    assert decisions.counted(review).endswith(seen)
    assert decisions.read_decisions(tmp_path / "review.json") == review


def test_a_build_says_how_many_decisions_were_not_blind(tmp_path: Path) -> None:
    path = page_file(tmp_path / "page.json", decision(ONE, "flip"), decision(TWO, "keep"))
    pairs = [DecidedPair(ONE, "he", X, Y)]
    used = count_used(decisions.read_decisions(path).decisions, pairs)
    assert used == {"he": DecisionsUsed(relabelled=1, not_in_build=1, not_blind=2)}
    assert decisions_sentence(used) == (
        "decisions of reviewers: 2, about pairs of this build: 1 (not in it: he 1); decisions made on the dataset's "
        "page, which marks the chosen answer, so not blind: 2 (he 2)"
    )


def test_flip_rates_are_not_counted_from_decisions_that_saw_the_label(tmp_path: Path) -> None:
    ids = [f"{n:032x}" for n in range(LEAST)]
    path = page_file(tmp_path / "page.json", *(decision(one, "keep") for one in ids))
    assert flip_rates(decisions.read_decisions(path)) == {}


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (decision("1234", "keep"), "decisions.0.pair_id is '1234'"),
        (decision(ONE, "B"), "decisions.0.decision is 'B', not 'keep' or 'flip' or 'drop' or 'tie'"),
        (decision(ONE, "keep", rejected=X), "decisions.0 does not hold together: both sides are one answer"),
        (decision(ONE, "keep", note=7), "decisions.0.note is 7, not text"),
        (decision(ONE, "keep", language=""), "decisions.0.language is ''"),
        (decision(ONE, "keep", language="\ud800"), "decisions.0.language is '"),
        (decision(ONE, "keep", language="he | <b>"), "decisions.0.language is 'he | <b>'"),
    ],
)
def test_a_damaged_field_is_one_sentence(entry: dict[str, object], problem: str, tmp_path: Path) -> None:
    path = page_file(tmp_path / "page.json", entry)
    with pytest.raises(UserError) as raised:
        decisions.read_decisions(path)
    assert str(raised.value).startswith(f"{path} does not hold the decisions of a page: {problem}")
    assert str(raised.value).endswith("; give the file as the page wrote it (its button Export)")


def test_one_pair_decided_twice_and_differently_is_asked_about(tmp_path: Path) -> None:
    path = page_file(tmp_path / "page.json", decision(ONE, "keep"), decision(ONE, "drop"))
    with pytest.raises(UserError, match=r"decision 1 and .* decision 2; keep one"):
        decisions.read_decisions(path)


def test_only_what_says_so_is_a_pages_file(tmp_path: Path) -> None:
    assert all(is_page_review(f'{{"format": "polypref-page-review/{number}"}}') for number in (1, 9))
    for text in ("", "id,verdict\n", "[]", '{"format": 1}', '{"format": "polypref-review/2"}', "[" * 100_000):
        assert not is_page_review(text)
    later = page_file(tmp_path / "page.json", format="polypref-page-review/9")
    with pytest.raises(UserError, match="format is 'polypref-page-review/9'"):
        decisions.read_decisions(later)
