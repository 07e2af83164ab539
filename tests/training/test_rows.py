"""Every row is looked at before training: what is refused, in which words, and what is not."""

import pytest
from datasets import Dataset

from polypref.errors import UserError
from polypref.training import data
from polypref.training.rows import Turns, shown

from .tiny import turn

SOUND = {
    "prompt": turn("user", "Скільки буде два плюс два?"),
    "chosen": turn("assistant", "Чотири."),
    "rejected": turn("assistant", "П'ять."),
    "language": "uk",
}


def check(rows, method="dpo"):
    data.check_dataset(Dataset.from_list(rows), method, "pairs")


@pytest.mark.parametrize(
    "row",
    [
        SOUND,
        SOUND | {"prompt": turn("system", "Коротко.") + SOUND["prompt"]},
        SOUND | {"prompt": SOUND["prompt"] + turn("assistant", "Чотири.") + turn("user", "А три плюс два?")},
        SOUND | {"chosen": turn("assistant", "Елемент <s>перекреслено</s>, [1] і {дужки}.")},
        SOUND | {"chosen": turn("assistant", "\u2067ארבע\u2069")},
        SOUND | {"score_margin": 2.0},
    ],
    ids=["sound", "system", "several turns", "brackets", "direction marks", "another column"],
)
def test_sound_rows_pass(row):
    check([SOUND, row])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"chosen": None}, "column chosen holds no turn"),
        ({"prompt": []}, "column prompt holds no turn"),
        ({"rejected": turn("assistant", "")}, "column rejected has a turn without text"),
        ({"rejected": turn("assistant", "\u00a0\u200b\n")}, "column rejected has a turn without text"),
        ({"prompt": turn("system", " ") + SOUND["prompt"]}, "column prompt has a turn without text"),
        ({"prompt": turn("user", None)}, "column prompt has a turn without text"),
        ({"prompt": turn("tool", "4") + SOUND["prompt"]}, "column prompt has a role that is none of system, user"),
        ({"prompt": turn(None, "4")}, "column prompt has a role that is none of system, user"),
        ({"prompt": SOUND["prompt"] + turn("assistant", "Чотири.")}, "does not end with the user's turn"),
        ({"prompt": turn("system", "Коротко.")}, "does not end with the user's turn"),
        ({"chosen": turn("user", "Чотири.")}, "column chosen is not one turn of the assistant"),
        ({"chosen": SOUND["prompt"] + SOUND["chosen"]}, "column chosen is not one turn of the assistant"),
        ({"rejected": SOUND["rejected"] * 2}, "column rejected is not one turn of the assistant"),
        ({"chosen": turn("assistant", "П'ять.\n")}, "chosen and rejected are the same text"),
        ({"chosen": turn("assistant", "Це так.<|eot_id|>")}, "column chosen holds a token of a chat template"),
        ({"prompt": turn("user", "[INST] Скільки? [/INST]")}, "column prompt holds a token of a chat template"),
        ({"language": None}, "no language"),
        ({"language": " "}, "no language"),
    ],
)
def test_a_row_with_a_fault_is_refused_with_its_number_and_value(change, message):
    with pytest.raises(UserError) as caught:
        check([SOUND, SOUND, SOUND | change, SOUND, SOUND | change])
    sentence = str(caught.value)
    assert message in sentence and "in 2 rows" in sentence and "first: row 2, counted from 0" in sentence
    column = next(iter(change))
    assert f"with {column} {shown(change[column])}" in sentence and "\n" not in sentence
    assert ("null 2" if change.get("language", "") is None else "2;") in sentence


def test_the_same_in_another_unicode_form_is_the_same():
    with pytest.raises(UserError, match="the same text"):
        check([SOUND | {"chosen": turn("assistant", "caf\u00e9"), "rejected": turn("assistant", "cafe\u0301 ")}])


def test_columns_of_another_type_are_refused_with_the_type():
    parts = [{"type": "text", "text": "Скільки?"}]
    with pytest.raises(UserError, match=r"column prompt holds no conversations .* but list"):
        check([SOUND | {"prompt": [{"role": "user", "content": parts}]}])
    with pytest.raises(UserError, match=r"column rejected holds no conversations .* but string"):
        check([SOUND | {"rejected": "П'ять."}])
    with pytest.raises(UserError, match="column language holds int64"):
        check([SOUND | {"language": 1}])
    with pytest.raises(UserError, match="no language in 1 rows"):
        check([SOUND | {"language": None}])


