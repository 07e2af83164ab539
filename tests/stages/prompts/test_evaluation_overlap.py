"""Evaluation prompts inside training prompts: found when held, left alone when merely alike."""

import json
import warnings

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.stages.prompts.evaluation_overlap import EvaluationPrompts, Index, Overlap, overlap
from tests.stages.prompts.test_boilerplate import FAMILIES, family

# A prompt of an evaluation set, and prompts that hold it: with words around it, with another case, digits, points.
HELD = [
    ("en", "Name the three longest rivers of Europe and say where each begins", "Hi! {} Thank you."),
    ("ar", "اذكر أطول ثلاثة أنهار في أوروبا وقل من أين ينبع كل منها", "مرحبا، {}؟ شكرا لك"),
    ("he", "ציין את שלושת הנהרות הארוכים באירופה ואמור היכן כל אחד מתחיל", "שלום, {}. תודה רבה"),
    ("fa", "سه رود بلند اروپا را نام ببر و بگو هر کدام از کجا سرچشمه می‌گیرد", "سلام، {}؟ ممنون"),
    ("hi", "यूरोप की तीन सबसे लंबी नदियों के नाम बताइए और वे कहाँ से निकलती हैं", "नमस्ते, {}। धन्यवाद"),
    ("zh", "请说出欧洲最长的三条河流的名字，并说明它们各自发源于哪里", "你好，{}。谢谢你"),
    (
        "ja",
        "ヨーロッパで最も長い川を三つ挙げ、それぞれの源流がどこにあるか述べてください",
        "こんにちは。{}。ありがとう",
    ),
    ("ko", "유럽에서 가장 긴 강 세 개의 이름과 각각 어디에서 시작하는지 말해 주세요", "안녕하세요. {}. 감사합니다"),
    ("el", "Πες τα τρία μεγαλύτερα ποτάμια της Ευρώπης και πού πηγάζει το καθένα", "Γεια σου, {}; Ευχαριστώ"),
    ("uk", "Назви три найдовші річки Європи та скажи, де кожна з них починається", "Привіт, {}? Дякую"),
]
ALIKE = [
    ("en", "Name the three longest rivers of Africa"),
    ("zh", "请说出非洲最高的三座山的名字"),
    ("uk", "Назви три найдовші річки Африки"),
]


def index(*sets, **options):
    """Of (name, language, text)."""
    names, languages, texts = zip(*sets, strict=True)
    return Index.of(languages, texts, names, Overlap(**options) if options else None)


@pytest.fixture(scope="module")
def rivers():
    return index(*[("rivers", language, text) for language, text, _ in HELD])


@pytest.mark.parametrize(("language", "text", "frame"), HELD)
def test_a_held_evaluation_prompt_is_found(rivers, language, text, frame):
    assert overlap(frame.format(text), rivers, language) == (1.0, "rivers")
    assert rivers.find([frame.format(text).upper()], [language]) == ["rivers"]


@pytest.mark.parametrize(("language", "text"), ALIKE)
def test_a_prompt_on_the_same_matter_is_not(rivers, language, text):
    assert overlap(text, rivers, language) == (0.0, None)


def test_share_counts_the_words_of_the_evaluation_prompt():
    indexed = index(("a", "en", " ".join(f"w{i}" for i in range(20))))
    # 10 words in a row hold 3 n-grams of 8 and cover 10 of 20; 9 words are too few.
    assert overlap("x " + " ".join(f"w{i}" for i in range(10)) + " y", indexed, "en") == (0.5, "a")
    assert overlap("x " + " ".join(f"w{i}" for i in range(9)) + " y", indexed, "en") == (0.0, None)
    # Two runs of 8 words cover 16; words that both n-grams hold count once.
    both = [*range(8), 99, *range(12, 20)]
    assert overlap(" ".join(f"w{i}" for i in both), indexed, "en") == (0.8, "a")


def test_words_scattered_over_a_text_are_not_contamination():
    indexed = index(("a", "en", " ".join(f"w{i}" for i in range(20))))
    assert overlap(" and then ".join(f"w{i}" for i in range(20)), indexed, "en") == (0.0, None)


