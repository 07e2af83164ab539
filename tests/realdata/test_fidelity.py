"""Line pass rates against the published ones (Marchisio et al. 2024), and planted lines found as often as planted."""

import csv
import random
from pathlib import Path

import pytest

from polypref.languages.fidelity import check_lines, line_pass_rate
from polypref.languages.identifier import Identifier


def monolingual(data: Path, model: str) -> dict[str, list[str]]:
    by_language: dict[str, list[str]] = {}
    csv.field_size_limit(1 << 30)
    with (data / "language_confusion" / "outputs" / f"{model}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["task"] == "monolingual":
                by_language.setdefault(row["language"], []).append(row["completion"].split("\nQ:")[0].strip())
    return by_language


@pytest.mark.slow
@pytest.mark.parametrize(("model", "published"), [("command-r", 98.6), ("gpt-4-turbo", 99.3)])
def test_line_pass_rate_is_within_a_point_and_a_half_of_the_published_one(
    real_data: Path, model: str, published: float
) -> None:
    rates = []
    for tag, texts in monolingual(real_data, model).items():
        rates.append(line_pass_rate(check_lines(texts, [tag] * len(texts), Identifier())))
    assert len(rates) == 15
    assert 100 * sum(rates) / len(rates) == pytest.approx(published, abs=1.5)


@pytest.mark.slow
def test_planted_english_lines_are_found_at_the_rate_they_were_planted(real_data: Path) -> None:
    draw = random.Random(5)
    answers = monolingual(real_data, "gpt-4-turbo")
    english = [line for text in answers["en"] for line in text.split("\n") if len(line.split()) >= 12]
    planted, wrong_lines = 0, 0
    for tag in ("ar", "de", "hi", "ja", "ko", "ru", "tr", "vi", "zh"):
        texts = [text for text in answers[tag] if "\n" in text][:60]
        marked = [draw.random() < 0.3 for _ in texts]
        mixed = [f"{t}\n{draw.choice(english)}" if mark else t for t, mark in zip(texts, marked, strict=True)]
        planted += sum(marked)
        wrong_lines += sum(bool(one.wrong) for one in check_lines(mixed, [tag] * len(mixed), Identifier()))
    assert planted > 50
    assert wrong_lines == pytest.approx(planted, abs=0.05 * planted)