def test_only_what_is_trained_on_is_looked_at():
    odd = SOUND | {"rejected": turn("user", "")}
    check([odd], "sft")
    check([odd | {"chosen": None}], "rloo")


def test_the_first_fault_counts_in_every_batch(monkeypatch):
    monkeypatch.setattr("polypref.training.rows._BATCH", 2)
    rows = [SOUND] * 3 + [SOUND | {"chosen": turn("assistant", "")}] * 2 + [SOUND | {"language": None}]
    with pytest.raises(UserError, match=r"without text in 2 rows \(uk 2; first: row 3, counted from 0"):
        check(rows)
    dataset = Dataset.from_list(rows).select([0, 1, 5, 2])
    with pytest.raises(UserError, match=r"no language in 1 rows \(null 1; first: row 2"):
        data.check_dataset(dataset, "dpo", "pairs")


def test_a_column_that_the_trainer_would_use_is_left_out_and_named():
    dataset = Dataset.from_list([SOUND | {"margin": 5.0, "tools": "[]"}])
    data.check_dataset(dataset, "reward", "pairs")
    assert "margin, tools" in data.left_out(dataset, "dpo") and data.left_out(Dataset.from_list([SOUND]), "dpo") is None
    assert set(data.columns_for(dataset, "reward").column_names) == {"language", "prompt", "chosen", "rejected"}


def test_who_judged_does_not_reach_the_trainer():
    dataset = Dataset.from_list([SOUND | {"annotator": "0" * 16, "occasion": None}])
    data.check_dataset(dataset, "dpo", "pairs")
    assert data.left_out(dataset, "dpo") is None
    assert set(data.columns_for(dataset, "dpo").column_names) == {"language", "prompt", "chosen", "rejected"}


def test_turns_of_rows_with_none_and_null():
    import pyarrow as pa

    from polypref.schema import MESSAGES

    column = pa.chunked_array(
        [pa.array([None, turn("user", "a"), [], turn("system", "b") + turn("user", "c")], MESSAGES)]
    )
    turns = Turns.of(column)
    assert turns.sizes.tolist() == [0, 1, 0, 2] and turns.row.tolist() == [1, 3, 3]
    assert turns.forms().to_pylist() == ["", "user", "", "system user"]


def test_keys_of_turns_that_hold_nothing_do_not_reach_the_template(monkeypatch):
    import pyarrow as pa

    monkeypatch.setattr("polypref.training.rows._BATCH", 2)
    nothing = {"thinking": None, "tool_calls": None}
    calls = pa.list_(pa.struct([("type", pa.string())]))
    texts = [(name, pa.string()) for name in ("role", "thinking", "content")]
    kind = pa.struct([*texts, ("tool_calls", calls)])
    sides = {name: [one | nothing for one in SOUND[name]] for name in ("prompt", "chosen", "rejected")}
    rows = [sides, sides, sides | {"chosen": [sides["chosen"][0] | {"thinking": "Гм"}]}]
    table = pa.table({name: pa.array([row[name] for row in rows], pa.list_(kind)) for name in sides})
    dataset = Dataset(table.append_column("language", [["uk", "ru", "uk"]])).select([2, 0, 1])
    data.check_dataset(dataset, "dpo", "pairs")
    trained = data.columns_for(dataset, "dpo")
    assert trained["language"][:] == ["uk", "uk", "ru"]
    for row in trained:
        assert row["prompt"] == SOUND["prompt"] and row["rejected"] == SOUND["rejected"]
        assert all("tool_calls" not in turn for turn in row["chosen"])
    assert trained[0]["chosen"] == [SOUND["chosen"][0] | {"thinking": "Гм"}]
    # What a key holds stays, and with it the key of every turn of the column.
    assert trained[1]["chosen"] == [SOUND["chosen"][0] | {"thinking": None}]
    plain = Dataset.from_list([SOUND])
    assert data.columns_for(plain, "dpo")[:] == plain.select_columns([*sides, "language"])[:]
