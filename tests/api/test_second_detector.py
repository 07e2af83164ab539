"""`polypref.evaluate(second_detector=...)`: votes of the real langdetect on stored answers, counted by hand."""

import json

import pytest

import polypref
from polypref import UserError

GERMAN = "Der Zug nach München fährt heute leider zwanzig Minuten später ab, weil ein Signal gestört ist."
# langdetect has no label for Galician, and takes it for Portuguese or Spanish.
GALICIAN = "A biblioteca da vila está pechada os luns, pero o resto da semana abre dende as nove da mañá."


def settings(folder, **more):
    prompts = [
        {"id": n, "language": tag, "prompt": f"Pregunta {n}?", "reference": "x"}
        for n, tag in enumerate(("de", "de", "pt", "gl"))
    ]
    answers = {"good": [GERMAN, "12", GALICIAN, GALICIAN], "weak": [GERMAN] * 4}
    (folder / "set.jsonl").write_text("".join(json.dumps(row) + "\n" for row in prompts), "utf-8")
    for name, texts in answers.items():
        rows = [row | {"answer": text} for row, text in zip(prompts, texts, strict=True)]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    models = [{"name": name, "stored": str(folder / f"{name}.jsonl")} for name in answers]
    return {"set": str(folder / "set.jsonl"), "models": models, "judge": "reference", "resamples": 100} | more


def test_votes_are_counted_by_model_and_language_and_change_no_other_figure(tmp_path):
    plain = polypref.evaluate(settings(tmp_path), tmp_path / "plain", quiet=True).results
    voted = polypref.evaluate(settings(tmp_path), tmp_path / "out", second_detector="langdetect", quiet=True).results
    good, weak = (one.second_detector for one in voted.models)
    assert good.name == "langdetect"
    counts = {tag: (one.votes, one.disagree) for tag, one in good.languages.items()}
    # Of the German answers one cannot be told; for Galician langdetect has no label.
    assert counts == {"de": (1, 0), "gl": (0, 0), "pt": (1, 1)}
    assert {tag: (one.votes, one.disagree) for tag, one in weak.languages.items()} == {
        "de": (2, 0),
        "gl": (0, 0),
        "pt": (1, 0),
    }
    assert voted.comparisons == plain.comparisons and plain.models[0].second_detector is None
    assert "A second language detector" in (tmp_path / "out" / "report.md").read_text("utf-8")


def test_another_detector_is_refused_in_a_config(tmp_path):
    with pytest.raises(UserError, match="second_detector is langdetect, not cld3"):
        polypref.evaluate(settings(tmp_path, second_detector="cld3"), tmp_path / "out", quiet=True)
