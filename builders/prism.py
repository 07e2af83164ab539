"""PRISM (Kirk et al. 2024, arXiv 2404.16019): who preferred what, with the groups that people stated of themselves.

1,396 people talked with 21 models about what they chose, and gave every answer a mark from 1 to 100: four models'
answers to the first turn, two of the model whose answer they liked best to each later one. Marks are compared within
one turn of one conversation. The survey says who they are; what fewer than five people share is published as `other`.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path

from polypref import (
    Builder,
    Fields,
    Files,
    HubDataset,
    Mixture,
    PairRule,
    SourceRater,
    Split,
    UserError,
    layout,
    layouts,
    option,
)

#: Name of a group -> the column of the survey that states it.
GROUPS = {
    "age": "age",
    "gender": "gender",
    "region": "location.reside_region",
    "birth_region": "location.birth_region",
    "education": "education",
    "employment": "employment_status",
    "english": "english_proficiency",
}


@dataclass(frozen=True)
class Params:
    """Options of this builder."""

    source: str = option(
        "HannahRoseKirk/prism-alignment", "folder with conversations.jsonl and survey.jsonl, or its name"
    )
    revision: str = option("", "its revision; on the Hub a commit or tag")
    groups: str = option("age,gender,region", f"groups to publish: {', '.join(GROUPS)}, or NAME=COLUMN of the survey")
    first_turns: bool = option(False, "only first turns, on which models meet; later ones are two answers of one model")
    rule: str = option("best_vs_worst", "pair rule: best_vs_worst, all_pairs or another")
    min_margin: float = option(6.0, "least difference of two marks; its authors call five or less a tie")
    terms: str = option(
        "", "JSON file: model name -> its maker's licence of answers; a public release wants them known"
    )
    language: str = option("en", "language of the conversations: no column says it, and 99% are in English")
    test: float = option(0.05, "share of the prompts that go to test")
    seed: int = option(0, "seed of pairs, splits and ranks")


def build(params: Params) -> Builder:
    """Declares the dataset.

    Args:
        params: the options.

    Returns:
        The dataset, declared.

    Raises:
        UserError: the folder lacks a file, or an option cannot be read.
    """
    known = layout("prism_conversations")
    groups = {name: f"survey.{column}" for name, column in _groups(params.groups).items()}
    (answer,) = known.fields.answers
    fields = replace(
        known.fields,
        answers=(replace(answer, licence_column="licence"),),
        occasion="{conversation_id} {replies[0].turn}",
        annotator="user_id",
        annotator_groups=groups or None,
    )
    places = _places(params)
    conversations, survey = (
        (
            HubDataset(place, Fields("user_id"), "cc-by-4.0", config=what, revision=params.revision or None)
            if place == params.source
            else Files(place, Fields("user_id"), "prism", params.revision or "unknown", "cc-by-4.0")
        )
        for what, place in places.items()
    )
    conversations = replace(conversations, tree=known.tree, language=params.language or None)
    first = {"replies[0].turn": 0} if params.first_turns else {}
    return Builder(
        name="prism-preferences",
        version="0.1.0",
        card="prism.md",
        sources=(layouts.PrismFiles(conversations, survey, fields, _terms(params.terms), first),),
        rater=SourceRater(known.rater),
        pairs=PairRule(params.rule, min_margin=params.min_margin, seed=params.seed),  # type: ignore[arg-type]
        split=Split(test=params.test, seed=params.seed),
        mixtures=(Mixture("all"),),
        notes=(
            "Prompts are under CC-BY-4.0; answers are under CC-BY-NC-4.0 and the terms of whoever made their model. "
            "Whoever uses them agrees to identify nobody (PRISM's terms of use).",
        ),
        citation={"author": "Kirk, Hannah Rose and others", "year": "2024", "eprint": "2404.16019"},
    )


def _places(params: Params) -> dict[str, str]:
    """Where the conversations and the survey are: files of a folder, or the dataset's name for both."""
    names = ("conversations", "survey")
    folder = Path(params.source)
    if not folder.is_dir():
        if folder.exists() or params.source.count("/") != 1:
            raise UserError(f"--source {params.source}: give the folder with conversations.jsonl and survey.jsonl")
        return dict.fromkeys(names, params.source)
    places = {name: folder / f"{name}.jsonl" for name in names}
    for path in places.values():
        if not path.is_file():
            raise UserError(f"{folder} has no {path.name}; PRISM's conversations.jsonl and survey.jsonl go together")
    return {name: str(path) for name, path in places.items()}


def _groups(words: str) -> dict[str, str]:
    """The groups that are published, and the columns of the survey that state them."""
    groups = {}
    for word in filter(None, map(str.strip, words.split(","))):
        name, given, column = word.partition("=")
        if not given and name not in GROUPS:
            raise UserError(f"--groups has {word[:40]!r}; it knows {', '.join(GROUPS)}, or write NAME=COLUMN")
        groups[name.strip()] = column.strip() if given else GROUPS[name]
    return groups


def _terms(path: str) -> dict[str, str]:
    """The licences of answers that a file names."""
    if not path:
        return {}
    wanted = 'write a JSON object of models and licences, as in {"org/model": "apache-2.0"}'
    try:
        read = json.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"--terms {path} cannot be read ({' '.join(str(error).split())[:200]}); {wanted}") from None
    if not isinstance(read, dict) or not all(isinstance(one, str) and one.strip() for one in read.values()):
        raise UserError(f"--terms {path} holds {str(read)[:60]!r}; {wanted}")
    return read
