"""builders/wild_feedback.py: planted conversations become pairs, marks of people come back, and a release waits for
them; the commands of docs/wild_feedback.md run as they stand there."""

import csv
import io
import json
import re
import shlex
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from polypref.cli import main
from polypref.errors import UserError
from polypref.layouts.reactions import Reactions
from polypref.layouts.sources import Files
from polypref.pipeline.builder import declare_builder
from polypref.release.folder import read_provenance
from polypref.release.marked import lacking_marks, turns_of_build
from polypref.release.publish import release_dataset
from polypref.scripting import params
from polypref.scripting.loading import load_script
from tests.conftest import ROOT
from tests.inference.loopback import Loopback, chat, last_turn

PAGE = (ROOT / "docs" / "wild_feedback.md").read_text("utf-8")
#: By language: a request, an answer that is no good, a complaint, a better answer, thanks, and what goes on with it.
TALKS = {
    "ar": (
        "ما هي عاصمة أستراليا ومتى اختيرت لتكون العاصمة؟",
        "عاصمة أستراليا هي مدينة سيدني وهي أكبر مدينة في البلاد.",
        "هذا خطأ، ولم تذكر السنة التي سألت عنها.",
        "عاصمة أستراليا هي كانبرا، وقد اختيرت عاصمة للبلاد في عام ألف وتسعمئة وثمانية.",
        "شكرا جزيلا، هذا ما أردته.",
        "وكم عدد سكانها اليوم؟",
    ),
    "he": (
        "מהי בירת אוסטרליה, ובאיזו שנה היא נבחרה לבירה?",
        "בירת אוסטרליה היא סידני, העיר הגדולה ביותר במדינה.",
        "זה לא נכון, וגם לא כתבת באיזו שנה.",
        "בירת אוסטרליה היא קנברה, והיא נבחרה לבירת המדינה בשנת אלף תשע מאות ושמונה.",
        "תודה רבה, זה מה שרציתי לדעת.",
        "וכמה תושבים יש בה היום?",
    ),
    "hi": (
        "भारत की सबसे लंबी नदी कौन सी है और वह कहाँ से निकलती है?",
        "भारत में बहुत सारी नदियाँ हैं और वे सभी बहुत सुंदर हैं।",
        "यह गलत है, आपने मेरे सवाल का जवाब ही नहीं दिया।",
        "भारत की सबसे लंबी नदी गंगा है, और वह गंगोत्री हिमनद से निकलती है।",
        "बहुत धन्यवाद, यही जानना था।",
        "और वह समुद्र में कहाँ मिलती है?",
    ),
    "ja": (
        "オーストラリアの首都はどこで、いつ首都に選ばれましたか。",
        "オーストラリアの首都はシドニーで、国でいちばん大きな都市です。",
        "それは間違いです。いつ選ばれたかも書いてありません。",
        "オーストラリアの首都はキャンベラで、千九百八年に首都に選ばれました。",
        "ありがとうございます。よくわかりました。",
        "いまの人口は何人ぐらいですか。",
    ),
}
COMPLAINTS, THANKS = ([talk[at] for talk in TALKS.values()] for at in (2, 4))
#: What a reply to a complaint is where the later answer mends nothing, or is none to the request.
NO_BETTER, NO_ANSWER = "ar", "ja"


def conversation(tag: str, *texts: str) -> dict[str, Any]:
    turns = [{"role": ("user", "assistant")[at % 2], "content": text} for at, text in enumerate(texts)]
    return {"language": tag, "conversation": turns}


def conversations() -> Iterator[dict[str, Any]]:
    """Of each language: a complaint that is mended; the better answer at once, thanks, and a question."""
    for tag, (asked, bad, complaint, good, thanks, more) in TALKS.items():
        yield conversation(tag, asked, bad, complaint, good, thanks)
        yield conversation(tag, f"{asked} {asked}", good, thanks, bad, more, good)
        yield conversation(tag, asked, good)


