"""Preference pairs of a file or Hub dataset that is there already, without a script of one's own.

Three ways to say what its columns hold: the name of a layout (`polypref layouts` lists them, `polypref look FILE` shows
which fit), the columns of the chosen and the rejected answer, or those of two answers with a winner or with scores.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from polypref import (
    Answer,
    Builder,
    Fields,
    Mixture,
    NamedLayout,
    PairRule,
    Source,
    SourceRater,
    Split,
    UserError,
    Verdict,
    layout,
    option,
)

#: Who preferred one answer to the other, where the options name columns.
RATER = "source"


@dataclass(frozen=True)
class Params:
    """Options of this builder."""

    source: str = option("", "a file, a pattern of files ('data/*.jsonl'), or ORG/NAME on the Hub")
    layout: str = option("", "name of a layout, or a file LAYOUT.toml")
    prompt: str = option("", "column of the prompt; left out, the turns that both answers' conversations share")
    chosen: str = option("", "column of the better answer; goes with --rejected")
    rejected: str = option("", "column of the worse answer")
    a: str = option("", "column of the first of two answers; goes with --b, and --winner or --scores")
    b: str = option("", "column of the second answer")
    winner: str = option("", "column that says which of the two is better; goes with --first, --second and --tie")
    first: str = option("", "values of --winner that name the first answer, with commas between them")
    second: str = option("", "values of --winner that name the second answer")
    tie: str = option("", "values of --winner that name neither")
    scores: str = option("", "columns of the scores of --a and --b, with a comma between them; the higher is better")
    language: str = option("", "language of every row, where no column says it")
    language_column: str = option("", "column of each row's language")
    group: str = option("", "column of an id that the translations of a prompt share")
    name: str = option("", "the dataset's name; left out, that of the file")
    licence: str = option("unknown", "licence of the texts; a public release wants it known")
    revision: str = option("", "version of the source: a date, a tag, a commit; of the Hub its main branch")
    split: str = option("train", "split of a Hub dataset")
    config: str = option("", "config of a Hub dataset")
    test: float = option(0.05, "share of the prompts that go to test")
    seed: int = option(0, "seed of splits and ranks")

    @property
    def on_hub(self) -> bool:
        """Whether the source is a dataset of the Hub: a name with one slash that is no path here."""
        return re.fullmatch(r"[\w.-]+/[\w.-]+", self.source) is not None and not (
            Path(self.source).exists() or Path(self.source).suffix in (".json", ".jsonl", ".csv", ".tsv", ".parquet")
        )


def build(params: Params) -> Builder:
    """Declares the dataset.

    Args:
        params: the options.

    Returns:
        The dataset, declared.

    Raises:
        UserError: the options do not say what the columns hold, or say it twice.
    """
    if not params.source:
        raise UserError("name the data: --source FILE, or --source ORG/NAME on the Hub")
    how = _layout(params)
    stem = params.source.rsplit("/", 1)[-1].split(".")[0]
    name = params.name or re.sub(r"[^\w-]+", "-", stem).strip("-_") or "pairs"
    return Builder(
        name=name,
        version="0.1.0",
        sources=(_source(params, how, name),),
        rater=SourceRater(how.rater),
        pairs=PairRule(how.rule, seed=params.seed),
        split=Split(test=params.test, seed=params.seed),
        mixtures=(Mixture("all"),),
    )


def _source(params: Params, how: NamedLayout, name: str) -> Source:
    language = params.language or None
    if params.on_hub:
        return how.hub(
            params.source, params.licence, params.split, params.config or None, params.revision or None, language
        )
    return how.files(params.source, name, params.revision or "unknown", params.licence, language)


def _layout(params: Params) -> NamedLayout:
    """The layout that the options name or describe."""
    ways = {
        "--layout": bool(params.layout),
        "--chosen and --rejected": bool(params.chosen or params.rejected),
        "--a and --b": bool(params.a or params.b),
    }
    if sum(ways.values()) != 1:
        both = " and ".join(way for way, given in ways.items() if given)
        raise UserError(
            f"{'say what the columns hold in one way, not by ' + both if both else 'say what the columns hold'}: "
            "--layout NAME (polypref layouts lists them), --chosen COLUMN --rejected COLUMN, or --a COLUMN --b COLUMN "
            "with --winner or --scores; polypref look FILE shows the columns"
        )
    if params.layout:
        return layout(params.layout)
    if ways["--a and --b"]:
        return _two_answers(params)
    if not (params.chosen and params.rejected):
        raise UserError("--chosen and --rejected go together; name the column of each")
    answers = (Answer(params.chosen, model="chosen"), Answer(params.rejected, model="rejected"))
    return _described(params, answers, Verdict(RATER))


def _two_answers(params: Params) -> NamedLayout:
    if not (params.a and params.b):
        raise UserError("--a and --b go together; name the column of each answer")
    if bool(params.winner) == bool(params.scores):
        raise UserError("--a and --b want either --winner COLUMN or --scores COLUMN,COLUMN: which answer is better")
    if params.winner:
        sides = (_listed(params.first), _listed(params.second), _listed(params.tie))
        verdict = Verdict(RATER, params.winner, *sides)
        return _described(params, (Answer(params.a, model="a"), Answer(params.b, model="b")), verdict)
    columns = _listed(params.scores)
    if len(columns) != 2:
        raise UserError(f"--scores {params.scores!r}: name two columns with a comma between them, that of --a first")
    answers = tuple(
        Answer(text, model=model, score=score, rater=RATER)
        for text, model, score in zip((params.a, params.b), ("a", "b"), columns, strict=True)
    )
    return _described(params, answers, None)


def _described(params: Params, answers: tuple[Answer, ...], verdict: Verdict | None) -> NamedLayout:
    fields = Fields(
        params.prompt or None,
        answers,
        language=params.language_column or None,
        group=params.group or None,
        verdict=verdict,
    )
    return NamedLayout(fields, rater=RATER, rule="given" if verdict else "best_vs_worst")


def _listed(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())
