"""Turns that a model read in a build, what people found in them, and what a release wants of that."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from ..errors import UserError
from ..files.atomic import read_json
from ..pipeline.builder import Builder
from ..raters.contract import is_marked
from ..raters.feedback import marked_turns, reactions_in
from ..review.marks import read_marks
from ..review.turn_sheets import Turn
from ..schema import Message, make_id
from .provenance import MarksPart, Provenance

#: What somebody does who lacks marks.
ADVICE = (
    "have people mark a sample (polypref review turns, then polypref review marks) and build again with --marks FILE; "
    "docs/wild_feedback.md says how"
)


def marks_part(builder: Builder) -> MarksPart | None:
    """What a dataset says of people's marks.

    Args:
        builder: what is built.

    Returns:
        Who read, how many marks are wanted, and what people found; None where no rater reads what people wrote.

    Raises:
        UserError: the file of marks cannot be read, or its marks are of turns that another model read.
    """
    readers = [way.rater for way in builder.ways if is_marked(way.rater)]
    if not readers:
        return None
    rater, reader = readers[0].name, readers[0].reader
    wanted = max(one.marks_wanted for one in readers)
    if builder.marks is None:
        return MarksPart(rater, reader, wanted)
    marks = read_marks(Path(builder.marks))
    if marks.reader != reader:
        raise UserError(
            f"{builder.marks} holds marks of turns that {marks.reader} read, and this build has {reader} read them: "
            "export a sheet of this build and have it marked, or build with that model and these prompts"
        )
    return MarksPart(rater, reader, wanted, marks.by, marks.people, marks.languages)


def lacking_marks(record: Provenance) -> str:
    """What keeps a dataset from being released, where a model read what people wrote.

    Args:
        record: its provenance.

    Returns:
        Part of a sentence with what to do; empty where nothing does.
    """
    if record.marks is None:
        return ""
    tags = sorted(record.facts.languages)
    marked = {tag: figures.marked for tag, figures in record.marks.languages.items() if tag in tags}
    number, wanted = sum(marked.values()), record.marks.wanted
    if number < wanted:
        return (
            f"what people meant was read by {record.marks.reader}, and people marked {number:,} of its turns in the "
            f"languages of the dataset, of {wanted:,} that are wanted; {ADVICE}"
        )
    if without := [tag for tag in tags if not marked.get(tag)]:
        return (
            f"what people meant was read by {record.marks.reader}, and nobody marked any of its turns in "
            f"{', '.join(without)}; {ADVICE}, or leave the language out (--languages)"
        )
    return ""


def turns_of_build(folder: Path, record: Provenance) -> tuple[list[Turn], str]:
    """The turns that a model read when a dataset was built.

    Args:
        folder: the dataset, with the store of its build.
        record: its provenance.

    Returns:
        The turns, and who read them.

    Raises:
        UserError: no model read any, or the store is not there.
    """
    if record.marks is None:
        raise UserError(
            f"{folder}: no model read what people wrote in it (FeedbackRater), so there are no turns to mark"
        )
    stages = [folder / ".polypref" / name for name in record.rows]
    if not all((path / "done.json").is_file() and read_json(path / "done.json") for path in stages):
        raise UserError(
            f"{folder} lacks the store of its build (.polypref), which holds the turns; build it here again"
        )
    prompts, languages = _prompts(stages)
    texts = {row["completion_id"]: row["text"] for row in _rows(stages, "completions", ("completion_id", "text"))}
    verdicts = _rows(stages, "verdicts", ("prompt_id", "completion_a", "completion_b", "rater", "vote", "rationale"))
    marked = marked_turns(
        [row for row in verdicts if row["rater"] == record.marks.rater],
        _rows([path for path in stages if path.name.startswith("rate-")], "rejected", ("language", "where", "detail")),
        languages,
    )
    written: dict[tuple[str, str, str], str] = {}
    for key, (reaction, _) in reactions_in(verdicts):
        if reaction:
            written.setdefault(key, reaction)
    turns: dict[str, Turn] = {}
    for one in marked:
        message = written[one.prompt_id, one.answer_id, one.later_id]
        # In a tree several answers follow a message, which is asked about, and shown, once.
        name = make_id("turn", one.prompt_id, one.answer_id, message)
        asked, answer = prompts[one.prompt_id], texts[one.answer_id]
        turns.setdefault(name, Turn(name, one.language, asked, answer, message, one.mark))
    return list(turns.values()), record.marks.reader


def _prompts(stages: Sequence[Path]) -> tuple[dict[str, list[Message]], dict[str, str]]:
    """The turns of each prompt in some stages, and its language."""
    turns: dict[str, list[Message]] = {}
    languages: dict[str, str] = {}
    for part in (part for path in stages for part in sorted(path.glob("prompts-*.parquet"))):
        for row in pq.read_table(part, columns=["prompt_id", "language", "prompt"]).to_pylist():
            turns[row["prompt_id"]], languages[row["prompt_id"]] = row["prompt"], row["language"]
    return turns, languages


def _rows(stages: Sequence[Path], table: str, columns: Sequence[str]) -> list[dict[str, str]]:
    """Columns of all rows of a table in some stages."""
    parts = [part for path in stages for part in sorted(path.glob(f"{table}-*.parquet"))]
    return [row for part in parts for row in pq.read_table(part, columns=list(columns)).to_pylist()]
