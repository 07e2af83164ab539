"""Which side is better in each layout that goes by a name, read plainly.

Each function below was written from the makers' own readers and cards, by somebody who did not write the layout, and
reads the made-up rows without it; what it says and what the layout's example declares must be the same.
"""

import ast
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from polypref.layouts.named import layout, layout_names

Row = Mapping[str, Any]
Sides = tuple[str, tuple[str, ...], tuple[str, ...]]


def pair(prompt: str, one: str, other: str, first: bool | None) -> Sides:
    """The sides of two answers: whether the first is better; None for a tie."""
    if first is None:
        return prompt, (), ()
    return (prompt, (one,), (other,)) if first else (prompt, (other,), (one,))


def majority(votes: Sequence[bool | None]) -> bool | None:
    """What more than half say."""
    ((vote, number),) = Counter(votes).most_common(1)
    assert 2 * number > len(votes)
    return vote


def scored(prompt: str, answers: Sequence[tuple[str, float]], lowest: bool = False) -> Sides:
    """The best answers and the worst of several with numbers."""
    numbers = [-number if lowest else number for _, number in answers]
    best, worst = max(numbers), min(numbers)
    if best == worst:
        return prompt, (), ()
    texts = [text for text, _ in answers]
    return (
        prompt,
        tuple(text for text, number in zip(texts, numbers, strict=True) if number == best),
        tuple(text for text, number in zip(texts, numbers, strict=True) if number == worst),
    )


def last(turns: Sequence[Row]) -> str:
    """The text of the last turn, whatever its keys are called and whether it is in parts."""
    turn = turns[-1]
    text = turn.get("content", turn.get("value"))
    return text if isinstance(text, str) else "".join(part.get("text", part.get("value")) for part in text)


def chosen_of(prompt: str, chosen: str = "chosen", rejected: str = "rejected") -> Callable[[Row], Sides]:
    """Of rows whose columns are called after the sides."""
    return lambda row: pair(row[prompt], row[chosen], row[rejected], True)


def alpaca_eval(row: Row) -> Sides:
    """`get_winrate`: 1 the base wins, 2 the model does, 0 and 1.5 draws; in between by 1.5."""
    preference = row["preference"]
    return pair(
        row["instruction"],
        row["output_1"],
        row["output_2"],
        None if preference in (0, 1.5) else preference < 1.5,
    )


def instructed(row: Row, join: str = "\n\n") -> str:
    return row["instruction"] + (join + row["input"] if row.get("input") else "")


def arena(row: Row) -> Sides:
    """Chatbot Arena: the left side is model_a and conversation_a; every word with `tie` or `bad` in it is a tie."""
    winner = row["winner"]
    first = None if "tie" in winner or "bad" in winner else winner == "model_a"
    return pair(last(row["conversation_a"][:-1]), last(row["conversation_a"]), last(row["conversation_b"]), first)


def arena_55k(row: Row) -> Sides:
    first = {(1, 0, 0): True, (0, 1, 0): False, (0, 0, 1): None}[
        row["winner_model_a"], row["winner_model_b"], row["winner_tie"]
    ]
    return pair(*(ast.literal_eval(row[name])[-1] for name in ("prompt", "response_a", "response_b")), first)


def argilla_records(row: Row) -> Sides:
    name = "preference.responses"
    given = zip(row[name], row[f"{name}.status"], strict=True)
    votes = [{"A": True, "B": False, "tie": None}[label] for label, status in given if status == "submitted"]
    return pair(row["prompt"], row["answer_a"], row["answer_b"], majority(votes))


def argilla_feedback(row: Row) -> Sides:
    votes = [one["value"] == 1 for one in row["choose-best"] if one["status"] == "submitted"]
    return pair(row["instruction"], row["response-1"], row["response-2"], majority(votes))


def label_studio_pairwise(row: Row) -> Sides:
    kept = [one for one in row["annotations"] if not one["was_cancelled"]]
    votes = [one["result"][0]["value"]["selected"] == "left" for one in kept]
    data = row["data"]
    return pair(data["prompt"], data["answer1"], data["answer2"], majority(votes))


