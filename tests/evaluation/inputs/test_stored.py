"""Stored answers: files, folders and layouts of other people, matched to prompts."""

import gzip
import json
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref.errors import UserError
from polypref.evaluation.inputs import set_prompts, sets, stored
from polypref.evaluation.inputs.stored import Columns, answers, read_stored, same_model, unmatched
from polypref.evaluation.inputs.tables import ANSWERS

ASKED = {
    "ar": "ما هي عاصمة مصر؟",
    "he": "מהי בירת מצרים?",
    "ja": "エジプトの首都はどこですか。",
    "uk": "Яка столиця Єгипту?",
}
SAID = {"ar": "القاهرة.", "he": "קהיר.", "ja": "カイロです。", "uk": "Каїр."}


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


@pytest.fixture
def prompts(tmp_path):
    """Three prompts, q0 to q2, in four languages."""
    rows = [{"id": f"q{n}", "language": tag, "prompt": f"{text} {n}"} for tag, text in ASKED.items() for n in range(3)]
    return set_prompts.load_set(sets.find_set(str(write(tmp_path / "asked" / "capitals.jsonl", rows))))[0]


def texts_of(stored_answers, prompts):
    """(language, group) -> text or failure in brackets."""
    table = answers(stored_answers, prompts, "aya")
    assert table.schema == ANSWERS and table["prompt_id"].to_pylist() == prompts["prompt_id"].to_pylist()
    return {
        (row["language"], group): row["text"] or f"({row['failure']})"
        for row, group in zip(table.to_pylist(), prompts["group_id"].to_pylist(), strict=True)
    }


def test_a_folder_as_m_arena_hard_has_it(tmp_path, prompts):
    for tag in ("ar", "ja"):
        rows = [{"question_id": f"q{n}", "model": "x", "answer": f"{SAID[tag]} {n}"} for n in (1, 2, 9)]
        write(tmp_path / "all" / "answers" / tag / "CohereLabs__aya-expanse-8b.jsonl", rows)
        write(tmp_path / "all" / "answers" / tag / "gpt-4.jsonl", rows[:1])
    for name in ("CohereLabs/aya-expanse-8b", "aya-expanse-8b", "CohereForAI/Aya-Expanse-8B"):
        stored_answers = read_stored(tmp_path / "all", model=name)
        texts = texts_of(stored_answers, prompts)
        assert Counter(texts.values())["(no_stored_answer)"] == 8 and texts["ja", "q2"] == f"{SAID['ja']} 2"
        assert unmatched(stored_answers, prompts) == {"ar": 1, "ja": 1}
    assert len(read_stored(tmp_path / "all" / "answers", model="gpt-4").entries) == 2


@pytest.mark.parametrize("ending", ["ndjson", "jsonl.gz", "NDJSON", "Jsonl.GZ"])
def test_folders_are_searched_for_every_file_that_can_be_read(tmp_path, prompts, ending):
    text = json.dumps({"question_id": "q0", "answer": SAID["ja"]}).encode() + b"\n"
    for path in (tmp_path / "flat" / f"ja.{ending}", tmp_path / "deep" / "ja" / f"org__m.v2.{ending}"):
        path.parent.mkdir(parents=True)
        path.write_bytes(gzip.compress(text) if ending.lower().endswith("gz") else text)
    assert texts_of(read_stored(tmp_path / "flat"), prompts)["ja", "q0"] == SAID["ja"]
    assert texts_of(read_stored(tmp_path / "deep", model="org/m.v2"), prompts)["ja", "q0"] == SAID["ja"]


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet", "json"])
def test_one_file_with_languages_under_any_name(tmp_path, prompts, ending):
    names = {"ar": "arb", "he": "Hebrew", "ja": "日本語", "uk": "ukr"}
    rows = [
        {"question_id": f"q{n}", "lang": names[tag], "output": f"{SAID[tag]}\n{n}"} for tag in ASKED for n in (0, 1)
    ]
    path = tmp_path / f"answers.{ending}"
    if ending == "jsonl":
        write(path, rows)
    elif ending == "json":
        path.write_text(json.dumps(rows), "utf-8")
    elif ending == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        lines = ["question_id,lang,output", *(f'{r["question_id"]},{r["lang"]},"{r["output"]}"' for r in rows)]
        path.write_text("\n".join(lines), "utf-8")
    texts = texts_of(read_stored(path), prompts)
    assert texts["he", "q1"] == f"{SAID['he']}\n1" and Counter(texts.values())["(no_stored_answer)"] == 4


