"""The card: required prose, valid YAML, escaped text, measured numbers, and snippets that run."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from statistics import median

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from polypref.console.escaping import markdown
from polypref.errors import UserError
from polypref.files.records import encode
from polypref.release.card import SECTIONS, check_prose, read_prose, render_card
from polypref.release.folder import read_provenance
from polypref.release.provenance import CheckPart, FileFacts
from polypref.stages.counts import FunnelRow, Quota
from tests.conftest import PROSE
from tests.hub.cards import check_card, read_metadata

from .helpers import ROOT, rows_of

EVIL = "</td>|<img src=x onerror=alert(1)>`whoami`\n\n## New *section* [a](javascript:x) & $x$ ~~y~~ \\"


def parsed(card: str):
    """Tokens of the card's Markdown, as a renderer with HTML and tables sees them."""
    return MarkdownIt("commonmark", {"html": True}).enable("table").parse(card.split("---\n\n", 1)[1])


def plain(token) -> str:
    """What a reader sees of an inline token."""
    return "".join({"softbreak": "\n"}.get(one.type, one.content) for one in token.children or [])


def tables(card: str) -> list[list[list[str]]]:
    """Every table's rows of cells, as shown."""
    shown: list[list[list[str]]] = []
    inside = False
    for token in parsed(card):
        if token.type == "table_open":
            shown.append([])
            inside = True
        elif token.type == "table_close":
            inside = False
        elif token.type == "tr_open":
            shown[-1].append([])
        elif token.type == "inline" and inside:
            shown[-1][-1].append(plain(token))
    return shown


def table(card: str, first: str) -> dict[str, list[str]]:
    """The table whose first column has this head, by the first cell."""
    (one,) = [t for t in tables(card) if t[0][0] == first]
    return {row[0]: row[1:] for row in one[1:]}


def headings(card: str) -> list[str]:
    tokens = parsed(card)
    return [plain(tokens[at + 1]) for at, token in enumerate(tokens) if token.type == "heading_open"]


# prose


@pytest.mark.parametrize("name", SECTIONS)
def test_a_required_section_that_is_missing_or_empty_is_named(name):
    for text in (PROSE.replace(f"## {name}", "## Else"), re.sub(rf"(## {name}\n\n)[^\n]+", r"\1", PROSE)):
        with pytest.raises(UserError, match=f"somewhere has no section '## {name}' with text"):
            check_prose(text, "somewhere")
    check_prose(PROSE, "somewhere")


@pytest.mark.parametrize("before", ["# Title\n\n", "Some words that no section holds.\n\n"])
def test_text_before_the_first_section_would_be_lost_and_is_refused(before):
    with pytest.raises(UserError, match="before its first"):
        check_prose(before + PROSE, "somewhere")


def test_a_section_given_twice_is_refused():
    with pytest.raises(UserError, match="two sections '## Limits'"):
        check_prose(PROSE + "\n## Limits\n\nMore.\n", "somewhere")


def test_a_heading_inside_a_code_block_is_no_section():
    check_prose(PROSE + "\n## Notes\n\n```sh\n## Limits\n```\n", "somewhere")


def test_no_card_says_what_to_write(tmp_path):
    with pytest.raises(UserError, match=r"no card at .*none\.md; write one with the sections Summary, Intended use"):
        read_prose(tmp_path / "none.md")


def test_a_card_that_is_there_and_cannot_be_read_is_not_called_missing(tmp_path):
    with pytest.raises(UserError, match=rf"^{tmp_path} is a folder; a card is a text file; write one with"):
        read_prose(tmp_path)
    (tmp_path / "card.md").write_bytes(PROSE.encode("utf-16"))
    with pytest.raises(UserError, match=r"card.md is no text in UTF-8 \(byte 1\)"):
        read_prose(tmp_path / "card.md")


@pytest.mark.parametrize("path", sorted((ROOT / "dataset_cards").glob("*.md")), ids=lambda p: p.stem)
def test_the_cards_of_the_repository_have_what_is_required(path):
    assert read_prose(path)


def test_prose_comes_into_the_card_word_by_word(built, make):
    prose = (
        "## Summary\n\nA *b*.\n\n## How it was made\n\n| a |\n|---|\n| 1 |\n\n## Intended use\n\nC\n\n## Limits\n\nD\n"
    )
    card = (make(prose=prose) / "README.md").read_text("utf-8")
    assert "A *b*." in card and "## How it was made\n\n| a |\n|---|\n| 1 |" in card
    assert headings(card).index("How it was made") > headings(card).index("Limits")


# YAML


