"""What the commands' parsers share: which numbers, names and words an option takes, and what is said of others."""

import argparse

import pytest

from polypref.cli.arguments import (
    Parser,
    add_asking,
    add_languages,
    add_limit,
    add_pairs,
    keys_or_word,
    language_tags,
    names,
    positive_number,
    refuse_unknown,
    share,
    whole_number,
)
from polypref.errors import UserError


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "", "one", "+1"])
def test_a_positive_number_begins_at_1(text):
    assert (positive_number("1"), positive_number("20")) == (1, 20)
    with pytest.raises(argparse.ArgumentTypeError, match="is not a number of at least 1") as refused:
        positive_number(text)
    assert str(refused.value).startswith(text)


@pytest.mark.parametrize("text", ["-1", "1.5", "", "none"])
def test_a_whole_number_begins_at_0(text):
    assert (whole_number("0"), whole_number("7")) == (0, 7)
    with pytest.raises(argparse.ArgumentTypeError, match="is not a number of at least 0"):
        whole_number(text)


@pytest.mark.parametrize("text", ["-0.01", "1.01", "half", "nan", "-1"])
def test_a_share_is_between_0_and_1(text):
    assert (share("0"), share("0.25"), share("1")) == (0.0, 0.25, 1.0)
    with pytest.raises(argparse.ArgumentTypeError, match=f"{text} is not a share between 0 and 1"):
        share(text)


def test_names_of_languages_come_apart_at_commas_each_once():
    assert names(None) is None and language_tags(None) is None
    assert names(" de , German,,de") == ["de", "German"]
    assert language_tags(" he, German,de") == ["he", "de"]
    for text in ("", " , "):
        with pytest.raises(UserError, match="--languages names no language; give tags, as in --languages de,fr"):
            names(text)


def test_keys_stand_in_braces_and_a_word_is_itself():
    assert keys_or_word(" {model: org/m, seed: 3}") == {"model": "org/m", "seed": 3}
    assert keys_or_word("vllm") == "vllm" and keys_or_word("a: b") == "a: b"
    for wrong in ("{model", "{a: [1}", "{a: b: c}"):
        with pytest.raises(UserError) as error:
            keys_or_word(wrong)
        assert str(error.value) == (
            f"cannot read {wrong!r}: write KEY: VALUE in braces, separated by commas, and all of it in quotes, as in "
            "'{name: mine, model: build/dpo}'"
        )


# A whole parser


@pytest.fixture
def parser():
    built = Parser(prog="polypref try")
    built.add_argument("folder")
    built.add_argument("--way", choices=["greedy", "sampled"])
    add_languages(built)
    add_limit(built, "prompts", "--per-language")
    add_pairs(built, "pairs to show", "--examples", type=whole_number, default=3)
    add_asking(built, "--again")
    return built


def complaint(parser, *words):
    with pytest.raises(UserError) as refused:
        _, rest = parser.parse_known_args(list(words))
        refuse_unknown(parser, rest)
    return str(refused.value)


def test_options_that_commands_share(parser):
    given = parser.parse_args(["here", "--limit=2", "--pairs=0", "--log=x", "--languages=de"])
    assert (given.limit, given.pairs, given.log, given.languages, given.retry) == (2, 0, "x", "de", False)
    assert (given.parser, given.words) == (parser, ["here", "--limit=2", "--pairs=0", "--log=x", "--languages=de"])
    plain = parser.parse_args(["here"])
    assert (plain.limit, plain.pairs, plain.log, plain.retry) == (None, 3, None, False)


def test_without_words_those_of_the_process_are_read(parser, monkeypatch):
    monkeypatch.setattr("sys.argv", ["polypref", "here", "--limit=2"])
    given = parser.parse_args()
    assert (given.folder, given.limit, given.words) == ("here", 2, ["here", "--limit=2"])


def test_old_spellings_work_with_a_warning(parser, capsys):
    given = parser.parse_args(["here", "--per-language=4", "--examples=5", "--again"])
    assert (given.limit, given.pairs, given.retry) == (4, 5, True)
    assert capsys.readouterr().err.splitlines() == [
        f"polypref: {old} is {now} now; the old one works until polypref 1.0"
        for old, now in (("--per-language", "--limit"), ("--examples", "--pairs"), ("--again", "--retry"))
    ]
    assert "--again" not in parser.format_help() and "--retry" in parser.format_help()


def test_a_value_that_an_option_does_not_take_is_named(parser):
    assert complaint(parser, "here", "--limit=0") == (
        "argument --limit: 0 is not a number of at least 1; see polypref try --help"
    )


def test_the_nearest_choice_is_named_once(parser):
    sentence = complaint(parser, "here", "--way=sampledd")
    assert sentence.endswith("; did you mean sampled? see polypref try --help")
    assert complaint(parser, "here", "--way=qqqq").endswith("; see polypref try --help")


def test_a_misspelt_option_is_named_before_what_it_took_with_it(parser):
    # `here` is taken for the value of nothing, and so the folder is missing.
    assert complaint(parser, "--limits=3") == (
        "polypref try has no --limits; did you mean --limit? see polypref try --help"
    )
    # A known option with its value after `=` is known.
    assert complaint(parser, "--limit=3", "--way=greedy").startswith("the following arguments are required: folder;")
    assert complaint(parser).startswith("the following arguments are required: folder;")


def test_an_unknown_option_beside_a_choice_that_is_none_does_not_hide_it(parser):
    assert "invalid choice: 'x'" in complaint(parser, "here", "--way=x", "--limits=3")


def test_options_are_not_guessed_from_their_first_letters(parser):
    assert complaint(parser, "here", "--lim=3").startswith("polypref try has no --lim; did you mean --limit?")
