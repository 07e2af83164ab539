"""Prompts of evaluation sets: files, folders, the Hub; what is drawn, what is left out, and what is said of it."""

import gzip
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as some

from polypref import languages
from polypref.errors import UserError
from polypref.evaluation import left_out
from polypref.evaluation.inputs import set_prompts, sets
from polypref.evaluation.inputs.given_answers import last_answer
from polypref.evaluation.inputs.tables import PROMPTS
from polypref.evaluation.results import SetFacts
from polypref.files.cells import Bad
from polypref.files.records import decode
from polypref.layouts.conversations import messages
from tests.hub import LoopbackHub
from tests.hub.helpers import run
from tests.whole_turns import dataset

SKY = {
    "ar": "لماذا السماء زرقاء؟",
    "he": "למה השמיים כחולים?",
    "fa": "چرا آسمان آبی است؟",
    "hi": "आसमान नीला क्यों है?",
    "zh": "天空为什么是蓝色的？",
    "ja": "空はなぜ青いのですか。",
    "ko": "하늘은 왜 파란가요?",
    "el": "Γιατί ο ουρανός είναι μπλε;",
    "uk": "Чому небо блакитне?",
}


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def parquet(rows):
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), buffer)
    return buffer.getvalue()


def folder(root, count, tags=tuple(SKY)):
    for tag in tags:
        write(root / f"{tag}.jsonl", [{"question_id": f"q{n}", "prompt": f"{SKY[tag]} {n}"} for n in range(count)])
    return root


def by_language(table, column="group_id"):
    columns_by_tag = {}
    for row in table.to_pylist():
        columns_by_tag.setdefault(row["language"], []).append(row[column])
    return columns_by_tag


def test_a_folder_gives_the_same_prompts_in_every_language(tmp_path):
    table, facts = set_prompts.load_set(sets.find_set(str(folder(tmp_path / "sky", 30))), None, 7, seed=3)
    assert table.schema == PROMPTS
    drawn = by_language(table)
    assert sorted(drawn) == sorted(SKY) and len({tuple(groups) for groups in drawn.values()}) == 1
    assert facts["languages"] == dict.fromkeys(sorted(SKY), 7) and facts["available"]["ko"] == 30
    he = next(row for row in table.to_pylist() if row["language"] == "he")
    assert he["prompt"] == [{"role": "user", "content": f"{SKY['he']} {he['group_id'][1:]}"}]


@pytest.mark.parametrize("ending", ["ndjson", "jsonl.gz", "JSONL"])
def test_a_folder_is_searched_for_every_file_that_can_be_read(tmp_path, ending):
    plain = folder(tmp_path / "plain", 2)
    there, _ = set_prompts.load_set(sets.find_set(str(plain)))
    for path in list(plain.iterdir()):
        renamed = path.with_name(f"{path.stem}.{ending}")
        data = path.read_bytes()
        path.unlink()
        renamed.write_bytes(gzip.compress(data) if ending.endswith("gz") else data)
    assert by_language(set_prompts.load_set(sets.find_set(str(plain)))[0]) == by_language(there)


def test_prompts_that_offer_tools_or_hold_calls_are_left_out_and_said(tmp_path):
    there = dataset(tmp_path / "both") / "data" / "de"
    table, facts = set_prompts.load_set(sets.find_set(str(there)))
    assert facts["left_out"] == {"de": {"prompt_with_tools": 2}}
    assert [row["prompt"][-1]["content"] for row in table.to_pylist()] == ["Nenne bitte einen tiefen See in Sibirien."]
    (line,) = left_out.lines([decode(SetFacts, facts, "facts")])
    assert line == (
        "set de: prompts left out: prompt with tools 2 (de 2); evaluations ask models about texts alone, without tools "
        "and their calls"
    )
    # A column of that name that holds no schemas is none of ours.
    row = {"question_id": "q", "prompt": "Wie hoch?", "tools": "Hammer", "language": "de"}
    assert set_prompts.load_set(sets.find_set(str(write(tmp_path / "x.jsonl", [row]))))[0].num_rows == 1


def test_which_prompts_a_seed_draws_never_changes(tmp_path):
    # The order of `printf "3 qN" | md5sum`: 4545c6.., 74e442.., 7a17bd.., 87c4fa.., a71370.., aafc56..
    table, _ = set_prompts.load_set(sets.find_set(str(folder(tmp_path / "sky", 6, ("uk",)))), ["uk"], None, seed=3)
    assert table["group_id"].to_pylist() == ["q2", "q0", "q4", "q5", "q3", "q1"]