def label_studio_ranker(row: Row) -> Sides:
    one, other = row["data"]["items"]
    kept = [each for each in row["annotations"] if not each["was_cancelled"]]
    orders = [each["result"][0]["value"]["ranker"]["rank"] for each in kept]
    first = majority([order.index(one["id"]) < order.index(other["id"]) for order in orders])
    return pair(row["data"]["prompt"], one["body"], other["body"], first)


def last_turn_in(text: str) -> str:
    """The last turn of a transcript with `Human:` and `Assistant:`."""
    return text.replace("\n\nHuman: ", "\n\nAssistant: ").split("\n\nAssistant: ")[-1]


def hh_rlhf(row: Row) -> Sides:
    prompt = row["chosen"].rpartition("\n\nAssistant: ")[0]
    return pair(last_turn_in(prompt), last_turn_in(row["chosen"]), last_turn_in(row["rejected"]), True)


def helpsteer2(*rows: Row) -> Sides:
    """The weights of NVIDIA's reward model of 70b, as allenai/open-instruct has them."""
    weights = {"helpfulness": 65, "correctness": 80, "coherence": 45, "complexity": 55, "verbosity": -40}
    answers = [(row["response"], sum(weights[name] * row[name] for name in weights)) for row in rows]
    return scored(rows[0]["prompt"], answers)


def helpsteer2_preference(row: Row) -> Sides:
    strength = row["preference_strength"]
    prompt = row["prompt"].split("<extra_id_1>User\n")[-1]
    return pair(prompt, row["response_1"], row["response_2"], strength < 0 if strength else None)


def helpsteer3(row: Row) -> Sides:
    """NeMo RL: chosen is response1 where overall_preference is below 0."""
    overall = row["overall_preference"]
    return pair(last(row["context"]), row["response1"], row["response2"], overall < 0 if overall else None)


def ja_vicuna_qa(row: Row) -> Sides:
    """FastChat: both winners name models; model_1 wrote answer_1."""
    assert row["g1_winner"] == row["g2_winner"]
    first = {"model_1": True, "model_2": False, "tie": None}[row["g1_winner"]]
    return pair(row["question"], row["answer_1"], row["answer_2"], first)


def thumbs(prompt: Callable[[Row], str], text: Callable[[Row], str], label: str) -> Callable[..., Sides]:
    return lambda *rows: scored(prompt(rows[0]), [(text(row), float(row[label])) for row in rows])


def mt_bench_human(*rows: Row) -> Sides:
    """FastChat's compute_agreement: a verdict on the swapped models is turned round, and every tie is one."""
    one = rows[0]
    votes = []
    for row in rows:
        same = row["model_a"] == one["model_a"]
        votes.append(None if "tie" in row["winner"] else (row["winner"] == "model_a") == same)
    talks = one["conversation_a"], one["conversation_b"]
    return pair(talks[0][0]["content"], talks[0][1]["content"], talks[1][1]["content"], majority(votes))


def nectar(row: Row) -> Sides:
    prompt = last_turn_in(row["prompt"].removesuffix("\n\nAssistant: "))
    return scored(prompt, [(one["answer"], one["rank"]) for one in row["answers"]], lowest=True)


def oasst(row: Row) -> Sides:
    """The card of oasst1: the most preferred message has rank 0."""
    message = row["prompt"]
    return scored(message["text"], [(one["text"], one["rank"]) for one in message["replies"]], lowest=True)


def oasst_nested(message: Row) -> Sides:
    """As oasst, where the row is the first message."""
    return oasst({"prompt": message})


def oasst_messages(*rows: Row) -> Sides:
    (first,) = (row for row in rows if row["parent_id"] is None)
    replies = [(row["text"], row["rank"]) for row in rows if row["parent_id"] == first["message_id"]]
    return scored(first["text"], replies, lowest=True)


def pandalm(row: Row) -> Sides:
    """PandaLM's compute_metrics: the majority of the three, 0 is a tie."""
    vote = majority([{0: None, 1: True, 2: False}[row[f"annotator{number}"]] for number in (1, 2, 3)])
    return pair(instructed(row), row["response1"], row["response2"], vote)


