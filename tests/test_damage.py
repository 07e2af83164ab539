"""Damaged and hostile inputs that the fault campaign (tests/faults) met, each in its smallest form."""

import json
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref.api.evaluating import read_settings
from polypref.cli import main
from polypref.errors import UserError
from polypref.evaluation.battles import of_games
from polypref.evaluation.inputs import lm_eval, sets
from polypref.evaluation.settings import from_config
from polypref.files.atomic import read_json
from polypref.files.readers import read_file
from polypref.files.records import encode
from polypref.files.yaml_reader import read_yaml
from polypref.inference import Failure, Model, Reply, Request
from polypref.inference.log import ResponseLog
from polypref.inference.openai import OpenAI
from polypref.inference.protocol import chat_verdict, score_verdict
from polypref.judging import prompts as judging
from polypref.languages import Language, register
from polypref.layouts.layout import layout
from polypref.pipeline.builder import Builder
from polypref.release import hub
from polypref.release.folder import parameters, read_provenance
from polypref.release.provenance import seal_record
from polypref.review import decisions, filled
from polypref.stages.balance import Mixture
from tests import strangers
from tests.inference import loopback
from tests.inference.loopback import Loopback

MODEL = Model("tiny", "r1", "apache-2.0")
ASKED = Request(MODEL, (("user", "hi"),))


def saved(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, "utf-8")
    return folder / name


# Files


def test_a_damaged_parquet_file_that_seems_empty_is_not_believed(tmp_path):
    """One flipped bit makes a page one of another kind, which the library passes over: all its rows are gone."""
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": ["x"] * 8}), path, use_dictionary=False)
    whole = path.read_bytes()
    assert len(list(read_file(path))) == 8 and whole[4:6] == b"\x15\x00"
    path.write_bytes(whole[:5] + b"\x01" + whole[6:])
    with pytest.raises(UserError, match="0 rows, its footer states 8"):
        list(read_file(path))


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 5_000,
        "seed: !!timestamp 2001-99-99",
        "b0: &b0 [x, x]\n" + "".join(f"b{n}: &b{n} [{', '.join([f'*b{n - 1}'] * 8)}]\n" for n in range(1, 7)),
        "&a {name: *a}",
        "name: !!binary aGk=",
        'name: "\\ud800"',
        "seed: " + "9" * 5_000,
    ],
)
def test_yaml_that_is_no_settings_is_one_sentence(tmp_path, text):
    with pytest.raises(UserError, match=r"cannot read .*e\.yaml"):
        read_settings(str(saved(tmp_path, "e.yaml", text)))


def test_deep_yaml_is_refused_however_deep_python_may_go():
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    try:
        assert read_yaml("[" * 99 + "]" * 99, "e") is not None
        with pytest.raises(UserError, match="nested too deeply"):
            read_yaml("[" * 101 + "]" * 101, "e")
    finally:
        sys.setrecursionlimit(before)


def test_a_date_in_yaml_is_a_text(tmp_path):
    path = saved(tmp_path, "e.yaml", "name: 2001-12-13\nnote: 2001-99-99\nsame: [&a x, *a]\n")
    assert read_settings(str(path)) == {"name": "2001-12-13", "note": "2001-99-99", "same": ["x", "x"]}


def test_texts_that_can_be_no_file_name_are_not_looked_for_as_one(monkeypatch, capsys):
    long = "x" * 5_000
    with pytest.raises(UserError, match="no evaluation set"):
        sets.find_set(long)
    assert parameters({"system": f"a/{long}"}) == {"system": f"a/{long}"}
    with pytest.raises(UserError, match="no folder at"):
        hub.resolve_dataset(f"{long}/{long}/{long}")
    assert main(["build", f"{long}.py"]) == 2
    assert capsys.readouterr().err.startswith("polypref: File name too long: 'xxx")


@pytest.mark.parametrize(
    "more",
    [
        {"sampling": {"temperature": 10**400}},
        {"judge": {"kind": "reward", "model": "x", "at": "http://x/v1", "tie_within": 10**400}},
    ],
)
def test_numbers_that_no_float_holds_are_one_sentence(tmp_path, more):
    prompts = saved(tmp_path, "p.jsonl", "{}")
    config = {"set": str(prompts), "models": ["one", "two"], "judge": "reference"} | more
    with pytest.raises(UserError, match=r"sampling|tie_within"):
        from_config(config, "http://localhost:1/v1")


