"""Sentences about declarations, in the words of whoever reads them."""

import ast
import re
import tomllib

import pytest

from polypref.cli import main
from polypref.errors import UserError
from polypref.layouts.door_words import declared_options, in_options, in_toml, reworded
from polypref.scripting.loading import load_script
from tests.conftest import ROOT

OPTIONS = load_script(str(ROOT / "builders" / "pairs.py")).OPTIONS


def test_beside_a_layout_the_options_are_named_that_may_stand_there() -> None:
    beside = load_script(str(ROOT / "builders" / "pairs.py")).OPTIONS_BESIDE_LAYOUT
    python = (
        "say which column holds it, as in Fields(..., language='lang'), or where all rows are in one language, write "
        "Files(..., language='he') (--language he with polypref build pairs)"
    )
    assert in_toml(python, declared_options(beside)) == (
        "say which column holds it, as in --language-column lang, or where all rows are in one language, write "
        "--language he"
    )


@pytest.mark.parametrize(
    ("python", "toml", "options"),
    [
        ("have them read: Fields(..., tools='read'), with tool_schemas='tools' where",
         'have them read: fields.tools = "read", with tool_schemas = "tools" where',
         "have them read: --read-tools, with --tool-schemas tools where"),
        ("write Files(..., language='he') (--language he with polypref build pairs), or",
         'write language = "he", or', "write --language he, or"),
        ("name the labels: Fields(..., transcript=Transcript(user=('Human',), assistant=('A',))), or",
         'name the labels: fields.transcript = {user = ["Human"], assistant = ["A"]}, or',
         'name the labels: fields.transcript = {user = ["Human"], assistant = ["A"]} in a LAYOUT.toml (--layout), or'),
        ("give each its number in Answer('t', ..., score_labels={LABEL: NUMBER}), None",
         "give each its number in [[fields.answers]] score_labels = {LABEL = NUMBER}, None",
         "give each its number in [[fields.answers]] score_labels = {LABEL = NUMBER} in a LAYOUT.toml (--layout), "
         "None"),
        ("means; write each into first, second or tie of Verdict(...), or into unjudged where it says nothing",
         "means; write each into first, second or tie of [fields.verdict], or into unjudged where it says nothing",
         "means; give each to --first, --second, --tie or --unjudged"),
        ("write layouts.Ranking(..., best_only=True)", 'write [fields.verdict] kind = "Ranking", best_only = true',
         'write [fields.verdict] kind = "Ranking", best_only = true in a LAYOUT.toml (--layout)'),
        ("for which Verdict('people', first=('A', 1)) declares one: none prefers it (second=())",
         'for which [fields.verdict] first = ["A", 1] declares one: none prefers it (second left out)',
         "for which --first A,1 declares one: none prefers it (leave --second out)"),
        ("Fields(prompt=None, ...), which", "fields.prompt left out, which", "--prompt left out, which"),
        ("which labels Verdict(first=..., second=..., tie=...) names",
         "which labels [fields.verdict] first, second, tie names", "which labels --first --second --tie names"),
        ("column 'Fields(' is in none; Verdict(oh", "column 'Fields(' is in none; Verdict(oh",
         "column 'Fields(' is in none; Verdict(oh"),
        ("my.Fields(x=1) and Combined(a=2)", "my.Fields(x=1) and Combined(a=2)", "my.Fields(x=1) and Combined(a=2)"),
    ],
)  # fmt: skip
def test_a_call_becomes_what_is_written_at_the_door(python, toml, options):
    assert in_toml(python) == toml and in_options(python, OPTIONS) == options


WHOLE = re.compile(r"(?:Fields|Answer|Verdict)\(\.\.\., \w+='\w+'\)")