def test_a_short_evaluation_prompt_counts_only_as_a_whole():
    indexed = index(("short", "en", "Who are you?"), ("short", "ja", "あなたは誰ですか"))
    assert indexed.find(["who are  you", "Tell me: who are you?", "あなたは誰ですか？"], ["en", "en", "ja"]) == [
        "short",
        None,
        "short",
    ]


def test_the_prompt_that_holds_most_gives_the_name():
    words = [f"w{i}" for i in range(40)]
    less, most = ("less", "en", " ".join(words[:30])), ("most", "en", " ".join(words[5:25]))
    for sets in ([less, most], [most, less]):
        assert overlap(" ".join(words[5:25]) + " and more", index(*sets), "en") == (1.0, "most")


def test_an_english_evaluation_prompt_inside_a_german_one_is_found():
    text = HELD[0][1]
    assert index(("e", "en", text)).find([f"Übersetze: {text}"], ["de"]) == ["e"]


def test_an_empty_prompt_matches_nothing(rivers):
    assert rivers.find(["", "?!"], ["en", "zh"]) == [None, None]
    assert index(("empty", "en", "")).find([""], ["en"]) == [None]
    assert rivers.find([], []) == []


def test_sets_are_read_from_files(tmp_path):
    text = HELD[0][1]
    (tmp_path / "a.jsonl").write_text(json.dumps({"turns": [{"content": text}], "lang": "en"}) + "\n", "utf-8")
    (tmp_path / "b.txt").write_text(HELD[5][1] + "\n\n", "utf-8")
    messages = [{"role": "user", "content": HELD[9][1]}, {"role": "assistant", "content": "Дунай"}]
    pq.write_table(pa.table({"prompt": [messages]}), tmp_path / "c.parquet")
    sets = [
        EvaluationPrompts("a", str(tmp_path / "a.jsonl"), column="turns", language_column="lang"),
        EvaluationPrompts("b", str(tmp_path / "b.txt"), language="zh"),
        EvaluationPrompts("c", str(tmp_path / "c.parquet"), language="uk"),
    ]
    indexed = Index.build(sets)
    assert indexed.names == ("a", "b", "c")
    assert indexed.find([HELD[0][1], HELD[5][1], HELD[9][1], "Дунай"], ["en", "zh", "uk", "uk"]) == [
        "a",
        "b",
        "c",
        None,
    ]


def test_a_language_goes_by_any_code_that_data_have_for_it(tmp_path):
    language, text, frame = HELD[5]
    rows = [{"prompt": text, "lang": code} for code in ("zho_Hans", "Chinese", "ZH")]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    path = str(tmp_path / "a.jsonl")
    for options in ({"language_column": "lang"}, {"language": "zho"}):
        own = EvaluationPrompts("e", path, **options)
        assert {tag for tag, _ in own.read()} == {"zh"}
        # By words the text is a single one, and would be found only where nothing stands around it.
        assert Index.build([own]).find([frame.format(text)], [language]) == ["e"]


