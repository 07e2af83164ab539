"""`polypref review turns` and `polypref review marks`: people read what a model read, and back."""

import argparse
import math
from pathlib import Path

from ..console.escaping import print_safely
from .arguments import Commands, positive_number


def share_of(text: str) -> float:
    """A share, as an option takes it.

    Args:
        text: the word.

    Returns:
        The number.

    Raises:
        ArgumentTypeError: it is none from 0 to 1.
    """
    try:
        share = float(text)
    except ValueError:
        share = math.nan
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text[:40]} is not a share from 0 to 1")
    return share


def words_for_card(text: str) -> str:
    """What stands in a card, as an option takes it: words on one line, no personal data.

    Args:
        text: the words.

    Returns:
        The words.

    Raises:
        ArgumentTypeError: an e-mail address, a number of a phone or the like, or a key is in them; or they are several
            lines, too long, or hold signs that turn them.
    """
    from ..text.personal_data import KINDS
    from ..text.published_words import problem_of_words

    if problem := problem_of_words(text, kinds=KINDS):
        raise argparse.ArgumentTypeError(
            f"what goes into the card {problem}, as in 'two native speakers of each language'"
        )
    return text


def separator_of(text: str) -> str:
    """What stands between the columns of a sheet, as an option takes it.

    Args:
        text: the word; `\\t` is a tab.

    Returns:
        The sign.

    Raises:
        ArgumentTypeError: it separates no columns.
    """
    from ..review.columns import SEPARATORS

    sign = "\t" if text == "\\t" else text
    if sign not in SEPARATORS:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} separates no columns of a sheet; write ',', ';' or '\\t'")
    return sign


def add_turns(steps: Commands) -> None:
    """Adds `polypref review turns`.

    Args:
        steps: what `argparse` gives for steps of a review.
    """
    turns = steps.add_parser(
        "turns", help="write a sheet a language of messages that a model has read (wild_feedback), for people to mark"
    )
    turns.add_argument("dataset", help="the folder that polypref build wrote")
    turns.add_argument(
        "--turns",
        type=positive_number,
        default=100,
        metavar="N",
        help="messages of all languages together, shared evenly (default 100)",
    )
    turns.add_argument(
        "--random-share",
        type=share_of,
        default=0.2,
        metavar="SHARE",
        help="the share that is drawn of all messages of a language; half of the others are such in which the model "
        "saw dissatisfaction (default 0.2)",
    )
    turns.add_argument("--seed", type=int, default=0, help="seed of the draw and of the order (default 0)")
    turns.add_argument("--out", default="turns", metavar="DIR", help="folder of the sheets (default: turns)")
    turns.add_argument(
        "--separator",
        type=separator_of,
        default=",",
        metavar="SIGN",
        help="what stands between the columns of the sheets: ',' (default), ';' or '\\t'",
    )
    turns.set_defaults(run=_review_turns)


def add_marks(steps: Commands) -> None:
    """Adds `polypref review marks`.

    Args:
        steps: what `argparse` gives for steps of a review.
    """
    marks = steps.add_parser("marks", help="read marked sheets of turns: agreement with the model, for build --marks")
    marks.add_argument("dataset", help="the folder that polypref build wrote")
    marks.add_argument("sheets", nargs="+", help="marked sheets; one file a person, or the column 'marker'")
    marks.add_argument(
        "--by",
        type=words_for_card,
        default="people",
        metavar="WORDS",
        help="who marked, for the card, as in 'two native speakers of each language' (default: people)",
    )
    marks.add_argument("--out", default="marks.json", metavar="FILE", help="the marks (default: marks.json)")
    marks.set_defaults(run=_review_marks)


def _review_turns(arguments: argparse.Namespace, _: list[str]) -> None:
    from ..files.locks import reading
    from ..release.folder import read_provenance
    from ..release.marked import turns_of_build
    from ..review.turn_sheets import SheetPlan, export_turns

    folder, plan = Path(arguments.dataset), SheetPlan(arguments.turns, arguments.random_share, abs(arguments.seed))
    with reading(folder, "review"):
        turns, reader = turns_of_build(folder, read_provenance(folder))
        sheets = export_turns(turns, plan, reader, Path(arguments.out), arguments.separator)
    print_safely("\n".join(str(sheet) for sheet in sheets))
    print_safely(
        "in the column 'mark', people write dissatisfied, satisfied or neither: what the next message says of the "
        "answer; then polypref review marks"
    )


def _review_marks(arguments: argparse.Namespace, _: list[str]) -> None:
    from ..files.locks import reading
    from ..release.folder import read_provenance
    from ..release.marked import turns_of_build
    from ..review.marks import sentence_of, write_marks
    from ..review.retyped import retyped_sentence
    from ..review.turn_sheets import read_turn_sheets

    folder, out = Path(arguments.dataset), Path(arguments.out)
    with reading(folder, "review"):
        record = read_provenance(folder)
        turns, reader = turns_of_build(folder, record)
    by_id = {one.turn_id: one for one in turns}
    marks = read_turn_sheets([Path(sheet) for sheet in arguments.sheets], by_id, reader)
    written = write_marks(f"{record.name} {record.version}", reader, arguments.by, by_id, marks, out)
    for tag, figures in written.languages.items():
        print_safely(sentence_of(tag, figures))
    if retyped := retyped_sentence([one.place for one in marks if one.retyped]):
        print_safely(retyped)
    print_safely(f"wrote {out}; polypref build ... --marks {out} shows it in the card, which a release asks for")
