"""YAML that people wrote: plain values, and one sentence for all else."""

import pytest

from polypref.errors import UserError
from polypref.files.yaml_reader import MAX_YAML, read_yaml


def test_values_are_plain_and_a_date_is_a_text() -> None:
    text = "a: [1, 2.5, yes, ~]\nday: 2024-02-30\nkey: {b: 'x'}\n"
    assert read_yaml(text, "c.yaml") == {"a": [1, 2.5, True, None], "day": "2024-02-30", "key": {"b": "x"}}
    assert read_yaml("", "c.yaml") is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: [", "while parsing a flow node"),
        ("a: !!python/object/apply:os.getcwd []", "could not determine a constructor"),
        ("a: !!binary aGk=", "a value of type bytes; write a text in quotes"),
        ("a: !!set {b}", "a value of type set; write a text in quotes"),
        ('a: "\\ud800"', "half a character"),
        ("a: &x [*x]", "it is nested too deeply, or names itself; write it out"),
        ("[" * 200 + "]" * 200, "it is nested too deeply"),
    ],
)
def test_anything_else_is_one_sentence_that_names_the_file(text: str, problem: str) -> None:
    with pytest.raises(UserError) as refused:
        read_yaml(text, "c.yaml")
    assert str(refused.value).startswith("cannot read c.yaml: ") and problem in str(refused.value)
    assert "\n" not in str(refused.value)


def test_aliases_count_as_often_as_they_stand() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 6)]
    with pytest.raises(UserError, match=f"more than {MAX_YAML:,} values, aliases written out"):
        read_yaml("\n".join(lines), "c.yaml")
    assert read_yaml("\n".join(lines[:3]), "c.yaml")


def test_a_tab_is_named_with_its_line():
    with pytest.raises(UserError, match=r"^cannot read e\.yaml, line 2: use spaces, not tabs$"):
        read_yaml("judge:\n\tkind: llm\n", "e.yaml")
