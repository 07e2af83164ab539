"""Labels of rows: counted, and those that nothing declares are named."""

from collections import Counter

import pytest

from polypref.errors import UserError
from polypref.layouts.label_counts import LabelCounts, check_labels, count_labels, listed_labels
from polypref.layouts.labels import SeenLabel
from polypref.layouts.sources import Answer, Fields, Scale

THUMBS = Fields("q", (Answer("t", score="up", score_labels={True: 1, False: 0}),))


def test_of_very_many_labels_most_are_counted_together() -> None:
    counts = LabelCounts()
    for number in range(3_000):
        count_labels(counts, [SeenLabel("w", str(number), ""), SeenLabel("w", "A", "a")])
    assert counts[SeenLabel("w", "A", "a")] == 3_000 and counts[SeenLabel("w", "...", "")] == 2_001
    assert len(counts) == 1_001


def test_labels_that_are_declared_are_well() -> None:
    check_labels("source 's'", THUMBS, Counter({SeenLabel("up", "True", "1"): 3}))


def test_a_label_that_is_not_declared_is_named_with_where_it_was_read() -> None:
    with pytest.raises(
        UserError, match=r"^judged\.csv: column up holds 'so-so' \(2\), beside 'True' \(3\), and nothing"
    ):
        check_labels("judged.csv", THUMBS, Counter({SeenLabel("up", "True", "1"): 3, SeenLabel("up", "so-so", ""): 2}))


def test_the_first_row_with_a_label_that_is_not_declared_is_named() -> None:
    counts = Counter({SeenLabel("up", "so-so", ""): 2})
    with pytest.raises(UserError, match=r"holds 'so-so' \(2\), and nothing .* it means \(first at r:7\); give"):
        check_labels("judged.csv", THUMBS, counts, lambda: "r:7")


def test_a_scale_with_decimal_commas_says_how_numbers_are_written() -> None:
    fields = Fields("q", (Answer("a"), Answer("b")), verdict=Scale("people", "s"))
    with pytest.raises(UserError, match=r"column s holds '2,5' \(3\), .* write numbers with a point \(2\.5, not 2,5\)"):
        check_labels("judged.csv", fields, Counter({SeenLabel("s", "2,5", ""): 3, SeenLabel("s", "1", "b"): 2}))
    with pytest.raises(UserError, match=r"column s holds '7' \(1\), .* give layouts\.Scale\(\.\.\.\) the ends"):
        check_labels("judged.csv", fields, Counter({SeenLabel("s", "7", ""): 1}))


@pytest.mark.parametrize(("labels", "more"), [(8, False), (9, True)])
def test_eight_labels_are_listed_and_more_are_hinted_at(labels, more) -> None:
    listed = listed_labels(Counter({f"l{number}": 100 - number for number in range(labels)}))
    assert listed.startswith("'l0' (100), 'l1' (99), ") and listed.count("'l") == 8
    assert listed.endswith(", ...") is more
