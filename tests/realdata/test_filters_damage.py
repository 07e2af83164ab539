"""Faults that nobody planted: answers of real models (omgeval, m_arena_hard), counted by hand or by another program."""

import json

import pyarrow as pa
import pytest

from polypref.stages.checks.contract import Batch
from polypref.stages.checks.damage import html_remnant, template_token
from polypref.stages.checks.length import LengthBounds
from polypref.stages.checks.repetition import RepetitionLoops

FOLDERS = {"ar": "arabic", "zh": "chinese", "en": "english", "fr": "french", "ru": "russia", "es": "spanish"}


@pytest.fixture(scope="module")
def outputs(real_data):
    """Reads a model's 160 answers in a language."""

    def read(model, tag):
        path = real_data / "omgeval" / "outputs" / FOLDERS[tag] / f"{model}.jsonl"
        return [json.loads(line)["output"] for line in path.open(encoding="utf-8")]

    return read


def chosen(texts, tag):
    n = len(texts)
    columns = {"chosen": texts, "rejected": ["."] * n, "language": [tag] * n, "response_language": [tag] * n}
    return Batch(pa.table(columns | {"prompt": [[{"role": "user", "content": "?"}]] * n}))


@pytest.mark.parametrize(("tag", "empty"), [("ar", 43), ("zh", 18), ("en", 35), ("fr", 61), ("ru", 57), ("es", 51)])
def test_empty_answers_of_bloomz(outputs, tag, empty):
    outcomes = list(LengthBounds(roles=("chosen",))(chosen(outputs("bloomz", tag), tag)))
    assert len(outcomes) == empty == sum(not text.strip() for text in outputs("bloomz", tag))


def test_arabic_okapi_answers_repeat_themselves(outputs):
    # 121 were counted by the share of repeated word 10-grams, another measure than the filter's.
    assert len(list(RepetitionLoops()(chosen(outputs("okapi", "ar"), "ar")))) == pytest.approx(121, abs=8)


@pytest.mark.parametrize("tag", sorted(FOLDERS))
@pytest.mark.parametrize("model", ["gpt4", "gpt3.5-turbo"])
def test_good_models_do_not(outputs, model, tag):
    assert len(list(RepetitionLoops()(chosen(outputs(model, tag), tag)))) <= 2


def test_guanaco_goes_on_in_the_role_of_the_user(outputs):
    counts = {tag: sum(template_token(text) is not None for text in outputs("guanaco-13b", tag)) for tag in FOLDERS}
    marked = {tag: sum("### Human:" in text for text in outputs("guanaco-13b", tag)) for tag in FOLDERS}
    assert counts == marked
    assert counts["fr"] == 115


def test_entities_that_a_model_copied_from_the_question(real_data):
    path = real_data / "m_arena_hard" / "answers" / "fr" / "Llama-3.3-70B-Instruct.jsonl"
    answers = [json.loads(line)["answer"] for line in path.open(encoding="utf-8")]
    assert sum(html_remnant(text) is not None for text in answers) == sum("&#39;" in text for text in answers) == 8


def test_questions_hold_html_entities_in_every_language_but_english(real_data):
    for path in sorted((real_data / "m_arena_hard" / "questions").glob("*.jsonl")):
        texts = [json.loads(line)["turns"][0]["content"] for line in path.open(encoding="utf-8")]
        escaped = sum("&quot;" in text or "&#39;" in text for text in texts)
        assert (escaped == 0) == (path.stem == "en"), path.stem
        assert sum(html_remnant(text) is not None for text in texts) >= escaped - 5