def test_the_yaml_is_what_the_hub_accepts_and_names_every_config(built):
    card, record = (built / "README.md").read_text("utf-8"), read_provenance(built)
    assert check_card(card, "datasets") == ([], [])
    head = read_metadata(card)
    assert head["license"] == "cc-by-4.0" and head["language"] == ["de", "he", "ja"]
    assert head["task_categories"] == ["text-generation"]
    assert head["size_categories"] == ["n<1K"] and head["multilinguality"] == ["multilingual"]
    names = ["all", "all-de", "all-he", "all-ja", "four", "four-de", "four-he", "four-ja"]
    assert [c["config_name"] for c in head["configs"]] == names
    assert re.fullmatch(r"content [0-9a-f]{16}", head["configs"][0].pop("description"))
    # A mixture has its files in every language, which one pattern names; a language of it has a list.
    assert head["configs"][0]["data_files"] == [
        {"split": split, "path": f"data/*/{split}-*.parquet"} for split in ("train", "test")
    ]
    assert head["configs"][4]["data_files"][0]["path"] == "data/*/train-00000000-00000003.parquet"
    for config, one in zip(head["configs"], record.configs, strict=True):
        for part, listed in zip(config["data_files"], one.data_files, strict=True):
            path = part["path"]
            there = path if isinstance(path, list) else sorted(map(str, built.glob(path)))
            assert [Path(built, name) for name in there] == [built / name for name in listed.path]
            part["path"] = listed.path
    assert head["configs"] == [encode(one) for one in record.configs]
    assert [c.get("default") for c in head["configs"]] == [True] + 7 * [None]


def test_norwegian_and_odd_names_survive_yaml(built):
    mixtures = {"all": {"no": Quota(3, 3, 3, 1)}}
    record = replace(read_provenance(built), name="a: [b] #c 'd' \"e\" שלום", mixtures=mixtures)
    head = read_metadata(render_card(record, "org/x"))
    assert head["language"] == ["no"] and head["pretty_name"] == record.name
    assert check_card(render_card(record, "org/x"), "datasets") == ([], [])
    assert head["multilinguality"] == ["monolingual"]


@pytest.mark.parametrize(
    ("rows", "size"),
    [(999, "n<1K"), (1000, "1K<n<10K"), (100_000, "100K<n<1M"), (9_999_999, "1M<n<10M"), (10_000_000, "10M<n<100M")],
)
def test_size_categories(built, rows, size):
    record = replace(read_provenance(built), files={"data/de/train.parquet": FileFacts("", 0, rows)})
    assert yaml.safe_load(render_card(record, "x").split("---")[1])["size_categories"] == [size]


# text from data


@given(st.text(alphabet=st.sampled_from("aא|`*_<>&[]()#\\~$!\n\r\t -+.{}"), max_size=30))
def test_escaped_text_is_one_cell_that_shows_the_text(text):
    card = f"---\na: 1\n---\n\n| a | b |\n|---|---|\n| {markdown(text)} | end |\n"
    ((_, row),) = tables(card)
    assert row == [" ".join(text.split()), "end"]
    assert not [t for token in parsed(card) for t in token.children or [] if t.type not in ("text", "text_special")]


def test_names_from_data_cannot_break_out_of_the_card(built, make):
    def rename(table):
        for row in table["de", "train"]:
            row["chosen_model"], row["flags"], row["rater"] = EVIL, [EVIL], EVIL

    record = json.loads((built / "provenance.json").read_text("utf-8"))
    funnel = [*record["funnel"], {**record["funnel"][0], "outcome": "rejected", "reason": EVIL, "rows": 3}]
    source = {"name": EVIL, "revision": EVIL, "licence": EVIL, "rows": 4}
    changed = make(
        rows=rename,
        name="x",
        rater=EVIL,
        funnel=funnel,
        sources=[source],
        models=[{"model": EVIL, "revision": EVIL, "licence": EVIL}],
        translators=[{"name": EVIL, "licence": EVIL, "rows": 1}],
    )
    record = replace(read_provenance(changed), name=EVIL)
    before, after = (built / "README.md").read_text("utf-8"), render_card(record, "org/x", "v1.0.0", changed)
    seen = " ".join(EVIL.split())
    inline = inline_types(after)
    assert not [t for t in inline if "html" in t or "link" in t or "image" in t]
    # The licence is no code any more since there is none; the marks in `flags` are new.
    assert inline.count("code_inline") == inline_types(before).count("code_inline") - 1 + 1
    assert headings(after) == [f"{seen} 1.0.0", *headings(before)[1:]]
    assert sum(len(row) == 3 for row in tables(after)[-1]) == len(tables(after)[-1])
    assert table(after, "model")[seen][0] == "given"
    assert table(after, "part")[f"source {seen}"] == [seen, seen]
    assert check_card(after, "datasets") == ([], [])
    text = " ".join(plain(token) for token in parsed(after) if token.type == "inline")
    assert f"Rated by {seen}." in text and f"{seen} 9." in text