def test_columns_are_told_apart_as_builds_do_or_as_it_is_said(tmp_path, prompts):
    (tmp_path / "a.csv").write_text("question_id;lang;output\nq0;uk;Київ, кажуть.\n", "utf-8")
    assert texts_of(read_stored(tmp_path / "a.csv"), prompts)["uk", "q0"] == "Київ, кажуть."
    (tmp_path / "b.csv").write_text("question_id|lang|output\nq0|uk|Київ, кажуть; так.\n", "utf-8")
    named = read_stored(tmp_path / "b.csv", Columns(separator="|"))
    assert texts_of(named, prompts)["uk", "q0"] == "Київ, кажуть; так."
    with pytest.raises(UserError, match="columns of stored answers: separator: '::' separates no columns"):
        read_stored(tmp_path / "b.csv", Columns(separator="::"))


def test_answers_known_by_their_prompt_with_or_without_a_language(tmp_path, prompts):
    rows = [{"instruction": f" {ASKED['uk']} 1\n", "output": SAID["uk"]}, {"instruction": "Щось інше", "output": "?"}]
    bare = read_stored(write(tmp_path / "bare.jsonl", rows))
    assert texts_of(bare, prompts)["uk", "q1"] == SAID["uk"] and unmatched(bare, prompts) == {"": 1}
    asked = [{"role": "user", "content": f"{ASKED['he']} 0"}]
    rows = [{"prompt": asked, "messages": [*asked, {"role": "assistant", "content": SAID["he"]}]}]
    he = read_stored(write(tmp_path / "he.jsonl", rows), Columns(language="=he"))
    assert texts_of(he, prompts)["he", "q0"] == SAID["he"]
    wrong = read_stored(tmp_path / "he.jsonl", Columns(language="=ar"))
    assert set(texts_of(wrong, prompts).values()) == {"(no_stored_answer)"}


def test_row_numbers_are_not_taken_for_ids_where_the_prompt_is_there(tmp_path):
    """Row 1 of the answers answers the second prompt: the number would give it to the first."""
    asked = write(tmp_path / "uk.jsonl", [{"prompt": f"{ASKED['uk']} {n}"} for n in (0, 1)])
    prompts, _ = set_prompts.load_set(sets.find_set(str(asked)))
    rows = [{"id": 1, "lang": "uk", "prompt": f"{ASKED['uk']} 1", "answer": "перша"}]
    texts = {
        r["prompt_id"]: r["text"]
        for r in answers(read_stored(write(tmp_path / "a.jsonl", rows)), prompts, "a").to_pylist()
    }
    table_rows = {row["prompt"][0]["content"]: texts[row["prompt_id"]] for row in prompts.to_pylist()}
    assert table_rows == {f"{ASKED['uk']} 0": "", f"{ASKED['uk']} 1": "перша"}


def test_keys_that_are_absent_after_the_first_row_say_as_much_as_null(tmp_path, prompts):
    columns = Columns(language="meta[0].lang", group="question_id", answer="{said}\n{more}", finish_reason="stop")
    first = {"question_id": "q0", "meta": [{"lang": "ja"}], "said": "カイロ", "more": "です。", "stop": "length"}
    rest = [{"question_id": "q1", "meta": [{"lang": "ja"}], "more": "です。"}, {"question_id": "q0"}, {}]
    rows = texts_of(read_stored(write(tmp_path / "a.jsonl", [first, *rest]), columns), prompts)
    assert (rows["ja", "q0"], rows["ja", "q1"]) == ("カイロ\nです。", "です。")
    nulls = [{"meta": None, "said": None, "stop": None} | row for row in rest]
    assert rows == texts_of(read_stored(write(tmp_path / "b.jsonl", [first, *nulls]), columns), prompts)


