"""Tables beside win-rates by language: what they say, and that values stay words."""

from dataclasses import replace

import numpy as np

from polypref.evaluation.breakdowns import Breakdowns, ComparisonBreakdowns, Refusals
from polypref.evaluation.figures.consistency import same_verdicts
from polypref.evaluation.figures.language_shares import shares_by_language
from polypref.evaluation.figures.slices import slice_battles
from polypref.evaluation.report import report
from polypref.evaluation.report.breakdowns import parts_of_comparison, parts_of_models
from polypref.evaluation.report.page import page
from tests.evaluation import samples

EVIL = "</td><img src=x onerror=alert(1)>|`x` \u202eolleh"


def sliced(full, values, scores):
    """Results whose one comparison is sliced; groups and languages are made up."""
    results = samples.read(full)
    groups, tags = [f"g{n // 2}" for n in range(len(values))], ["de", "he"] * (len(values) // 2)
    part = slice_battles("topic", "prompt", values, np.array(scores), groups, tags)
    same = same_verdicts(np.array(scores), groups, tags, "de")
    one = replace(results.comparisons[0], breakdowns=ComparisonBreakdowns(slices=(part,), same_verdicts=same))
    refused = Refusals(
        set="made", model=EVIL, shares=shares_by_language([1.0, 0.0], ["a", "a"], ["de", "he"]), unknown=("gl",)
    )
    return replace(results, comparisons=(one,), breakdowns=Breakdowns(refusals=(refused,)))


def test_cells_by_hand(full):
    results = sliced(full, [["a/b"], ["a"], [], ["a"]], [1.0, 0.0, 0.5, np.nan])
    topic, same = parts_of_comparison(results.comparisons[0])
    assert topic.title == "By 'topic'" and topic.heads[4] == "95% interval"
    assert topic.rows[0] == ("a †", "3", "1 / 0 / 1", "0.500", "–", "1.000", "2", "1")
    assert topic.rows[1][:4] == ("a/b †", "1", "1 / 0 / 0", "1.000")
    # Of four battles one has no value; a comparison of the samples has 220.
    assert "Without a value: 1 of 220 battles." in topic.what and any("slash" in line for line in topic.what)
    assert same.title == "Consistency across languages, beside German (de)"
    assert same.rows == (("Hebrew (he) †", "1", "0.0%", "–", "1.000", "0.00"),)
    (refusals,) = parts_of_models(results)
    assert refusals.rows[0][2:6] == ("German (de) †", "1", "1", "100.0%")
    assert refusals.rows[2][2:6] == ("macro average", "2", "", "50.0%")
    assert "Without a list of phrases, so that nothing is counted: Galician (gl)." in refusals.what


def test_of_results_before_there_is_nothing(full):
    results = samples.read(full)
    assert parts_of_comparison(results.comparisons[0]) == [] == parts_of_models(results)


def test_values_of_files_stay_words(full, table):
    results = sliced(full, [[EVIL], [EVIL]], [1.0, 1.0])
    text, html = report.markdown(results), page(results, table)
    assert "<img" not in html and "<img" not in text and "\u202e" not in text + html
    assert "onerror=alert(1)" in html and "onerror=alert" in text


def test_the_terminal_shows_it(full, capsys):
    report.show_report(sliced(full, [["a"], ["b"]], [1.0, 0.0]))
    shown = capsys.readouterr().out
    assert "By 'topic'" in shown and "Refusals" in shown and "\u202e" not in shown
