"""One spelling and one meaning for an option, in every command; old ones work, with a warning."""

import argparse
import re

import pytest

from polypref.cli import arguments, commands
from polypref.errors import UserError


def parsers() -> dict[str, argparse.ArgumentParser]:
    """Command -> its parser, those of a command's steps among them."""
    parsers = {}

    def collect(parser: argparse.ArgumentParser) -> None:
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                for one in action.choices.values():
                    parsers[one.prog] = one
                    collect(one)

    collect(commands.command_parser())
    return parsers


def options(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    shown = [action for action in parser._actions if action.help != argparse.SUPPRESS]
    return {name: action for action in shown for name in action.option_strings if name.startswith("--")}


def parse(*words: str) -> argparse.Namespace:
    return commands.command_parser().parse_known_args(words)[0]


def test_an_option_of_several_commands_has_one_kind_and_default():
    seen: dict[str, set[tuple[object, ...]]] = {}
    for name, parser in parsers().items():
        for option, action in options(parser).items():
            # None and the word are one: what evaluate leaves open it takes from the run before.
            default = str({"vllm": None}.get(str(action.default), action.default))
            seen.setdefault(option, set()).add((action.nargs == 0, default))
            assert "_" not in option, f"{name} {option}"
    for option in ("--limit", "--retry", "--at", "--log", "--languages", "--dry-run", "--quiet", "--threads"):
        assert len(seen[option]) == 1, f"{option}: {seen[option]}"


def test_the_help_says_what_the_shared_options_mean():
    text = commands.command_parser().format_help()
    known = {option for parser in parsers().values() for option in options(parser)}
    for name, meaning in arguments.VOCABULARY.items():
        assert name.split()[0] in known and re.search(rf"{re.escape(name)} +{re.escape(meaning)}", text)


@pytest.mark.parametrize(
    ("old", "now", "value"),
    [
        (("build", "x", "--retry-rejected"), "retry", True),
        (("evaluate", "--retry-failed"), "retry", True),
        (("evaluate-rm", "--data", "x", "--out", "y", "--retry-failed"), "retry", True),
        (("evaluate", "--sample", "3"), "limit", 3),
        (("evaluate-rm", "--data", "x", "--out", "y", "--sample", "3"), "limit", 3),
        (("inspect", "x", "--samples", "3"), "pairs", 3),
        (("review", "export", "x", "--languages", "he", "--sample", "3"), "pairs", 3),
    ],
)
def test_an_old_spelling_works_with_a_warning(old, now, value, capsys):
    assert getattr(parse(*old), now) == value
    spelt = next(word for word in old if word.startswith(("--retry", "--sample")))
    assert capsys.readouterr().err == f"polypref: {spelt} is --{now} now; the old one works until polypref 1.0\n"
    parser = parse(*old).parser
    assert spelt not in parser.format_help() and spelt not in options(parser)


def test_underscores_are_hyphens_in_names_and_stay_in_values():
    given = parse("build", "x", "--max_bad", "0.5", "--ray_address=a_b:1", "--log", "my_log")
    assert (given.max_bad, given.ray_address, given.log) == (0.5, "a_b:1", "my_log")


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        (["evaluate-rm", "model", "--data", "x"], "--out"),
        (["evaluate-rm", "model", "--out", "x"], "--data"),
        (["release", "folder"], "--repo"),
        (["retract", "a/b", "--rows", "x"], "--reason"),
        (["review"], "STEP"),
        (["review", "export"], "dataset"),
    ],
)
def test_what_a_command_cannot_do_without_is_named(words, missing):
    with pytest.raises(UserError, match=rf"the following arguments are required: {missing}; see polypref"):
        commands._run_command(words)


def test_a_retraction_is_of_rows_or_of_a_version():
    with pytest.raises(UserError, match=r"one of the arguments .*--rows.* is required; see polypref retract --help"):
        commands._run_command(["retract", "a/b", "--reason", "x"])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["evaluate", "--jugde", "x"], "polypref evaluate has no --jugde; did you mean --judge? see polypref evaluate"),
        (["inspect", "x", "--sample", "3"], "polypref inspect has no --sample; see polypref inspect --help"),
        (["review", "exprot"], "did you mean export? see polypref review --help"),
        (["evaluate", "--step", "scores"], "did you mean score? see polypref evaluate --help"),
        # Before the script, where its value would be the script, and where what is required goes with it.
        (
            ["build", "--limt", "3", "x.py"],
            "polypref build has no --limt; did you mean --limit? parameters of a script",
        ),
        (["build", "--dry-rn"], "polypref build has no --dry-rn; did you mean --dry-run? parameters of a script stand"),
        (["build", "--seed", "3", "quickstart"], "polypref build has no --seed; parameters of a script stand after it"),
        (["release", "--rep", "a/b", "x"], "polypref release has no --rep; did you mean --repo? see polypref release"),
        (["--verison"], "polypref has no --verison; did you mean --version? see polypref --help"),
    ],
)
def test_the_nearest_option_is_named(words, says):
    with pytest.raises(UserError) as caught:
        commands._run_command(words)
    assert says in str(caught.value)
