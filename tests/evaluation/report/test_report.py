"""The report in Markdown and in the terminal, and the page's text: what is said, and that data stay words."""

import math
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

from markdown_it import MarkdownIt

from polypref.evaluation import scoring
from polypref.evaluation.harness import Academic, HarnessRun
from polypref.evaluation.report import formats, report
from polypref.evaluation.report import page as report_page
from polypref.files.records import encode
from polypref.pages.parts import policy_hash
from tests.evaluation import samples

EVIL = (
    "</script><img src=x onerror=alert(1)>|`x`\n\n## New [a](javascript:x) \x1b[31mred\x1b]0;t\x07 \u202eolleh {{7*7}}"
)


def tokens(text: str):
    return MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)


def headings(text: str) -> list[str]:
    levels = tokens(text)
    return [levels[at + 1].content for at, token in enumerate(levels) if token.type == "heading_open"]


class Elements(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        if self.cdata_elem is None:
            self.words.append(data)


def spoilt(value, key=""):
    """The value with every name and sentence in it made hostile; what the report counts by stays."""
    if isinstance(value, dict):
        return {name: spoilt(one, name) for name, one in value.items()}
    if isinstance(value, list):
        keep = ("below_half", "surely_below", "surely_above", "few_groups", "languages")
        return value if key in keep else [spoilt(one, key) for one in value]
    return value + EVIL if value and isinstance(value, str) and key not in ("language", "reading") else value


def test_the_note_stands_before_everything_else(full, table):
    lines = report.markdown(samples.read(full)).splitlines()
    assert lines[:3] == ["# Evaluation: made", "", "> **Not a quality judgement**"]
    text = report_page.page(samples.read(full), table)
    assert text.index('<p class="loud"><bdi dir="ltr">not a quality judgement') < text.index("<nav")
    silent = samples.read(samples.full(table, note=""))
    assert "quality judgement" not in report.markdown(silent)
    assert 'class="loud"' not in report_page.page(silent, table)


def test_the_report_says_which_languages_an_answer_may_be_in(full, table):
    asked = "in the language of the prompt, or in one that it asks for (a translation) or quotes"
    for version, languages in ((1, "in the language of the prompt"), (2, asked)):
        results = samples.read(full | {"fidelity_version": version})
        assert f"lines, and words, are all {languages};" in report.markdown(results)
        assert f"every line is {languages}, of" in report_page.page(results, table)


def test_a_comparison_s_own_note_is_loud_too(full):
    full["note"] = ""
    full["comparisons"][0]["note"] = "not a quality judgement"
    text = report.markdown(samples.read(full))
    assert "\n> **New-model against old-model · made · a-judge: not a quality judgement**\n" in text


def test_published_figures_stand_in_a_table_of_their_own(full):
    parts = report.markdown(samples.read(full)).split("\n## ")
    (own,) = [part for part in parts if part.startswith("Published figures")]
    assert "| old-model | a-third | dolly | win-rate | 57.2 | gpt-4 | Authors 2024, table 3 | VERIFIED |" in own
    assert all("57.2" not in part for part in parts if part is not own)


def test_what_is_not_known_is_a_dash(full, table, capsys):
    """Nothing in the figures that is not known is printed as such."""
    comparison = full["comparisons"][0]
    numbers = [key for key, value in comparison["rows"][0].items() if isinstance(value, float)]
    assert "win_rate" in numbers and "p_holm" in numbers
    for row in comparison["rows"][:2]:
        row |= dict.fromkeys(numbers, None)
        row |= {"length_controlled": None, "in_language": None, "disagreements": None}
        row["fidelity"] = {"answers": 0, "lines": None, "words": None}
    assert formats.rate_words(math.nan) == formats.share(math.nan) == formats.ends(math.nan, 1.0) == formats.DASH
    comparison |= {"position_bias": None, "contrast": None}
    comparison["length_bias"] |= {"n": 0, "share": None, "low": None, "high": None}
    report.show_report(samples.read(full))
    page = Elements(report_page.page(samples.read(full), table))
    for text in (report.markdown(samples.read(full)), capsys.readouterr().out, " ".join(page.words)):
        assert not {"None", "NaN", "nan", "none"} & set(text.replace("|", " ").split())
    assert "Without any score: Arabic (ar), German (de)." in report.markdown(samples.read(full)).replace("\\", "")


def test_nothing_at_all_is_scored(full, table):
    comparison = full["comparisons"][0]
    for row in (*comparison["rows"], comparison["average"]):
        row |= {key: None for key, value in row.items() if isinstance(value, float)}
        row |= {"length_controlled": None, "in_language": None}
        for side in ("fidelity", "other_fidelity"):
            row[side] |= {"lines": None, "words": None}
    comparison["average"]["languages"] = []
    comparison |= {"below_half": [], "few_groups": [], "other_reading": None, "contrast": None}
    assert "no language has a score, so there is no win-rate" in report.markdown(samples.read(full))
    assert "no language has a score" in report_page.page(samples.read(full), table)


def test_what_scoring_finds_is_shown(table, tmp_path, capsys):
    """The real step before the report, with a language that has no verdict at all."""
    rows = table.to_pylist()
    for row in rows:
        if row["language"] == "ko":
            row["orders"] = [order | {"score": None, "reason": "refused"} for order in row["orders"]]
    facts = samples.facts(samples.full(table))
    results = scoring.results(table.from_pylist(rows, table.schema), facts, seen=("de",), resamples=50)
    results = replace(results, academic=Academic(before=HarnessRun(model="x")))
    assert samples.read(encode(results)) == results
    report.write_report(tmp_path, results, table)
    report.show_report(results)
    text = (tmp_path / "report.md").read_text("utf-8").replace("\\", "")
    assert "Without any score: Korean (ko)." in text and "refused 40" in text
    many = "Hebrew (he) 10.0%, Hindi (hi) 10.0%, Korean (ko) 100.0%."
    assert f"More than 5% of the prompts have no score in: {many}" in text
    assert "| 0.222 | " in text and "| 0.200 to 0.300 |" in text


def test_names_and_sentences_cannot_break_out_of_the_markdown(full):
    clean, evil = report.markdown(samples.read(full)), report.markdown(samples.read(spoilt(full)))
    assert not [token for token in tokens(evil) if token.type in ("html_block", "fence", "code_block")]
    inner = [child for token in tokens(evil) for child in token.children or []]
    assert {child.type for child in inner} <= {"text", "text_special", "strong_open", "strong_close", "softbreak"}
    assert len(headings(evil)) == len(headings(clean)) > 5
    cells = [Counter(t.type for t in tokens(text) if t.type in ("tr_open", "td_open")) for text in (clean, evil)]
    assert cells[0] == cells[1]
    assert not {"\x1b", "\x07", "\u202e"} & set(evil)


def test_names_and_sentences_cannot_break_out_of_the_terminal(full, capsys):
    report.show_report(samples.read(spoilt(full)))
    shown = capsys.readouterr().out
    assert not {"\x1b", "\x07", "\u202e"} & set(shown) and "U+202E" in shown and "\ufffd[31mred" in shown


def test_names_and_texts_cannot_break_out_of_the_page(full, table):
    rows = table.to_pylist()
    for row in rows:
        for key in ("prompt_id", "group_id", "answer", "other_answer", "answer_failure"):
            row[key] += EVIL
        row["orders"] = [
            order | {"said": order["said"] + EVIL, "reason": order["reason"] + EVIL} for order in row["orders"]
        ]
        row["prompt"][0]["content"] += EVIL
        row |= {key: row[key] + EVIL for key in ("set", "model", "other", "judge")}
    evil = table.from_pylist(rows, table.schema)
    elements = Elements(report_page.page(samples.read(spoilt(full)), evil)).found
    assert [(tag, attrs.get("type")) for tag, attrs in elements if tag == "script"] == [
        ("script", "application/json"),
        ("script", None),
    ]
    assert not {"img", "iframe", "object"} & {tag for tag, _ in elements}
    assert not [attrs for _, attrs in elements for name in attrs if name.startswith("on") or name == "style"]
    same = Elements(report_page.page(samples.read(full), table)).found
    # Where a name may go on in the next line is no element of its own.
    assert [tag for tag, _ in elements if tag != "wbr"] == [tag for tag, _ in same if tag != "wbr"]


def test_the_policy_names_the_page_s_one_script_and_style(full, table):
    text = report_page.page(samples.read(full), table)
    script, style = (text.split(f"<{tag}>")[1].split(f"</{tag}>")[0] for tag in ("script", "style"))
    assert f"script-src '{policy_hash(script)}'; style-src '{policy_hash(style)}'" in text
    assert "http-equiv" in text and "default-src 'none'" in text
    assert not [
        attrs for _, attrs in Elements(text).found if (attrs.get("src") or attrs.get("href") or "#")[:1] not in "#d"
    ]


def test_headings_are_in_order_and_tables_have_captions(full, table):
    names = [tag for tag, _ in Elements(report_page.page(samples.read(full), table)).found]
    levels = [int(name[1]) for name in names if name in ("h1", "h2", "h3", "h4")]
    assert levels[0] == 1 and all(after - before <= 1 for before, after in pairwise(levels))
    assert names.count("table") == names.count("caption") == 13
    assert '<html lang="en">' in report_page.page(samples.read(full), table)


def test_the_same_results_give_the_same_bytes(full, table, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        report.write_report(tmp_path / name, samples.read(full), table)
    for name in ("report.md", "report.html"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_half_a_character_in_a_name_is_no_obstacle(full, table, tmp_path):
    full["name"] = "half \ud83d"
    report.write_report(tmp_path, samples.read(full), table)
    assert (tmp_path / "report.md").read_text("utf-8").startswith("# Evaluation: half ?")


# What became of a battle, and which battles the page holds.


def test_links_tell_two_judges_of_the_same_models_apart(full):
    first = full["comparisons"][0]
    assert report_page.short_names(samples.read(full)) == ["new-model against old-model"]
    full["comparisons"].append(first | {"judge": "another"})
    assert report_page.short_names(samples.read(full))[1] == "new-model against old-model · made · another"


def test_a_page_of_no_battles(full, table):
    assert "This page holds 0 of 0 battles." in report_page.page(samples.read(full), table.slice(0, 0))


# Plots.


def test_remarks_stand_before_the_figures_and_are_escaped(table):
    results = samples.results(table) | {"remarks": ["Of a <b>trial</b> | only."]}
    text, whole = report.markdown(samples.read(results)), report_page.page(samples.read(results), table)
    assert text.index("Of a ") < text.index("| language") and "<b>trial" not in text
    assert whole.index("Of a &lt;b&gt;trial&lt;/b&gt; | only.") < whole.index('class="headline"')


def test_a_second_detector_s_votes_stand_in_report_and_page_where_it_was_asked(full, table):
    votes = {"de": {"votes": 200, "disagree": 3}, "ar": {"votes": 0, "disagree": 0}}
    full["models"][0]["second_detector"] = {"name": "langdetect", "languages": votes}
    (own,) = [
        part for part in report.markdown(samples.read(full)).split("\n## ") if part.startswith("A second language")
    ]
    assert "| new-model | langdetect | ar | 0 | 0 | – |" in own
    assert "| new-model | langdetect | de | 200 | 3 | 1.5% |" in own
    assert "A second language detector." in report_page.page(samples.read(full), table)
    del full["models"][0]["second_detector"]
    assert "second language detector" not in report.markdown(samples.read(full)).lower()
    assert "second language detector" not in report_page.page(samples.read(full), table).lower()