@pytest.mark.parametrize(
    ("name", "content", "options", "message"),
    [
        ("a.jsonl", '{"q": "x"}\n', {}, "has no text in column 'prompt'"),
        ("a.jsonl", '{"prompt": 5}\n', {}, "has no text in column 'prompt'"),
        ("a.jsonl", '{"prompt": "x"}\n', {"language_column": "lang"}, "has no text in column 'lang'"),
        ("a.jsonl", "{oops\n", {}, "a.jsonl:1"),
        ("a.txt", "", {}, "holds no prompt"),
        ("a.jsonl", '{"prompt": " \\u200b"}\n', {}, "column 'prompt' of 'e' is empty; leave the row out"),
        (
            "a.jsonl",
            '{"prompt": "[{\\"role\\": \\"user\\", \\"content\\": \\"Warum?\\"}]"}\n',
            {},
            "column 'prompt' of 'e' holds turns printed as a text",
        ),
        ("a.jsonl", '{"prompt": "x", "lang": "Elbanian"}\n', {"language_column": "lang"}, "a.jsonl:1: .*'Elbanian'"),
        ("a.jsonl", '{"prompt": "x"}\n', {"language": "chineze"}, "prompts 'e': Unknown language 'chineze'"),
        ("a.doc", "x", {}, "a.doc"),
        ("missing/a.jsonl", None, {}, "a.jsonl"),
    ],
)
def test_mistakes_are_named(tmp_path, name, content, options, message):
    if content is not None:
        (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(UserError, match=message):
        Index.build([EvaluationPrompts("e", str(tmp_path / name), **options)])


def test_a_set_has_one_place_and_one_language():
    with pytest.raises(UserError, match="either a path or a repo"):
        EvaluationPrompts("e")
    with pytest.raises(UserError, match=r"EvaluationPrompts\(column='\{a'\): the brace at character 1 is not closed"):
        EvaluationPrompts("set", path="x.jsonl", column="{a")
    with pytest.raises(UserError, match="language and a language_column"):
        EvaluationPrompts("e", "a.txt", language="en", language_column="lang")
    with pytest.raises(UserError, match=r"^'v1 final' is no revision of org/e; give a branch"):
        EvaluationPrompts("e", repo="org/e", revision="v1 final")


WORDS = st.lists(st.sampled_from([f"w{i}" for i in range(12)]), max_size=25)


def brute(words, evaluation, size=4, share=0.5):
    """Share of the evaluation prompt's words in n-grams that the text has too, word by word."""
    grams = {tuple(words[i : i + size]) for i in range(len(words) - size + 1)}
    covered = set()
    for i in range(len(evaluation) - size + 1):
        if tuple(evaluation[i : i + size]) in grams:
            covered |= set(range(i, i + size))
    if words and words == evaluation:
        return 1.0
    covered_share = len(covered) / len(evaluation) if covered else 0.0
    return covered_share if covered_share >= share else 0.0


@settings(max_examples=200, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=4), st.lists(WORDS, min_size=1, max_size=4))
def test_shares_are_those_counted_word_by_word(texts, evaluations):
    indexed = index(*[(str(i), "en", " ".join(e)) for i, e in enumerate(evaluations)], words=4)
    shares = indexed.overlaps([" ".join(text) for text in texts], ["en"] * len(texts))
    for text, (share, name) in zip(texts, shares, strict=True):
        expected = [brute(text, evaluation) for evaluation in evaluations]
        assert share == pytest.approx(max(expected))
        assert (name is None) == (max(expected) == 0)
        assert name is None or expected[int(name)] == pytest.approx(max(expected))


@pytest.mark.parametrize("tag", sorted(FAMILIES))
def test_an_instruction_that_many_evaluation_prompts_share_is_none_of_them(tag):
    asked = family(tag, 40)
    known = index(*[("shelf", tag, text) for text in asked[:30]])
    assert overlap(asked[35], known, tag) == (0.0, None)
    assert overlap(asked[3], known, tag) == (1.0, "shelf")
    question = family(tag, 40, "{q}")[3]
    assert overlap(f"1) {question} 2) 3)", known, tag) == (1.0, "shelf")
    few = index(*[("shelf", tag, text) for text in asked[:19]])
    assert overlap(asked[35], few, tag)[1] == "shelf"


def test_words_of_an_instruction_do_not_count_by_hand():
    # Each of 20 prompts: eight shared words, then ten of its own. A text with eight of its own ten words on end.
    asked = [" ".join([*"abcdefgh", *(f"w{n}x{m}" for m in range(10))]) for n in range(20)]
    known = index(*[("own", "en", text) for text in asked])
    own = asked[4].split()[8:]
    assert overlap(" ".join(own[:8]), known, "en") == (0.8, "own")
    assert overlap(" ".join([*"abcdefgh", *own[:3]]), known, "en") == (0.0, None)
    assert overlap(" ".join([*"abcdefgh", *own[:5]]), known, "en") == (0.5, "own")


def test_a_prompt_all_of_whose_words_are_shared_is_none_of_them_without_a_warning():
    # Its first and its last four words stand in three others each; the four words between them in none.
    own = [f"w{n}" for n in range(6)]
    asked = [own, *([*own[:4], f"x{n}", f"y{n}"] for n in range(3)), *([f"y{n}", f"z{n}", *own[2:]] for n in range(3))]
    known = index(*[("own", "en", " ".join(words)) for words in asked], words=4, many=3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert overlap(" ".join(["before", *own, "behind"]), known, "en") == (0.0, None)
        assert overlap(" ".join(own), known, "en") == (1.0, "own")
