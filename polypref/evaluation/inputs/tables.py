"""The tables of an evaluation: what was asked, what was answered, what a judge said of two answers."""

from typing import TypedDict

import pyarrow as pa

from ...schema import MESSAGES

#: One row a prompt and language of an evaluation set. `group_id` is the same for a prompt in all its languages.
PROMPTS = pa.schema(
    [
        ("set", pa.string()),
        ("prompt_id", pa.string()),
        ("group_id", pa.string()),
        ("language", pa.string()),
        ("prompt", MESSAGES),
        ("references", pa.list_(pa.string())),
        ("category", pa.string()),
    ]
)

#: One row a model and prompt. `failure` is empty, or a word for why there is no answer.
ANSWERS = pa.schema(
    [
        ("set", pa.string()),
        ("model", pa.string()),
        ("prompt_id", pa.string()),
        ("language", pa.string()),
        ("text", pa.string()),
        ("finish_reason", pa.string()),
        ("failure", pa.string()),
    ]
)

#: One row a prompt, pair of models and judge. `fidelity` is pass, fail or unknown (no line long enough to tell).
#: `orders` has one entry an order asked: `first` is which answer was shown first (model, other, or empty where order
#: plays no part), `score` the model's (1 won, 0.5 tie, 0 lost; null without a verdict), `reason` why there is none,
#: `said` what the judge wrote.
BATTLES = pa.schema(
    [
        ("set", pa.string()),
        ("prompt_id", pa.string()),
        ("group_id", pa.string()),
        ("language", pa.string()),
        ("prompt", MESSAGES),
        ("model", pa.string()),
        ("other", pa.string()),
        ("judge", pa.string()),
        ("answer", pa.string()),
        ("other_answer", pa.string()),
        ("answer_failure", pa.string()),
        ("other_failure", pa.string()),
        ("fidelity", pa.string()),
        ("other_fidelity", pa.string()),
        ("word_fidelity", pa.string()),
        ("other_word_fidelity", pa.string()),
        (
            "orders",
            pa.list_(
                pa.struct(
                    [
                        ("first", pa.string()),
                        ("score", pa.float64()),
                        ("reason", pa.string()),
                        ("said", pa.string()),
                    ]
                )
            ),
        ),
    ]
)


#: What came of one order of a battle; see BATTLES, which names the columns.
Order = TypedDict("Order", {"first": str, "score": float | None, "reason": str, "said": str})  # noqa: UP013


class PromptRow(TypedDict):
    """A row of PROMPTS."""

    set: str
    prompt_id: str
    group_id: str
    language: str
    prompt: list[dict[str, str]]
    references: list[str]
    category: str


class AnswerRow(TypedDict):
    """A row of ANSWERS."""

    set: str
    model: str
    prompt_id: str
    language: str
    text: str
    finish_reason: str
    failure: str


class BattleRow(TypedDict):
    """A row of BATTLES."""

    set: str
    prompt_id: str
    group_id: str
    language: str
    prompt: list[dict[str, str]]
    model: str
    other: str
    judge: str
    answer: str
    other_answer: str
    answer_failure: str
    other_failure: str
    fidelity: str
    other_fidelity: str
    word_fidelity: str
    other_word_fidelity: str
    orders: list[Order]