@pytest.mark.parametrize("reply", ['{"text": "x", "odd": 1}', "[]", "{", "[" * 5_000, '{"text": 3}'])
def test_a_damaged_row_of_the_response_log_is_one_sentence(tmp_path, reply):
    with ResponseLog(tmp_path / "log") as log:
        log._db.execute("INSERT INTO replies (key, reply) VALUES (?, ?)", (ASKED.key, reply))
        with pytest.raises(UserError, match=r"the response log .* is damaged"):
            log.get(ASKED)


def test_a_damaged_page_of_the_response_log_is_one_sentence(tmp_path):
    path = tmp_path / "log"
    with ResponseLog(path) as log:
        for n in range(200):
            log.put(Request(MODEL, (("user", str(n)),)), Reply("x" * 500))
    data = path.read_bytes()
    path.write_bytes(data[:8192] + b"\xff" * (len(data) - 8192))
    with pytest.raises(UserError, match="response log"), ResponseLog(path) as log:
        log.get_many([Request(MODEL, (("user", str(n)),)) for n in range(200)])


def test_a_record_of_the_store_that_is_nested_too_deeply_is_damaged(tmp_path):
    with pytest.raises(UserError, match="is damaged"):
        read_json(saved(tmp_path, "done.json", '{"a":' * 5_000))


# What models and servers say


def test_a_score_that_no_float_holds_is_a_bad_reply():
    body = json.dumps(loopback.score(10**400)).encode()
    result = score_verdict(200, body, None, MODEL).result
    assert isinstance(result, Failure) and result.reason == "bad_reply"


def test_a_finish_reason_that_cannot_be_written_or_says_nothing(tmp_path):
    half = chat_verdict(200, json.dumps(loopback.chat("hi", finish="st\ud800op")).encode(), None, MODEL).result
    with ResponseLog(tmp_path / "log") as log:
        log.put(ASKED, half)
        assert log.get(ASKED) == Reply("hi", "st?op", 7, 3)
    blank = chat_verdict(200, json.dumps(loopback.chat("hi", finish=" ")).encode(), None, MODEL).result
    assert isinstance(blank, Failure) and blank.reason == "bad_reply"


def test_a_judge_that_answers_in_blank_lines_is_read_in_no_time():
    """A hundred thousand of them took a minute; the limit is far above what it takes now, far below that."""
    begin = time.process_time()
    with pytest.raises(judging.Unusable):
        judging.read_verdict("\n" * 100_000)
    assert time.process_time() - begin < 10


def test_a_server_that_asks_to_wait_for_hours_with_an_error_stops_the_run():
    with Loopback(lambda *_: loopback.error(500, "later", {"Retry-After": "9999"})) as server:
        backend = OpenAI((server.url,), concurrency=1, attempts=3, patience=2, backoff=0.01)
        with pytest.raises(UserError, match="asks to wait 9999 s"):
            list(backend.run([ASKED]))


# What people send back, and what others made


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (f'"{"a" * 32}-0",de,A,"{"x" * 200_000}"', None),
        (f'"{"a" * 32}-0",de,A,"open\n"{"b" * 32}-0",de,B,x', "is not valid CSV"),
        (f"{'z' * 32}-0,de,A,", "is not an id"),
        (f"{'a' * 32}-{'9' * 5_000},de,A,", "is not an id"),
        (f"{'a' * 32}-0,,A,", "is not an id"),
    ],
)
def test_filled_sheets(tmp_path, rows, sentence):
    path = saved(tmp_path, "s.csv", f"id,language,verdict,comment\n{rows}\n")
    if sentence is None:
        assert len(filled.read_sheet(path)) == 1
        return
    with pytest.raises(UserError, match=sentence):
        filled.read_sheet(path)


@pytest.mark.parametrize(
    "change",
    [
        {"decisions": {"a" * 32: "delete"}},
        {"decisions": {"short": "remove"}},
        {"decisions": ["remove"]},
        {"agreement": {"de": {}}},
        {"agreement": None},
        {"agreement": {"de": 3}},
    ],
)
def test_a_decisions_file_that_review_did_not_write(tmp_path, change):
    good = {"format": decisions.EARLIER_FORMAT, "decisions": {"a" * 32: "remove"}, "agreement": {}}
    assert decisions.read_decisions(saved(tmp_path, "r.json", json.dumps(good))).decisions
    with pytest.raises(UserError, match="is not a file that polypref review import wrote"):
        decisions.read_decisions(saved(tmp_path, "r.json", json.dumps(good | change)))
    with pytest.raises(UserError, match="is not a file that polypref review import wrote"):
        decisions.read_decisions(saved(tmp_path, "r.json", "[" * 5_000))


