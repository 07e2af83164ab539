"""Any pool of several models' answers to the same prompts: a folder, files, or a dataset on the Hub.

A folder in the layout of m-ArenaHard (`questions/LANG.jsonl`, `answers/LANG/MODEL.jsonl`, joined by question_id), or
rows of one answer each with its prompt, model and language. The rater is the relevance baseline unless a column holds
scores: the baseline tries out the path; for data to train on, use scores that judge.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from polypref import (
    Answer,
    Builder,
    Fields,
    Files,
    Mixture,
    PairRule,
    RelevanceRater,
    Source,
    SourceRater,
    Split,
    UserError,
    languages,
    layouts,
    option,
)


@dataclass(frozen=True)
class Params:
    """Options of this builder."""

    source: str = option("", "folder, file (or pattern), or ORG/NAME on the Hub (required)")
    name: str = option("", "name of the source (default: m-arena-hard for a folder, the file's or dataset's own name)")
    revision: str = option("unknown", "revision of the source; on the Hub a commit or tag")
    licence: str = option("apache-2.0", "licence of the prompts")
    licences: str = option("", "JSON file: model name -> licence of its answers")
    translated_from: str = option("en", "language of a folder's original questions; empty where none is translated")
    translator: str = option("machine translation", "who translated the others")
    config: str = option("", "config of a Hub dataset")
    split: str = option("train", "split of a Hub dataset")
    prompt_column: str = option("prompt", "column of the prompt (files and Hub)")
    answer_column: str = option("answer", "column of the answer (files and Hub)")
    model_column: str = option("model", "column of the model (files and Hub)")
    language_column: str = option("language", "column of the language (files and Hub)")
    group_column: str = option("question_id", "column that joins translations; empty for none")
    score_column: str = option("", "column of a rating of the answer; empty for the baseline")
    rule: str = option("best_vs_worst", "pair rule")
    five: str = option("de,pt,tr,vi,zh", "languages of mixture 'five'; empty for no such")
    per_language: int = option(40, "training pairs of each language in mixture 'five'")
    test: float = option(0.1, "share of the prompts that go to test")
    length_balanced: bool = option(False, "leave out pairs until length predicts nothing")
    seed: int = option(0, "seed of splits, ranks and random choices")
    evaluation_set: bool = option(True, "the prompts are an evaluation set: never release")


def build(params: Params) -> Builder:
    """Declares the dataset.

    Args:
        params: the options.

    Returns:
        The dataset, declared.

    Raises:
        UserError: the options contradict each other, or there is nothing at the source.
    """
    if not params.source:
        raise UserError("answer_pool needs --source: a folder, a file, or ORG/NAME on the Hub")
    params = replace(params, name=params.name or _name(params.source))
    source, answered = _source(params)
    five = tuple(languages.resolve_at("--five", tag.strip()).tag for tag in params.five.split(",") if tag.strip())
    five = tuple(tag for tag in five if answered is None or tag in answered)
    mixtures = [Mixture("all", languages=answered)]
    if five:
        mixtures.append(Mixture("five", languages=five, per_language=params.per_language))
    return Builder(
        name=f"{params.name}-preferences",
        version="0.1.0",
        card="answer_pool.md",
        sources=(source,),
        rater=SourceRater() if params.score_column else RelevanceRater(),
        pairs=PairRule(params.rule, seed=params.seed),  # type: ignore[arg-type]
        split=Split(test=params.test, seed=params.seed, length_balanced=params.length_balanced),
        languages=answered,
        mixtures=tuple(mixtures),
        licences=json.loads(Path(params.licences).read_text("utf-8")) if params.licences else {},
        evaluation_set=params.evaluation_set,
    )


def _name(source: str) -> str:
    """What a source is called that nobody named."""
    if (Path(source) / "questions").is_dir():
        return "m-arena-hard"
    # A pattern is no name; nor can a dataset's have all that a file's may.
    return re.sub(r"[^\w.-]+", "-", Path(source).stem).strip("-._") or "answers"


def _source(params: Params) -> tuple[Source, tuple[str, ...] | None]:
    """The source, and for a folder its languages with answers of two models or more."""
    if (Path(params.source) / "questions").is_dir():
        folder = layouts.ArenaFolder(
            params.source,
            name=params.name,
            revision=params.revision,
            licence=params.licence,
            translated_from=params.translated_from or None,
            translator=params.translator,
        )
        answered = tuple(path.stem for path in folder.files() if len(folder.answer_files(path)) >= 2)
        if not answered:
            raise UserError(f"no language of {params.source} has answers of two models (answers/LANG/MODEL.jsonl)")
        return folder, answered
    fields = Fields(
        prompt=params.prompt_column,
        answers=(Answer(params.answer_column, model_column=params.model_column, score=params.score_column or None),),
        language=params.language_column,
        group=params.group_column or None,
    )
    if Path(params.source).is_dir():
        raise UserError(f"{params.source} has no questions/ folder; give such a folder, a file, or ORG/NAME on the Hub")
    revision = "" if params.revision == "unknown" else params.revision
    rows = layouts.NamedLayout(fields).at(
        params.source, params.name, params.licence, revision, split=params.split, config=params.config
    )
    if isinstance(rows, Files):
        _check_columns(rows, params)
    return rows, None


def _check_columns(files: Files, params: Params) -> None:
    """Names the option of a column that no row at the beginning has.

    Raises:
        UserError: there is one.
    """
    first = files.files()[0]
    rows = [line.row for line in islice(files.lines(first), 100) if isinstance(line.row, Mapping)]
    there = list(dict.fromkeys(str(column) for row in rows for column in row))
    for name in ("prompt", "answer", "model", "language", "score", "group"):
        column = str(getattr(params, f"{name}_column"))
        # A path into a cell begins with its column.
        if there and column and column.partition(".")[0] not in there and column not in there:
            raise UserError(
                f"{first} has no column '{column}' (it has {', '.join(there)}); say which it is, as in "
                f"--{name}-column {there[0]}" + (", or --group-column '' for none" if name == "group" else "")
            )