def pku(column: str) -> Callable[[Row], Sides]:
    """HALOs: chosen is `response_{better_response_id}`."""

    def read(row: Row) -> Sides:
        side = row[column]
        return pair(row["prompt"], row[f"response_{side}"], row[f"response_{1 - side}"], True)

    return read


def prism(*rows: Row) -> Sides:
    """`extract_battles`: the higher score wins, five points and less are a tie."""
    answers = [(row["model_response"], row["score"]) for row in rows]
    assert abs(answers[0][1] - answers[1][1]) > 5
    return scored(rows[0]["user_prompt"], answers)


def prism_conversations(row: Row) -> Sides:
    asked, *answers = row["conversation_history"]
    return scored(asked["content"], [(one["content"], one["score"]) for one in answers])


def ultrafeedback(row: Row) -> Sides:
    answers = [(one["response"], one["fine-grained_score"]) for one in row["completions"]]
    return scored(row["instruction"], answers)


def binarized(row: Row) -> Sides:
    sides = [(last(row[side]), row[f"score_{side}"]) for side in ("chosen", "rejected")]
    return scored(row["prompt"], sides)


def implicit(chosen: str, rejected: str) -> Callable[[Row], Sides]:
    return lambda row: pair(last(row[chosen][:-1]), last(row[chosen]), last(row[rejected]), True)


def tool_answer(value: Any) -> str:
    """A text, or a turn in LLaMA-Factory's form; a call is shown as a block."""
    if isinstance(value, str):
        return value
    return f"```tool_call\n{value['value']}\n```" if value["from"] == "function_call" else value["value"]


def text_in(value: Any) -> str:
    """A text, or the last turn of a conversation."""
    return value if isinstance(value, str) else last(value)


def community_alignment(*rows: Row) -> Sides:
    """The one that is named beats each other one; two are compared by those who named either of them."""
    texts = {letter: rows[0][f"first_turn_response_{letter}"] for letter in "abcd"}
    named = Counter(row["first_turn_preferred_response"].removeprefix("response_") for row in rows)
    wins = {(one, other): named[one] > named[other] for one in texts for other in texts}
    better = tuple(text for one, text in texts.items() if any(wins[one, other] for other in texts))
    return rows[0]["first_turn_prompt"], better, tuple(texts[one] for one in texts if any(wins[o, one] for o in texts))


