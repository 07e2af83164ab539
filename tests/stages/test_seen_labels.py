"""Labels of a source's rows: counted, and those that nothing declares stop the build with what there is."""

import json
import re

import pytest

from polypref.errors import UserError
from polypref.layouts.fields import VerdictKind
from polypref.layouts.label_counts import LabelCounts, count_labels
from polypref.layouts.labels import SeenLabel
from polypref.layouts.sources import Answer, Fields, OneHot, Ranking, Scale, Verdict
from polypref.stages.pair import PairRule
from polypref.stages.seen_labels import labels_from_json, labels_to_json
from tests.stages.builds import built

THUMBS = Fields("q", (Answer("t", score="up", score_labels={True: 1, False: 0}),))


def without_folder(error: Exception) -> str:
    """What an error says, files without the folder that the test has made."""
    return re.sub(r"first at \S*/(?=rows\.jsonl)", "first at ", str(error))


def test_counts_come_back_from_a_file() -> None:
    counts = LabelCounts()
    count_labels(counts, [SeenLabel("w", "A", "a"), SeenLabel("w", "A", "a"), SeenLabel("w", "\u2028é", "")])
    assert labels_from_json(json.loads(json.dumps(labels_to_json(counts)))) == counts
    assert counts[SeenLabel("w", "A", "a")] == 2


def test_a_label_that_is_not_declared_stops_the_build_whatever_may_be_bad() -> None:
    rows = [{"q": "Which lake is the deepest?", "t": f"Number {n}.", "up": n % 2 == 0} for n in range(40)]
    rows += [{"q": "Who built this bridge?", "t": "Nobody.", "up": "so-so"}]
    with pytest.raises(UserError) as error:
        built(rows, THUMBS, max_bad=1.0)
    assert without_folder(error.value) == (
        "source 'rows': column up holds 'so-so' (1), beside 'False' (20), 'True' (20), and nothing declares what it "
        "means (first at rows.jsonl:41); give each its number in Answer('t', ..., score_labels={LABEL: NUMBER}), "
        "None where it rates nothing; polypref build pairs --label takes them by --good and --bad"
    )


TWO = (Answer("a"), Answer("b"))
QUESTIONS = ("Which lake is the deepest?", "Who built this bridge?", "Why is the sky blue?", "What is a fjord?")


def judged(*values: object, **more: object) -> list[dict[str, object]]:
    return [
        {"q": question, "a": f"Yes, {question}", "b": f"No, {question}", "w": value} | more
        for question, value in zip(QUESTIONS * 9, values, strict=False)
    ]


def build_by(verdict: VerdictKind, rows: list[dict[str, object]], **settings: object) -> int:
    return len(built(rows, Fields("q", TWO, verdict=verdict), PairRule("given"), "people", **settings).pairs)


@pytest.mark.parametrize(
    ("verdict", "values", "message"),
    [
        (
            Verdict("people", "w", (1,), (2,), (0,)),
            (0, 1, 1, 1),
            "no row prefers the second answer, for which Verdict('people', second=(2,)) declares a value; column w "
            "holds '1' (3), '0' (1): put each value in its place, or say that none prefers it (second=())",
        ),
        (
            Verdict("people", "w", (1,), (2,), (0,)),
            (1, 2, 3, 3),
            "column w holds '3' (2), beside '1' (1), '2' (1), and nothing declares what it means (first at "
            "rows.jsonl:3); "
            "write each into first, second or tie of Verdict(...), or into unjudged where it says nothing",
        ),
        (
            Scale("people", "w"),
            (1, 2, 3),
            "no row prefers the first answer, for which Scale('people', first=-3) declares a value; column w holds "
            "'1' (1), '2' (1), '3' (1): put each value in its place, or say that none prefers it (never='first')",
        ),
        (
            Scale("people", "w", first=0, second=1),
            (0, 1, 7),
            "column w holds '7' (1), beside '0' (1), '1' (1), and nothing declares what it means (first at "
            "rows.jsonl:3); give "
            "layouts.Scale(...) the ends at which the first and the second answer are the better ones, and put values "
            "that mean a tie into draws",
        ),
        (
            OneHot("people", "w", "v"),
            (1, 1),
            "no row prefers the second answer, for which OneHot('people', second='v') declares a value; columns v and "
            "w hold 'v: 0' (2), 'w: 1' (2): put each value in its place, or say that none prefers it (second=None)",
        ),
        (
            Ranking("people", "w", names=("A", "B")),
            (["A", "B"], ["B", "C"]),
            "column w holds 'C' (1), beside 'B' (2), 'A' (1), and nothing declares what it means (first at "
            "rows.jsonl:2); say "
            "what stands in the list, as in layouts.Ranking(..., names=('A', 'B')), 'models', 'from_0' or 'from_1' "
            "(whether the first is 0 or 1), or write it into unjudged where it says that none is the best",
        ),
    ],
)
def test_what_is_not_declared_or_never_occurs_stops_the_build(verdict, values, message) -> None:
    with pytest.raises(UserError) as error:
        build_by(verdict, judged(*values, v=0), max_bad=1.0)
    assert without_folder(error.value) == f"source 'rows': {message}"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("verdict", "values", "pairs"),
    [
        (Verdict("people", "w", (1,), (), (0,)), (0, 1, 1), 2),
        (Verdict("people", "w", (1,), (2,), unjudged=(3,)), (1, 2, 3, None), 2),
        # That nothing is a tie says nothing of the answers.
        (Verdict("people", "w", (1,), (2,), (0,)), (1, 2), 2),
        (Scale("people", "w", never="first"), (1, 2, 0), 2),
        (Verdict("people", "w", (1,), (2,)), (None, None), 0),
    ],
)
def test_what_is_declared_is_read(verdict, values, pairs) -> None:
    if pairs:
        assert build_by(verdict, judged(*values)) == pairs
    else:
        with pytest.raises(UserError, match="no pair is left"):
            build_by(verdict, judged(*values))


def test_a_side_that_occurs_in_another_language_occurs() -> None:
    rows = [row | {"l": tag} for row, tag in zip(judged(1, 1, 2), ("de", "de", "fr"), strict=True)]
    fields = Fields("q", TWO, language="l", verdict=Verdict("people", "w", (1,), (2,)))
    outcome = built(rows, fields, PairRule("given"), "people", languages=("de",))
    assert len(outcome.pairs) == 2
    with pytest.raises(UserError, match="no row prefers the second answer"):
        built(rows[:2], fields, PairRule("given"), "people", languages=("de",))


def test_a_value_that_only_other_languages_hold_need_not_be_declared() -> None:
    rows = [row | {"l": tag} for row, tag in zip(judged(1, 2, 7), ("de", "de", "fr"), strict=True)]
    fields = Fields("q", TWO, language="l", verdict=Verdict("people", "w", (1,), (2,)))
    assert len(built(rows, fields, PairRule("given"), "people", languages=("de",)).pairs) == 2
