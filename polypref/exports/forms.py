"""What stands in each form's files for a row: one small function a form."""

import json
from collections.abc import Iterable, Sequence

import pyarrow as pa

from .. import schema
from ..text.messages import KEYS, compact_json
from .contract import Row, Turn, Values

#: Columns that stand beside what the trainer reads, where they are there: readers leave them alone.
_BESIDE = (
    *("pair_id", "prompt_id", "language", "response_language"),
    *("chosen_score", "rejected_score", "score_margin"),
)
_OF_SINGLE = ("completion_id", "prompt_id", "language", "response_language")


def whole_row(row: Row) -> list[Values]:
    """For `jsonl`: every column as it is published.

    Args:
        row: of a pair, or of a single labelled answer.

    Returns:
        One object.
    """
    turns: Values = {"prompt": _turns(row.prompt), **{name: _turns(one) for name, one in row.answers.items()}}
    tools: Values = {"tools": list(row.tools)} if row.tools else {}
    return [row.values | turns | tools]


def llama_factory_row(row: Row) -> list[Values]:
    """For LLaMA-Factory: each answer is one turn as an object; a list of one is dropped there.

    Args:
        row: of a pair.

    Returns:
        One object; the tools as one text of JSON, empty for none.
    """
    turns: Values = {
        "messages": [_role_of_tools(turn) for turn in row.prompt],
        **{side: _role_of_tools(answer[0]) for side, answer in row.answers.items()},
        "tools": compact_json([_with_parameters(tool) for tool in row.tools]) if row.tools else "",
    }
    return [turns | _beside(row)]


def llama_factory_kto_rows(row: Row) -> list[Values]:
    """For LLaMA-Factory's KTO: whole conversations with a label; an answer of a pair is one, and so is a single answer.

    Args:
        row: of a pair, or of a single labelled answer.

    Returns:
        An object for each answer.
    """
    tools = compact_json([_with_parameters(tool) for tool in row.tools]) if row.tools else ""
    prompt = [_role_of_tools(turn) for turn in row.prompt]
    return [{"messages": [*prompt, _role_of_tools(turn)], "tools": tools} | about for turn, about in _labelled(row)]


def axolotl_kto_rows(row: Row) -> list[Values]:
    """For axolotl's `chatml.ultra`, which writes the marks of turns around three texts.

    Args:
        row: of a pair, or of a single labelled answer.

    Returns:
        An object for each answer; `system` is empty where there is none.
    """
    texts: Values = {"system": row.prompt[0]["content"] if len(row.prompt) > 1 else ""}
    texts |= {"prompt": row.prompt[-1]["content"]}
    return [texts | {"completion": turn["content"]} | about for turn, about in _labelled(row)]


def _labelled(row: Row) -> list[tuple[Turn, Values]]:
    """The turn of each answer, with its label and ids."""
    ids: Values = {name: row.values.get(name) for name in _OF_SINGLE[1:]}
    if "completion" in row.answers:
        own: Values = {"label": row.values["label"], "completion_id": row.values["completion_id"]}
        return [(row.answers["completion"][0], own | {"pair_id": None, "score": None} | ids)]
    sides = {"chosen": True, "rejected": False}
    return [
        (
            row.answers[side][0],
            {"label": label, "completion_id": row.values[f"{side}_id"], "pair_id": row.values["pair_id"]}
            | {"score": row.values.get(f"{side}_score")}
            | ids,
        )
        for side, label in sides.items()
    ]


def axolotl_row(row: Row) -> list[Values]:
    """For axolotl's `chat_template.default`.

    Args:
        row: of a pair.

    Returns:
        One object; each answer is one turn.
    """
    turns: Values = {"messages": _texts(row.prompt)}
    return [turns | {side: _text(answer[0]) for side, answer in row.answers.items()} | _beside(row)]


def openrlhf_row(row: Row) -> list[Values]:
    """For OpenRLHF, with a prompt key and the chat template; `margin` is read where its margin loss is asked for.

    Args:
        row: of a pair.

    Returns:
        One object.
    """
    turns: Values = {"prompt": _texts(row.prompt)}
    margin: Values = {"margin": row.values.get("score_margin")}
    return [turns | {side: _texts(answer) for side, answer in row.answers.items()} | margin | _beside(row)]


def nemo_rl_row(row: Row) -> list[Values]:
    """For NeMo RL's `PreferenceDataset`: the lower rank is preferred, and `reward` is the score, for its RPO.

    Args:
        row: of a pair.

    Returns:
        One object.
    """
    ranked: list[Values] = [
        {"rank": rank, "completion": _texts(row.answers[side]), "reward": row.values.get(f"{side}_score")}
        for rank, side in enumerate(("chosen", "rejected"))
    ]
    turns: Values = {"context": _texts(row.prompt), "completions": ranked}
    return [turns | _beside(row)]


def open_instruct_row(row: Row) -> list[Values]:
    """For open-instruct: `chosen` and `rejected` are whole conversations; what stands beside them is not trained on.

    Args:
        row: of a pair.

    Returns:
        One object.
    """
    whole: Values = {side: _texts([*row.prompt, *answer]) for side, answer in row.answers.items()}
    return [whole | _beside(row)]


def rewardbench_row(row: Row) -> list[Values]:
    """For RewardBench: whole conversations and no column `prompt`, which its reader takes out of them.

    Args:
        row: of a pair.

    Returns:
        One object; `subset` is the language.
    """
    whole: Values = {side: _texts([*row.prompt, *answer]) for side, answer in row.answers.items()}
    return [whole | {"id": row.values["pair_id"], "subset": row.language}]


