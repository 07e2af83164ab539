"""What a config or a command line names as the layout of judgements."""

import pytest

from polypref.errors import UserError
from polypref.evaluation.inputs.layouts import layout_keys, read_layout
from polypref.layouts.games import FieldsLayout
from polypref.layouts.layout import DeclaredLayout
from polypref.layouts.named import layout

FIELDS = {"prompt": "q", "answers": [{"text": "a"}, {"text": "b"}], "verdict": {"rater": "me", "column": "w"}}


def test_a_layout_goes_by_its_name():
    asked = {"name": "auto_j", "language": "Chinese", "keep": "first", "separator": ";"}
    assert read_layout(asked) == FieldsLayout(layout("auto_j"), "zh", ";", "first")


def test_fields_and_what_stands_beside_them_are_a_layout():
    one = read_layout({"fields": FIELDS, "where": {"turn": 1}, "records": "data", "language": "=und"})
    assert isinstance(one, FieldsLayout) and (one.language, one.keep) == ("", "mean")
    assert (one.layout.fields.prompt, one.layout.where, one.layout.records) == ("q", {"turn": 1}, "data")


def test_columns_are_the_layout_that_they_were():
    one = read_layout({"form": "winner", "columns": "w", "prompt": "q", "model_a": "a", "model_b": "b"})
    assert isinstance(one, DeclaredLayout)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": "auto-j"}, "there is no layout 'auto-j'; did you mean 'auto_j'"),
        ({"name": "auto_j", "langauge": "de"}, "layout: unknown key langauge; did you mean 'language'"),
        ({"name": "auto_j", "keep": "best"}, "layout: keep is error, first, last or mean, not best"),
        ({"name": "auto_j", "language": "Klingonisch"}, "layout: language: "),
        ({"name": "auto_j", "separator": "--"}, "layout: separator"),
        ({"fields": ["q"]}, r"layout: Fields is \['q'\], not a table"),
        ({"fields": FIELDS | {"promt": "q"}}, "layout: Fields.*promt"),
        ({"fields": FIELDS, "wher": {}}, "layout: NamedLayout.*wher"),
    ],
)
def test_what_is_none_is_said(given, message):
    with pytest.raises(UserError, match=message):
        read_layout(given)


def test_a_word_is_a_name_or_a_file_whose_keys_are_kept(tmp_path):
    assert layout_keys("auto_j") == {"name": "auto_j"}
    assert layout_keys("layout.yaml") is None
    path = tmp_path / "mine.toml"
    text = 'about = "x"\nrecords = "data"\n[fields]\nprompt = "q"\n[[fields.answers]]\ntext = "a"\n'
    path.write_text(text, "utf-8")
    assert layout_keys(path) == {
        "name": "mine",
        "records": "data",
        "fields": {"prompt": "q", "answers": [{"text": "a"}]},
    }
    path.write_text("[fields", "utf-8")
    with pytest.raises(UserError, match=r"mine\.toml is no TOML"):
        layout_keys(path)
