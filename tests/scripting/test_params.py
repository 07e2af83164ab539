"""A builder script's parameters on the command line."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Any

import pytest

from polypref.errors import UserError
from polypref.scripting.params import as_dict, describe_params, option, parse_words


@dataclass(frozen=True)
class Params:
    source: str = field(default="", metadata={"help": "where it comes from"})
    per_language: int = field(default=40, metadata={"help": "pairs of each language, 100% of them for training"})
    test: float = field(default=0.1, metadata={"help": "share of the test split"})
    evaluation_set: bool = field(default=True, metadata={"help": "never released"})
    quick: bool = False


@dataclass(frozen=True)
class Strict:
    source: str
    sure: bool
    name: str = field(default_factory=lambda: "made")


def test_without_options_the_defaults_hold() -> None:
    assert parse_words(Params, [], "b.py") == Params()


def test_options_of_every_type() -> None:
    words = ["--source", "Ελλάδα", "--per-language", "7", "--test=-0.5", "--no-evaluation-set", "--quick"]
    assert parse_words(Params, words, "b.py") == Params("Ελλάδα", 7, -0.5, False, True)


def test_what_an_option_may_say_of_itself_is_named() -> None:
    with pytest.raises(UserError, match=r"^option\(...\): missing a required argument: 'text'"):
        option(0)


def test_an_empty_value_is_a_value() -> None:
    assert parse_words(Strict, ["--source", "", "--no-sure"], "b.py") == Strict("", False, "made")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ["--sauce", "x"],
            "b.py has no --sauce; did you mean --source? polypref build b.py --help lists its parameters",
        ),
        (["--sour", "x"], "has no --sour; did you mean --source?"),
        (["x"], "polypref build b.py has no x; polypref"),
        (["--per-language", "many"], "argument --per-language: invalid int value: 'many'"),
        (["--per-language", "1.5"], "invalid int value: '1.5'"),
        (["--test", "half"], "argument --test: invalid float value: 'half'"),
        (["--source"], "argument --source: expected one argument"),
        (["--quick", "yes"], "has no yes;"),
        (["--quick=yes"], "argument --quick"),
    ],
)
def test_what_does_not_fit_gets_one_sentence(words: list[str], says: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_words(Params, words, "b.py")
    assert says in str(caught.value) and "\n" not in str(caught.value)


def test_parameters_without_a_default_are_asked_for() -> None:
    with pytest.raises(UserError, match="the following arguments are required: --source, --sure"):
        parse_words(Strict, [], "b.py")


def test_a_script_s_own_check_speaks_to_the_user() -> None:
    @dataclass(frozen=True)
    class Checked:
        share: float = 0.5

        def __post_init__(self) -> None:
            if self.share > 1:
                raise ValueError("share is at most 1")
            if self.share < 0:
                raise UserError("share is at least 0")
            if self.share == 0.1:
                sys.exit(0)
            if self.share == 0.2:
                raise KeyError(self.share)

    line = r"^b.py: Params \(test_params.py line \d+\) raises "
    for share, says in (
        ("2", "^b.py: share is at most 1"),
        ("-1", "^share is at least 0"),
        ("0.1", f"{line}SystemExit: 0, which would end the program"),
        ("0.2", f"{line}KeyError: 0.2"),
    ):
        with pytest.raises(UserError, match=says):
            parse_words(Checked, ["--share", share], "b.py")


def test_a_name_that_polypref_build_has_already() -> None:
    with pytest.raises(UserError, match=r"b\.py: parameter quick has the name of an option of polypref build"):
        parse_words(Params, [], "b.py", frozenset({"quick", "out"}))


def test_only_simple_dataclasses() -> None:
    @dataclass(frozen=True)
    class Listed:
        names: list[str] = field(default_factory=list)

    @dataclass(frozen=True)
    class Lost:
        name: "Unheard" = None  # type: ignore[name-defined] # noqa: F821, UP037

    class Plain:
        name = ""

    for kind, says in ((Listed, "parameter names"), (Lost, "Unheard"), (Plain, "not a dataclass")):
        with pytest.raises(UserError, match=says):
            parse_words(kind, [], "b.py")


def test_fields_that_are_not_set_from_outside_are_no_parameters() -> None:
    @dataclass(frozen=True)
    class Derived:
        name: str = "a"
        marks: list[str] = field(default_factory=list, init=False)

    assert parse_words(Derived, ["--name", "b"], "b.py") == Derived("b")
    with pytest.raises(UserError, match="has no --marks"):
        parse_words(Derived, ["--marks", "b"], "b.py")


def test_the_help_names_every_parameter_its_type_and_default() -> None:
    text = " ".join(describe_params(Params).split())
    assert text.startswith("parameters of the script: --source STR where it comes from --per-language INT")
    assert "pairs of each language, 100% of them for training (default: 40)" in text
    assert "--test FLOAT share of the test split (default: 0.1)" in text
    assert "--evaluation-set, --no-evaluation-set never released (default: True)" in text
    assert "--quick, --no-quick (default: False)" in text and "None" not in text


def test_a_script_without_parameters_has_no_help() -> None:
    @dataclass(frozen=True)
    class Nothing:
        pass

    assert describe_params(Nothing) == "" and parse_words(Nothing, [], "b.py") == Nothing()


def test_as_dict_is_what_provenance_says() -> None:
    expected: dict[str, Any] = {"source": "x", "per_language": 40, "test": 0.1, "evaluation_set": True, "quick": False}
    assert as_dict(Params("x")) == expected


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: option(1, "n", setting=False),
            r"has no argument setting; did you mean 'settings'\? There are default",
        ),
        (lambda: option(1, "n", hidden=True), r"has no argument hidden; there are default, text, settings, secret$"),
        (lambda: option(1, "n", settings="no"), r"'n', settings='no'\): write True or False$"),
        (lambda: option("", "the key", secret="yes"), r"'the key', secret='yes'\): write True or False, or leave"),
        (lambda: option([1], "numbers"), r"the default is a list; a builder parameter is a text, a number, True or"),
        (lambda: option("help", 3), r"the line of help is 3; write a text, as in option\(3, 'how many'\)$"),
    ],
)
def test_an_option_that_means_nothing_is_one_sentence(call, sentence):
    with pytest.raises(UserError, match=r"^option\(.*" + sentence):
        call()


def test_an_option_says_nothing_of_a_default_that_may_be_a_secret():
    with pytest.raises(UserError) as error:
        option("hf_abcdefgh12345", "the token", secret=1)
    assert "hf_abc" not in str(error.value)


def test_what_is_left_out_of_an_option_is_left_out_of_its_field():
    assert dict(option(1, "n").metadata) == {"help": "n"}
    assert dict(option(1, "n", settings=False, secret=False).metadata) == {
        "help": "n", "settings": False, "secret": False,
    }  # fmt: skip