def reader(body: dict[str, Any], _: Any) -> dict[str, Any]:
    """A model that knows the planted messages; of the first answers to Hindi complaints nothing can be read."""
    text = last_turn(body)
    code = re.search(r'"code": "([0-9a-f]{8})"', text)[1]
    message = re.search(r"<<BEGIN the person's next message \w+>>\n(.*?)\n<<END", text, re.DOTALL)[1]
    tag = re.search(r"up to the request, in \w+ \((\w+)\)", text)[1]
    if '"mark"' in text:
        mark = "dissatisfied" if message in COMPLAINTS else "satisfied" if message in THANKS else "neither"
        return chat(json.dumps({"rationale": "r", "code": code, "mark": mark}))
    stated = {"addresses": "no" if tag == NO_BETTER else "yes", "answers_request": "no" if tag == NO_ANSWER else "yes"}
    return chat(json.dumps({"rationale": "r", "code": code, **stated}))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str], list[dict[str, Any]]]:
    """The dataset, the words of its build, and what was asked."""
    folder = tmp_path_factory.mktemp("wild")
    source = folder / "talks.jsonl"
    source.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in conversations()), "utf-8")
    words = ["build", "wild_feedback", "--conversations", str(source), "--language-column", "language", "--test", "0"]
    words += ["--licence", "cc0-1.0", "--answer-licence", "cc0-1.0", "--model", "tiny", "--model-licence", "cc0-1.0"]
    words += ["--marks-wanted", "6", "--quiet", "--out", str(folder / "out")]
    with Loopback(reader) as server:
        assert main([*words, "--model-at", server.url]) == 0
        bodies = list(server.bodies)
    return folder / "out", words, bodies


def published(out: Path) -> list[dict[str, Any]]:
    return [row for file in sorted((out / "data").rglob("*.parquet")) for row in pq.read_table(file).to_pylist()]


def test_planted_complaints_become_pairs_and_nothing_else_does(built: tuple[Path, list[str], Any]) -> None:
    pairs = published(built[0])
    assert sorted(row["language"] for row in pairs) == ["he", "hi"]
    for row in pairs:
        asked, bad, complaint, good, *_ = TALKS[row["language"]]
        assert [turn["content"] for turn in row["prompt"]] == [asked]
        assert (row["chosen"][0]["content"], row["rejected"][0]["content"]) == (good, bad)
        assert (row["rationale"], row["rater"]) == (complaint, "tiny")


def counts(out: Path, stage: str, unit: str) -> dict[str, Counter[str]]:
    by_language: dict[str, Counter[str]] = {}
    for row in read_provenance(out).funnel:
        if (row.stage, row.unit) == (stage, unit):
            by_language.setdefault(row.language, Counter())[row.reason or row.outcome] += row.rows
    return by_language


def test_all_of_it_is_counted_by_language_with_reasons(built: tuple[Path, list[str], Any]) -> None:
    rows = counts(built[0], "read", "rows")
    # Six answers of each language: two in the first conversation, three in the second, one in the third.
    assert rows == {tag: {"in": 6, "kept": 3, "where_reaction": 2, "where_answer_to_it": 1} for tag in TALKS}
    verdicts = counts(built[0], "rate", "verdicts")
    spoilt = {"ar": "later_answer_does_not_address_it", "ja": "later_answer_not_to_the_request"}
    for tag in TALKS:
        assert verdicts[tag] == {"in": 3, "user_satisfied": 1, "reaction_says_nothing": 1, spoilt.get(tag, "kept"): 1}


def test_each_message_is_asked_about_once_and_each_complaint_twice(built: tuple[Path, list[str], Any]) -> None:
    texts = [body["messages"][-1]["content"] for body in built[2]]
    assert len(texts) == len(set(texts)) == 4 * 4
    assert sum('"mark"' in text for text in texts) == 4 * 3


