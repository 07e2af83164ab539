"""Turns that a model read in a build, what people found in them, and what a release wants of that."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from ..errors import UserError
from ..files.atomic import read_json
from ..pipeline.builder import Builder
from ..raters.contract import MarkedRater, marked_raters
from ..raters.feedback import MarkedTurn, marked_turns, reactions_in
from ..review.mark_figures import figures_of_marks
from ..review.marks import Marks, read_marks
from ..review.turn_sheets import Turn
from ..schema import Message, make_id
from ..text.personal_data import mask_pii
from .provenance import MarksPart, Provenance

#: What somebody does who lacks marks.
ADVICE = (
    "have people mark a sample (polypref review turns, then polypref review marks) and build again with --marks FILE; "
    "docs/wild_feedback.md says how"
)


def check_marks(builder: Builder) -> None:
    """Sees before a build begins that its marks are of turns that its model has read, as far as their file says.

    Args:
        builder: what is built.

    Raises:
        UserError: the file of marks cannot be read, or its marks are of turns that another model read.
    """
    readers = _readers(builder)
    if readers and builder.marks is not None:
        _read_marks(builder.marks, readers[0].reader)


def _readers(builder: Builder) -> list[MarkedRater]:
    """The raters that read what people wrote, those that are combined with others among them."""
    return [one for way in builder.ways for one in marked_raters(way.rater)]


def marks_part(builder: Builder, stages: Sequence[Path]) -> MarksPart | None:
    """What a dataset says of people's marks: those of turns that its build has read; no others count.

    Args:
        builder: what is built.
        stages: the folders of its stages that hold prompts, reactions and what the model said of them.

    Returns:
        Who read, how many marks are wanted, and what people found; None where no rater reads what people wrote.

    Raises:
        UserError: the file of marks cannot be read, or its marks are of turns that another model read, or that are
            none of this build.
    """
    readers = _readers(builder)
    if not readers:
        return None
    rater, reader = readers[0].name, readers[0].reader
    wanted = max(one.marks_wanted for one in readers)
    if builder.marks is None:
        return MarksPart(rater, reader, wanted)
    marks = _read_marks(builder.marks, reader)
    # Of a turn its language and what the model said count here, and not its texts.
    turns = {
        name: Turn(name, one.language, (), "", message, one.mark)
        for name, one, message in _turns_read(stages, rater, _languages(stages))
    }
    here = {name: one.people for name, one in marks.turns.items() if name in turns}
    if not here:
        raise UserError(
            f"{builder.marks} holds marks of {len(marks.turns):,} turns, none of which is in this build: export sheets "
            "of this build (polypref review turns) and have them marked, or build without marks (--marks)"
        )
    figures, elsewhere = figures_of_marks(turns, here), len(marks.turns) - len(here)
    # Files of before hold what was given with --by as it was.
    return MarksPart(rater, reader, wanted, mask_pii(marks.by), marks.people, figures, elsewhere)


def _read_marks(path: str, reader: str) -> Marks:
    """The marks of a file, which are of turns that this model has read."""
    marks = read_marks(Path(path))
    if marks.reader != reader:
        raise UserError(
            f"{path} holds marks of turns that {marks.reader} read, and this build has {reader} read them: "
            "export a sheet of this build and have it marked, or build with that model and these prompts"
        )
    return marks


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
        others = f" ({record.marks.elsewhere:,} more marked turns are not in it)" if record.marks.elsewhere else ""
        return (
            f"what people meant was read by {record.marks.reader}, and people marked {number:,} of its turns in the "
            f"languages of the dataset, of {wanted:,} that are wanted{others}; {ADVICE}"
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
    prompts = _prompts(stages)
    texts = {row["completion_id"]: row["text"] for row in _rows(stages, "completions", ("completion_id", "text"))}
    turns = [
        Turn(name, one.language, prompts[one.prompt_id], texts[one.answer_id], message, one.mark)
        for name, one, message in _turns_read(stages, record.marks.rater, _languages(stages))
    ]
    return turns, record.marks.reader


def _turns_read(
    stages: Sequence[Path], rater: str, languages: Mapping[str, str]
) -> Iterable[tuple[str, MarkedTurn, str]]:
    """The turns that a rater has read in some stages, each once: its id, what it said, and the person's message."""
    verdicts = _rows(stages, "verdicts", ("prompt_id", "completion_a", "completion_b", "rater", "vote", "rationale"))
    marked = marked_turns(
        [row for row in verdicts if row["rater"] == rater],
        _rows([path for path in stages if path.name.startswith("rate-")], "rejected", ("language", "where", "detail")),
        languages,
    )
    written: dict[tuple[str, str, str], str] = {}
    for key, (reaction, _) in reactions_in(verdicts):
        if reaction:
            written.setdefault(key, reaction)
    turns: dict[str, tuple[str, MarkedTurn, str]] = {}
    for one in marked:
        message = written[one.prompt_id, one.answer_id, one.later_id]
        # In a tree several answers follow a message, which is asked about, and shown, once.
        name = make_id("turn", one.prompt_id, one.answer_id, message)
        turns.setdefault(name, (name, one, message))
    return turns.values()


def _prompts(stages: Sequence[Path]) -> dict[str, list[Message]]:
    """The turns of each prompt in some stages."""
    turns: dict[str, list[Message]] = {}
    for part in (part for path in stages for part in sorted(path.glob("prompts-*.parquet"))):
        for row in pq.read_table(part, columns=["prompt_id", "prompt"]).to_pylist():
            turns[row["prompt_id"]] = row["prompt"]
    return turns


def _languages(stages: Sequence[Path]) -> dict[str, str]:
    """The language of each prompt in some stages."""
    return {row["prompt_id"]: row["language"] for row in _rows(stages, "prompts", ("prompt_id", "language"))}


def _rows(stages: Sequence[Path], table: str, columns: Sequence[str]) -> list[dict[str, str]]:
    """Columns of all rows of a table in some stages."""
    parts = [part for path in stages for part in sorted(path.glob(f"{table}-*.parquet"))]
    return [row for part in parts for row in pq.read_table(part, columns=list(columns)).to_pylist()]
