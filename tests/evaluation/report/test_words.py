"""The sentences of a report."""

from polypref.evaluation.report import report, words
from tests.evaluation import samples


def test_every_language_under_one_half_is_named_with_its_rate(full, capsys):
    rates = {row["language"]: row["win_rate"] for row in full["comparisons"][0]["rows"]}
    below = {tag for tag, rate in rates.items() if rate < 0.5}
    assert below == {"he", "hi", "en", "ja"}
    report.show_report(samples.read(full))
    shown = " ".join(capsys.readouterr().out.split())
    for text in (shown, report.markdown(samples.read(full)).replace("\\", "")):
        (sentences,) = text.split("Win-rate under one half")[1:]
        assert sentences.startswith(" in 4 of 11 languages: Hebrew (he) 0.222, Hindi (hi) 0.222, English (en) 0.450, ")
        assert "Japanese (ja) 0.450." in sentences
    full["comparisons"][0]["below_half"] = []
    assert "No language has a win-rate under one half." in report.markdown(samples.read(full))


def test_the_sentence_has_average_interval_and_p(full):
    comparison = full["comparisons"][0]
    comparison["average"] |= {"win_rate": 0.5312, "low": 0.5049, "high": 0.55751, "p": 0.00049, "groups": 1234}
    assert words.headline(samples.read(full).comparisons[0]) == (
        "new-model against old-model on made, judged by a-judge: win-rate 0.531 as the macro average over 11 languages "
        "and 1,234 groups of prompts (95% interval 0.505 to 0.558, p <0.001; ties count half)."
    )
