"""Good answers in 23 languages, made of the questions that come with polypref."""

from __future__ import annotations

import json
from functools import cache

from polypref.evaluation.judge_check.comparisons import GoodAnswer
from polypref.files.packaged import packaged_text
from polypref.languages import AYA_23


@cache
def good_answers(prompts: int = 16) -> tuple[GoodAnswer, ...]:
    """So many prompts a language; from the thirteenth on the questions come again, with other answers."""
    answers = []
    for tag in AYA_23:
        rows = [json.loads(line) for line in packaged_text("languages", f"{tag}.jsonl").splitlines()]
        pool = [(row["id"], row["prompt"], row["reference"]) for row in rows]
        pool += [(f"{row['id']}-2", f"2. {row['prompt']}", row["answers"]["full"]) for row in rows]
        for group, prompt, text in pool[:prompts]:
            answers.append(GoodAnswer(group, tag, (("user", prompt),), f"{text} {text[:40]}… {text[-30:]}"))
    return tuple(answers)


def known_answers(answers: tuple[GoodAnswer, ...]) -> dict[str, str]:
    """Question -> its good answer."""
    return {one.turns[0][1]: one.text for one in answers}
