"""Labels of rows: counted, and those that nothing declares are named."""

from collections import Counter

import pytest

from polypref.errors import UserError
from polypref.layouts.label_counts import LabelCounts, check_labels, count_labels, listed_labels
from polypref.layouts.labels import SeenLabel
from polypref.layouts.sources import Answer, Fields, Scale, Verdict

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
    long = "so-" * 20
    rows = [
        ("r:4", "unknown_verdict", "'so-so' (known: 'A', 'B')"),
        ("r:5", "unknown_score_label", "well"),
        ("r:6", "score_not_a_number", "so-so"),
        ("r:7", "unknown_score_label", "so-so"),
        ("r:8", "unknown_score_label", f"up: {long[:40]}"),
        ("r:9", "unknown_verdict", f"{long[:40]!r} (known: 'A', 'B')"),
    ]

    def first_row(is_meant) -> str:
        return next((where for where, reason, detail in rows if is_meant(reason, detail)), "")

    counts = Counter({SeenLabel("up", "so-so", ""): 2})
    with pytest.raises(UserError, match=r"holds 'so-so' \(2\), and nothing .* it means \(first at r:7\); give"):
        check_labels("judged.csv", THUMBS, counts, first_row)
    with pytest.raises(UserError, match=r"means \(first at r:8\); give"):
        check_labels("judged.csv", THUMBS, Counter({SeenLabel("up", long, ""): 2}), first_row)
    verdict = Fields("q", (Answer("a"), Answer("b")), verdict=Verdict("people", "w", ("A",), ("B",)))
    with pytest.raises(UserError, match=r"means \(first at r:9\); write"):
        check_labels("judged.csv", verdict, Counter({SeenLabel("w", long, ""): 2}), first_row)
    with pytest.raises(UserError, match="nothing declares what it means; write"):
        check_labels("judged.csv", verdict, Counter({SeenLabel("w", "C", ""): 2}), first_row)


def test_a_scale_with_decimal_commas_says_how_numbers_are_written() -> None:
    fields = Fields("q", (Answer("a"), Answer("b")), verdict=Scale("people", "s"))
    with pytest.raises(UserError, match=r"column s holds '2,5' \(3\), .* write numbers with a point \(2\.5, not 2,5\)"):
        check_labels("judged.csv", fields, Counter({SeenLabel("s", "2,5", ""): 3, SeenLabel("s", "1", "b"): 2}))
    with pytest.raises(UserError, match=r"column s holds '7' \(1\), .* give layouts\.Scale\(\.\.\.\) the ends"):
        check_labels("judged.csv", fields, Counter({SeenLabel("s", "7", ""): 1}))


def test_labels_that_are_sentences_are_shown_whole_and_longer_ones_say_that_they_are_cut() -> None:
    sentence = "La première réponse est un peu meilleure que la seconde"
    assert listed_labels(Counter({sentence: 1})) == f"'{sentence}' (1)"
    assert listed_labels(Counter({"x" * 101: 1})) == f"'{'x' * 100}'... (1)"


@pytest.mark.parametrize(("labels", "more"), [(8, False), (9, True)])
def test_eight_labels_are_listed_and_more_are_hinted_at(labels, more) -> None:
    listed = listed_labels(Counter({f"l{number}": 100 - number for number in range(labels)}))
    assert listed.startswith("'l0' (100), 'l1' (99), ") and listed.count("'l") == 8
    assert listed.endswith(", ...") is more
