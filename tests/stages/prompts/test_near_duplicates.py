"""Near-duplicate prompts: which are joined, which are not, and that the order of the input does not matter."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref import schema
from polypref.engines.contract import Engine
from polypref.engines.local import Local
from polypref.errors import UserError
from polypref.files.atomic import write_table
from polypref.inference import Backend
from polypref.stages.prompts import near_duplicates
from polypref.stages.prompts.near_duplicates import EDGES, components, near_duplicate_edges
from polypref.stages.prompts.shingles import normal_codes
from polypref.stages.prompts.signatures import NearDuplicates, jaccard, shingles


def normal_form(text: str) -> str:
    """The normal form of one text as a string."""
    return "".join(map(chr, normal_codes([text]).values.tolist()))


# By hand: pairs that are one prompt to a reader, in scripts with their own traps.
SAME = [
    ("ar", "اكتب قصيدة عن البحر والسماء الزرقاء", "اُكْتُبْ قصيدةً عن البحر، والسماء الزرقاء!"),
    ("ar", "ما هو ناتج ضرب ١٢٣ في ٤٥٦؟ اشرح الخطوات", "ما هو ناتج ضرب 123 في 456؟ اشرح الخطوات"),
    ("fa", "می‌خواهم درباره‌ی تاریخ ایران کتاب بخوانم", "میخواهم دربارهی تاریخ ايران كتاب بخوانم."),
    ("he", "כתוב שיר על הים ועל השמיים הכחולים", "כְּתוֹב שיר על הים ועל השמיים הכחולים!"),
    ("hi", "भारत की राजधानी के बारे में १० वाक्य लिखिए", "भारत की राजधानी के बारे में 10 वाक्य लिखिए।"),
    ("zh", "请写一首关于大海和蓝天的诗。", "请写一首关于大海和蓝天的诗"),
    ("ja", "ｱﾆﾒについて詳しく説明してください。", "アニメについて詳しく説明してください"),
    ("ko", "바다와 하늘에 관한 시를 써 주세요.", "바다와  하늘에 관한 시를 써 주세요!"),
    ("el", "Γράψε ένα ποίημα για τους ουρανούς", "ΓΡΆΨΕ ΈΝΑ ΠΟΊΗΜΑ ΓΙΑ ΤΟΥΣ ΟΥΡΑΝΟΎΣ"),
    ("uk", "Напиши вірш про море і небо", "НАПИШИ ВІРШ ПРО МОРЕ І НЕБО..."),
    ("tr", "İstanbul'da ışıklı bir gece hakkında yaz", "ISTANBUL'DA IŞIKLI BIR GECE HAKKINDA YAZ"),
    ("de", "Wie groß ist die Straße?", "WIE GROSS IST DIE STRASSE"),
]
# One sentence added or dropped in a longer prompt, and pairs that share a topic only.
NEAR = [
    (
        "uk",
        "Напиши короткий вірш про море, небо і високі гори навесні",
        "Напиши короткий вірш про море, небо і гори навесні",
    ),
    (
        "ko",
        "바다와 하늘과 높은 산에 관한 짧은 시를 한 편 써 주세요",
        "바다와 하늘과 높은 산에 관한 시를 한 편 써 주세요",
    ),
    ("zh", "请用简单的语言写一首关于大海、蓝天和高山的短诗", "请用简单的语言写一首关于大海、蓝天和高山的诗"),
]
APART = [
    ("en", "Write a poem about the sea.", "Explain how a poem about the sea is written."),
    ("ja", "映画の歴史を詳しく説明してください。", "マンガの歴史を短くまとめてください。"),
    ("hi", "भारत की राजधानी क्या है?", "भारत की सबसे लंबी नदी कौन सी है?"),
    ("he", "מהי בירת צרפת?", "כמה אנשים גרים בצרפת?"),
    ("en", "2+3", "2-3"),
]


def prompts(rows):
    """Rows of (language, text) as a table of prompts."""
    table_rows = []
    for language, text in rows:
        messages = [{"role": "user", "content": text}]
        number = schema.prompt_id(language, messages)
        row = (number, number, language, language, messages, [], "native")
        table_rows.append((*row, *[None] * (len(schema.PROMPTS) - len(row))))
    columns = list(zip(*table_rows, strict=True)) or [()] * len(schema.PROMPTS)
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, schema.PROMPTS, strict=True)], schema=schema.PROMPTS)


T = TypeVar("T")


class Backwards:
    """An engine that does the last job first, and remembers how many it did."""

    def __init__(self) -> None:
        self.done = 0

    def run(self, function: Callable[..., T], jobs: Sequence[tuple[object, ...]]) -> Iterator[T]:
        for job in reversed(jobs):
            self.done += 1
            yield function(*job)

    def serving(self, backend: Backend) -> Backend:
        return backend

    @property
    def here(self) -> Engine:
        return self


def edges(folder, *parts, settings=None, engine=None):
    paths = []
    for number, rows in enumerate(parts):
        paths.append(folder / f"{len(list(folder.iterdir()))}-{number}.parquet")
        write_table(paths[-1], prompts(rows))
    return near_duplicate_edges(duckdb.connect(), paths, settings, engine)


def joined(folder, language, one, other):
    return edges(folder, [(language, one), (language, other)]).num_rows == 1


@pytest.mark.parametrize(("language", "one", "other"), SAME)
def test_one_prompt_written_in_two_ways_is_one(tmp_path, language, one, other):
    assert normal_form(one) == normal_form(other)
    assert edges(tmp_path, [(language, one), (language, other)])["similarity"].to_pylist() == [1.0]


@pytest.mark.parametrize(("language", "one", "other"), NEAR)
def test_light_edits_are_joined(tmp_path, language, one, other):
    assert joined(tmp_path, language, one, other)


@pytest.mark.parametrize(("language", "one", "other"), APART)
def test_different_prompts_stay_apart(tmp_path, language, one, other):
    assert not joined(tmp_path, language, one, other)


def test_the_same_text_in_two_languages_is_not_joined(tmp_path):
    text = "Total: 1 + 2 + 3 + 4 + 5 = ?"
    assert edges(tmp_path, [("de", text), ("en", text)]).num_rows == 0


def test_look_alikes_of_several_languages_are_joined_within_each(tmp_path):
    texts = ["def add(one, other): return one + other", "def add(one, other): return one - other"]
    joined = edges(tmp_path, [(language, text) for language in ("de", "en", "fr") for text in texts]).to_pylist()
    number = {
        language: {schema.prompt_id(language, [{"role": "user", "content": t}]) for t in texts}
        for language in ("de", "en", "fr")
    }
    assert sorted(map(sorted, number.values())) == sorted([e["prompt_id_a"], e["prompt_id_b"]] for e in joined)


def test_short_prompts_need_the_same_normal_form(tmp_path):
    joined = edges(tmp_path, [("en", "Hi!"), ("en", "hi"), ("en", "Hi you")])
    assert joined.num_rows == 1


def test_prompts_of_punctuation_only_are_compared_as_they_are(tmp_path):
    joined = edges(tmp_path, [("en", "???"), ("en", " ???"), ("en", "!!!"), ("en", "")])
    assert joined.num_rows == 1


def test_similarity_is_the_jaccard_similarity_of_the_shingles(tmp_path):
    # abcdefghij has 6 shingles of 5, abcdefghi the first 5 of them.
    joined = edges(tmp_path, [("en", "abcdefghij"), ("en", "abcdefghi")])
    assert joined["similarity"].to_pylist() == [pytest.approx(5 / 6)]
    # With 3 characters a shingle: 8 and 7.
    joined = edges(tmp_path, [("zh", "天地玄黄宇宙洪荒日月"), ("zh", "天地玄黄宇宙洪荒日")])
    assert joined["similarity"].to_pylist() == [pytest.approx(7 / 8)]


def test_what_is_as_like_as_the_threshold_is_one(tmp_path):
    two = [("en", "abcdefghij"), ("en", "abcdefghi")]  # 5 of 6
    assert edges(tmp_path, two, settings=NearDuplicates(threshold=5 / 6)).num_rows == 1
    assert edges(tmp_path, two, settings=NearDuplicates(threshold=0.84)).num_rows == 0


def test_only_user_turns_count(tmp_path):
    long = "Tell me about the history of the Finnish railways"
    rows = prompts([("en", long), ("en", "Something else entirely, please")]).to_pylist()
    other = schema.PROMPTS
    rows[1]["prompt"] = [{"role": "system", "content": "You are a poet. " * 9}, {"role": "user", "content": long}]
    write_table(tmp_path / "a.parquet", pa.Table.from_pylist(rows, schema=other))
    assert near_duplicate_edges(duckdb.connect(), [tmp_path / "a.parquet"]).num_rows == 1


def test_the_result_does_not_depend_on_parts_or_order(tmp_path):
    rows = [(lang, text) for lang, one, other in SAME + NEAR + APART for text in (one, other)]
    whole = edges(tmp_path, rows)
    assert whole.num_rows == len(SAME) + len(NEAR)
    assert edges(tmp_path, rows[::-1][:9], rows[::-1][9:]).equals(whole)


def test_a_prompt_in_two_parts_is_one_prompt(tmp_path):
    assert edges(tmp_path, [("ar", SAME[0][1])], [("ar", SAME[0][1])]).num_rows == 0


def test_no_prompts_no_edges(tmp_path):
    assert near_duplicate_edges(duckdb.connect(), []).schema == EDGES
    assert edges(tmp_path, []).num_rows == 0


def test_thousands_of_copies_are_a_star(tmp_path):
    rows = [("en", "What is the capital of France?" + "!" * i) for i in range(3_000)]
    joined = edges(tmp_path, rows)
    assert joined.num_rows == 2_999
    assert set(joined["prompt_id_a"].to_pylist()) == {min(prompts(rows)["prompt_id"].to_pylist())}


def test_a_template_filled_thousands_of_times_stays_linear_and_whole(tmp_path):
    rows = [("de", f"Schreibe einen höflichen Brief an die Bank wegen der Rechnung {i:04d}.") for i in range(2_000)]
    joined = edges(tmp_path, rows, settings=NearDuplicates(many=10_000))
    assert joined.num_rows == 1_999
    pairs = zip(joined["prompt_id_a"].to_pylist(), joined["prompt_id_b"].to_pylist(), strict=True)
    assert len(set(components(pairs).values())) == 1


def test_candidates_that_are_joined_already_are_not_compared_beside_an_instruction(tmp_path, monkeypatch):
    """Of more candidates than fit on a page a later page may hold none that are not joined yet."""
    monkeypatch.setattr(near_duplicates, "_PAGE", 15)
    instruction = "Please answer the following question in one short sentence and add nothing else to it at all"
    asked = [f"{instruction}: what is number {n}, {n * 7} or {n * 13}?" for n in range(30)]
    words = [f"word{n}" for n in range(60)]
    copies = [" ".join([*words[: 5 * n], f"other{n}", *words[5 * n + 1 :]]) for n in range(12)]
    assert edges(tmp_path, [("en", text) for text in asked + copies]).num_rows == len(copies) - 1


def many_kinds() -> list[tuple[str, str]]:
    """Prompts behind one instruction, edited copies of one prompt, and prompts that share nothing, in two languages."""
    instruction = "Please answer the following question in one short sentence and add nothing else to it at all"
    asked = [f"{instruction}: what is number {n}, {n * 7} or {n * 13}?" for n in range(30)]
    words = [f"word{n}" for n in range(60)]
    copies = [" ".join([*words[: 5 * n], f"other{n}", *words[5 * n + 1 :]]) for n in range(12)]
    alone = [f"{n * 7919} and {n**3}, then {n * 104729}" for n in range(20)]
    return [("en", text) for text in asked + copies] + [(tag, text) for tag in ("de", "zh") for text in alone]


@pytest.mark.slow
@pytest.mark.parametrize("page", [1, 7, 50])
def test_edges_are_the_same_however_large_pages_are_and_in_whatever_order_they_are_compared(
    tmp_path, monkeypatch, page
):
    rows = many_kinds()
    whole = edges(tmp_path, rows)
    assert whole.num_rows == 11  # of the twelve copies
    monkeypatch.setattr(near_duplicates, "_PAGE", page)
    monkeypatch.setattr(near_duplicates, "_FEW_ROWS", 0)
    backwards = Backwards()
    assert edges(tmp_path, rows, engine=backwards).equals(whole)
    # The pages of all prompts, those of the ones behind an instruction, and at least one of candidates.
    assert backwards.done > -(-len(rows) // page) + 30 // page


@pytest.mark.slow
def test_edges_are_the_same_whoever_compares(tmp_path, monkeypatch):
    rows = many_kinds()
    whole = edges(tmp_path, rows)
    monkeypatch.setattr(near_duplicates, "_PAGE", 30)
    monkeypatch.setattr(near_duplicates, "_FEW_ROWS", 50)
    assert edges(tmp_path, rows, engine=Local(2)).equals(whole)


def test_nobody_is_started_for_few_prompts(tmp_path):
    backwards = Backwards()
    assert edges(tmp_path, many_kinds(), engine=backwards).num_rows == 11
    assert backwards.done == 0


def test_the_connection_can_be_used_again_and_keeps_no_table(tmp_path):
    con = duckdb.connect()
    write_table(tmp_path / "a.parquet", prompts([("en", "Hello there, old friend of mine")]))
    for _ in range(2):
        near_duplicate_edges(con, [tmp_path / "a.parquet"])
    assert con.sql("SHOW TABLES").fetchall() == []


@given(st.lists(st.tuples(st.sampled_from("abcdefghij"), st.sampled_from("abcdefghij")), max_size=25))
def test_components_are_what_walking_the_edges_reaches(pairs):
    reach = {node: {node} for pair in pairs for node in pair}
    for _ in reach:
        for a, b in pairs:
            both = reach[a] | reach[b]
            for node in both:
                reach[node] = reach[node] | both
    assert components(pairs) == {node: min(nodes) for node, nodes in reach.items()}


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(st.lists(st.text(alphabet="ab ", min_size=0, max_size=12), min_size=1, max_size=12))
def test_every_edge_is_true_and_exact_copies_are_never_missed(tmp_path_factory, texts):
    folder = tmp_path_factory.mktemp("near")
    joined = edges(folder, [("en", text) for text in texts])
    text_of = {schema.prompt_id("en", [{"role": "user", "content": t}]): t for t in texts}
    for row in joined.to_pylist():
        one, other = (text_of[row[name]] for name in ("prompt_id_a", "prompt_id_b"))
        sets = [np.unique(shingles([text], ["en"])[0].values) for text in (one, other)]
        assert normal_form(one) == normal_form(other) or jaccard(*sets) == row["similarity"] >= 0.7
    root = components([(a, a) for a in text_of] + [(r["prompt_id_a"], r["prompt_id_b"]) for r in joined.to_pylist()])
    for one in text_of:
        for other in text_of:
            if normal_form(text_of[one]) == normal_form(text_of[other]):
                assert root[one] == root[other]


@pytest.mark.parametrize(
    ("column", "values"),
    [("prompt", [[{"role": "user", "content": None}], None]), ("language", [None])],
)
def test_a_prompt_without_a_text_or_a_language_is_named(tmp_path, column, values):
    sound = {"prompt_id": "b", "language": "de", "prompt": [{"role": "user", "content": "Wie spät ist es?"}]}
    turns = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
    kind = pa.schema([("prompt_id", pa.string()), ("language", pa.string()), ("prompt", turns)])
    missing = "text" if column == "prompt" else column
    for value in values:
        path = tmp_path / "prompts.parquet"
        write_table(path, pa.Table.from_pylist([sound, sound | {"prompt_id": "a", column: value}], kind))
        con = duckdb.connect()
        with pytest.raises(UserError, match=rf"prompts\.parquet: the {missing} of prompt 'a' is null"):
            near_duplicate_edges(con, [path])
        # The connection is as it was.
        assert con.execute("SELECT count(*) FROM duckdb_tables()").fetchall() == [(0,)]