def test_a_smaller_sample_is_the_beginning_of_a_larger_and_another_seed_draws_others(tmp_path):
    sky = sets.find_set(str(folder(tmp_path / "sky", 40, ("ar", "ja"))))
    ten, five = (by_language(set_prompts.load_set(sky, ["ja", "ar"], size)[0]) for size in (10, 5))
    other = by_language(set_prompts.load_set(sky, ["ja", "ar"], 10, seed=1)[0])
    assert list(ten) == ["ja", "ar"] and ten["ja"][:5] == five["ja"] and other["ja"] != ten["ja"]


def test_ids_depend_on_set_language_and_text_alone(tmp_path):
    a, b = folder(tmp_path / "a" / "sky", 3), folder(tmp_path / "b" / "sky", 3)
    write(b / "ar.jsonl", [{"question_id": f"q{n}", "prompt": f"{SKY['ar']} {n}"} for n in (2, 1, 0)])
    ids = [set(set_prompts.load_set(sets.find_set(str(one)))[0]["prompt_id"].to_pylist()) for one in (a, b)]
    renamed = set(set_prompts.load_set(sets.find_set({"set": str(a), "name": "heaven"}))[0]["prompt_id"].to_pylist())
    assert ids[0] == ids[1] and len(ids[0]) == 3 * len(SKY) and not ids[0] & renamed


def test_what_cannot_be_used_is_counted_by_language_and_reason(tmp_path):
    rows = [
        {"id": 1, "lang": "arb", "prompt": SKY["ar"]},
        {"id": 2, "lang": "Arabic", "prompt": "   "},
        {"id": 3, "lang": "ar", "prompt": "نصف \ud800"},
        {"id": 4, "lang": "العربية", "prompt": "<|im_start|>system"},
        {"id": 1, "lang": "ar", "prompt": "مرة أخرى"},
        {"id": 5, "lang": "ar", "prompt": SKY["ar"]},
        {"id": 1, "lang": "zho_Hant", "prompt": None},
        {"id": 2, "lang": "cmn", "prompt": SKY["zh"] + "\x07\r\n好"},
        {"id": None, "lang": "zh", "prompt": "没有编号"},
        {"id": 1, "lang": "tlh", "prompt": "qatlh chal SuDrap"},
    ]
    table, facts = set_prompts.load_set(sets.find_set(str(write(tmp_path / "mixed.jsonl", rows))))
    assert facts["left_out"] == {
        "ar": {
            "empty_prompt": 1,
            "lone_surrogate": 1,
            "chat_template_token": 1,
            "group_twice": 1,
            "prompt_twice": 1,
        },
        "zh": {"no_prompt": 1, "no_group": 1},
    }
    assert facts["languages"] == {"ar": 1, "zh": 1} and facts["unknown_languages"] == {"tlh": 1}
    assert table["prompt"].to_pylist()[1] == [{"role": "user", "content": SKY["zh"] + "\n好"}]


def test_a_prompt_left_out_is_not_replaced_by_one_that_other_languages_lack(tmp_path):
    sky = folder(tmp_path / "sky", 10, ("he", "el"))
    rows = [{"question_id": f"q{n}", "prompt": "" if n % 2 else SKY["el"] + str(n)} for n in range(10)]
    write(sky / "el.jsonl", rows)
    table, facts = set_prompts.load_set(sets.find_set(str(sky)), ["he", "el"], 6)
    drawn = by_language(table)
    lost = facts["left_out"]["el"]["empty_prompt"]
    assert lost and drawn["el"] == [group for group in drawn["he"] if int(group[1:]) % 2 == 0]
    assert len(drawn["el"]) == 6 - lost


