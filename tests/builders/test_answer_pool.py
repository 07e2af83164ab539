"""The builder of an answer pool: what it calls its source, and the options that it names for columns."""

import json

import pytest

from polypref.errors import UserError
from polypref.layouts.sources import ArenaFolder, Files, HubDataset
from polypref.pipeline.builder import Builder, declare_builder
from polypref.raters.given import RelevanceRater, SourceRater
from polypref.scripting import params
from polypref.scripting.loading import load_script
from tests.conftest import ROOT

ROW = {"id": 7, "prompt": "מה השעה?", "answer": "שלוש.", "model": "m", "language": "he", "score": 4.5}


def declared(*words: object) -> Builder:
    module = load_script(str(ROOT / "builders" / "answer_pool.py"))
    return declare_builder(module, params.parse_words(module.Params, [*map(str, words)], "answer_pool"))


@pytest.fixture
def rows(tmp_path):
    path = tmp_path / "my answers.jsonl"
    path.write_text(json.dumps(ROW) + "\n", "utf-8")
    return path


@pytest.fixture
def arena_folder(tmp_path):
    for path in ("questions/he.jsonl", "answers/he/one.jsonl", "answers/he/two.jsonl"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text('{"question_id": 1, "turns": [{"content": "x"}], "answer": "y"}\n', "utf-8")
    return tmp_path


def test_a_column_that_no_row_has_is_named_with_its_option(rows):
    says = r"my answers\.jsonl has no column 'question' \(it has id, .*\); say which it is, as in --group-column"
    with pytest.raises(UserError, match=says + r" id, or --group-column '' for none"):
        declared("--source", rows, "--group-column", "question")
    with pytest.raises(UserError, match=r"has no column 'text' .* as in --answer-column answer$"):
        declared("--source", rows, "--group-column", "id", "--answer-column", "text")


def test_rows_as_the_readme_has_them_need_no_option(rows):
    builder = declared("--source", rows)
    (source,) = builder.sources
    assert isinstance(source, Files) and (source.fields.group, source.licence) == ("id", "unknown")
    assert source.fields.answers[0].score == "score" and isinstance(builder.rater, SourceRater)
    assert not builder.evaluation_set and [mixture.name for mixture in builder.mixtures] == ["all"]
    assert builder.pairs.per_prompt == 1 and declared("--source", rows, "--per-prompt", 3).pairs.per_prompt == 3
    assert isinstance(declared("--source", rows, "--score-column", "").rater, RelevanceRater)
    assert [mixture.name for mixture in declared("--source", rows, "--five", "he").mixtures] == ["all", "five"]


@pytest.mark.parametrize("ids", [(1, 2, 3), (1, 1, 1)], ids=["a number of the row", "one of everything"])
def test_an_id_that_is_none_of_the_prompt_is_no_group(rows, ids):
    prompts = ("a", "a", "b")
    lines = [json.dumps(ROW | {"id": one, "prompt": text}) for one, text in zip(ids, prompts, strict=True)]
    rows.write_text("\n".join(lines), "utf-8")
    (source,) = declared("--source", rows).sources
    assert source.fields.group is None


def test_a_language_that_is_none_is_refused_by_its_option_before_rows_are_read():
    with pytest.raises(UserError, match=r"^--language: Unknown language 'yoruba-x': the nearest known are yo \(Yoruba"):
        declared("--source", "none.jsonl", "--language", "yoruba-x")


def test_ids_that_join_no_translations_are_said_and_counted(rows, capsys):
    # q2 is two prompts', c has two ids; of d all is well.
    ids = {"a": ("q1",), "b": ("q2",), "c": ("q2", "q3"), "d": ("q4", "q4")}
    lines = [json.dumps(ROW | {"question_id": one, "prompt": text}) for text, own in ids.items() for one in own]
    rows.write_text("\n".join(lines), "utf-8")
    builder = declared("--source", rows)
    note = (
        f"column 'question_id' of {rows} joins no translations: of 4 prompts in its first 6 rows 2 have several values "
        "of it, or share one with another prompt of their language; --group-column question_id joins them all the same"
    )
    assert builder.notes == (note,) and builder.sources[0].fields.group is None
    assert capsys.readouterr().err == f"answer_pool: {note}\n"
    named = declared("--source", rows, "--group-column", "question_id")
    assert named.notes == () and named.sources[0].fields.group == "question_id"
    assert declared("--source", rows, "--group-column", "").notes == () and capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, r"cannot be read \(.*No such file"),
        ("{", r"cannot be read \("),
        ("[" * 9_999, r"cannot be read \("),
        ("\xff", r"cannot be read \("),
        ('["m"]', r"holds \"\['m'\]\" and no object"),
        ('{"m": 5}', "the licence of 'm' is '5'"),
        ('{"m": " "}', "the licence of 'm' is ' '"),
    ],
)
def test_a_file_of_licences_that_is_none_is_one_sentence(rows, tmp_path, text, words):
    path = tmp_path / "licences.json"
    if text is not None:
        path.write_bytes(text.encode("latin-1"))
    with pytest.raises(UserError, match=rf"--licences .*licences\.json:? {words}.*; write a JSON object of models and"):
        declared("--source", rows, "--licences", path)
    path.write_text('{"m": "mit"}', "utf-8")
    assert declared("--source", rows, "--licences", path).licences == {"m": "mit"}


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("turns[0].content", lambda text: {"turns": [{"content": text}, {"content": "?"}]}),
        ("{ask}\n{more}", lambda text: {"ask": text, "more": "?"}),
    ],
)
def test_an_id_of_a_prompt_that_a_path_leads_to_is_its_group(rows, column, cell):
    less = {name: value for name, value in ROW.items() if name != "prompt"}
    many = [less | {"id": n // 2, "answer": str(n)} | cell(f"q{n // 2}") for n in range(6)]
    rows.write_text("\n".join(map(json.dumps, many)), "utf-8")
    (source,) = declared("--source", rows, "--prompt-column", column).sources
    assert source.fields.group == "id"
    many = [one | {"id": n} for n, one in enumerate(many)]
    rows.write_text("\n".join(map(json.dumps, many)), "utf-8")
    (source,) = declared("--source", rows, "--prompt-column", column).sources
    assert source.fields.group is None


def test_question_ids_go_before_ids(rows):
    rows.write_text(json.dumps(ROW | {"question_id": "q"}), "utf-8")
    (source,) = declared("--source", rows).sources
    assert source.fields.group == "question_id"


def test_a_folder_is_an_evaluation_set_unless_its_prompts_are_somebodys_own(arena_folder):
    assert declared("--source", arena_folder).evaluation_set
    assert not declared("--source", arena_folder, "--own-prompts").evaluation_set
    assert declared("--source", "org/pool", "--evaluation-set").evaluation_set
    with pytest.raises(UserError, match="--evaluation-set and --own-prompts contradict each other"):
        declared("--source", arena_folder, "--own-prompts", "--evaluation-set")


def test_a_source_that_nobody_named_is_called_by_its_file(rows, tmp_path):
    builder = declared("--source", rows, "--group-column", "id")
    (source,) = builder.sources
    assert isinstance(source, Files) and source.name == "my-answers"
    assert builder.name == "my-answers-preferences"
    assert declared("--source", rows, "--group-column", "", "--name", "x").name == "x-preferences"
    assert declared("--source", tmp_path / "*.jsonl", "--group-column", "id").name == "answers-preferences"
    assert declared("--source", "org/pool").name == "pool-preferences"


def test_a_dataset_of_the_hub_may_have_a_point_in_its_name():
    (newest,) = declared("--source", "org/pool-v1.5").sources
    assert isinstance(newest, HubDataset)
    assert (newest.repo, newest.revision, newest.split, newest.config) == ("org/pool-v1.5", None, "train", None)
    (named,) = declared("--source", "org/pool", "--revision", "v1", "--split", "test", "--config", "c").sources
    assert (named.revision, named.split, named.config) == ("v1", "test", "c")


def test_a_folder_is_called_as_before(arena_folder):
    builder = declared("--source", arena_folder)
    assert isinstance(builder.sources[0], ArenaFolder) and builder.name == "m-arena-hard-preferences"


def test_a_first_row_may_lack_what_others_have_and_columns_may_be_paths(rows):
    more = {"id": 8, "prompt": {"text": "?"}, "answer": "!", "model": "n", "language": "he", "grade": 1}
    rows.write_text(rows.read_text("utf-8") + json.dumps(more) + "\n", "utf-8")
    words = ("--group-column", "id", "--score-column", "grade", "--prompt-column", "prompt.text")
    assert declared("--source", rows, *words).sources


def test_numbers_of_another_name_are_no_scores_unless_it_is_given(rows):
    rows.write_text(json.dumps({name: value for name, value in ROW.items() if name != "score"} | {"ami": 4}), "utf-8")
    says = r"has no column 'score', but numbers in 'ami': give --score-column ami if they rate the answers, or"
    with pytest.raises(UserError, match=says):
        declared("--source", rows)
    assert isinstance(declared("--source", rows, "--score-column", "ami").rater, SourceRater)
    assert isinstance(declared("--source", rows, "--score-column", "").rater, RelevanceRater)


def test_of_several_people_in_columns_of_their_own_it_is_said_what_to_write(rows):
    row = {name: value for name, value in ROW.items() if name != "score"}
    marks = [
        row | {"Rater 1": one, "Rater 2": other, "model": model} for one, other, model in ((4, 5, "m"), (2, 3, "n"))
    ]
    rows.write_text("".join(json.dumps(one) + "\n" for one in marks), "utf-8")
    long = (
        "if each is what one person gave, write a row for each number, with the columns 'rater' (who gave it: Rater 1, "
        "Rater 2) and 'score' (the number), and give --score-column score --annotator rater"
    )
    with pytest.raises(UserError) as refused:
        declared("--source", rows)
    assert "but numbers in 'Rater 1', 'Rater 2': give --score-column 'Rater 1' if they rate" in str(refused.value)
    assert str(refused.value).endswith(f"which judges no quality; {long}")
    with pytest.raises(UserError) as refused:
        declared("--source", rows, "--score-column", "Rater 1,Rater 2")
    assert str(refused.value) == f"--score-column takes one column, and 'Rater 1,Rater 2' names 2; {long}"
    # What is advised is taken.
    tidy = [
        row | {"model": one["model"], "rater": name, "score": one[name]} for one in marks for name in one if "R" in name
    ]
    rows.write_text("".join(json.dumps(one) + "\n" for one in tidy), "utf-8")
    (source,) = declared("--source", rows, "--score-column", "score", "--annotator", "rater").sources
    assert (source.fields.answers[0].score, source.fields.occasion) == ("score", "rater")


def test_answers_that_are_numbers_are_no_scores(rows):
    less = {name: value for name, value in ROW.items() if name != "score"}
    rows.write_text(json.dumps(less | {"answer": "42", "model": "7"}), "utf-8")
    assert isinstance(declared("--source", rows).rater, RelevanceRater)


def test_a_language_of_every_row_wants_no_column(rows):
    rows.write_text(json.dumps({name: value for name, value in ROW.items() if name != "language"}), "utf-8")
    (source,) = declared("--source", rows, "--language", "yo").sources
    assert isinstance(source, Files) and (source.language, source.fields.language) == ("yo", None)


MARK = {"question": "Q?", "reply": "A.", "model": "m", "who": "ana", "mark": "4,5"}
NAMED = ("--prompt-column", "question", "--answer-column", "reply", "--language", "de", "--score-column", "mark")


@pytest.fixture
def marks(rows):
    rows.write_text("".join(json.dumps(MARK | {"mark": mark}) + "\n" for mark in ("4", "4,5")), "utf-8")
    return rows


def test_a_column_that_an_option_names_is_suggested_for_no_other(marks):
    with pytest.raises(UserError, match=r"as in --prompt-column question$"):
        declared("--source", marks, "--language", "de")
    with pytest.raises(UserError, match=r"has no column 'answer' .* as in --answer-column reply$"):
        declared("--source", marks, *NAMED[:2], "--language", "de")
    with pytest.raises(UserError, match=r"has no column 'whom' .* as in --annotator who$"):
        declared("--source", marks, *NAMED, "--annotator", "whom", "--decimal-comma")
    with pytest.raises(UserError, match=r"say which it is, with --language-column, or --language TAG for all rows$"):
        declared("--source", marks, *NAMED[:4], *NAMED[6:])
    marks.write_text('{"question": "Q?", "answer": "A.", "language": "de"}', "utf-8")
    words = ["--source", marks, "--prompt-column", "question"]
    with pytest.raises(
        UserError, match=r"'model' .*, or --model-column =NAME for all rows \(=unknown where nobody knows\)$"
    ):
        declared(*words)
    declared(*words, "--model-column", "=unknown")
    marks.write_text('{"question": "Q?", "model": "m", "language": "de"}', "utf-8")
    with pytest.raises(UserError, match=r"has no column 'answer' .*; say which it is, with --answer-column$"):
        declared("--source", marks, *NAMED[:2])


def test_a_column_is_suggested_by_what_it_holds_and_no_id_for_a_prompt(rows):
    asked = ["پایتخت ایران کجاست؟", "چرا آسمان آبی است؟"]
    pool = [
        {
            "uid": n,
            "key": f"0f-{n}",
            "پاسخ بلند": f"پاسخ شماره {n} این است.",
            "متن": asked[n // 2],
            "llm": f"m{n % 2}",
            "زبان": "fa",
        }
        for n in range(4)
    ]
    rows.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in pool), "utf-8")
    with pytest.raises(UserError, match=r"has no column 'prompt' .* as in --prompt-column 'متن'$"):
        declared("--source", rows)
    words = ["--source", rows, "--prompt-column", "متن"]
    with pytest.raises(UserError, match=r"has no column 'answer' .* as in --answer-column 'پاسخ بلند'$"):
        declared(*words)
    words += ["--answer-column", "پاسخ بلند"]
    with pytest.raises(UserError, match=r"has no column 'model' .* as in --model-column llm, or"):
        declared(*words)
    with pytest.raises(UserError, match=r"as in --language-column 'زبان', or --language TAG for all rows$"):
        declared(*words, "--model-column", "llm")
    # Numbers that only count are no reason to ask whether they rate.
    assert isinstance(declared(*words, "--model-column", "llm", "--language", "fa").rater, RelevanceRater)


def test_marks_with_a_comma_are_numbers_and_people_are_told_apart(marks):
    (source,) = declared("--source", marks, *NAMED, "--decimal-comma", "--annotator", "who").sources
    assert (source.fields.answers[0].decimal, source.fields.occasion) == (",", "who")
    marks.write_text(json.dumps(MARK | {"mark": 4.5}), "utf-8")
    (source,) = declared("--source", marks, *NAMED).sources
    assert (source.fields.answers[0].decimal, source.fields.occasion) == (".", None)


@pytest.mark.parametrize("mark", ["4,5", "\u06f3,\u06f5"], ids=["of ASCII", "of Persian"])
def test_marks_with_a_comma_want_the_option(marks, mark):
    marks.write_text(json.dumps(MARK | {"mark": mark}), "utf-8")
    with pytest.raises(UserError, match=rf"has '{mark}' in 'mark': give --decimal-comma if a comma stands before the"):
        declared("--source", marks, *NAMED)
    with pytest.raises(UserError, match=r"give --score-column mark --decimal-comma if they rate the answers"):
        declared("--source", marks, *NAMED[:6])


@pytest.mark.parametrize("words", [("--annotator", "id"), ("--decimal-comma",)], ids=["annotator", "comma"])
def test_what_is_said_of_ratings_wants_ratings(rows, arena_folder, words):
    with pytest.raises(UserError, match=rf"^{words[0]} speaks of ratings, and none are read"):
        declared("--source", rows, "--score-column", "", *words)
    with pytest.raises(UserError, match=rf"^{words[0]} speaks of ratings, and those of a folder are not read"):
        declared("--source", arena_folder, *words)
