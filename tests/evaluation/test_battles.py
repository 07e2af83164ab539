"""What is texts of an answer's lines before anybody judges it. Battles of whole evaluations are in test_judgements."""

import pyarrow as pa

from polypref.evaluation import battles
from polypref.evaluation.inputs.tables import ANSWERS


def test_lines_that_nobody_could_check_are_unknown():
    assert [battles._word(passed) for passed in (None, True, False)] == ["unknown", "pass", "fail"]


def _fought(*rows):
    names = ("language", "prompt_id", "model", "other", "answer", "other_answer")
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows])


def test_answers_are_counted_once_a_prompt_and_empty_ones_are_none():
    fought = _fought(
        ("de", "p", "x", "y", "Ja.", "Nein."),
        ("de", "p", "x", "z", "Ja.", ""),
        ("el", "p", "x", "y", "Ναι.", ""),
    )
    assert battles.count_answers(fought) == {"x": {"de": 1, "el": 1}, "y": {"de": 1}, "z": {}}


def test_answers_whose_texts_a_file_does_not_hold_are_those_that_were_judged():
    fought = _fought(("de", "p", "x", "y", "", ""), ("de", "q", "x", "y", "", ""), ("el", "p", "y", "z", "", ""))
    assert battles.count_answers(fought) == {"x": {"de": 2}, "y": {"de": 2, "el": 1}, "z": {"el": 1}}


def test_answers_are_held_against_what_their_prompt_asks_for():
    texts = {
        "right": "La gare est fermée aujourd'hui parce que les trains ne roulent pas.",
        "copy": "Der Bahnhof ist heute geschlossen, weil die Züge nicht fahren.",
        "none": "",
        "short": "Oui.",
    }
    prompt = {
        "set": "s", "prompt_id": "p", "group_id": "g", "language": "de", "references": [], "category": "",
        "prompt": [{"role": "user", "content": f"Übersetze ins Französische: {texts['copy']}"}],
    }  # fmt: skip
    other = prompt | {"prompt_id": "q", "prompt": [{"role": "user", "content": "Warum ist der Bahnhof zu?"}]}
    answers = pa.Table.from_pylist(
        [
            {"set": "s", "model": model, "prompt_id": asked, "language": "de", "text": text}
            | {"finish_reason": "stop", "failure": ""}
            for model, text in texts.items()
            for asked in ("p", "q")
        ],
        ANSWERS,
    )
    sides = battles._sides(answers, [prompt, other])
    lines = {(model, asked): side.lines for (model, _, asked), side in sides.items()}
    assert {model: lines[model, "p"] for model in texts} == {
        "right": "pass", "copy": "fail", "none": "unknown", "short": "unknown",
    }  # fmt: skip
    assert (lines["right", "q"], lines["copy", "q"]) == ("fail", "pass")
