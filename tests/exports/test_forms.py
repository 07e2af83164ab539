"""What stands in the files for rows written by hand; each expectation was written by hand too, after the reader."""

import json

import pytest

from polypref.exports import forms

from .samples import CALL, PAIRS, WEATHER, assistant, pair, single, user

HEBREW_BESIDE = {
    "pair_id": "0" + "1".zfill(31),
    "prompt_id": "1" + "1".zfill(31),
    "language": "he",
    "response_language": "he",
    "chosen_score": 2.5,
    "rejected_score": 1.0,
    "score_margin": 1.5,
}
ASKED = {"role": "user", "content": "מה שלומך?"}
GOOD = {"role": "assistant", "content": "שלומי טוב, תודה!"}
BAD = {"role": "assistant", "content": "לא יודע."}


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (forms.llama_factory_row, {"messages": [ASKED], "chosen": GOOD, "rejected": BAD, "tools": ""}),
        (forms.axolotl_row, {"messages": [ASKED], "chosen": GOOD, "rejected": BAD}),
        (forms.openrlhf_row, {"prompt": [ASKED], "chosen": [GOOD], "rejected": [BAD], "margin": 1.5}),
        (
            forms.nemo_rl_row,
            {
                "context": [ASKED],
                "completions": [
                    {"rank": 0, "completion": [GOOD], "reward": 2.5},
                    {"rank": 1, "completion": [BAD], "reward": 1.0},
                ],
            },
        ),
        (forms.open_instruct_row, {"chosen": [ASKED, GOOD], "rejected": [ASKED, BAD]}),
    ],
)
def test_a_pair_and_beside_it_ids_language_and_scores(row, line):
    assert row(PAIRS["hebrew"]) == [line | HEBREW_BESIDE]


def test_rewardbench_takes_whole_conversations_and_no_prompt():
    """With a column `prompt` its reader takes the answers for texts, and fails, or cuts a letter off."""
    (line,) = forms.rewardbench_row(PAIRS["hebrew"])
    ids = {"id": HEBREW_BESIDE["pair_id"], "subset": "he"}
    assert line == {"chosen": [ASKED, GOOD], "rejected": [ASKED, BAD]} | ids


def test_verl_answers_the_prompt_and_may_compare_with_the_chosen_answer():
    (line,) = forms.verl_row(PAIRS["system"])
    assert line["prompt"] == [
        {"role": "system", "content": "أجب بإيجاز."},
        {"role": "user", "content": "ما عاصمة مصر؟"},
    ]
    assert line["reward_model"] == {"style": "model", "ground_truth": "القاهرة."}
    extra = line["extra_info"]
    assert (extra["rejected"], extra["language"], extra["score_margin"]) == ("لا أعرف.", "ar", None)
    assert set(line) == set(forms.verl_columns(False).names)
    assert set(extra) == {one.name for one in forms.verl_columns(False).field("extra_info").type}


@pytest.mark.parametrize("side", ["chosen", "rejected"])
def test_open_instruct_reads_all_turns_of_the_prompt_before_each_answer(side):
    (line,) = forms.open_instruct_row(PAIRS["turns"])
    assert [turn["content"] for turn in line[side]][:3] == [
        "Was ist ein See?",
        "Ein stehendes Gewässer.",
        "Und ein Teich?",
    ]


def test_llama_factory_calls_calls_and_results_by_its_own_roles():
    (called,), (answered,) = (forms.llama_factory_row(PAIRS[name]) for name in ("called", "answered"))
    call = '[{"name": "wetter", "arguments": {"ort": "Köln"}}]'
    assert called["chosen"] == {"role": "function_call", "content": call}
    assert called["tools"] == (
        '[{"type": "function", "function": {"name": "wetter", "parameters": {"type": "object", "properties": {}}}}]'
    )
    assert answered["messages"][1:] == [
        {"role": "function_call", "content": call},
        {"role": "observation", "content": '{"grad": 21}'},
    ]


def test_llama_factory_is_told_of_a_tool_without_parameters_that_it_has_none():
    """Its formatter looks for `parameters` and their `properties`, and fails where there are none."""
    for lacking in ({"name": "uhr"}, {"name": "uhr", "parameters": {"type": "object"}}):
        row = pair(1, "de", [user("Uhrzeit?")], assistant("Neun."), assistant("Nein."), ({"function": lacking},))
        (line,) = forms.llama_factory_row(row)
        none = {"type": "object", "properties": {}}
        assert json.loads(str(line["tools"])) == [{"function": {"name": "uhr", "parameters": none}}]


