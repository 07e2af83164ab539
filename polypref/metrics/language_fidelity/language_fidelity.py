"""Whether answers stay in their language, line by line and word by word; see polypref.languages.fidelity."""

from collections.abc import Iterable, Sequence

import datasets
import evaluate

from polypref.errors import UserError
from polypref.files.json_types import JsonObject
from polypref.languages import asked_for, fidelity
from polypref.languages.identifier import Identifier

_INPUTS = """
Args:
    predictions: answers.
    references: for each the tag of the language that it should be in.
    prompts: for each what was asked; an answer is then right in the languages that its prompt asks for, or quotes, and
        a copy of what was to be translated is wrong. Without them the language of references counts alone.
    english_words: lower-case English words, for the published rule: each that stands in an answer of another script
        fails it. The list of the benchmark is not part of polypref.

Returns:
    line_pass_rate: share of answers without a line in another language, mean over languages; None where no line of any
        answer is long enough to tell.
    word_pass_rate: share of those without an English word, by polypref's rule (lower-case words of four ASCII letters,
        but for code, addresses, quotations and names), mean over languages that are not written in Latin letters; None
        without such a language.
    published_word_pass_rate: the same by the published rule; None without english_words.
    language_confusion_pass_rate: harmonic mean of line and word pass rate, by the published rule where english_words
        are given, mean over languages that have both.
    by_language: for each language the same, with answers and told (those with a line long enough to tell).
"""


class LanguageFidelity(evaluate.Metric):  # type: ignore[misc]  # evaluate has no types
    """Face of `polypref.languages.asked_for` and `polypref.languages.fidelity`."""

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description="Line and word pass rate of the Language Confusion Benchmark.",
            citation="Marchisio et al. 2024, arXiv 2406.20052",
            inputs_description=_INPUTS,
            features=datasets.Features(
                {"predictions": datasets.Value("string"), "references": datasets.Value("string")}
            ),
        )

    def _compute(
        self,
        predictions: Sequence[str],
        references: Sequence[str],
        english_words: Iterable[str] | None = None,
        prompts: Sequence[str] | None = None,
    ) -> JsonObject:
        known = None if english_words is None else frozenset(english_words)
        texts, tags, identifier = list(predictions), list(references), Identifier()
        asked: list[str | None] = [None] * len(texts) if prompts is None else list(prompts)
        if len(asked) != len(texts):
            raise UserError(f"{len(texts)} predictions and {len(asked)} prompts; give one prompt for each answer")
        lines = asked_for.check_asked_lines(texts, tags, asked, identifier)
        by_rule = {
            rule: asked_for.are_without_english(texts, tags, asked, lines, identifier, rule)
            for rule in dict.fromkeys((None, known))
        }
        rows: dict[str, dict[str, float | None]] = {}
        for tag in sorted(set(tags)):
            own = [i for i, other in enumerate(tags) if other == tag]
            part = [lines[i] for i in own]
            known_lines = sum(one.passed is not None for one in part)
            by_line = fidelity.line_pass_rate(part) if known_lines else None
            by_word = _mean([by_rule[None][i] for i in own])
            published = None if known is None else _mean([by_rule[known][i] for i in own])
            words = by_word if known is None else published
            both = None if by_line is None or words is None else fidelity.harmonic_mean(by_line, words)
            rows[tag] = {
                "answers": len(own),
                "told": known_lines,
                "line_pass_rate": by_line,
                "word_pass_rate": by_word,
                "published_word_pass_rate": published,
                "language_confusion_pass_rate": both,
            }
        names = ("line_pass_rate", "word_pass_rate", "published_word_pass_rate", "language_confusion_pass_rate")
        means: JsonObject = {name: _mean([row[name] for row in rows.values()]) for name in names}
        return means | {"by_language": {tag: {**row} for tag, row in rows.items()}}


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
