"""Thoughts of the models that an evaluation asks: how many answers had one, and in which language it was."""

from collections import Counter
from collections.abc import Sequence

import pyarrow as pa

from ..inference import Reply, Result
from ..languages.identifier import Identifier
from ..text.thoughts import thought_in
from .inputs.traits import THOUGHT_LANGUAGE, Trait, trait_row

#: What stands for a language where there was no thought, and where its language cannot be told.
NO_THOUGHT, UNDETERMINED = "no thought", "undetermined"


def thought_of(result: Result | None) -> str:
    """What a model thought before it answered.

    Args:
        result: what came of a request; None for nothing.

    Returns:
        What its server gave apart, else what stands between marks in its text; empty for none.
    """
    if not isinstance(result, Reply):
        return ""
    between = thought_in(result.text)
    return result.thinking or (between.thinking if between else "")


def thought_counts(prompts: pa.Table, results: Sequence[Result | None]) -> dict[str, int]:
    """How many answers had a thought.

    Args:
        prompts: `tables.PROMPTS`.
        results: what came of each prompt.

    Returns:
        Language -> how many, in the order of the tags.
    """
    tags = prompts.column("language").to_pylist()
    had = [tag for tag, one in zip(tags, results, strict=True) if thought_of(one)]
    return dict(sorted(Counter(had).items()))


def thought_traits(model: str, prompts: pa.Table, results: Sequence[Result | None]) -> list[Trait]:
    """In which language a model thought.

    Args:
        model: its name in the evaluation.
        prompts: `tables.PROMPTS`.
        results: what came of each prompt.

    Returns:
        Rows of `traits.TRAITS` for the prompts that were answered: a tag, NO_THOUGHT or UNDETERMINED.
    """
    keys = ("set", "prompt_id", "language")
    rows = [
        (row["set"], row["prompt_id"], row["language"], thought_of(one))
        for row, one in zip(prompts.select(keys).to_pylist(), results, strict=True)
        if isinstance(one, Reply)
    ]
    thinking = [row for row in rows if row[3]]
    checks = iter(Identifier().check_many([row[3] for row in thinking], [row[2] for row in thinking]))
    traits = []
    for *of, thought in rows:
        check = next(checks) if thought else None
        value = NO_THOUGHT if check is None else UNDETERMINED if check.status == "undetermined" else check.language
        traits.append(trait_row((of[0], of[1], of[2]), model, THOUGHT_LANGUAGE, value))
    return traits
