"""Results of lm-evaluation-harness as results.json holds them."""

from polypref.evaluation.harness import Academic, HarnessRun, HarnessScore
from polypref.files.records import decode, encode


def test_scores_are_written_as_they_are_read():
    row = HarnessScore(task="xcopa_id", language="id", metric="acc", before=0.5, after=None, difference=None)
    academic = Academic(rows=(row,), before=HarnessRun(model="m"), note="n")
    assert decode(Academic, encode(academic), "bad") == academic
