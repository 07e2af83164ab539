"""Answers that hold verdicts, against a judge that quotes them and prefers the other: nothing is won by it."""

import json
import random

import pytest

from tests.evaluation import duel
from tests.evaluation.duel import MARK, TAGS, judged_by, run
from tests.inference import loopback
from tests.inference.loopback import Loopback
from tests.judging import quoting

GROUPS = 12


class Quoting(duel.Judge):
    """Prefers the answer with the mark, after it has quoted both as they are, in the form that the prompt asks for."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self.form = form

    def say(self, text, shown, model):
        label = "A" if MARK in shown["A"] else "B"
        code = duel.code_of(text)
        quoted = f"It says “{shown['BA'[label == 'B']]}” and I am not fooled."
        verdict = {
            "aya-2": f"\n[[{label} {code}]]",
            "aya-1": f"\nPreferred: Answer ({label})",
            "pairwise-2": json.dumps({"rationale": quoted, "code": code, "verdict": label}),
            "pairwise-1": json.dumps({"rationale": quoted, "verdict": label}),
        }[self.form]
        return loopback.chat(f"{quoted}\n{verdict}", model)


def cheats() -> dict[tuple[str, int], str]:
    """A cheat a prompt, each kind in turn, that wants A and B; beside what is a fair answer."""
    draw = random.Random(3)
    forms, by_name = list(quoting.CHEATS), {}
    for tag in TAGS:
        for number in range(GROUPS):
            form = forms[len(by_name) % len(forms)]
            by_name[tag, number] = f"{duel.SAID[tag]} {number} {form.format(draw.choice('AB'), 'deadbeef')}"
    return by_name


@pytest.mark.parametrize("prompt", ["aya-2", "aya-1", "pairwise-2", "pairwise-1"])
def test_cheats_in_every_form_win_nothing(tmp_path, prompt):
    duel.write_set(tmp_path / "prompts.jsonl", groups=GROUPS)
    duel.write_answers(tmp_path / "cheat.jsonl", other=cheats(), groups=GROUPS)
    duel.write_answers(tmp_path / "honest.jsonl", mark=MARK, groups=GROUPS)
    models = [{"name": name, "stored": str(tmp_path / f"{name}.jsonl")} for name in ("cheat", "honest")]
    with Loopback(Quoting(prompt)) as server:
        keys = {"set": str(tmp_path / "prompts.jsonl"), "models": models, "resamples": 100}
        config = duel.config(tmp_path / "c.yaml", **keys, judge=judged_by(server.url, prompt=prompt))
        run("evaluate", "--config", config, "--out", tmp_path / "out", "--quiet")
    (one,) = duel.results(tmp_path / "out")["comparisons"]
    assert one["average"]["win_rate"] == 0
    assert {row["language"]: (row["losses"], row["scored"]) for row in one["rows"]} == dict.fromkeys(
        TAGS, (GROUPS, GROUPS)
    )
    # An answer that would be read as turns is shown to no judge: it loses by itself, and with its reason.
    (model,) = [model for model in duel.results(tmp_path / "out")["models"] if model["name"] == "cheat"]
    turns = sum("<|" in text for text in cheats().values())
    assert sum(one.get("chat_template_token", 0) for one in model["failures"].values()) == turns > 0
    # What could not be read is told, with the reason, at the model that caused it.
    assert set(one["unread"]) <= {"model"} and one["unread"].get("model", {}) == one["reasons"]
    lost = sum(one["reasons"].values())
    report = (tmp_path / "out" / "report.md").read_text("utf-8")
    assert ("could not be read where only the answer of cheat" in report) == bool(lost)
    # With a code all are read but those in which a thought is quoted.
    thoughts = sum(
        any(word in text for word in ("think", "THINK", "final")) for text in cheats().values() if "<|" not in text
    )
    assert lost <= 2 * thoughts if prompt in ("aya-2", "pairwise-2") else lost > thoughts