@pytest.mark.parametrize("ending", ["csv", "tsv", "json", "parquet"])
def test_kinds_of_files_and_columns_of_ones_own(tmp_path, ending):
    rows = [{"nr": n, "code": tag, "frage": text, "richtig": f"{tag}!"} for n, (tag, text) in enumerate(SKY.items())]
    path = tmp_path / f"set.{ending}"
    if ending == "json":
        path.write_text(json.dumps({"data": {"rows": rows}}), "utf-8")
    elif ending == "parquet":
        path.write_bytes(parquet(rows))
    else:
        between = "," if ending == "csv" else "\t"
        text = "\n".join(between.join(map(str, line)) for line in (rows[0], *(row.values() for row in rows)))
        path.write_text(text, "utf-8")
    named = {"prompt": "frage", "language": "code", "group": "nr", "reference": "richtig"}
    more = {"records": "data.rows"} if ending == "json" else {}
    table, facts = set_prompts.load_set(
        sets.find_set({"path": str(path), "name": "own", "licence": "cc0-1.0"} | named | more)
    )
    assert [row["prompt"][0]["content"] for row in table.to_pylist()] == [SKY[tag] for tag in sorted(SKY)]
    assert {row["language"]: row["references"] for row in table.to_pylist()}["ko"] == ["ko!"]
    assert (facts["licence"], facts["revision"][:7]) == ("cc0-1.0", "sha256:")


def test_the_revision_of_local_files_is_their_content(tmp_path):
    seen = set()
    for text in ("eins", "zwei", "eins"):
        path = write(tmp_path / "de.jsonl", [{"prompt": text}])
        seen.add(set_prompts.load_set(sets.find_set(str(path)))[1]["revision"])
    assert len(seen) == 2


def test_without_an_id_the_row_number_joins_translations_unless_there_are_none(tmp_path):
    for tag in ("de_DE", "question_he"):
        write(tmp_path / "set" / f"{tag}.jsonl", [{"prompt": f"{tag} {n}"} for n in range(3)])
    table, _ = set_prompts.load_set(sets.find_set(str(tmp_path / "set")))
    assert {tag: sorted(groups) for tag, groups in by_language(table).items()} == {
        "de": ["1", "2", "3"],
        "he": ["1", "2", "3"],
    }
    apart, _ = set_prompts.load_set(sets.find_set({"set": str(tmp_path / "set"), "parallel": False}))
    assert len(set(apart["group_id"].to_pylist())) == 6


@pytest.mark.parametrize("name", ["prompts_he_th.jsonl", "my.jsonl", "pt.jsonl"])
def test_the_rows_of_a_file_say_their_language_whatever_the_file_is_called(tmp_path, name):
    rows = [{"id": n, "language": tag, "prompt": f"{SKY['he']} {n}"} for tag in ("he", "th") for n in range(2)]
    path = str(write(tmp_path / name, rows))
    facts = set_prompts.load_set(sets.find_set(path))[1]
    assert facts["languages"] == {"he": 2, "th": 2} and not facts["left_out"]
    assert facts["columns"]["language"] == "language"
    # Asked for another language than the name's, too.
    assert set_prompts.load_set(sets.find_set(path), ["he"])[1]["languages"] == {"he": 2}
    bare = write(tmp_path / name, [{"prompt": "a"}])
    assert len(set_prompts.load_set(sets.find_set(str(bare)))[1]["languages"]) == 1


def test_a_folder_whose_file_and_rows_say_two_languages_is_refused_until_one_counts(tmp_path):
    rows = [{"id": n, "lang": tag, "prompt": f"{tag} {n}"} for n, tag in enumerate(("German", None, "en"))]
    asked = {"path": str(write(tmp_path / "set" / "de.jsonl", rows).parent), "name": "own"}
    with pytest.raises(UserError) as caught:
        set_prompts.load_set(sets.find_set(asked))
    assert str(caught.value) == (
        f"{tmp_path}/set/de.jsonl, row 3, column lang: its own language is 'en', and by its place it is 'de'; say in "
        "evaluation set 'own' which counts: language: lang for the rows' column, language: '-' for the place"
    )
    by_column = set_prompts.load_set(sets.find_set(asked | {"language": "lang"}))[1]
    assert by_column["languages"] == {"de": 1, "en": 1} and by_column["unknown_languages"] == {"": 1}
    assert set_prompts.load_set(sets.find_set(asked | {"language": "-"}))[1]["languages"] == {"de": 3}
    write(tmp_path / "set" / "de.jsonl", rows[:2])
    facts = set_prompts.load_set(sets.find_set(asked))[1]
    assert facts["languages"] == {"de": 2} and "language" not in facts["columns"] and "stated" not in facts["columns"]