@pytest.mark.parametrize("name", ["config", "versions", "n-shot", "n-samples", "higher_is_better"])
def test_lm_eval_results_of_another_shape_are_one_sentence(tmp_path, name):
    good = {"results": {"xcopa_id": {"acc,none": 0.5, "acc_stderr,none": float("nan")}}}
    path = saved(tmp_path, "good.json", json.dumps(good))
    json.dumps(encode(lm_eval.merge_results(path, path)), allow_nan=False)
    for wrong in ([], "x", 3, True):
        with pytest.raises(UserError, match=f"'{name}' is no mapping"):
            lm_eval.merge_results(path, saved(tmp_path, "wrong.json", json.dumps(good | {name: wrong})))
    sized = good | {"n-samples": {"xcopa_id": {"effective": float("nan")}}}
    sized |= {"higher_is_better": {"xcopa_id": {"acc": float("nan")}}}
    json.dumps(encode(lm_eval.merge_results(path, saved(tmp_path, "sized.json", json.dumps(sized)))), allow_nan=False)
    with pytest.raises(UserError, match="cannot read"):
        lm_eval.merge_results(path, saved(tmp_path, "deep.json", "[" * 5_000))


def test_judgements_with_half_a_character_or_a_rank_beyond_numbers(tmp_path):
    how = {"form": "winner", "columns": "v", "prompt": "p", "model_a": "a", "model_b": "b", "labels": {"A": "a"}}
    row = {"p": "1", "a": "x", "b": "y", "v": "A", "t": "half \ud800"}
    wrong = saved(tmp_path, "w.jsonl", json.dumps(row | {"p": "\ud800"}))
    with pytest.raises(UserError, match=r"row 1: column p holds half a character"):
        of_games(wrong, layout(how), (), "n")
    right = saved(tmp_path, "r.jsonl", json.dumps(row))
    assert of_games(right, layout(how | {"answer_a": "t"}), (), "n").battles["answer"].to_pylist() == ["half ?"]
    ranked = saved(tmp_path, "k.jsonl", json.dumps(row | {"v": {"x": 10**400, "y": 1}}))
    assert of_games(ranked, layout(how | {"form": "ranking"}), (), "n").battles.num_rows == 1


# The Hub, and records of strangers


@pytest.mark.parametrize("answer", [b"[]", b'"x"', b"3", b"{}", b'{"id": 3}', b"null"])
def test_an_answer_of_the_hub_of_another_shape_is_one_sentence(answer):
    import httpx2
    from huggingface_hub import HfApi, close_session, set_client_factory

    def hear(request: httpx2.Request) -> httpx2.Response:
        # The client asks for a list of its own besides, which it remembers.
        return httpx2.Response(200, content=answer) if "org/x" in request.url.path else httpx2.Response(404)

    transport = httpx2.MockTransport(hear)
    set_client_factory(lambda: httpx2.Client(transport=transport))
    try:
        with pytest.raises(UserError, match=r"the Hub's answer made no sense while \w+ .*check HF_ENDPOINT"):
            hub.look_at_repo(HfApi(endpoint="http://hub.invalid", token="hf_nobody"), "org/x")
    finally:
        close_session()
        from huggingface_hub.utils._http import default_client_factory

        set_client_factory(default_client_factory)


def test_a_server_that_plays_the_hub_cannot_have_a_file_written_elsewhere(tmp_path, monkeypatch):
    """The client names files of its cache by the ETag that it is sent."""
    import httpx2
    from huggingface_hub import close_session, constants, set_client_factory
    from huggingface_hub.utils._http import default_client_factory

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "deep" / "er" / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    etag = '"../../../../outside"'

    def answer(request: httpx2.Request) -> httpx2.Response:
        if "org/x" not in request.url.path:
            return httpx2.Response(404)
        return httpx2.Response(200, headers={"ETag": etag, "X-Repo-Commit": "a" * 40}, content=b"# Changes")

    set_client_factory(lambda: httpx2.Client(transport=httpx2.MockTransport(answer)))
    try:
        with pytest.raises(UserError, match="which is no such name"):
            hub.log_at("org/x", "main")
        assert list(tmp_path.rglob("outside*")) == []
        etag = 'W/"62d9a899dbcca6446060892bc36e19b66dc8871c-gzip"'
        assert hub.log_at("org/x", "main") == "# Changes"
    finally:
        close_session()
        set_client_factory(default_client_factory)