def test_a_release_waits_for_people(built: tuple[Path, list[str], Any]) -> None:
    assert "Nobody has held it against people yet" in (built[0] / "README.md").read_text("utf-8")
    with pytest.raises(UserError, match=r"people marked 0 of its turns .* of 6 that are wanted; have people mark"):
        release_dataset(built[0], "org/wild", dry_run=True)


def fill(sheet: Path, wrong: str = "") -> None:
    """Marks a sheet as somebody would who knows the planted messages, one of them otherwise."""
    rows = list(csv.reader(io.StringIO(sheet.read_text("utf-8-sig"))))
    for row in rows[2:]:
        right = "dissatisfied" if row[4] in COMPLAINTS else "satisfied" if row[4] in THANKS else "neither"
        row[5] = "neither" if row[4] == wrong else right
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    sheet.write_text(text.getvalue(), "utf-8")


def test_marks_of_people_come_back_into_the_card_and_open_the_release(
    built: tuple[Path, list[str], Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, words, _ = built
    assert main(["review", "turns", str(out), "--turns", "12", "--out", str(tmp_path / "turns")]) == 0
    sheets = sorted((tmp_path / "turns").iterdir())
    assert [one.name for one in sheets] == [f"turns-{tag}.csv" for tag in TALKS]
    assert not any(
        mark in sheet.read_text("utf-8").split("\n", 2)[2] for sheet in sheets for mark in ("satisfied", "neither")
    )
    for sheet in sheets:
        fill(sheet, wrong=TALKS["he"][2])
    marks = tmp_path / "marks.json"
    command = [
        "review",
        "marks",
        str(out),
        *map(str, sheets),
        "--by",
        "a test, with planted marks",
        "--out",
        str(marks),
    ]
    assert main(command) == 0
    shown = capsys.readouterr().out
    assert "hi: 3 of 3 turns marked; accuracy 1.00" in shown and "he: 3 of 3 turns marked; accuracy 0.67" in shown
    # Nothing is asked: there is no server any more.
    assert main([*words, "--model-at", "http://127.0.0.1:9/v1", "--marks", str(marks)]) == 0
    record = read_provenance(out)
    assert record.marks is not None and lacking_marks(record) == ""
    assert (record.marks.people, record.marks.by) == (4, "a test, with planted marks")
    he = record.marks.languages["he"]
    assert (he.turns, he.dissatisfied, he.both, he.model_only, he.people_only, he.neither) == (3, 1, 0, 1, 0, 2)
    card = (out / "README.md").read_text("utf-8")
    assert (
        "marked by a test, with planted marks (4 in all)" in card
        and "| he | 3 | 1 | 3 | 0 | 1 | 0 | 2 | 0.67 [" in card
    )
    assert {row["pair_id"] for row in published(out)} and len(published(out)) == 2
    # Marks of what another model read say nothing of this one.
    assert main([*words, "--model-at", "http://127.0.0.1:9/v1", "--marks", str(marks), "--model-revision", "r2"]) == 2
    assert "holds marks of turns that tiny@unknown" in capsys.readouterr().err


def test_a_turn_is_what_a_person_is_shown(built: tuple[Path, list[str], Any]) -> None:
    turns, reader_of = turns_of_build(built[0], read_provenance(built[0]))
    assert reader_of.startswith("tiny@unknown reaction-1+later_answer-1-")
    assert Counter(one.mark for one in turns) == {"dissatisfied": 4, "satisfied": 4, "neither": 4}
    complaint = next(one for one in turns if one.message == TALKS["ja"][2])
    assert (complaint.answer, complaint.prompt[-1]["content"]) == (TALKS["ja"][1], TALKS["ja"][0])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "wild_feedback needs --conversations"),
        (["--conversations", "x.jsonl", "--marks", "none.json"], "none.json"),
        (["--conversations", "x.jsonl", "--root", "prompt"], "leave root out"),
    ],
)
def test_options_that_do_not_go_together(words: list[str], sentence: str, tmp_path: Path, capsys: Any) -> None:
    assert (
        main(["build", "wild_feedback", *words, "--model-at", "http://127.0.0.1:9/v1", "--out", str(tmp_path / "o")])
        == 2
    )
    assert sentence in capsys.readouterr().err