def inline_types(card: str) -> list[str]:
    return [t.type for token in parsed(card) for t in token.children or []]


# numbers


def test_every_number_is_what_a_hand_count_finds(make):
    def tie(table):
        for row in table["he", "train"][:5]:
            row["rejected"][0]["content"] = row["chosen"][0]["content"][::-1]

    folder = make(rows=tie)
    card, rows = (folder / "README.md").read_text("utf-8"), rows_of(folder)
    assert {part: len(of_part) for part, of_part in rows.items()} == {
        (tag, split): size for tag in ("de", "he", "ja") for split, size in (("train", 9), ("test", 3))
    }
    shown = table(card, "language")
    for tag in ("de", "he", "ja"):
        pairs = [
            (len(row["chosen"][0]["content"]), len(row["rejected"][0]["content"]))
            for split in ("train", "test")
            for row in rows[tag, split]
        ]
        longer = sum(1.0 if a > b else 0.5 if a == b else 0.0 for a, b in pairs) / len(pairs)
        medians = [f"{median(side):.0f}" for side in zip(*pairs, strict=True)]
        name = {"de": "German", "he": "Hebrew", "ja": "Japanese"}[tag]
        assert shown[tag] == [name, "9", "3", *medians, f"{longer:.2f}"]
    chosen, rejected = (
        Counter(row[f"{role}_model"] for of_part in rows.values() for row in of_part) for role in ("chosen", "rejected")
    )
    assert sum(chosen.values()) == 36 and set(chosen) == {"model-a", "model-b"}
    for name in chosen:
        share = f"{100 * chosen[name] / (chosen[name] + rejected[name]):.0f}%"
        assert table(card, "model")[name] == ["given", str(chosen[name]), str(rejected[name]), share]
    # Two mixtures of three languages: 3 x 9 and 3 x 4 to train on, 3 x 3 to test.
    assert table(card, "config") == {
        "all (and all-LANGUAGE)": ["3", "27", "9"],
        "four (and four-LANGUAGE)": ["3", "12", "9"],
    }
    (funnel,) = [one for one in tables(card) if one[0][0] == "stage"]
    assert ["read (rows)", "kept", "", "36"] in funnel and ["pair (prompts)", "kept", "", "36"] in funnel
    assert table(card, "part") == {
        "source pool": ["7", "cc-by-4.0"],
        "model model-a": ["unknown", "apache-2.0"],
        "model model-b": ["unknown", "apache-2.0"],
    }


def test_what_the_rater_did_is_told_by_language(built):
    record = read_provenance(built)
    # Of every 12 prompts the pool prefers the longer answer in 4: the correlation is (4 - 8) / 12, and Wilson's
    # interval for 4 of 12 from .14 to .61.
    spreads = {row.language: f"{row.spread:.3g}" for row in record.calibration}
    assert table((built / "README.md").read_text("utf-8"), "rated in") == {
        tag: ["24", "12", "0.00", spreads[tag], "-0.33", "0.33 [0.14, 0.61]"] for tag in ("de", "he", "ja")
    }
    tied = [
        replace(row, compared=900, tied=720, tied_share=0.8) if row.language == "he" else row
        for row in record.calibration
    ]
    lines = render_card(replace(record, calibration=tied), "x").splitlines()
    (warning,) = [line for line in lines if "too often to tell them apart" in line]
    assert warning.endswith("in he \\(80% of 900 prompts\\).")
    assert "rated in" not in render_card(replace(record, calibration=[]), "x")


def test_what_the_checks_flag_is_told_apart_from_what_they_let_pass(built):
    record = replace(read_provenance(built), checks=[CheckPart("small_margin", 1, "scores that are near")])
    pairs = [
        FunnelRow("filter", "pairs", "de", outcome, reason, rows)
        for outcome, reason, rows in (
            ("flagged", "chosen_html", 3),
            ("flagged", "language_confusion", 2),
            ("in", "", 10),
            ("kept", "", 9),
            ("rejected", "small_margin: small_margin", 1),
        )
    ]
    card = render_card(replace(record, funnel=pairs), "org/x")
    (lines,) = [one for one in tables(card) if one[0][0] == "stage"]
    assert [line[1] for line in lines[1:]] == ["in", "rejected", "kept", "flagged", "flagged"]
    assert "column `flags` (5 marks on what the checks kept" in " ".join(card.split())
    assert "marks on" not in render_card(replace(record, funnel=pairs[2:]), "org/x")


