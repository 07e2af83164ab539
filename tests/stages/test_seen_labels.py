"""Labels of a source's rows: counted, and those that nothing declares stop the build with what there is."""

import json
from collections import Counter

import pytest

from polypref.errors import UserError
from polypref.layouts.labels import SeenLabel
from polypref.layouts.sources import Answer, Fields
from polypref.stages.seen_labels import LabelCounts, check_labels, count_labels, labels_from_json, labels_to_json
from tests.stages.builds import built

THUMBS = Fields("q", (Answer("t", score="up", score_labels={True: 1, False: 0}),))


def test_counts_come_back_from_a_file() -> None:
    counts = LabelCounts()
    count_labels(counts, [SeenLabel("w", "A", "a"), SeenLabel("w", "A", "a"), SeenLabel("w", "\u2028é", "")])
    assert labels_from_json(json.loads(json.dumps(labels_to_json(counts)))) == counts
    assert counts[SeenLabel("w", "A", "a")] == 2


def test_of_very_many_labels_most_are_counted_together() -> None:
    counts = LabelCounts()
    for number in range(3_000):
        count_labels(counts, [SeenLabel("w", str(number), ""), SeenLabel("w", "A", "a")])
    assert counts[SeenLabel("w", "A", "a")] == 3_000 and counts[SeenLabel("w", "...", "")] == 2_001
    assert len(counts) == 1_001


def test_labels_that_are_declared_are_well() -> None:
    check_labels("s", THUMBS, Counter({SeenLabel("up", "True", "1"): 3}))


def test_a_label_that_is_not_declared_stops_the_build_whatever_may_be_bad() -> None:
    rows = [{"q": "Which lake is the deepest?", "t": f"Number {n}.", "up": n % 2 == 0} for n in range(40)]
    rows += [{"q": "Who built this bridge?", "t": "Nobody.", "up": "so-so"}]
    with pytest.raises(UserError) as error:
        built(rows, THUMBS, max_bad=1.0)
    assert str(error.value) == (
        "source 'rows': column up holds 'so-so' (1), beside 'False' (20), 'True' (20), and nothing declares what it "
        "means; give each its number in Answer('t', ..., score_labels={LABEL: NUMBER}), None where it rates nothing"
    )
