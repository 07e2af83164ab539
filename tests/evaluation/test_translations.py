"""Translations of answers: how a config names them, and what is compared with what."""

import pyarrow as pa
import pytest

from polypref.errors import UserError
from polypref.evaluation.inputs.tables import ANSWERS, PROMPTS
from polypref.evaluation.inputs.traits import CHRF, CHRF_BY_CHANCE
from polypref.evaluation.translations import TranslatedAt, compare_translations, translated_at
from tests.evaluation import duel

TEXTS = {("en", "a"): "The sky is blue.", ("en", "b"): "Snow is white.", ("hi", "a"): "आसमान नीला है।", ("hi", "b"): ""}


def tables():
    prompts = [
        {"set": "s", "prompt_id": f"{tag}-{group}", "group_id": group, "language": tag}
        | {"prompt": [{"role": "user", "content": f"{tag} {group}?"}], "references": [], "category": ""}
        for tag, group in TEXTS
    ]
    answers = [
        {"set": "s", "model": "m", "prompt_id": f"{tag}-{group}", "language": tag, "text": text}
        | {"finish_reason": "", "failure": "" if text else "empty_answer"}
        for (tag, group), text in TEXTS.items()
    ]
    return pa.Table.from_pylist(prompts, PROMPTS), pa.Table.from_pylist(answers, ANSWERS)


def test_what_is_compared(tmp_path):
    rows = [
        {"id": "a", "language": "hi", "answer": "The sky is blue."},
        {"id": "b", "language": "hi", "answer": "A translation of no answer."},
        {"id": "a", "language": "en", "answer": "Nothing is translated into its own language."},
    ]
    path = duel.lines(tmp_path / "translated.jsonl", rows)
    traits = compare_translations(TranslatedAt(str(path)), "m", *tables())
    assert [(one["prompt_id"], one["column"], one["value"]) for one in traits] == [
        ("hi-a", CHRF, "en"), ("hi-a", CHRF_BY_CHANCE, "en")
    ]  # fmt: skip
    assert traits[0]["number"] == pytest.approx(1) and traits[1]["number"] < 0.5


def test_translations_of_nothing_that_was_answered_are_one_sentence(tmp_path):
    path = duel.lines(tmp_path / "t.jsonl", [{"id": "z", "language": "hi", "answer": "What?"}])
    with pytest.raises(UserError, match=r"translations of model m: none of .* answered in en too"):
        compare_translations(TranslatedAt(str(path)), "m", *tables())


def test_how_a_config_names_them():
    assert translated_at(None, "m") is None
    assert translated_at("t.jsonl", "m") == TranslatedAt("t.jsonl")
    named = translated_at({"stored": "t", "into": "German", "columns": {"answer": "mt"}}, "m")
    assert (named.into, named.columns.answer) == ("de", "mt")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "translations of model m: give a file, or keys of stored, into"),
        ({"store": "x"}, "unknown key store; did you mean 'stored'"),
        ({"into": "de"}, "say where they are stored"),
        ({"stored": 5}, "stored is 5; give a text"),
        ({"stored": "x", "into": "Klingonese"}, "translations of model m: into"),
        ({"stored": "x", "columns": "y"}, "columns are names by what they hold"),
    ],
)
def test_bad_keys_are_one_sentence(given, message):
    with pytest.raises(UserError, match=message):
        translated_at(given, "m")
