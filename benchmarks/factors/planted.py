"""Pairs whose chosen answers have more of what was planted: made-up answers of the quickstart's own sentences.

    python benchmarks/factors/planted.py OUT.jsonl [--languages he,hi] [--prompts N] [--seed N] [--shuffled]

Each answer is a few sentences of its language in a drawn order, and each factor is drawn for it by itself: items of a
list, bold, numbers, a phrase of hedging or apology of the language's file, an emoji, a question at the end. Which of
two answers is chosen is drawn by their weights in EFFECTS; with --shuffled by a coin.
"""

import argparse
import json
import math
import random
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from polypref import languages
from polypref.languages.phrases import elements

#: Log odds for one more of a factor in an answer: what is planted. All others are 0.
EFFECTS = {"list_items": 1.0, "bold": -1.0, "apology": -1.5, "question_back": 1.2}
#: How often an answer has a factor.
SHARE = 0.4
_DRAWN = ("list_items", "bold", "headings", "code", "digits", "exclamations", "emoji", "question_back", "hedging")
_SENTENCE_END = re.compile(r"(?<=[.!?。！？؟।])\s*")


def sentences_of(tag: str) -> list[str]:
    """The sentences of a language's bundled answers, without numbers and marks that are factors."""
    lines = (files("polypref") / "data" / "languages" / f"{tag}.jsonl").read_text("utf-8").splitlines()
    answers = [json.loads(line)["answers"]["full"] for line in lines]
    every = [one.strip() for answer in answers for one in _SENTENCE_END.split(answer)]
    plain = [one for one in every if one and not re.search(r"[\d!?！？؟;*#`-]", one)]
    return sorted(set(plain))


def cue_of(tag: str, kind: str) -> str:
    """The first phrase of a kind in the language's file, written out."""
    cues = languages.get(tag).style_cues
    phrases = getattr(cues, kind) if cues else ()
    return next(
        ("".join(part[0] for part in elements(one)) for one in phrases if "*" not in one and "…" not in one), ""
    )


def make_answer(tag: str, sentences: list[str], drawn: random.Random) -> tuple[str, dict[str, int]]:
    """An answer, and what it has of each factor."""
    has = {name: int(drawn.random() < SHARE) for name in (*_DRAWN, "apology")}
    lines = drawn.sample(sentences, min(len(sentences), drawn.randint(3, 6)))
    for kind in ("hedging", "apology"):
        phrase = cue_of(tag, kind)
        has[kind] *= bool(phrase)
        if has[kind]:
            lines[0] = f"{phrase}, {lines[0]}"
    if has["bold"]:
        lines[1] = f"**{lines[1]}**"
    if has["list_items"]:
        lines[2:] = [f"- {line}" for line in lines[2:]]
    if has["headings"]:
        lines.insert(1, f"## {drawn.choice(sentences)}")
    if has["digits"]:
        lines[0] += f" ({drawn.randint(1900, 2020)})"
    if has["emoji"]:
        lines[0] += " 😊"
    if has["exclamations"]:
        lines[0] += " !"
    if has["code"]:
        lines.append("`x`")
    if has["question_back"]:
        lines.append(drawn.choice(sentences).rstrip(".。।") + ("؟" if tag in ("ar", "fa") else "?"))
    return "\n".join(lines), has


def planted_pairs(
    tag: str, prompts: int, seed: int = 0, effects: dict[str, float] | None = None
) -> Iterator[tuple[str, str, str]]:
    """Prompts with their chosen and rejected answers; `effects` are those of EFFECTS where none are given."""
    drawn = random.Random(f"{tag} {seed}")
    weights, sentences = EFFECTS if effects is None else effects, sentences_of(tag)
    for number in range(prompts):
        prompt = f"{' '.join(drawn.sample(sentences, 2))} ({number})"
        (one, first), (other, second) = (make_answer(tag, sentences, drawn) for _ in "ab")
        lead = sum(weight * (first[name] - second[name]) for name, weight in weights.items())
        wins = drawn.random() < 1 / (1 + math.exp(-lead))
        yield prompt, *((one, other) if wins else (other, one))


def main() -> None:
    """Writes the pairs as `polypref build pairs` reads them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--languages", default=",".join(languages.AYA_23))
    parser.add_argument("--prompts", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--shuffled", action="store_true", help="a coin chooses")
    arguments = parser.parse_args()
    with arguments.out.open("w", encoding="utf-8") as out:
        for tag in arguments.languages.split(","):
            effects = {} if arguments.shuffled else None
            for prompt, chosen, rejected in planted_pairs(tag, arguments.prompts, arguments.seed, effects):
                row = {"language": tag, "prompt": prompt, "chosen": chosen, "rejected": rejected}
                out.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