def test_trees_are_read_by_the_column_of_their_replies() -> None:
    module = load_script(str(ROOT / "builders" / "wild_feedback.py"))
    words = [
        "--conversations",
        "x.jsonl",
        "--replies",
        "replies",
        "--root",
        "prompt",
        "--deleted",
        "gone",
        "--accepted",
        "ok",
        "--model-at",
        "http://127.0.0.1:9",
    ]
    builder = declare_builder(module, params.parse_words(module.Params, words, "wild_feedback"))
    (source,) = builder.sources
    assert isinstance(source, Files) and source.tree == Reactions(
        replies="replies", root="prompt", deleted="gone", accepted="ok"
    )


def blocks(kind: str) -> list[str]:
    return re.findall(rf"(?ms)^```{kind}\n(.*?)^```", PAGE)


@pytest.mark.slow
def test_the_run_of_the_page_gives_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "talks.jsonl").write_text(blocks("json")[0], "utf-8")
    (tmp_path / "stand_in.py").write_text(blocks("python")[0], "utf-8")
    for line in blocks("sh")[0].replace("\\\n", " ").strip().splitlines():
        assert main(shlex.split(line)[1:]) == 0, capsys.readouterr().err
    assert sorted(path.name for path in (tmp_path / "turns").iterdir()) == ["turns-he.csv", "turns-hi.csv"]
    assert Counter(row["language"] for row in published(tmp_path / "wild")) == {"he": 1, "hi": 1}
    read = sum(counts(tmp_path / "wild", "read", "rows").values(), Counter[str]())
    assert read == {"in": 8, "kept": 4, "where_reaction": 3, "where_answer_to_it": 1}
    assert "`where_reaction` 3, `where_answer_to_it` 1" in PAGE and "eight answers five are followed" in PAGE
    assert sum(counts(tmp_path / "wild", "rate", "verdicts").values(), Counter[str]())["reaction_says_nothing"] == 2
    with pytest.raises(UserError, match="people marked 0 of its turns in the languages of the dataset, of 100"):
        release_dataset(tmp_path / "wild", "org/wild", dry_run=True)


def test_the_page_names_every_option_and_reason_that_it_speaks_of(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "wild_feedback", "--help"]) == 0
    help_text = capsys.readouterr().out
    own = set(re.findall(r"(--[a-z]+(?:-[a-z]+)*)", PAGE)) - {"--by", "--dry-run", "--turns", "--repo", "--out"}
    assert "--marks-wanted" in own and {one for one in own if one not in help_text} == set()


@pytest.mark.slow
def test_of_a_model_that_cannot_read_nothing_is_made_and_all_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A random Llama in this process: every message is asked about twice, and no reply of it can be read."""
    pytest.importorskip("torch", reason="needs torch: pip install -e '.[dev]', or make test-slow")
    from tests.inference.tiny import llama

    folder = Path(llama(tmp_path / "model"))
    config = json.loads((folder / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps(config | {"max_position_embeddings": 16_384}), "utf-8")
    source, out = tmp_path / "talks.jsonl", tmp_path / "out"
    source.write_text(json.dumps(conversation("he", *TALKS["he"][:5])), "utf-8")
    words = ["build", "wild_feedback", "--conversations", str(source), "--language-column", "language", "--quiet"]
    words += ["--model", str(folder), "--model-at", "transformers", "--out", str(out)]
    assert main(words) == 2
    error = capsys.readouterr().err
    assert "no pair is left to share out" in error and re.search(r"judge_(unparsable|cut_off) \d", error)
    with sqlite3.connect(out / ".polypref" / "responses.sqlite") as log:
        assert log.execute("SELECT count(*) FROM replies").fetchone() == (2,)
