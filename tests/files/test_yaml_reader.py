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


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "beta: 1\nseed: 2\nbeta: 3\n",
            "line 3: the key 'beta' stands twice in one mapping, first in line 1; leave one",
        ),
        ("a:\n  - {x: 1, 'x': 2}\n", "line 2: the key 'x' stands twice in one mapping, first in line 2; leave one out"),
        ("a: {1: b, 0x1: c}", "line 1: the key '0x1' stands twice in one mapping, first in line 1; leave one out"),
        ("a: 1\nb: &b {c: 1}\n? a\n: 2\n", "line 3: the key 'a' stands twice in one mapping, first in line 1;"),
    ],
)
def test_a_key_that_stands_twice_is_named_with_its_lines(text: str, sentence: str) -> None:
    with pytest.raises(UserError) as refused:
        read_yaml(text, "c.yaml")
    assert str(refused.value).startswith(f"cannot read c.yaml, {sentence}")


def test_keys_of_several_mappings_and_of_one_taken_over_are_no_doubles() -> None:
    text = "base: &base {beta: 1, seed: 2}\none:\n  <<: *base\n  beta: 3\ntwo: {beta: 4}\n"
    assert read_yaml(text, "c.yaml") == {
        "base": {"beta": 1, "seed": 2}, "one": {"beta": 3, "seed": 2}, "two": {"beta": 4},
    }  # fmt: skip
