"""On real answers the chain of default checks says the same with the compiled library and without, to every detail."""

import json
import random
from collections import defaultdict
from pathlib import Path

import pytest

from polypref.kernels import library
from polypref.text.cleaning import clean_text
from tests.kernels.rows import Pair, findings
from tests.kernels.switch import without_library

pytestmark = pytest.mark.skipif(library.library() is None, reason=f"nothing is compiled: {library.in_words()}")


def records(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def pairs_of_arena(folder: Path) -> list[Pair]:
    """Two answers of two models to each question, and some in another language than they should be in."""
    pairs: list[Pair] = []
    dice = random.Random(6)
    english = {one["question_id"]: one["turns"][0]["content"] for one in records(folder / "questions" / "en.jsonl")}
    for language in sorted((folder / "answers").iterdir()):
        asked = {
            one["question_id"]: one["turns"][0]["content"]
            for one in records(folder / "questions" / f"{language.name}.jsonl")
        }
        answers = defaultdict(list)
        for path in sorted(language.glob("*.jsonl")):
            for one in records(path):
                answers[one["question_id"]].append(clean_text(one["answer"]))
        for question, texts in answers.items():
            one, other = dice.sample(texts, 2) if len(texts) > 1 else texts * 2
            source = None if language.name == "en" else english[question]
            pairs.append((language.name, clean_text(asked[question]), one, other, source))
    for place in dice.sample(range(len(pairs)), len(pairs) // 10):
        tag, prompt, one, _, source = pairs[place]
        pairs[place] = (tag, prompt, one, pairs[dice.randrange(len(pairs))][2], source)
    return pairs


@pytest.mark.slow
def test_verdicts_reasons_details_and_flags_are_the_same(real_data):
    pairs = random.Random(7).sample(pairs_of_arena(real_data / "m_arena_hard"), 1_400)
    natively = findings(pairs)
    with without_library():
        in_python = findings(pairs)
    for subject, rows in in_python.items():
        assert natively[subject] == rows, subject
    assert sum(one["check"] == "language" for one in in_python["answer"]) > 80
