"""The page: what rows it holds and counts, that nothing in the data can become markup, and what its plots say."""

import base64
import hashlib
import json
import re
import shutil
from collections import Counter
from dataclasses import replace
from hashlib import md5
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref import languages
from polypref.errors import UserError
from polypref.files.records import decode
from polypref.pages import dataset as page
from polypref.pages import lost_rows, parts, plots
from polypref.pages import rows as page_rows
from polypref.pages.shown import number_of
from polypref.release.facts import FlagFacts, ModelFacts
from polypref.release.folder import read_provenance
from polypref.release.provenance import Provenance
from polypref.stages.counts import FunnelRow, Quota
from polypref.stages.equation import LEFT_OUT

SCRIPT = Path(__file__).parents[1] / "scripts" / "page.py"
TAGS = ("he", "ja")


class Page(HTMLParser):
    """The elements of a page, with their attributes, and the text of its scripts and style."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.raw: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.raw.append((tag, ""))

    def handle_data(self, data):
        if self.cdata_elem in ("script", "style"):
            tag, text = self.raw[-1]
            self.raw[-1] = tag, text + data


def data_of(path: Path) -> dict:
    (text,) = [text for tag, text in Page(path.read_text("utf-8")).raw if tag == "script" and text.startswith("{")]
    return json.loads(text)


@pytest.fixture(scope="module")
def built(tmp_path_factory, polypref, bundled) -> Path:
    """A build with rows of every outcome, in Hebrew and Japanese."""
    folder = tmp_path_factory.mktemp("page")
    rows = []
    for tag in TAGS:
        for n, row in enumerate(bundled[tag][:8]):
            full, weak, confused = (row["answers"][k] for k in ("full", "weak", "confused"))
            rows.append({"id": f"g{n}", "language": tag, "prompt": row["prompt"], "a": full, "b": weak})
            if n == 5:  # flagged: the rejected answer slips into English
                rows[-1]["b"] = confused + " This is an English sentence and here is another one."
            if n == 6:  # rejected by the filter
                rows[-1]["a"] = "This answer was written in English from its first word to its last."
            # margins 1 to 6, and a tie that is no pair
            rows[-1] |= {"score_a": n + 2 if n != 7 else 1, "score_b": 1}
        rows.append({"id": "bad", "language": tag, "prompt": "", "a": "x", "b": "y", "score_a": 1, "score_b": 2})
    rows.append({"id": "und", "language": "xx-nothing", "prompt": "?", "a": "x", "b": "y", "score_a": 1, "score_b": 2})
    source = folder / "rows.jsonl"
    source.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    polypref("build", SCRIPT, "--source", source, "--out", folder / "out", "--quiet")
    return folder / "out"


@pytest.fixture(scope="module")
def pool(tmp_path_factory, polypref, make_pool) -> Path:
    """A build of 160 prompts in four languages, in many buckets; about one in ten is a tie."""
    folder = tmp_path_factory.mktemp("pool")
    source = make_pool(folder / "pool", 40)
    polypref("build", SCRIPT.with_name("pool.py"), "--source", source, "--out", folder / "out", "--quiet")
    return folder / "out"


def test_the_command_writes_the_same_bytes_again(built, tmp_path, polypref):
    stdout = polypref("inspect", built, "--html", tmp_path / "one.html").stdout
    polypref("inspect", built, "--html", tmp_path / "two.html")
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()
    count = len(data_of(tmp_path / "one.html")["rows"])
    assert stdout == f"wrote {tmp_path / 'one.html'}: {count} of {count} rows to read\n"


@pytest.mark.parametrize("dataset", ["built", "pool"])
def test_every_row_is_counted_as_the_funnel_counts_it(dataset, request):
    folder = request.getfixturevalue(dataset)
    record = read_provenance(folder)
    sample = page_rows.draw_sample(folder, record)
    funnel = Counter()
    for row in record.funnel:
        if row.outcome in ("rejected", "part_rejected", "skipped", "rejected_only", "chosen_only"):
            funnel[row.stage, row.reason, row.language] += row.rows
    lost = Counter({key[1:]: n for key, n in sample.totals.items() if key[0] != "kept"})
    assert lost == funnel
    kept = {key[3]: n for key, n in sample.totals.items() if key[0] == "kept"}
    assert kept == {tag: row.train + row.test for tag, row in record.facts.languages.items()}
    assert sample.held == sample.totals


def test_what_is_counted_among_the_kept_says_so_and_the_other_lines_of_a_stage_add_up(built, tmp_path):
    record = read_provenance(built)
    stages = page.funnel(record, page_rows.draw_sample(built, record))
    (check,) = [one for one in stages if (one.stage, one.unit) == ("check", "answers")]
    assert [line.outcome for line in check.lines if line.of_kept] == ["rejected only"]
    assert sum(line.rows for line in check.lines if not line.of_kept) == check.came
    page.write_page(built, tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text("utf-8")
    assert '<span class="muted">of the kept:</span> <span class="outcome rejected-only">' in text
    assert '<span class="muted">of the kept:</span> <span class="outcome kept">' not in text


def test_the_page_explains_the_words_that_occur_in_its_funnel(built, tmp_path):
    page.write_page(built, tmp_path / "page.html")
    text, rows = (tmp_path / "page.html").read_text("utf-8"), read_provenance(built).funnel
    legend = text.partition('<details class="meanings">')[2].partition("</details>")[0].replace("<wbr>", "")
    words = re.findall("<dt>(.*?)</dt><dd>.+?</dd>", legend)
    outcomes = {row.outcome.replace("_", " ") for row in rows if row.rows}
    assert set(words) == outcomes | {row.reason.rpartition(": ")[2] for row in rows if row.rows and row.reason}
    assert {"tie", "in_no_pair"} <= set(words)


def test_rows_of_every_stage_carry_what_a_reader_needs(built, tmp_path):
    page.write_page(built, tmp_path / "page.html")
    rows = data_of(tmp_path / "page.html")["rows"]
    by = {(row["outcome"], row["stage"], row["language"], row.get("reason", "")): row for row in rows}
    assert {(outcome, stage) for outcome, stage, *_ in by} == {
        ("kept", ""),
        ("rejected", "pair"),
        ("rejected", "read"),
        ("rejected only", "check"),
        ("left out", "balance"),
    }
    for tag in TAGS:
        foreign = [row for row in rows if row["language"] == tag and row["stage"] == "check"]
        assert [row["reason"] for row in foreign] == 2 * ["language: answer_in_another_language"]
        texts = [row["answers"][0]["text"] for row in foreign]
        assert any(text.startswith("This answer was written in English") for text in texts)
        of_tag = {row["reason"]: row for row in rows if row["language"] == tag and row["stage"] == "pair"}
        assert set(of_tag) == {"tie", "preferred_answer_not_usable"}
        wrong = of_tag["preferred_answer_not_usable"]
        assert wrong["detail"] == "language: answer_in_another_language"
        english = next(a for a in wrong["answers"] if a["text"].startswith("This answer was written in English"))
        assert english["score"] == 8 and sorted(a["score"] for a in wrong["answers"]) == [1, 8]
        tied = of_tag["tie"]
        assert [a["score"] for a in tied["answers"]] == [1, 1]
        assert {a["model"] for a in tied["answers"]} == {"one", "two"}
        assert sum(row["language"] == tag and row["outcome"] == "left out" for row in rows) == 3
    read = [row for row in rows if row["stage"] == "read"]
    assert len(read) == 3 and all("rows.jsonl:" in row["where"] for row in read)
    flagged = [row for row in rows if row.get("flags")]
    assert {row["language"] for row in flagged} == set(TAGS)


def test_the_rows_are_the_first_of_each_language_in_md5_order(pool):
    record = read_provenance(pool)
    rows = [json.loads(text) for text in page_rows.draw_sample(pool, record, per_group=1).rows]
    for tag in ("ar", "ja", "de"):
        table = pa.concat_tables(pq.read_table(p) for p in sorted(pool.glob(f"data/{tag}/*.parquet")))
        order = sorted(table.to_pylist(), key=lambda row: md5(f"0:page:{row['pair_id']}".encode()).hexdigest())
        first = {}
        for row in order:
            for mark in row["flags"] or [""]:
                first.setdefault(mark, row["pair_id"])
        assert {row["id"] for row in rows if row["outcome"] == "kept" and row["language"] == tag} == set(first.values())
    rejected = Counter((row["stage"], row["reason"], row["language"]) for row in rows if row["outcome"] != "kept")
    assert rejected and set(rejected.values()) == {1}


def test_a_full_page_keeps_room_for_both_sides_and_says_how_many_rows_it_holds(pool, tmp_path, monkeypatch):
    monkeypatch.setattr(page_rows, "BUDGET", 40_000)
    sample = page.write_page(pool, tmp_path / "page.html")
    held, totals = Counter(), Counter()
    for key in sample.totals:
        held[key[0]] += sample.held[key]
        totals[key[0]] += sample.totals[key]
    assert 0 < held["kept"] < totals["kept"] and 0 < held["rejected"] <= totals["rejected"]
    assert sum(len(text.encode()) + 2 for text in sample.rows) <= 40_000
    # In turn: no language has many more kept rows than another.
    kept = [sample.held["kept", "", "", tag] for tag in read_provenance(pool).facts.languages]
    assert max(kept) - min(kept) <= 2
    whole = " ".join((tmp_path / "page.html").read_text("utf-8").split())
    assert f"This page holds {len(sample.rows):,} of {sample.totals.total():,} rows: of each language" in whole
    assert "at most 100, in an order drawn with seed 0, in turn up to 12 MB; flagged rows are therefore" in whole


def test_of_a_large_dataset_few_rows_are_read_and_all_are_counted(pool, tmp_path, monkeypatch):
    whole = page.write_page(pool, tmp_path / "page.html").totals
    for drawn in (page_rows, lost_rows):
        monkeypatch.setattr(drawn, "MOST_ROWS", 3)
    sample = page.write_page(pool, tmp_path / "few.html")
    held = Counter()
    for key, rows in sample.held.items():
        held["kept" if key[0] == "kept" else "other"] += rows
    assert held == {"kept": 3, "other": 3} and sample.totals == whole and len(sample.rows) == 6


def test_without_the_build_only_kept_rows_are_there_and_the_page_says_why(built, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(built, copy, ignore=shutil.ignore_patterns(".polypref"))
    sample = page.write_page(copy, tmp_path / "page.html")
    assert {key[0] for key in sample.totals} == {"kept"} and len(sample.rows) == 6
    assert "Rejected rows stay with the build" in (tmp_path / "page.html").read_text("utf-8")

    shutil.copytree(built, tmp_path / "stale")
    for stage in (tmp_path / "stale" / ".polypref").glob("filter-*"):
        shutil.rmtree(stage)
    sample = page.write_page(tmp_path / "stale", tmp_path / "page.html")
    assert {key[0] for key in sample.totals} == {"kept"}
    assert "no longer holds the stages of this version" in (tmp_path / "page.html").read_text("utf-8")


def test_languages_limit_the_rows_and_must_be_there(built, tmp_path, polypref):
    target = tmp_path / "new" / "he.html"  # folders that lack are made, as with --out
    polypref("inspect", built, "--html", target, "--languages", "he")
    assert {row["language"] for row in data_of(target)["rows"]} == {"he"}
    done = polypref("inspect", built, "--html", tmp_path / "no.html", "--languages", "uk", expect=2)
    assert done.stderr == f"polypref: {built} has no rows in 'uk'; it has he, ja\n"
    assert not (tmp_path / "no.html").exists()
    with pytest.raises(UserError, match="is a folder"):
        page.write_page(built, tmp_path)


def test_nothing_but_the_page_s_own_script_and_style_may_run(built, tmp_path):
    page.write_page(built, tmp_path / "page.html")
    parsed = Page((tmp_path / "page.html").read_text("utf-8"))
    (policy,) = [a["content"] for tag, a in parsed.elements if a.get("http-equiv") == "Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'" and "unsafe" not in policy
    digests = [
        (tag, "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'")
        for tag, text in parsed.raw
        if not text.startswith("{")
    ]
    assert sorted(digests) == [("script", rules["script-src"]), ("style", rules["style-src"])]
    for tag, attributes in parsed.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
        for name in ("src", "href", "action"):
            assert (attributes.get(name) or "#").startswith(("#", "data:,")), attributes


HOSTILE = "</script><script>hit()</script><img src=x onerror=hit()>\"'><!--<script>\u2028\u202e&lt;{{7*7}}"


def test_hostile_words_in_provenance_stay_words(built, tmp_path):
    values, record = json.loads((built / "provenance.json").read_text("utf-8")), read_provenance(built)

    def spoil(value, key=""):
        if isinstance(value, dict):
            return {(HOSTILE + k if key in ("parameters", "packages") else k): spoil(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [spoil(v, key) for v in value]
        return value + HOSTILE if isinstance(value, str) else value

    clean = page.render_page(built, record, page_rows.draw_sample(built, record))
    # A reader refuses these where they are of another form; the page is not to rely on it.
    formed = {
        "files",
        "fingerprints",
        "fingerprint",
        "name",
        "version",
        "rows",
        "readme",
        "configs",
        "mixtures",
        "format",
    }
    words = {key: value if key in formed else spoil(value) for key, value in values.items()}
    quotas = {HOSTILE: record.mixtures["three"]}
    spoilt = replace(decode(Provenance, words, "spoilt"), name=HOSTILE, version=HOSTILE, mixtures=quotas)
    text = page.render_page(built, spoilt, page_rows.draw_sample(built, record))
    expected, elements = Counter(tag for tag, _ in Page(clean).elements), Counter(tag for tag, _ in Page(text).elements)
    # More rows of tables, as names no longer coincide, but no element that was not there before.
    assert set(elements) == set(expected)
    assert all(elements[tag] == expected[tag] for tag in ("script", "style", "head", "body", "section", "form", "a"))
    assert "img" not in elements and text.count("&lt;img src=x") > 50
    assert "\u202e" not in text and text.count("U+202E&amp;lt;") > 50


@pytest.mark.slow
@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.text() | st.floats(allow_nan=False, allow_infinity=False) | st.text("<>&\u2028\u2029/script!-"),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_in_a_script_element_keeps_its_value_and_ends_nothing(value):
    text = parts.script_json(value)
    assert not set(text) & set("<>&\u2028\u2029")
    assert json.loads(text) == value


def test_long_texts_are_cut_and_strange_numbers_left_out():
    assert parts.cut_text("x" * 8_000) == ["x" * 8_000]
    assert parts.cut_text("שלום" * 2_500) == [("שלום" * 2_500)[:8_000], 10_000]
    assert number_of(float("nan")) is None and number_of(0.0) == 0.0


def test_a_language_that_only_the_builder_knew_goes_by_its_tag():
    assert (parts.language("tlh").name, parts.language("he").name) == ("tlh", "Hebrew")


def test_spreads_and_histogram_of_margins(built):
    files = sorted(built.glob("data/*/*.parquet"))
    rows = pa.concat_tables(pq.read_table(file) for file in files).to_pylist()
    for spread in plots.spreads(files):
        mine = [row for row in rows if row["language"] == spread.language]
        lengths = sorted(len(row["chosen"][-1]["content"]) for row in mine)
        assert spread.rows == 3 and spread.chosen[2] == lengths[1]
        assert spread.margin[2] == sorted(row["score_margin"] for row in mine)[1]
    drawn = plots.histogram(files)
    assert sum(bar.rows for bar in drawn.bars) == drawn.rows == 6
    assert max(bar.height for bar in drawn.bars) == 100.0


def test_a_dataset_of_verdicts_has_no_margins(built, tmp_path):
    file = sorted(built.glob("data/he/*.parquet"))[0]
    table = pq.read_table(file)
    at = table.schema.get_field_index("score_margin")
    table = table.set_column(at, "score_margin", pa.array([None] * table.num_rows, pa.float64()))
    pq.write_table(table, tmp_path / "train-0-2.parquet")
    assert plots.histogram([tmp_path / "train-0-2.parquet"]) is None
    assert page.margins(plots.spreads([tmp_path / "train-0-2.parquet"])) is None


# Tables of the page, from records by hand


def test_what_came_out_and_was_lost_by_language():
    funnel = [
        FunnelRow("read", "rows", "", "rejected", "no_language", 9),
        FunnelRow("read", "rows", "ja", "rejected", "empty", 1),
        FunnelRow("index", "prompts", "ja", "kept", "", 7),
        FunnelRow("pair", "prompts", "ja", "skipped", "tie", 2),
        FunnelRow("filter", "pairs", "he", "part_rejected", "length", 3),
        FunnelRow("filter", "pairs", "he", "rejected", "length", 4),
        FunnelRow("filter", "pairs", "he", "flagged", "chosen_cut", 50),
        FunnelRow("filter", "pairs", "he", "kept", "", 5),
    ]
    table = page.by_language(SimpleNamespace(funnel=funnel))
    assert table.heads == ["prompts", "with a pair", "pairs", "rejected", "kept", "in a mixture"]
    assert table.reasons == [("filter", "length"), ("read", "empty"), ("pair", "tie")]
    assert table.rows == [("he", [0, 0, 0, 4, 5, 0], [7, 0, 0]), ("ja", [7, 0, 0, 0, 0, 0], [0, 1, 2])]


def test_quotas_by_language_and_mixture_in_the_order_of_the_configs():
    he, ja = Quota(10, 8, 8, 2), Quota(5, 9, 6, 1)
    both, none = {"he": he, "ja": ja}, {"he": Quota(0, 3, 0, 1)}
    record = SimpleNamespace(mixtures={"none": none, "all": both}, ordered_mixtures=lambda: {"all": both})
    table = page.quotas(record)
    assert table.mixtures == [page.MixtureTotals("all", 10, 15, 14, 3), page.MixtureTotals("none", 1, 0, 0, 1)]
    assert table.rows == [("he", [he, none["he"]]), ("ja", [ja, None])]
    assert page.quotas(SimpleNamespace(mixtures={}, ordered_mixtures=dict)) == page.QuotaTable([], [])


def test_models_most_often_chosen_first_and_of_equals_the_one_with_more_answers():
    rows = [ModelFacts("a", "given", 0, 0), ModelFacts("b", "given", 1, 3), ModelFacts("c", "given", 2, 6)]
    rows += [ModelFacts("d", "given", 3, 1), ModelFacts("b", "complete", 1, 3)]
    table = page.models(SimpleNamespace(facts=SimpleNamespace(models=rows)))
    assert [(row.model, row.route, row.share) for row in table] == [
        *(
            ("d", "given", 0.75),
            ("c", "given", 0.25),
            ("b", "complete", 0.25),
            ("b", "given", 0.25),
            ("a", "given", 0.0),
        )
    ]
    # Wilson's interval of 3 in 4; of nothing there is none.
    assert (table[0].low, table[0].high) == pytest.approx((0.3006, 0.9544), abs=1e-4)
    assert (table[-1].low, table[-1].high) == (None, None)


def test_flags_the_most_frequent_first_with_the_languages_that_have_most():
    rows = [FlagFacts(tag, "cut", number) for number, tag in enumerate(("ar", "de", "el", "fa", "he", "hi", "ja"), 1)]
    rows += [FlagFacts("he", "short", 30), FlagFacts("de", "code", 28)]
    record = SimpleNamespace(facts=SimpleNamespace(flags=rows), row_count=lambda: 120)
    short, code, cut = page.flags(record)
    assert short == page.FlagRow("short", 30, 0.25, [("he", 30)], 1) and (code.flag, code.rows) == ("code", 28)
    assert cut.most == [("ja", 7), ("hi", 6), ("he", 5), ("fa", 4), ("el", 3)] and (cut.rows, cut.languages) == (28, 7)
    record.row_count = lambda: 0
    assert page.flags(record)[0].share == 0.0


def test_lengths_stand_on_one_axis_and_margins_on_one_with_nought():
    spreads = [
        plots.Spread("he", 3, (10.0, 20.0, 30.0, 40.0, 100.0), (1.0, 2.0, 3.4, 4.0, 5.0), (2.0, 2.0, 3.0, 4.0, 6.0)),
        plots.Spread("ja", 3, (5.0, 6.0, 7.5, 8.0, 1000.0), (5.0, 6.0, 7.0, 8.0, 9.0), None),
    ]
    record = SimpleNamespace(facts=SimpleNamespace(languages={"he": SimpleNamespace(chosen_longer=0.75)}))
    axis = page.lengths(spreads, record)
    assert [(row.tag, row.medians, row.longer) for row in axis.rows] == [("he", (30, 3), 0.75), ("ja", (8, 7), None)]
    # From 1 to a tenth beyond 1000: ln 1000 / ln 1100 of the way, and ln 10 / ln 1100.
    assert (axis.rows[0].rejected.low, axis.rows[1].chosen.high) == (0.0, 98.64)
    assert axis.rows[0].chosen.low == 32.88
    margins = page.margins(spreads)
    assert [row.tag for row in margins.rows] == ["he"] and margins.rows[0].values == (2.0, 2.0, 3.0, 4.0, 6.0)
    assert margins.rows[0].spread.low == pytest.approx(100 / 3, abs=0.1)
    # From -5 to 10, since the least margin is -3: it stands at 2 of 15.
    wrong = replace(spreads[1], margin=[-3.0, -1.0, 0.0, 1.0, 2.0])
    assert [row.spread.low for row in page.margins([spreads[0], wrong]).rows] == pytest.approx([46.67, 13.33])
    assert page.margins([spreads[1]]) is None


def test_one_language_is_no_several(built):
    record, sample = read_provenance(built), page_rows.draw_sample(built, read_provenance(built))
    assert f" in {len(record.facts.languages)} languages, rated by" in page.render_page(built, record, sample)
    alone = replace(record, facts=replace(record.facts, languages={"he": record.facts.languages["he"]}))
    assert " in 1 language, rated by" in page.render_page(built, alone, sample)


@pytest.mark.slow
@pytest.mark.parametrize("tag", ["he", "fa", "ja"])
def test_what_to_decide_is_said_in_the_language_of_a_dataset_that_has_one_alone(built, tag):
    record, sample = read_provenance(built), page_rows.draw_sample(built, read_provenance(built))
    own = languages.get(tag)
    alone = replace(record, facts=replace(record.facts, languages={tag: record.facts.languages["he"]}))
    note = f'<p class="note" lang="{tag}" dir="{own.direction}">{own.review_sheet.page}</p>'
    assert note in page.render_page(built, alone, sample)
    assert own.review_sheet.page not in page.render_page(built, record, sample)


def test_an_evaluation_set_is_the_first_that_is_said(built):
    record = replace(read_provenance(built), notes=["A note."])
    assert page.cautions(record)[0] == "A note."
    first, second, *rest = page.cautions(replace(record, evaluation_set=True))
    assert first == "Built from an evaluation set: never to be released or trained on." and second == "A note."
    # Nothing was looked for in what is looked for in others; all else is said as of them.
    assert rest[0] == "Contamination not checked: the dataset is an evaluation set itself."
    assert rest[1:] == page.cautions(record)[2:]


def test_a_row_names_its_rater_where_the_dataset_has_another(built):
    record = read_provenance(built)
    sample = page_rows.draw_sample(built, replace(record, rater="another"))
    kept = [json.loads(row) for row in sample.rows if json.loads(row)["outcome"] == "kept"]
    assert {row["rater"] for row in kept} == {record.rater}
    sample = page_rows.draw_sample(built, record)
    assert all("rater" not in json.loads(row) or json.loads(row)["rater"] is None for row in sample.rows)


@pytest.mark.parametrize(
    "outcome",
    [
        *("kept", "pairs_made", "with_a_pair", *LEFT_OUT, "part_rejected", "cleaned", "flagged", "rated_beyond_use"),
        *("rejected_only", "chosen_only", "first_choice_fell"),
    ],
)
def test_the_bar_of_every_outcome_has_a_colour(outcome):
    assert re.search(rf"rect\.{outcome.replace('_', '-')}[ ,][^}}]*fill: var", parts.asset("page/page.css"))
