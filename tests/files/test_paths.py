"""How columns are named: paths, templates, constants, and what is wrong with a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.files.cells import look_up
from polypref.files.paths import (
    MAX_COLUMNS,
    MAX_PATH,
    MAX_STEPS,
    MAX_TEMPLATE,
    Path,
    Template,
    column_complaint,
    parsed,
    path_of,
)


def steps_of(column: str) -> list[tuple[list[str], int | None]]:
    path = parsed(column)
    assert isinstance(path, Path)
    return [([key for key, _ in step.keys], step.place) for step in path.steps]


@pytest.mark.parametrize(
    ("column", "steps"),
    [
        ("a", [(["a"], None)]),
        ("a.b", [(["a.b", "a"], None), (["b"], None)]),
        ("a[0].b", [(["a[0].b", "a[0]", "a"], None), ([], 0), (["b"], None)]),
        ("a[-1][2]", [(["a[-1][2]", "a[-1]", "a"], None), ([], -1), ([], 2)]),
        ("a.0", [(["a.0", "a"], None), (["0"], 0)]),
        ("a.-1", [(["a.-1", "a"], None), (["-1"], -1)]),
        ('["x.y"].z', [(["x.y"], None), (["z"], None)]),
        ("['x.y']", [(["x.y"], None)]),
        (r'["say \"a\" \\ b"]', [(['say "a" \\ b'], None)]),
        ('["["]', [(["["], None)]),
        # Brackets that say no place and no key are letters of a name.
        ("How good [1-5]", [(["How good [1-5]"], None)]),
        ("a[0]b", [(["a[0]b"], None)]),
        ('a["x', [(['a["x'], None)]),
        ("a[²]", [(["a[²]"], None)]),
        ("a.²", [(["a.²", "a"], None), (["²"], None)]),
        ("", [([""], None)]),
        ("a..b.", [(["a..b.", "a..b", "a.", "a"], None), ([".b.", ".b", ""], None), (["b.", "b"], None), ([""], None)]),
    ],
)
def test_a_path_is_read_step_by_step(column, steps):
    assert steps_of(column) == steps


def test_a_key_in_quotes_is_one_step_whatever_it_holds():
    assert [after for step in parsed('a["b.c"].d').steps for _, after in step.keys] == [3, 2, 1, 2, 3]


def test_a_template_is_lines_of_texts_and_paths():
    template = parsed('# {a.b}:\n\n{{x}} {["{"]}')
    assert isinstance(template, Template)
    lines = [[one.text if isinstance(one, Path) else [one] for one in line] for line in template.lines]
    assert lines == [[["# "], "a.b", [":"]], [], [["{"], ["x"], ["}"], [" "], '["{"]']]
    assert template.only is None
    assert parsed("{a}").only == parsed("a")


def test_a_constant_is_what_stands_after_the_sign():
    assert parsed("=a {b}").text == "a {b}"
    assert parsed("=").text == ""


@pytest.mark.parametrize(
    ("column", "complaint"),
    [
        ("{a", "the brace at character 1 is not closed; write {COLUMN}, or {{ for a brace"),
        ("x {a {b}", "the brace at character 3 is not closed; write {COLUMN}, or {{ for a brace"),
        ("{a}}", "the brace at character 4 closes nothing; write }} for a brace"),
        ("a {} b", "the braces at character 3 hold no column; write {COLUMN}, or {{}} for braces"),
        ("{{a}}", "it names no column; write {COLUMN} ({{ and }} are braces), or =TEXT for the same text everywhere"),
        ("a" * (MAX_PATH + 1), "it has 1,001 characters; at most 1,000 are read as the path of a column"),
        ("=" + "a" * MAX_TEMPLATE, "it has 20,001 characters; at most 20,000 are read"),
        ("{a}" + "a" * MAX_TEMPLATE, "it has 20,003 characters; at most 20,000 are read"),
        ("{" + "a" * (MAX_PATH + 1) + "}", "it has 1,001 characters; at most 1,000 are read as the path of a column"),
        (
            ".".join("a" * (MAX_STEPS + 1)),
            "it has 33 steps; at most 32 are taken; a name with dots in it is one step in quotes, as in "
            '["a name. With dots."]',
        ),
        ("{a}" * (MAX_COLUMNS + 1), "it joins 65 columns; at most 64 can be joined"),
    ],
)
def test_what_is_wrong_with_a_name_is_said_with_what_to_write(column, complaint):
    assert column_complaint(column) == complaint
    with pytest.raises(UserError) as error:
        parsed(column)
    assert str(error.value).startswith("column '") and str(error.value).endswith(f": {complaint}")
    assert len(str(error.value)) < 250


def test_what_is_just_short_enough_is_read():
    assert not column_complaint("a" * MAX_PATH)
    assert not column_complaint(".".join("a" * MAX_STEPS))
    assert not column_complaint("{a}" * MAX_COLUMNS)
    assert not column_complaint("=" + "a" * (MAX_TEMPLATE - 1))


@given(st.text("ab.[]{}=\"'\\-01 \n", max_size=40))
def test_any_text_is_a_name_or_has_one_complaint(column):
    complaint = column_complaint(column)
    assert "\n" not in complaint and not complaint.endswith(".")
    if not complaint:
        parsed(column)


@given(st.text("ab.[]\"'\\ ", min_size=1, max_size=10))
def test_every_key_can_be_written_in_quotes(key):
    written = key.replace("\\", "\\\\").replace('"', '\\"')
    assert steps_of(f'["{written}"]') == [([key], None)]


@pytest.mark.parametrize(
    ("keys", "column"),
    [
        (["a"], "a"),
        (["response 1"], "response 1"),
        (["How good? [1-5]"], "How good? [1-5]"),
        (["a", "b", 0, "c"], "a.b[0].c"),
        (["a", "m-1.5", "x"], 'a["m-1.5"].x'),
        (["a", "0"], 'a["0"]'),
        (["a", 'say "x" \\'], 'a["say \\"x\\" \\\\"]'),
        (["=x"], '["=x"]'),
        (["a", "{b}"], '{a["{b}"]}'),
    ],
)
def test_a_place_in_a_row_is_written_as_a_column(keys, column):
    assert path_of(keys) == column


_KEYS = st.text(max_size=8) | st.text(".[]{}=\"'\\\\0-9a \n", max_size=8)


@given(_KEYS, st.lists(_KEYS | st.integers(-1, 0), max_size=5))
def test_what_is_written_as_a_column_is_looked_up_there(first, more):
    keys = [first, *more]
    value: object = "here"
    for key in reversed(keys):
        value = [value] if isinstance(key, int) else {key: value}
    column = path_of(keys)
    assert column_complaint(column) == "" and look_up(value, column) == "here"


@pytest.mark.parametrize("written", ["fr\u00e2ge", "fra\u0302ge"])
@pytest.mark.parametrize("named", ["fr\u00e2ge", "fra\u0302ge"])
def test_a_key_is_found_in_either_form_of_its_letters(written, named):
    assert look_up({written: "here"}, named) == look_up({"a": [{written: "here"}]}, f"a[0].{named}") == "here"
    assert look_up({written: "here"}, f"{{{named}}}!") == "here!"
    both = {"fr\u00e2ge": "composed", "fra\u0302ge": "apart"}
    assert look_up(both, named) == both[named] and look_up({"a": both}, f'a["{named}"]') == both[named]
