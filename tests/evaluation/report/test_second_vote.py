"""The rows that a report has of a second detector: shares worked out by hand."""

from polypref.evaluation.report.second_vote import HEADS, Voted, voted
from tests.evaluation import samples


def test_rows_stand_by_model_and_language_with_shares(full):
    assert voted(samples.read(full)) == [] and Voted._fields == HEADS
    votes = {"he": {"votes": 8, "disagree": 1}, "de": {"votes": 3, "disagree": 0}}
    full["models"][0]["second_detector"] = {"name": "langdetect", "languages": votes}
    name = full["models"][0]["name"]
    assert voted(samples.read(full)) == [
        Voted(name, "langdetect", "de", "3", "0", "0.0%"),
        Voted(name, "langdetect", "he", "8", "1", "12.5%"),
    ]