def test_the_funnel_stands_in_the_order_of_the_stages(built):
    stages = ["balance", "mine", "retract", "filter", "read", "index", "complete", "check", "rate", "pair"]
    rows = [FunnelRow(stage, "pairs", "de", "in", "", 1) for stage in stages]
    card = render_card(replace(read_provenance(built), funnel=rows), "org/x")
    (lines,) = [one for one in tables(card) if one[0][0] == "stage"]
    wanted = ["read", "index", "complete", "check", "rate", "pair", "filter", "balance", "mine", "retract"]
    assert [line[0].split()[0] for line in lines[1:]] == wanted


def test_languages_are_named_and_a_citation_is_given_that_fits_where_the_card_is(built):
    card = (built / "README.md").read_text("utf-8")
    assert "Languages: German (`de`), Hebrew (`he`), Japanese (`ja`)." in card
    record = replace(read_provenance(built), citation={"author": "Ada L.", "year": "2026"})
    released = render_card(record, "org/x", "v1.0.0")
    entry = re.search(r"```bibtex\n(.*?)\n```", released, flags=re.DOTALL)
    assert entry and entry[1].splitlines() == [
        "@misc{pairs,",
        "  author = {Ada L.},",
        "  year = {2026},",
        "  title = {pairs},",
        "  version = {1.0.0},",
        "  url = {https://huggingface.co/datasets/org/x},",
        "}",
    ]
    assert "url = " not in card and "```bibtex" in card
    own = render_card(replace(record, prose=f"{PROSE}\n## Citation\n\nCite our paper.\n"), "org/x", "v1.0.0")
    assert "```bibtex" not in own and headings(own).count("Citation") == 1


def test_measured_limits_name_languages_that_lean_on_length_translations_and_flags(built, make):
    def change(table):
        for row in table["ja", "train"] + table["ja", "test"]:
            row["chosen"][0]["content"], row["rejected"][0]["content"] = "あ" * 30, "い"
        for row in table["he", "train"][:5]:
            row["origin"], row["translator"] = "translated", "nllb"
        table["de", "train"][0]["flags"] = ["pii_email", "repetition"]
        table["de", "train"][1]["flags"] = ["repetition"]

    card = (make(rows=change) / "README.md").read_text("utf-8")
    assert "5 rows have machine-translated prompts." in card
    assert "Rows kept with a mark in `flags`: pii\\_email 1, repetition 2." in card
    (line,) = [line for line in card.splitlines() if "the longer (or the shorter) answer is chosen so often" in line]
    assert "ja" in re.split(r"[ ,]+", line.split(" the longer")[0])


def test_a_dataset_without_a_licence_says_why_in_the_card(make):
    card = (
        make(sources=[{"name": "wiki", "revision": "1", "licence": "unknown", "rows": 5}]) / "README.md"
    ).read_text()
    assert (
        "**The whole has no licence to be published under:** source wiki@1 \\(5 rows\\) has no known licence." in card
    )
    assert read_metadata(card)["license"] == "other"


def test_an_evaluation_set_and_machine_written_parts_are_named(make):
    card = (make(evaluation_set=True, notes=["All texts are machine-written."]) / "README.md").read_text("utf-8")
    assert "**Built from an evaluation set: not to be released, not to be trained on.**" in card
    assert "> **Note.** All texts are machine-written." in card


# snippets


def snippets(card: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", card, flags=re.DOTALL)


CHECK = """
assert {split: len(rows) for split, rows in dataset.items()} == {"train": 27, "test": 9}
assert set(one_language["train"]["language"]) == {"de"} and len(one_language["train"]) == 9
assert sum(1 for _ in stream) == 27
print(len(dataset["train"].shuffle(seed=0)), dataset["train"].column_names[:4])
"""


@pytest.mark.slow
def test_the_snippets_of_a_released_card_run(built, cli, hub):
    name = cli.new_name()
    cli.ok("release", built, "--repo", name)
    card = hub.repo("datasets", name).files("v1.0.0")["README.md"].decode()
    load, train = snippets(card)
    assert f'load_dataset("{name}", "all", revision="v1.0.0")' in load
    assert cli.python(load + CHECK) == "27 ['pair_id', 'prompt_id', 'group_id', 'language']\n"
    # TRL is not a dependency of these tests: the training snippet is read, and its data are those checked above.
    assert 'train_dataset=dataset["train"].shuffle(seed=0)' in train and ast.parse(train)


def test_the_snippets_of_a_local_card_run(built, cli, tmp_path: Path):
    (tmp_path / "path" / "to").mkdir(parents=True)
    (tmp_path / "path" / "to" / "pairs").symlink_to(built)
    load = snippets((built / "README.md").read_text("utf-8"))[0]
    assert cli.python(load + CHECK, cwd=tmp_path).startswith("27 ")