DIRECTIONS: dict[str, Callable[..., Sides]] = {
    "alpaca_eval": alpaca_eval,
    # `_get_numeric_preference`: 1 is the first of output_1 and output_2, 2 the second.
    "alpaca_farm": lambda row: pair(instructed(row), row["output_1"], row["output_2"], row["preference"] == 1),
    "alpaca_pairs": lambda row: pair(instructed(row, "\n"), row["chosen"], row["rejected"], True),
    "arena_100k": arena,
    "arena_140k": arena,
    "arena_33k": arena,
    "arena_55k": arena_55k,
    "argilla_feedback": argilla_feedback,
    "argilla_records": argilla_records,
    # auto-j: 0 response 1, 1 response 2, 2 tie.
    "auto_j": lambda row: pair(row["prompt"], row["response 1"], row["response 2"], [True, False, None][row["label"]]),
    "community_alignment": community_alignment,
    "helpsteer2": helpsteer2,
    "helpsteer2_preference": helpsteer2_preference,
    "helpsteer3": helpsteer3,
    "hh_rlhf": hh_rlhf,
    "ja_vicuna_qa": ja_vicuna_qa,
    "kudge_falseinfo": chosen_of("instruction", "original_response", "response_with_false_info"),
    "label_studio_pairwise": label_studio_pairwise,
    "label_studio_ranker": label_studio_ranker,
    # LLaMA-Factory's converter: kto_tag true keeps the output as the chosen one.
    "llamafactory_alpaca_kto": thumbs(lambda row: instructed(row, "\n"), lambda row: row["output"], "kto_tag"),
    "llamafactory_kto": thumbs(lambda row: last(row["messages"][:-1]), lambda row: last(row["messages"]), "label"),
    # hh_rlhf_en.py: "output": [r_accept, r_reject].
    "llamafactory_old": lambda row: pair(row["instruction"], *row["output"], True),
    "llamafactory_sharegpt": lambda row: pair(
        last(row["conversations"]), row["chosen"]["value"], row["rejected"]["value"], True
    ),
    "llamafactory_tools": lambda row: pair(
        last(row["conversations"]), tool_answer(row["chosen"]), tool_answer(row["rejected"]), True
    ),
    "llamafactory_v1": implicit("chosen_messages", "rejected_messages"),
    "m_arena_hard": lambda row: (row["prompt"], (), ()),
    "m_arena_hard_questions": lambda row: (row["turns"][-1]["content"], (), ()),
    "m_rewardbench": chosen_of("prompt"),
    "mt_bench_human": mt_bench_human,
    "nectar": nectar,
    "oasst": oasst,
    "oasst_messages": oasst_messages,
    "oasst_nested": oasst_nested,
    "orca_pairs": chosen_of("question"),
    "orca_pairs_argilla": chosen_of("input"),
    "pandalm": pandalm,
    "polypref_edits": lambda row: pair(last(row["prompt"]), row["edited"], row["answer"], True),
    "pku_saferlhf": pku("better_response_id"),
    "pku_saferlhf_safer": pku("safer_response_id"),
    "prism": prism,
    "prism_conversations": prism_conversations,
    "rewardbench": chosen_of("prompt"),
    "rewardbench2": lambda row: (row["prompt"], tuple(row["chosen"]), tuple(row["rejected"])),
    # The card: labels is 1 if A is preferred to B, 0 if B is preferred to A.
    "shp": lambda row: pair(row["history"], row["human_ref_A"], row["human_ref_B"], row["labels"] == 1),
    "stack_exchange_paired": chosen_of("question", "response_j", "response_k"),
    # Open-Assistant: [summaries[choice], summaries[1 - choice]].
    "summarize_from_feedback": lambda row: pair(
        row["info"]["post"] or row["info"]["article"], *(one["text"] for one in row["summaries"]), row["choice"] == 0
    ),
    "trl_implicit": implicit("chosen", "rejected"),
    "trl_preference": lambda row: pair(text_in(row["prompt"]), text_in(row["chosen"]), text_in(row["rejected"]), True),
    # TRL's unpair_preference_dataset: chosen becomes True, rejected False.
    "trl_unpaired": thumbs(lambda row: text_in(row["prompt"]), lambda row: text_in(row["completion"]), "label"),
    "ukrqualbench": lambda row: pair(
        row["input"]["prompt"], row["input"]["response_a"], row["input"]["response_b"], row["expected"] == "A"
    ),
    "ultrafeedback": ultrafeedback,
    "ultrafeedback_argilla": chosen_of("instruction", "chosen_response", "rejected_response"),
    "ultrafeedback_binarized": binarized,
}


def test_every_layout_was_read_by_somebody_else():
    assert sorted(DIRECTIONS) == layout_names()


@pytest.mark.parametrize("name", layout_names())
def test_the_made_up_rows_say_what_a_plain_reading_of_them_says(name):
    for example in layout(name).examples:
        rows = [json.loads(line) for line in example.rows.splitlines() if line.strip()]
        assert DIRECTIONS[name](*rows) == (example.prompt, example.better, example.worse)
        nothing = not layout(name).fields.answers
        assert example.tied == (not example.better and not nothing)


#: Layouts whose rows always have the better answer in the same column, so that no example can show the other way.
ALWAYS = {
    "alpaca_pairs", "hh_rlhf", "kudge_falseinfo", "llamafactory_old", "llamafactory_sharegpt",
    "llamafactory_tools", "llamafactory_v1",
    "m_arena_hard", "m_arena_hard_questions", "m_rewardbench", "orca_pairs", "orca_pairs_argilla",
    "polypref_edits", "rewardbench",
    "rewardbench2",
    "stack_exchange_paired", "trl_implicit", "trl_preference", "ultrafeedback_argilla", "ultrafeedback_binarized",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(set(layout_names()) - ALWAYS))
def test_a_layout_that_can_prefer_either_answer_shows_both(name):
    """Where rows say which answer is better, an example has the first of them and another the second."""
    firsts = set()
    for example in layout(name).examples:
        if example.better:
            firsts.add(example.rows.index(example.better[0]) < example.rows.index(example.worse[0]))
    assert firsts == {True, False}