def test_a_value_that_cannot_be_read_stops_the_reading(tmp_path):
    path = tmp_path / "ja.jsonl"
    path.write_text('{"question_id": {"x": 1, "x": 2}, "answer": "カイロ"}', "utf-8")
    with pytest.raises(UserError, match=r"row 1 cannot be read: key_twice \(x\); mend or remove the row$"):
        read_stored(path, Columns(language="=ja"))


@pytest.mark.parametrize(
    "row",
    [
        {"answer": "カイロです。<|im_end|>"},
        {"choices": [{"index": 0, "turns": ["カイロです。"]}]},
        {"choices": [{"index": 0, "turns": [{"content": "カイロです。", "token_len": 5}]}]},
        {
            "messages": [
                {"role": "user", "content": f"{ASKED['ja']} 0"},
                {"role": "assistant", "content": {"answer": "カイロです。"}},
            ]
        },
        {"messages": [{"from": "human", "value": f" {ASKED['ja']} 0\n"}, {"from": "gpt", "value": "カイロです。"}]},
    ],
)
def test_answers_in_the_forms_of_the_field(tmp_path, prompts, row):
    stored_answers = read_stored(write(tmp_path / "ja.jsonl", [{"question_id": "q0"} | row]), Columns(language="=ja"))
    assert texts_of(stored_answers, prompts)["ja", "q0"] == "カイロです。"


@pytest.mark.parametrize(
    ("before", "why"),
    [
        ([{"role": "user", "content": "?"}], "answer_to_another_prompt"),
        ([{"role": "system", "content": "短く"}, {"role": "user", "content": "{asked}"}], "answer_to_another_prompt"),
        ([{"role": "user", "content": "{asked}"}, {"role": "assistant", "content": "はい"}], "several_final_turns"),
    ],
)
def test_an_answer_in_another_conversation_is_none_to_this_prompt(tmp_path, prompts, before, why):
    turns = [one | {"content": one["content"].format(asked=f"{ASKED['ja']} 0")} for one in before]
    row = {"question_id": "q0", "messages": [*turns, {"role": "assistant", "content": "カイロです。"}]}
    stored_answers = read_stored(write(tmp_path / "ja.jsonl", [row]), Columns(language="=ja"))
    assert texts_of(stored_answers, prompts)["ja", "q0"] == f"({why})"


def test_a_conversation_printed_into_a_cell_is_no_answer(tmp_path, prompts):
    row = {"question_id": "q0", "answer": str([{"role": "assistant", "content": "カイロです。"}])}
    stored_answers = read_stored(write(tmp_path / "ja.jsonl", [row]), Columns(language="=ja"))
    assert texts_of(stored_answers, prompts)["ja", "q0"] == "(serialised_turns_in_text)"


def test_a_path_leads_to_a_nested_answer(tmp_path, prompts):
    row = {"meta": {"qid": "q1"}, "choices": [{"turns": [{"content": SAID["ar"]}, {"content": "second"}]}]}
    where = write(tmp_path / "a.jsonl", [row])
    named = Columns(answer="choices.0.turns.0.content", group="meta.qid", language="=ar")
    assert texts_of(read_stored(where, named), prompts)["ar", "q1"] == SAID["ar"]
    assert (
        texts_of(read_stored(where, Columns(group="meta.qid", language="=ar")), prompts)["ar", "q1"]
        == "(several_turns)"
    )