def record(folder: Path, **change: object) -> Path:
    """A folder with a record that is sound but for the change, under its own seal."""
    record = strangers.minimal(**change)
    saved(folder, "provenance.json", json.dumps(record | {"seal": seal_record(record)}))
    return folder


def test_a_record_that_points_out_of_its_folder(tmp_path):
    assert read_provenance(record(tmp_path)).name == "x"
    saved(tmp_path, "secret", "abc")
    inside = tmp_path / "data"
    inside.mkdir()
    for place in ("data/../secret", "secret", str(tmp_path / "secret"), "data/de/train-../../../secret"):
        with pytest.raises(UserError, match="does not describe a polypref dataset"):
            read_provenance(record(tmp_path, files={place: {"bytes": 3}}))


@pytest.mark.parametrize("change", [{"files": []}, {"notes": "x"}, {"configs": None}, {"facts": 3}])
def test_a_record_of_another_shape(tmp_path, change):
    with pytest.raises(UserError, match="does not describe a polypref dataset"):
        read_provenance(record(tmp_path, **change))


def test_a_damaged_record_is_not_shown_as_if_it_were_whole(tmp_path):
    path = record(tmp_path) / "provenance.json"
    path.write_text(path.read_text("utf-8").replace('"name": "x"', '"name": "y"'), "utf-8")
    with pytest.raises(UserError, match="was changed by hand"):
        read_provenance(tmp_path)
    path.write_text('{"a":' * 5_000, "utf-8")
    with pytest.raises(UserError, match="is damaged"):
        read_provenance(tmp_path)


# Names and terminals


@pytest.mark.parametrize("name", ["../x", "a/b", "a\\b", "", " ", ".hidden", "a\nb", "a\x1b[2J", "x" * 200])
def test_names_that_would_leave_their_folder(name):
    with pytest.raises(UserError, match="cannot be the name of a builder or mixture"):
        Builder(name, "1.0.0", "c.md", (), (Mixture("all"),))
    with pytest.raises(UserError, match="cannot be the name of a builder or mixture"):
        Builder("mine", "1.0.0", "c.md", (), (Mixture(name),))


@pytest.mark.parametrize("tag", ["../x", "a/b", "", "a b", ".", "a\n"])
def test_tags_that_would_leave_their_folder(tag):
    with pytest.raises(UserError, match="is no language tag"):
        register(Language(tag=tag, name="Nowhere", native_name="Nowhere", iso639_3="qqq", scripts=("Latn",)))


def test_what_is_printed_is_shown_and_not_obeyed(capsys):
    assert main(["build", "\x1b[2J\x1b]0;x\x07\nno.py"]) == 2
    sentence = capsys.readouterr().err
    assert sentence.count("\n") == 1 and not set("\x1b\x07\x9b") & set(sentence)


# Secrets


def test_the_beginning_of_a_key_that_a_server_repeats_is_taken_out_too(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "correct-horse-battery-staple")
    sentence = f"content filter: {'x' * 260} correct-horse-battery-staple"
    with Loopback(lambda *_: loopback.error(400, sentence)) as server:
        ((_, result),) = OpenAI((server.url,)).run([ASKED])
    assert isinstance(result, Failure) and result.reason == "content_filter" and "correct" not in result.detail


@pytest.mark.parametrize(
    "url", ["http://host:1/v1?key=marked", "http://host:1/v1#marked", "host:1/marked", "ftp://u:marked@host/"]
)
def test_what_stands_after_a_host_is_not_repeated(url):
    with pytest.raises(UserError, match="no server's address") as error:
        OpenAI((url,))
    assert "marked" not in str(error.value)


def test_values_of_options_are_not_repeated(tmp_path):
    asked = {"model": "one", "at": "http://localhost:1/v1", "options": {"headers": {"Authorization": "marked"}}}
    config = {"set": str(saved(tmp_path, "p.jsonl", "{}")), "models": [asked, "two"], "judge": "reference"}
    with pytest.raises(UserError, match="its setting headers has keys and values") as error:
        from_config(config, "http://localhost:1/v1")
    assert "marked" not in str(error.value)
