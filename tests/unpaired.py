"""A dataset of single labelled answers, for tests of several folders."""

import json
from pathlib import Path

import polypref
from polypref import Answer, Builder, Fields, Files, Mixture, PairRule, Prompts, SourceRater, Split

THUMBS = Answer("text", model="m", licence="cc0-1.0", score="up", score_labels={True: 1, False: 0}, rater="thumbs")
MAIL = "anna.muster" + "@" + "posteo.de"


def rows(count: int = 12) -> list[dict[str, object]]:
    """Prompts in German and in French with an answer each: of three one is good in German, all are in French."""
    words = ("Brot", "Suppe", "Reis", "Tee", "Kuchen", "Fisch", "Milch", "Salz", "Birnen", "Honig", "Wein", "Nudeln")
    return [
        row
        for number, word in enumerate(words[:count])
        for row in (
            {"q": f"Wie macht man {word} warm?", "text": f"Den Topf mit {word} langsam auf den Herd stellen, "
             f"{number} Minuten lang.", "up": number % 3 == 0, "language": "de"},
            {"q": f"Comment chauffer {word} ?", "text": f"Mettez {word} doucement sur le feu pendant {number} minutes.",
             "up": True, "language": "fr"},
        )
    ]  # fmt: skip


def builder(folder: Path, lines=None, rule=None, **settings) -> Builder:
    """A builder of these rows."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "thumbs.jsonl"
    lines = rows() if lines is None else lines
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines), "utf-8")
    fields = settings.pop("fields", Fields("q", (THUMBS,), language="language"))
    source = Files(str(path), fields, name="thumbs", revision="1", licence="cc0-1.0")
    declared = {
        "version": "1.0.0", "card": "thumbs.md", "sources": (source,), "rater": SourceRater("thumbs"),
        "pairs": rule or PairRule("unpaired"), "split": Split(test=0.25), "mixtures": (Mixture("all"),),
        "prompts": Prompts(near_duplicates=None), "filters": (),
    }  # fmt: skip
    return Builder(name="thumbs", **(declared | settings))


def dataset(folder: Path, lines=None, **settings) -> Path:
    """The folder of the dataset."""
    return polypref.build(builder(folder, lines, **settings), folder / "built", quiet=True).path