def test_answers_that_are_none_say_why(tmp_path, prompts):
    values = {
        ("ar", "q0"): " \n",
        ("ar", "q1"): None,
        ("he", "q0"): "חצי \ud83d",
        ("he", "q1"): "<|im_start|>user\nמה?",
        ("ja", "q0"): 3,
        ("ja", "q1"): [{"role": "user", "content": "?"}],
    }
    rows = [{"question_id": group, "language": tag, "answer": value} for (tag, group), value in values.items()]
    texts = texts_of(read_stored(write(tmp_path / "a.jsonl", rows)), prompts)
    assert {key: texts[key] for key in values} == {
        ("ar", "q0"): "(empty_answer)",
        ("ar", "q1"): "(empty_answer)",
        ("he", "q0"): "(lone_surrogate)",
        ("he", "q1"): "(chat_template_token)",
        ("ja", "q0"): "(not_text)",
        ("ja", "q1"): "(of_the_user)",
    }


def test_answers_of_an_earlier_evaluation_are_stored_answers(tmp_path, prompts):
    rows = [
        {"question_id": "q0", "language": "uk", "answer": SAID["uk"]},
        {"question_id": "q1", "language": "uk", "answer": ""},
    ]
    first = answers(read_stored(write(tmp_path / "a.jsonl", rows)), prompts, "aya")
    other = answers(read_stored(tmp_path / "a.jsonl"), prompts, "gemma")
    pq.write_table(pa.concat_tables([first, other]), tmp_path / "answers.parquet")
    again = answers(read_stored(tmp_path / "answers.parquet", model="aya"), prompts, "aya")
    assert again.equals(first)
    with pytest.raises(UserError, match="holds answers of aya, gemma; say which"):
        read_stored(tmp_path / "answers.parquet")


def test_prompts_without_translations_are_found_by_their_own_id(tmp_path):
    rows = [{"id": "7", "prompt": ASKED["ar"]}]
    prompts, _ = set_prompts.load_set(
        sets.find_set({"set": str(write(tmp_path / "ar.jsonl", rows)), "parallel": False})
    )
    stored_ = read_stored(write(tmp_path / "a.jsonl", [{"id": 7.0, "lang": "ar", "answer": SAID["ar"]}]))
    assert answers(stored_, prompts, "aya")["text"].to_pylist() == [SAID["ar"]]


def test_two_answers_to_one_prompt_are_refused_unless_equal(tmp_path, prompts):
    row = {"question_id": "q0", "language": "he", "answer": SAID["he"]}
    stored_answers = read_stored(write(tmp_path / "a.jsonl", [row, row | {"language": "iw"}]))
    assert len(stored_answers.entries) == 1 and texts_of(stored_answers, prompts)["he", "q0"] == SAID["he"]
    where = write(tmp_path / "b.jsonl", [row, row | {"answer": "אחרת"}])
    with pytest.raises(UserError, match=r"b\.jsonl, row 2: another answer .*b\.jsonl, row 1 .*he q0"):
        read_stored(where)


def test_one_text_under_two_ids_tells_nothing(tmp_path, prompts):
    rows = [
        {"question_id": f"other{n}", "language": "uk", "prompt": f"{ASKED['uk']} 1", "answer": f"{n}"} for n in (1, 2)
    ]
    stored_answers = read_stored(write(tmp_path / "a.jsonl", rows))
    assert set(texts_of(stored_answers, prompts).values()) == {"(no_stored_answer)"}


def test_rows_without_language_or_key_are_counted(tmp_path):
    rows = [
        {"question_id": "q0", "language": "ja", "answer": "a"},
        {"question_id": "q0", "language": "tlh", "answer": "b"},
        {"question_id": None, "language": "ja", "answer": "c"},
    ]
    stored_answers = read_stored(write(tmp_path / "a.jsonl", rows))
    assert dict(stored_answers.left_out) == {"unknown_language": 1, "no_key": 1} and len(stored_answers.entries) == 1


def test_names_of_one_model():
    assert same_model("CohereLabs/aya-expanse-8b", "cohereforai__AYA-expanse-8b")
    assert same_model("aya-expanse-8b", "CohereLabs/aya-expanse-8b")
    assert not same_model("me/aya-expanse-8b", "CohereLabs/aya-expanse-8b")
    assert not same_model("aya-expanse-8b", "aya-expanse-32b")


