"""A dataset of single labelled answers, for tests of several folders."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import polypref
from polypref import Answer, Builder, Fields, Files, Mixture, PairRule, Prompts, SourceRater, Split
from polypref.release.folder import read_provenance
from polypref.review.decisions import Decisions, bring_back
from polypref.review.sheets import export_sheets

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


def reviewed(built: Path, place: Path, says: Callable[[str], str], tags: tuple[str, ...] = ("de", "fr")) -> Decisions:
    """What a reviewer of all answers of a dataset decides, in PLACE/review.json.

    Args:
        built: the dataset.
        place: a folder.
        says: gives the verdict on the text of an answer.
        tags: the languages.
    """
    record = read_provenance(built)
    sheets = export_sheets(built, record.files, tags, 1_000, 0, place / "sheets")
    for sheet in sheets:
        with sheet.open(encoding="utf-8-sig", newline="") as file:
            guide, *shown = csv.DictReader(file)
        with sheet.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, guide.keys())
            writer.writeheader()
            writer.writerows([guide, *({**row, "verdict": says(row["answer"])} for row in shown)])
    name = f"{record.name} {record.version}"
    return bring_back(name, sheets, place / "review.json", built, record.files)
