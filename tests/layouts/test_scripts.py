"""The builder script that somebody starts from: it loads, it says what was asked, whatever the names hold."""

import ast
import re

import pytest

from polypref.layouts.named import layout
from polypref.layouts.row_columns import columns_of_rows
from polypref.layouts.scripts import Place, script_for
from polypref.layouts.sources import Files, HubDataset
from polypref.scripting.loading import load_script

COLUMNS = columns_of_rows([{"q": "Q?", "a.b": "A.", "c\n#": 1}])


@pytest.fixture
def built(tmp_path):
    """What a script declares."""

    def build(text):
        path = tmp_path / "script.py"
        path.write_text(text, "utf-8")
        module = load_script(str(path))
        return module.build(module.Params())

    return build


@pytest.mark.parametrize("name", ["mine.jsonl", 'say "x"\\n.jsonl', "übel \u202e{x}.jsonl", "a'''b.jsonl", "7.jsonl"])
def test_a_script_for_a_file_reads_it_whatever_it_is_called(name, tmp_path, built):
    path = tmp_path / name
    path.write_text("", "utf-8")
    builder = built(script_for(Place(str(path), "de"), layout("shp"), COLUMNS))
    (source,) = builder.sources
    assert isinstance(source, Files)
    assert (source.path, source.fields, source.language) == (str(path), layout("shp").fields, "de")
    assert (builder.rater.name, builder.pairs.rule) == ("reddit votes", "given")


def test_a_script_for_a_hub_dataset_says_which_part(built):
    place = Place("org/name", "de", {"split": "test", "config": "c", "revision": "v1"})
    (source,) = built(script_for(place, layout("mt_bench_human"), COLUMNS)).sources
    fields, where = layout("mt_bench_human").fields, {"turn": [1]}
    assert source == HubDataset(
        "org/name", fields, "unknown", split="test", config="c", revision="v1", language="de", where=where
    )


def test_what_a_layout_says_of_pairs_and_releases_is_in_the_script(built):
    prism, bench = (
        built(script_for(Place("org/name", "en"), layout(name), COLUMNS)) for name in ("prism", "rewardbench")
    )
    assert (prism.pairs.rule, prism.pairs.min_margin, prism.evaluation_set) == ("best_vs_worst", 6, False)
    assert (bench.pairs.rule, bench.pairs.min_margin, bench.evaluation_set) == ("given", 0, True)


def test_a_language_is_asked_for_where_nothing_says_it(built):
    assert '        language="TAG",\n' in script_for(Place("org/name"), layout("shp"), COLUMNS)
    assert "TAG" not in script_for(Place("org/name"), layout("oasst"), COLUMNS)
    assert built(script_for(Place("org/name"), layout("oasst"), COLUMNS)).sources[0].language is None
    said_by_rows = columns_of_rows([{"language": "he"}])
    assert "language=" not in script_for(Place("org/name"), layout("shp"), said_by_rows)


def test_without_a_layout_the_columns_are_listed_and_the_fields_are_left_to_be_filled(built):
    text = script_for(Place("org/name"), None, COLUMNS)
    assert '# The columns of the rows:\n#   "q", "a.b", "c\\n#"\n' in text
    (source,) = built(text).sources
    assert source.fields.prompt == "PROMPT"
    assert [one.text for one in source.fields.answers] == ["CHOSEN", "REJECTED"]


def test_where_a_column_may_say_the_better_answer_the_script_does_not_take_the_first_for_it(built):
    rows = [{"q": f"Q{n}?", "x": f"A{n}.", "y": f"B{n}.", "lang": ("fa", "he")[n % 2]} for n in range(6)]
    winners = [row | {"won": ("x", "y", "tie")[n % 3]} for n, row in enumerate(rows)]
    text = script_for(Place("org/name"), None, columns_of_rows(winners))
    assert '        #   "won": "x", "y", "tie"\n' in text and '#   "lang":' not in text
    assert '# Where column "lang" says the language: language="lang", and no language= below.\n' in text
    (source,) = built(text).sources
    assert (source.fields.verdict.column, source.fields.verdict.first) == ("WINNER", ("A",))
    (source,) = built(script_for(Place("org/name"), None, columns_of_rows(rows))).sources
    assert source.fields.verdict.column is None


LONG = "The first answer is clearly better than the second answer"


def test_labels_and_columns_stand_in_the_script_whole_as_code_names_them():
    labels = [f"{LONG} in every way", f'{LONG}, "by far"', "هیچ\u200cکدام", "👍\ufe0f"]
    name = "کدام پاسخ به\u200cنظر شما بهتر است و چرا، به زبان خودتان بنویسید"
    spoken = "the language in which the answers are written"
    columns = columns_of_rows([{name: label, spoken: "de"} for label in labels * 3])
    text = script_for(Place("org/name"), None, columns)
    comment = " ".join(line.strip(" #") for line in text.splitlines() if line.lstrip().startswith("#"))
    for value in (*labels, name):
        assert ascii(value) in {
            ascii(ast.literal_eval(f"{literal}")) for literal in re.findall(r'"(?:[^"\\]|\\.)*"', comment)
        }
    assert '"هیچ\\u200cکدام"' in text and '"👍\\ufe0f"' in text and "\u200c" not in text
    called = columns_of_rows([{"lang " + spoken: tag} for tag in ("de", "he") * 3])
    assert f'language="lang {spoken}"' in script_for(Place("org/name"), None, called)


def test_columns_of_people_and_models_are_not_listed_as_ones_that_may_say_the_better_answer():
    rows = [{"q": f"Q{n}", "annotator": ("dana", "ben")[n % 2], "llm": ("x", "y")[n % 2]} for n in range(8)]
    text = script_for(Place("org/name"), None, columns_of_rows(rows))
    assert "dana" not in text and "Few values have" not in text
    text = script_for(Place("org/name"), None, columns_of_rows([row | {"won": row["llm"]} for row in rows]))
    assert '#   "won": "x", "y"\n' in text and "dana" not in text


def test_what_is_printed_is_what_ruff_would_print():
    few = columns_of_rows(
        [{"w" * 90: letter * 70, "l" * 90: "de" if letter < "d" else "he"} for letter in "abcdefgh" * 2]
    )
    for one, columns in ((layout("shp"), COLUMNS), (None, COLUMNS), (None, few)):
        text = script_for(Place("org/name", "de"), one, columns)
        ast.parse(text)
        assert max(map(len, text.splitlines())) <= 120 and not text.endswith("\n\n")