def test_the_names_of_a_folders_files_and_their_rows_say_one_language(tmp_path):
    rows = [{"question_id": "1", "lang": "he", "answer": "x"}, {"question_id": "2", "lang": None, "answer": "y"}]
    write(tmp_path / "my.jsonl", rows)
    with pytest.raises(UserError) as caught:
        read_stored(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}/my.jsonl, row 1, column lang: its own language is 'he', and by its place it is 'my'; say which "
        "counts: language: lang in the model's columns for the rows' column, language: '-' for the place"
    )
    assert [one.language for one in read_stored(tmp_path, Columns(language="lang")).entries] == ["he", "my"]
    assert [one.language for one in read_stored(tmp_path, Columns(language="-")).entries] == ["my", "my"]


def test_what_is_wrong_is_said(tmp_path):
    for name in ("one/m", "two/m"):
        for tag in ("de", "el"):
            write(tmp_path / "r" / tag / f"{name.replace('/', '__')}.jsonl", [{"question_id": "1", "answer": tag}])
    cases = {
        "say which model is meant": {"where": tmp_path / "r"},
        "m may mean one__m, two__m": {"where": tmp_path / "r", "model": "m"},
        "no answer of gpt; it has one__m, two__m": {"where": tmp_path / "r", "model": "gpt"},
        "neither a file or folder here": {"where": tmp_path / "gone.jsonl"},
        "holds no answer that can be used; left out: no key 1": {
            "where": write(tmp_path / "x" / "a.jsonl", [{"answer": "x"}])
        },
        "row 1: no column 'answer' (it has question_id, reply)": {
            "where": write(tmp_path / "y" / "a.jsonl", [{"question_id": "1", "reply": "x"}])
        },
        "row 1: no column 'qid'": {
            "where": write(tmp_path / "z" / "a.jsonl", [{"question_id": "1", "answer": "x"}]),
            "columns": Columns(group="qid"),
        },
    }
    for message, arguments in cases.items():
        with pytest.raises(UserError) as refused:
            read_stored(**arguments)
        assert message in str(refused.value), refused.value
    write(tmp_path / "r" / "russia" / "one__m.jsonl", [{"question_id": "1", "answer": "x"}])
    with pytest.raises(UserError, match="russia is no known language; rename the folder"):
        read_stored(tmp_path / "r", model="one/m")
    with pytest.raises(UserError, match="unknown key antwort"):
        stored.columns({"antwort": "x"})


@pytest.mark.slow
def test_m_arena_hard_as_it_is_published(real_data):
    folder = real_data / "m_arena_hard"
    prompts, _ = set_prompts.load_set(sets.find_set(str(folder / "questions")))
    counts = {}
    for model in ("CohereLabs/aya-expanse-8b", "Llama-3.3-70B-Instruct", "gpt-4"):
        stored_answers = read_stored(folder, model=model)
        table = answers(stored_answers, prompts, model)
        assert (
            set(table["failure"].to_pylist()) == {"", "no_stored_answer"} and unmatched(stored_answers, prompts) == {}
        )
        counts[model] = Counter(row["language"] for row in table.to_pylist() if not row["failure"])
    assert counts["CohereLabs/aya-expanse-8b"] == dict.fromkeys(("de", "es", "ko", "ru", "zh"), 70)
    assert len(counts["Llama-3.3-70B-Instruct"]) == 19 and len(counts["gpt-4"]) == 21
    assert set(counts["gpt-4"].values()) == {70}


def test_ja_vicuna_qa_as_it_is_published(real_data):
    folder = real_data / "ja_vicuna_qa"
    asked = {"path": str(folder / "questions.jsonl"), "language": "=ja", "name": "ja-vicuna-qa"}
    prompts, _ = set_prompts.load_set(sets.find_set(asked))
    stored_answers = read_stored(folder / "answers" / "openai--text-davinci-003.jsonl", Columns(language="=ja"))
    table = answers(stored_answers, prompts, "davinci")
    assert table.num_rows == 80 and set(table["failure"].to_pylist()) == {""}
