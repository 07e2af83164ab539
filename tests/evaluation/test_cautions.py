"""Length control by its name, and what is said where it moves a win-rate far or goes by lengths that were not seen."""

import numpy as np
import pyarrow as pa
import pytest

from polypref import languages
from polypref.evaluation import scoring
from polypref.evaluation.inputs import tables
from polypref.evaluation.report import report
from polypref.evaluation.results import Facts, JudgeFacts
from polypref.languages import registry
from tests.languages.conftest import forget


def battle(language, number, length, other, won):
    orders = [{"first": side, "score": float(won), "reason": "", "said": ""} for side in ("model", "other")]
    return {
        **{"set": "s", "prompt_id": f"{language}{number}", "group_id": f"{language}{number}", "language": language},
        **{"prompt": [{"role": "user", "content": "?"}], "model": "mine", "other": "theirs", "judge": "j"},
        **{"answer": "x" * int(length), "other_answer": "y" * int(other), "answer_failure": "", "other_failure": ""},
        **{"fidelity": "pass", "other_fidelity": "pass", "word_fidelity": "pass", "other_word_fidelity": "pass"},
        "orders": orders,
    }


def scored(rows):
    judge = JudgeFacts(name="j", kind="stored", prompt="", orders=2)
    facts = Facts(name="e", sets=(), models=(), settings={}, judges=(judge,))
    return scoring.results(pa.Table.from_pylist(rows, tables.BATTLES), facts, resamples=50)


def drawn(language, mean, slope, prompts=200, seed=3):
    """Battles of answers of about `mean` characters against 2,000, of which the longer win the more."""
    draw = np.random.default_rng(seed)
    lengths = np.clip(draw.normal(mean, 400, prompts), 20, 6000)
    chance = 1 / (1 + np.exp(-slope * np.tanh((lengths - 2000) / 400)))
    won = draw.random(prompts) < chance
    return [battle(language, n, lengths[n], 2000, won[n]) for n in range(prompts)]


@pytest.fixture(scope="module")
def short():
    return scored([*drawn("de", 1200, 2.5), *drawn("ja", 2000, 2.5, seed=4)])


def test_a_win_rate_that_length_control_moves_far_is_told_with_both_figures_and_lengths(short):
    (comparison,) = short.comparisons
    de, ja = comparison.rows
    raw, controlled = de.win_rate, de.length_controlled.win_rate
    assert raw < 0.2 and controlled > raw + 0.1, "such a case"
    (moved,) = [line for line in comparison.warnings if "moves the win-rate" in line]
    assert f"de from {raw:.3f} to {controlled:.3f}" in moved and "minimal regression" in moved
    assert f"{de.length:,.0f} and {de.other_length:,.0f} characters" in moved
    assert abs(ja.win_rate - ja.length_controlled.win_rate) < 0.05 and "ja from" not in moved


def test_lengths_that_hardly_overlap_are_told(short):
    (comparison,) = short.comparisons
    assert comparison.rows[0].length_controlled.overlap < 0.05
    (apart,) = [line for line in comparison.warnings if "hardly overlap" in line]
    assert "de from" in apart and "ja from" not in apart


def test_the_report_gives_the_regressions_name_and_the_warnings(short, capsys):
    text = report.markdown(short)
    assert "length-controlled \\(minimal regression\\)" in text or "length-controlled (minimal regression)" in text
    assert text.index("Warning: ") < text.index("| language")
    assert any("minimal regression" in line for line in short.limits)
    report.show_report(short)
    out = " ".join(capsys.readouterr().out.split())
    assert "minimal regression" in out and "hardly overlap" in out


def test_where_lengths_say_nothing_there_is_no_warning():
    results = scored(drawn("de", 2000, 0.0))
    assert not [line for line in results.comparisons[0].warnings if "length" in line]


def test_verdicts_of_which_nothing_says_the_language_are_warned_of():
    sentence = "Nothing says in which language the verdicts under und are"
    assert any(line.startswith(sentence) for line in scored(drawn("und", 2000, 0.0)).limits)
    assert not any(line.startswith(sentence) for line in scored(drawn("de", 2000, 0.0)).limits)


def test_a_language_of_few_prompts_is_named_in_the_report():
    rows = [*drawn("de", 2000, 0.0, 60), *drawn("ja", 2000, 0.0, 60, seed=8), *drawn("ko", 2000, 0.0, 2, seed=9)]
    results = scored(rows)
    (comparison,) = results.comparisons
    assert comparison.thin == ("ko",)
    text = report.markdown(results).replace("\\", "")
    assert "Fewer than 4 scored groups of prompts" in text and "Korean (ko) 2" in text
    assert "The macro average over 2 of 3 languages, without them:" in text
    assert "macro average over 3 languages" in text


def test_a_language_that_no_detector_knows_has_no_share_of_lines_and_is_in_no_average_of_it():
    languages.register(languages.Language("qnd", "Lowest German", "Plattst", "qnd", ("Latn",)))
    refused = [battle("qnd", n, 10, 20, True) | {"fidelity": "fail", "other_fidelity": "fail"} for n in range(5)]
    try:
        results = scored([*drawn("de", 2000, 0.0, 60), *refused])
        (comparison,) = results.comparisons
        fidelity = {row.language: (row.fidelity.answers, row.fidelity.lines) for row in comparison.rows}
        assert fidelity == {"de": (60, 1.0), "qnd": (0, None)}
        assert (comparison.average.fidelity.lines, comparison.average.fidelity.lines_languages) == (1.0, 1)
        text = report.markdown(results).replace("\\", "")
    finally:
        registry._registered.pop("qnd")
        forget()
    assert "| qnd | – | – |" in text
    assert "Answers are not language-checked in qnd, which the detector does not know: no share of lines" in text