def test_languages_that_a_set_lacks_are_named(tmp_path):
    _, facts = set_prompts.load_set(sets.find_set(str(folder(tmp_path / "sky", 2, ("ja", "ko")))), ["ja", "pl"])
    assert facts["not_in_set"] == ["pl"] and facts["languages"] == {"ja": 2}
    with pytest.raises(UserError, match="no usable prompt in pl"):
        set_prompts.load_set(sets.find_set(str(tmp_path / "sky")), ["pl"])


def test_rows_in_other_languages_than_those_asked_for_are_counted(tmp_path):
    """In a file with a column and in a folder with a file a language; names that no language goes by, too."""
    rows = [{"id": f"q{n}", "lang": tag, "prompt": f"{tag} {n}"} for tag in ("de", "gl", "tlh") for n in range(3)]
    table, facts = set_prompts.load_set(sets.find_set(str(write(tmp_path / "one.jsonl", rows))), ["de"])
    assert set(table["language"].to_pylist()) == {"de"} and facts["languages"] == {"de": 3}
    assert facts["left_out"] == {"gl": {"language_not_asked_for": 3}} and facts["unknown_languages"] == {"tlh": 3}
    declared = sets.find_set({"path": str(tmp_path / "one.jsonl"), "languages": ["de"]})
    assert set_prompts.load_set(declared)[1]["left_out"] == facts["left_out"]
    assert set_prompts.load_set(declared)[1]["unknown_languages"] == {"tlh": 3}
    sky = folder(tmp_path / "sky", 4, ("ja", "ko"))
    (sky / "uk.jsonl").write_text('{"no": "prompt"}\n{"no": "prompt"}\n', "utf-8")
    _, facts = set_prompts.load_set(sets.find_set(str(sky)), ["ja"])
    assert facts["left_out"] == {"ko": {"language_not_asked_for": 4}, "uk": {"language_not_asked_for": 2}}


def test_a_set_in_none_of_the_languages_says_what_it_has(tmp_path):
    rows = [{"id": "1", "lang": "gl", "prompt": "Por que?"}, {"id": "2", "lang": "tlh", "prompt": "qatlh"}]
    with pytest.raises(
        UserError, match=r"in de; left out: language not asked for 1 \(gl 1\); unknown language 1 \(tlh 1\)"
    ):
        set_prompts.load_set(sets.find_set(str(write(tmp_path / "one.jsonl", rows))), ["de"])


def test_quickstart_has_the_right_answers_as_references():
    table, facts = set_prompts.load_set(sets.find_set("quickstart"), ["he", "hi"], 4)
    row = table.to_pylist()[0]
    number = row["group_id"].rpartition("-")[2]
    assert number in row["prompt"][0]["content"] and number in row["references"][0]
    assert facts["languages"] == {"he": 4, "hi": 4} and facts["available"]["he"] == 60