def test_kto_has_two_rows_a_pair_with_whole_turns():
    good, bad = forms.kto_rows(PAIRS["thought"])
    assert (good["label"], bad["label"]) == (True, False)
    assert good["completion"] == [{"role": "assistant", "content": "富士山です。", "thinking": "日本の山か。"}]
    assert (good["completion_id"], bad["completion_id"]) == ("a" + "6".zfill(31), "b" + "6".zfill(31))
    assert good["pair_id"] == bad["pair_id"] == "0" + "6".zfill(31)
    (called, _) = forms.kto_rows(PAIRS["called"])
    assert called["completion"] == [{"role": "assistant", "content": "", "tool_calls": [CALL]}]
    assert called["tools"] == [WEATHER] and good["tools"] is None
    assert set(good) == set(forms.kto_columns(True).names) == {*forms.kto_columns(False).names, "tools"}


def test_the_two_answers_of_a_pair_stand_far_apart_for_kto():
    """Each prompt is compared with the answer before it: that must not be one to itself."""
    rows = [pair(number, "de", [user(str(number))], assistant("ja"), assistant("nein")) for number in range(4)]
    lines = forms.kto_order([line for row in rows for line in forms.kto_rows(row)])
    read = [(line["prompt"][0]["content"], line["label"]) for line in lines]
    assert read == [
        ("0", True), ("2", False), ("1", True), ("3", False), ("2", True), ("0", False), ("3", True), ("1", False),
    ]  # fmt: skip
    singles = [line for number in range(3) for line in forms.kto_single(single(number, "de", "x", number == 1))]
    assert forms.kto_order(singles) == singles


def test_kto_has_single_answers_as_they_are():
    (line,) = forms.kto_single(single(3, "de", "Ein Lebensmittel.", False))
    assert (line["label"], line["completion"]) == (False, [{"role": "assistant", "content": "Ein Lebensmittel."}])
    assert (line["completion_id"], line["pair_id"], line["score"]) == ("c" + "3".zfill(31), None, None)
    assert set(line) == set(forms.kto_columns(True).names)


def test_llama_factory_has_conversations_with_a_label_for_kto():
    good, bad = forms.llama_factory_kto_rows(PAIRS["turns"])
    assert [turn["role"] for turn in good["messages"]] == ["user", "assistant", "user", "assistant"]
    assert good["messages"][:3] == bad["messages"][:3] == list(PAIRS["turns"].prompt)
    assert good["messages"][3]["content"] == PAIRS["turns"].answers["chosen"][0]["content"]
    assert bad["messages"][3]["content"] == PAIRS["turns"].answers["rejected"][0]["content"]
    # Its reader takes a label for one where it is true or false, and nothing like it.
    assert good["label"] is True and bad["label"] is False and good["pair_id"] == bad["pair_id"]
    (called, _) = forms.llama_factory_kto_rows(PAIRS["called"])
    assert called["messages"][-1]["role"] == "function_call" and json.loads(str(called["tools"])) == [WEATHER]
    (line,) = forms.llama_factory_kto_rows(single(3, "de", "Ein Lebensmittel.", False))
    assert line["label"] is False and (line["completion_id"], line["pair_id"]) == ("c" + "3".zfill(31), None)
    assert line["messages"][-1] == {"role": "assistant", "content": "Ein Lebensmittel."}


def test_axolotl_has_three_texts_for_kto():
    good, bad = forms.axolotl_kto_rows(PAIRS["hebrew"])
    assert (good["system"], good["prompt"], good["completion"]) == ("", "מה שלומך?", "שלומי טוב, תודה!")
    assert (bad["completion"], good["label"], bad["label"]) == ("לא יודע.", True, False)
    assert (good["score"], bad["score"]) == (2.5, 1.0)
    row = PAIRS["system"]
    (good, _) = forms.axolotl_kto_rows(row)
    assert (good["system"], good["prompt"]) == (row.prompt[0]["content"], row.prompt[1]["content"])


def test_jsonl_has_every_column():
    row = PAIRS["called"]
    (line,) = forms.whole_row(row)
    turns = {"prompt": list(row.prompt), "chosen": [{"role": "assistant", "content": "", "tool_calls": [CALL]}]}
    assert line == row.values | turns | {"rejected": row.answers["rejected"], "tools": [WEATHER]}