def verl_row(row: Row) -> list[Values]:
    """For verl's `RLHFDataset`: a prompt to answer; the chosen answer is what a reward function may compare with.

    Args:
        row: of a pair.

    Returns:
        One object.
    """
    chosen, rejected = (str(row.answers[side][0]["content"]) for side in ("chosen", "rejected"))
    rest: Values = {name: row.values.get(name) for name in _BESIDE}
    return [
        {
            "data_source": "polypref",
            "prompt": _texts(row.prompt),
            "ability": "preference",
            "reward_model": {"style": "model", "ground_truth": chosen},
            "extra_info": {"rejected": rejected, **rest},
        }
    ]


def verl_columns(_: bool) -> pa.Schema:
    """The columns of `verl_row`.

    Returns:
        The schema.
    """
    texts, numbers = ("rejected", "pair_id", "prompt_id", "language", "response_language"), _BESIDE[4:]
    extra = [(name, pa.string()) for name in texts] + [(name, pa.float64()) for name in numbers]
    return pa.schema(
        [
            ("data_source", pa.string()),
            ("prompt", schema.MESSAGES),
            ("ability", pa.string()),
            ("reward_model", pa.struct([("style", pa.string()), ("ground_truth", pa.string())])),
            ("extra_info", pa.struct(extra)),
        ]
    )


def kto_rows(row: Row) -> list[Values]:
    """For TRL's KTO: the two answers of a pair, each with its label.

    Args:
        row: of a pair.

    Returns:
        Two objects, the chosen answer first.
    """
    labels = {"chosen": True, "rejected": False}
    return [
        _kto(row, row.answers[side], label)
        | {"completion_id": row.values[f"{side}_id"], "pair_id": row.values["pair_id"]}
        | {"score": row.values.get(f"{side}_score")}
        for side, label in labels.items()
    ]


def kto_order(lines: list[Values]) -> list[Values]:
    """Good and bad answers in turn, those of a pair as far apart as they can be.

    TRL's KTO trains in the order of the rows, and compares each prompt with the answer before it, as one to another
    prompt; LLaMA-Factory's does the same.

    Args:
        lines: of `kto_rows`, of `kto_single`, or of another form of labelled answers.

    Returns:
        The same lines; those of single answers as they are.
    """
    if any(line["pair_id"] is None for line in lines):
        return lines
    good, bad = lines[::2], lines[1::2]
    half = len(bad) // 2
    return [line for both in zip(good, bad[half:] + bad[:half], strict=True) for line in both]


def kto_single(row: Row) -> list[Values]:
    """For TRL's KTO: a single labelled answer as it is.

    Args:
        row: of a single labelled answer.

    Returns:
        One object.
    """
    (answer,) = row.answers.values()
    ids: Values = {"completion_id": row.values["completion_id"], "pair_id": None, "score": None}
    return [_kto(row, answer, row.values["label"]) | ids]


def kto_columns(whole: bool) -> pa.Schema:
    """The columns of `kto_rows`.

    Args:
        whole: whether turns may have more than a role and a text: they are JSON then, as in the dataset.

    Returns:
        The schema.
    """
    turns = pa.list_(schema.JSON) if whole else schema.MESSAGES
    texts = [(name, pa.string()) for name in (*_OF_SINGLE, "pair_id")]
    tools = [("tools", pa.list_(schema.JSON))] if whole else []
    return pa.schema(
        [("prompt", turns), ("completion", turns), ("label", pa.bool_()), *texts, ("score", pa.float64()), *tools]
    )


def _kto(row: Row, answer: Sequence[Turn], label: object) -> Values:
    ids: Values = {name: row.values.get(name) for name in _OF_SINGLE[1:]}
    turns: Values = {"prompt": _turns(row.prompt), "completion": _turns(answer), "label": label}
    return turns | ids | {"tools": list(row.tools) or None}


def _beside(row: Row) -> Values:
    return {name: row.values[name] for name in _BESIDE if name in row.values}


def _text(turn: Turn) -> Values:
    return {"role": turn["role"], "content": turn["content"]}


def _texts(turns: Iterable[Turn]) -> list[Values]:
    return [_text(turn) for turn in turns]


def _turns(turns: Iterable[Turn]) -> list[Values]:
    """Whole turns, keys in one order, without those that say nothing."""
    return [{key: turn[key] for key in KEYS if turn.get(key) or key in KEYS[:2]} for turn in turns]


def _role_of_tools(turn: Turn) -> Values:
    """A turn by LLaMA-Factory's roles: calls are a turn of their own, as JSON, and so is what a tool answers."""
    calls = turn.get("tool_calls")
    if isinstance(calls, list) and calls:
        functions = [call["function"] for call in calls if isinstance(call, dict)]
        return {"role": "function_call", "content": json.dumps(functions, ensure_ascii=False)}
    return {"role": "observation" if turn["role"] == "tool" else turn["role"], "content": turn["content"]}


def _with_parameters(tool: Values) -> Values:
    """The schema of a tool; of one without parameters it says that there are none, as LLaMA-Factory looks for them."""
    function = tool.get("function")
    if not isinstance(function, dict):
        return tool
    parameters = function.get("parameters")
    stated = parameters if isinstance(parameters, dict) else {}
    return tool | {"function": function | {"parameters": {"type": "object", "properties": {}} | stated}}