CARD = """---
configs:
- config_name: dolly_machine_translated
  data_files: [{split: test, path: mt/test.parquet}]
- config_name: dolly_human_edited
  data_files: [{split: test, path: he/test.parquet}]
- config_name: aya_human_annotated
  data_files: [{split: test, path: aya/test.parquet}]
---
"""
CODE = """
import json
from polypref.errors import UserError
from polypref.evaluation.inputs import set_prompts, sets, stored
def told(asked, tags, sample=None):
    try:
        table, facts = set_prompts.load_set(sets.find_set(asked), tags, sample)
    except UserError as error:
        return str(error)
    rows = table.to_pylist()
    return [facts, [[r["language"], r["group_id"], r["prompt"][-1]["content"], r["references"]] for r in rows]]
found = {
    "dolly": told({"set": "dolly", "revision": ""}, ["ar", "ja", "zh"]),
    "aya": told({"set": "aya-human-annotated", "revision": ""}, ["ar", "ja"]),
    "xlsum": told("xlsum", ["uk", "zh", "de"], 1),
    "arena": told({"set": "m-arena-hard", "revision": ""}, ["ko", "fa"]),
    "named": told({"repo": "CohereLabs/aya_evaluation_suite", "config": "aya_human_annotated", "prompt": "inputs",
                   "language": "language", "name": "mine"}, None),
    "no column": told({"set": "m-arena-hard", "revision": "", "prompt": "text"}, ["ko"]),
    "no config": told({"set": "m-arena-hard", "revision": ""}, ["el"]),
    "no tag": told({"set": "m-arena-hard", "revision": "v9"}, ["ko"]),
    "nothing": told("org/nothing", ["ko"]),
    "stored": len(stored.read_stored("org/answers", stored.Columns(group="qid"), "aya", config="{tag}", split="test",
                                     tags=("ko", "fa")).entries),
}
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """What the real Hub client makes of repositories laid out as the real ones."""

    def suite(tag, script, group, text, **more):
        row = {"id": group, "inputs": text, "targets": "x", "language": tag, "script": script, "source_id": 100 + group}
        return row | more

    with LoopbackHub() as hub:
        dolly = hub.create("datasets", "CohereLabs/aya_evaluation_suite")
        machine = [suite("arb", "Arab", n, f"آلي {n}") for n in range(2)]
        machine += [suite("jpn", "Jpan", n, f"機械 {n}") for n in range(2)]
        machine += [suite("zho", s, n, f"{s} {n}") for s in ("Hant", "Hans") for n in range(2)]
        machine += [suite("yor", "Latn", 0, "kí ló dé")]
        edited = [suite("arb", "Arab", n, f"بشري {n}") for n in range(2)]
        written = [suite("arb", "Arab", 7, "سؤال"), suite("eng", "Latn", 7, "question")]
        written += [suite("tlh", "Latn", 1, "nuqneH")]
        dolly.commit(
            {
                "README.md": CARD.encode(),
                "mt/test.parquet": parquet(machine),
                "he/test.parquet": parquet(edited),
                "aya/test.parquet": parquet([{k: v for k, v in row.items() if k != "source_id"} for row in written]),
            }
        )
        xlsum = hub.create("datasets", "csebuetnlp/xlsum")
        news = {"ukrainian": "Небо", "chinese_simplified": "天空", "german": "Himmel"}
        converted_files = {
            f"{config}/test/0000.parquet": parquet(
                [{"id": f"{n}", "text": f"{word} {n}", "summary": word} for n in (1, 2)]
            )
            for config, word in news.items()
        }
        converted = xlsum.commit(converted_files).sha
        xlsum.refs["refs/convert/parquet"] = converted
        xlsum.commit({"xlsum.py": b"raise SystemExit"}, deletes=list(converted_files))
        arena = hub.create("datasets", "CohereLabs/m-ArenaHard")
        card = "---\nconfigs:\n" + "".join(
            f"- config_name: {tag}\n  data_files: [{{split: test, path: {tag}/test-0.parquet}}]\n"
            for tag in ("ko", "fa")
        )
        rows = {
            tag: [{"question_id": f"q{n}", "cluster": "sky", "prompt": f"{SKY[tag]} {n}"} for n in range(2)]
            for tag in ("ko", "fa")
        }
        arena.commit(
            {"README.md": f"{card}---\n".encode()}
            | {f"{tag}/test-0.parquet": parquet(own) for tag, own in rows.items()}
        )
        hub.create("datasets", "org/answers").commit(
            {"README.md": f"{card}---\n".encode()}
            | {
                f"{tag}/test-0.parquet": parquet([{"qid": r["question_id"], "answer": tag} for r in own])
                for tag, own in rows.items()
            }
        )
        answers = json.loads(run(hub, None, tmp_path_factory.mktemp("home"), CODE).strip().splitlines()[-1])
        heads = {"dolly": dolly.branches["main"], "xlsum": converted}
        assert hub.unknown == []
    return answers, heads


def test_dolly_is_human_edited_where_it_exists_and_in_the_usual_script(hub):
    answers, heads = hub
    facts, rows = answers["dolly"]
    texts = {(tag, group): text for tag, group, text, _ in rows}
    assert texts == {
        ("ar", "100"): "بشري 0",
        ("ar", "101"): "بشري 1",
        ("ja", "100"): "機械 0",
        ("ja", "101"): "機械 1",
        ("zh", "100"): "Hans 0",
        ("zh", "101"): "Hans 1",
    }
    assert facts["left_out"] == {
        "ar": {"read_from_another_config": 2},
        "yo": {"language_not_asked_for": 1},
        "zh": {"other_script": 2},
    }
    assert facts["revision"] == heads["dolly"]
    assert facts["repo"] == "CohereLabs/aya_evaluation_suite" and facts["licence"] == "apache-2.0"


def test_prompts_without_translations_share_no_group(hub):
    answers, _ = hub
    facts, rows = answers["aya"]
    assert [row[:3] for row in rows] == [["ar", "ar:7", "سؤال"]] and facts["not_in_set"] == ["ja"]


def test_xlsum_is_read_from_the_hubs_parquet_copy_with_an_instruction_in_the_language(hub):
    answers, heads = hub
    facts, rows = answers["xlsum"]
    assert facts["languages"] == {"uk": 1, "zh": 1} and facts["not_in_set"] == ["de"]
    assert facts["revision"] == heads["xlsum"]
    assert [row[3] for row in rows] == [["Небо"], ["天空"]] and facts["left_out"] == {}
    _, group, text, _ = rows[1]
    assert text == f"请用一两句话概括下面的文章。\n\n天空 {group.removeprefix('zh:')}"


def test_a_config_a_language_and_columns_of_ones_own(hub):
    answers, _ = hub
    assert answers["arena"][0]["languages"] == {"ko": 2, "fa": 2}
    assert sorted(row[:3] for row in answers["arena"][1])[0] == ["fa", "q0", f"{SKY['fa']} 0"]
    facts, rows = answers["named"]
    assert sorted(row[2] for row in rows) == ["question", "سؤال"] and facts["unknown_languages"] == {"tlh": 1}
    assert answers["stored"] == 4


def test_what_the_hub_lacks_is_said_in_a_sentence(hub):
    answers, _ = hub
    assert "no column 'text' (it has question_id, cluster, prompt)" in answers["no column"]
    assert "CohereLabs/m-ArenaHard (el)" in answers["no config"] and "\n" not in answers["no config"]
    assert "cannot look up CohereLabs/m-ArenaHard at revision v9" in answers["no tag"]
    assert "cannot look up org/nothing at revision main" in answers["nothing"]


def test_columns_are_paths_and_templates_as_in_a_build(tmp_path):
    rows = [
        {"lang": "de", "task": "Nenne:", "input": text, "ref": [["x"], ["y"]], "id": n} for n, text in enumerate("a ")
    ]
    named = {"prompt": "{task}\n\n{input}", "language": "lang", "reference": "ref[-1][0]", "group": "no. {id}"}
    declared = sets.find_set({"set": str(write(tmp_path / "set.jsonl", rows))} | named)
    read = set_prompts.load_set(declared)[0].to_pylist()
    assert {row["group_id"]: row["prompt"][0]["content"] for row in read} == {"no. 0": "Nenne:\n\na", "no. 1": "Nenne:"}
    assert {tuple(row["references"]) for row in read} == {("y",)}


def test_a_value_that_cannot_be_read_stops_the_reading_or_is_counted(tmp_path):
    twice = '{"x": 1, "x": 2}'
    path = tmp_path / "set.jsonl"
    path.write_text(f'{{"lang": "de", "id": {twice}, "prompt": "a"}}', "utf-8")
    with pytest.raises(UserError, match=r"row 1 cannot be read: key_twice \(x\); mend or remove the row$"):
        set_prompts.load_set(sets.find_set(str(path)))
    lines = [f'{{"lang": "de", "prompt": "a", "category": {twice}}}', '{"lang": "de", "prompt": "b", "category": null}']
    path.write_text("\n".join(lines), "utf-8")
    assert set_prompts.load_set(sets.find_set(str(path)))[1]["left_out"] == {"de": {"key_twice": 1}}


@pytest.mark.parametrize(
    ("rows", "more", "message"),
    [
        (
            [{"prompt": "a"}],
            {"prompt": "{prompt"},
            r"evaluation set '\w+': column '\{prompt': the brace at character 1",
        ),
        ([{"prompt": "a"}], {}, "does not say in which language"),
        (
            [{"lang": "de", "x": "Wie spät ist es?", "n": 1}],
            {},
            r"no column under a usual name of a prompt .it has lang, x, n.; say which it is in a file for --config, as "
            r"in sets: \[\{path: /\S+/set\.jsonl, prompt: x\}\]$",
        ),
        ([{"lang": "de", "x": 1}], {}, r"jsonl, prompt: COLUMN\}\]$"),
        ([{"frage": "Wie?"}], {"prompt": "frage"}, r"in a file for --config, as in sets: .*, language: =TAG\}\]$"),
        ([{"prompt": "Wie?", "in": "de"}], {}, r"or say it in a file for --config, as in .* language: in\}\]$"),
        (
            [{"lang": "de", "prompt": "a"}],
            {"reference": "gold"},
            r"row 1: no column 'gold' .it has lang, prompt.; .* reference: COLUMN\}\]$",
        ),
        ([{"lang": "de", "id": 1, "prompt": "a"}, {"lang": "de", "prompt": "a"}], {}, "row 2: no column 'id'"),
        (["text"], {}, r"set\.jsonl:1 cannot be read: not_an_object \(str\)"),
        ([], {}, r"evaluation set 'set' is empty: .*set\.jsonl holds no row"),
    ],
)
def test_files_that_cannot_be_read_are_named_with_the_row(tmp_path, rows, more, message):
    path = write(tmp_path / "set.jsonl", rows)
    with pytest.raises(UserError, match=message):
        set_prompts.load_set(sets.find_set({"set": str(path)} | more))


def test_damaged_files_are_named(tmp_path):
    (tmp_path / "de.jsonl").write_text('{"prompt": "a"}\n{"prompt": \n', "utf-8")
    with pytest.raises(UserError, match=r"de\.jsonl:2 cannot be read: not_json"):
        set_prompts.load_set(sets.find_set(str(tmp_path / "de.jsonl")))
    (tmp_path / "he.parquet").write_bytes(b"PAR1")
    with pytest.raises(UserError, match=r"he\.parquet is not a readable Parquet file"):
        set_prompts.load_set(sets.find_set(str(tmp_path / "he.parquet")))
    with pytest.raises(UserError, match="ask for 1 or more"):
        set_prompts.load_set(sets.find_set("quickstart"), ["de"], 0)


def test_what_separates_the_columns_of_a_set_is_seen_or_settled(tmp_path):
    (tmp_path / "de.csv").write_text("prompt;id\nWas, bitte?;1\n", "utf-8")
    (tmp_path / "he.csv").write_text("prompt,x;id\nמה, זה;1\n", "utf-8")
    (table, _) = set_prompts.load_set(sets.find_set(str(tmp_path / "de.csv")))
    assert [row["prompt"][0]["content"] for row in table.to_pylist()] == ["Was, bitte?"]
    asked = {"path": str(tmp_path / "he.csv"), "prompt": "prompt,x", "separator": ";"}
    (table, _) = set_prompts.load_set(sets.find_set(asked))
    assert [row["prompt"][0]["content"] for row in table.to_pylist()] == ["מה, זה"]
    with pytest.raises(UserError, match=r"evaluation set 'he': separator: ';;' separates no columns"):
        sets.find_set(asked | {"separator": ";;"})


def test_conversations():
    asked = [{"role": "system", "content": "Kurz."}, {"from": "human", "value": "Γεια"}]
    assert messages(asked) == [{"role": "system", "content": "Kurz."}, {"role": "user", "content": "Γεια"}]
    assert messages([{"content": "שלום"}]) == messages(["שלום"]) == messages("שלום")
    bad = {
        "turns_without_roles": ["one", "two"],
        "prompt_does_not_end_with_user": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}],
        "turns_out_of_order": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}],
        "unknown_role": [{"role": "tool", "content": "a"}],
        "not_text": [{"role": "user", "content": 3}],
        "no_prompt": [],
        "empty_prompt": [{"role": "user", "content": " \n"}],
    }
    for reason, value in bad.items():
        with pytest.raises(Bad) as bad:
            messages(value)
        assert bad.value.reason == reason


JSON = some.recursive(
    some.none() | some.booleans() | some.floats() | some.text(),
    lambda inner: (
        some.lists(inner, max_size=3) | some.dictionaries(some.sampled_from(["role", "content", "turns", "x"]), inner)
    ),
)


@given(JSON)
def test_whatever_a_cell_holds_it_is_read_or_refused(value):
    for read in (messages, last_answer):
        try:
            read(value)
        except Bad as bad:
            assert bad.reason.isidentifier()


def test_m_arena_hard_as_it_is_published(real_data):
    table, facts = set_prompts.load_set(sets.find_set(str(real_data / "m_arena_hard" / "questions")), None, 40, seed=11)
    assert facts["languages"] == dict.fromkeys(sorted(languages.AYA_23), 40)
    assert set(facts["available"].values()) == {500} and facts["left_out"] == {}
    assert len({tuple(groups) for groups in by_language(table).values()}) == 1
    assert len(set(table["prompt_id"].to_pylist())) == 23 * 40