def sentences():
    """Texts of the package's code that speak of a declaration in a whole call, but for documentation."""
    for path in sorted(file for folder in ("layouts", "stages") for file in (ROOT / "polypref" / folder).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            if WHOLE.search(text) and not text.endswith("\n"):
                yield text


def test_whole_calls_in_sentences_of_the_package_are_understood():
    texts = [text for text in sentences() if ">>>" not in text]
    assert len(texts) >= 6
    assert [text for text in texts if WHOLE.search(in_toml(text))] == []


def test_what_is_written_of_values_is_toml():
    text = in_toml("Fields(..., roles={'bot': 'assistant'}) and Fields(..., turn_keys=('a', 'b'))").replace(
        " and ", "\n"
    )
    assert tomllib.loads(text) == {"fields": {"roles": {"bot": "assistant"}, "turn_keys": ["a", "b"]}}


def test_only_errors_of_users_are_reworded():
    with pytest.raises(UserError, match=r"^write fields\.serialised = true$"), reworded(in_toml):
        raise UserError("write Fields(..., serialised=True)")
    with pytest.raises(UserError, match=r"^write Fields\("), reworded(None):
        raise UserError("write Fields(..., serialised=True)")
    with pytest.raises(ValueError, match="Fields"), reworded(in_toml):
        raise ValueError("Fields(..., a=1)")


def test_who_writes_options_a_layout_or_a_config_reads_no_python(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.csv").write_text("q,a,b,w,lang\nName a lake.,Baikal.,The Rhine.,X,en\n", "utf-8")
    columns = ("--prompt", "q", "--a", "a", "--b", "b", "--winner", "w", "--first", "A", "--language-column", "lang")
    layout = (
        '[fields]\nprompt = "q"\nlanguage = "lang"\n[[fields.answers]]\ntext = "a"\nmodel = "m"\n[[fields.answers]]\n'
        'text = "b"\nmodel = "n"\n[fields.verdict]\nrater = "people"\ncolumn = "w"\nfirst = ["A"]\n'
    )
    (tmp_path / "mine.toml").write_text(layout, "utf-8")
    of_options, of_layout = (
        "give each to --first, --second, --tie or --unjudged",
        "write each into first, second or tie of [fields.verdict]",
    )
    commands = {
        ("build", "pairs", "--source", "rows.csv", *columns, "--out", "out", "--quiet"): of_options,
        ("build", "pairs", "--source", "rows.csv", "--layout", "mine.toml", "--out", "out", "--quiet"): of_layout,
        ("evaluate", "--judgements", "rows.csv", "--layout", "mine.toml", "--out", "out"): of_layout,
        ("evaluate-rm", "some-model", "--data", "rows.csv", "--layout", "mine.toml", "--out", "out"): of_layout,
    }
    for words, sentence in commands.items():
        assert main(list(words)) == 2
        shown = capsys.readouterr().err
        assert sentence in shown and "Verdict(" not in shown, shown


@pytest.mark.parametrize("written", ["path='C:\\rows\\'", "first='a\nb'", "text='\0'"])
def test_what_a_user_wrote_and_is_no_python_stays_as_it_is(written):
    sentence = f"there is nothing at {written}; check Fields(..., serialised=True)"
    assert in_toml(sentence) == f"there is nothing at {written}; check fields.serialised = true"
    assert in_options(sentence, OPTIONS).startswith(f"there is nothing at {written}; ")


def test_what_a_script_calls_options_for_another_reason_says_nothing_of_declarations(tmp_path, capsys):
    assert declared_options(OPTIONS) == OPTIONS
    assert declared_options({"temperature": 0.7, 3: "x", "Answers.first": "--a", "Verdict": "b"}) == {}
    assert declared_options(["--first"]) == declared_options(None) == {}
    script = tmp_path / "mine.py"
    (tmp_path / "rows.jsonl").write_text(
        '{"q": "Name a lake.", "a": "Baikal.", "b": "The Rhine.", "w": "x"}\n', "utf-8"
    )
    script.write_text(
        "from dataclasses import dataclass\n"
        "from polypref import Answer, Builder, Fields, Files, PairRule, SourceRater, Verdict\n"
        "OPTIONS = {'temperature': 0.7}\n"
        "@dataclass(frozen=True)\nclass Params:\n    pass\n"
        "def build(params):\n"
        "    verdict = Verdict('people', 'w', first=('A',))\n"
        "    fields = Fields('q', (Answer('a'), Answer('b')), verdict=verdict)\n"
        f"    rows = Files({str(tmp_path / 'rows.jsonl')!r}, fields, 'rows', '1', 'cc0-1.0', language='en')\n"
        "    return Builder('mine', '1.0.0', sources=(rows,), rater=SourceRater('people'), pairs=PairRule('given'))\n",
        "utf-8",
    )
    assert main(["build", str(script), "--out", str(tmp_path / "out"), "--quiet"]) == 2
    assert "write each into first, second or tie of Verdict(...)" in capsys.readouterr().err
