"""The command `polypref judge-check`. What it needs is loaded when it runs, so that --help is quick."""

import argparse
from pathlib import Path

from ..api.judge_checking import check_judge, rehearse_judge_check
from ..console import threads
from ..console.escaping import print_safely
from ..errors import UserError
from ..scripting.own_classes import modules_from
from .arguments import (
    VOCABULARY,
    Commands,
    add_asking,
    add_language_name,
    add_languages,
    add_limit,
    keys_or_word,
    named_languages,
    names,
    share,
)


def add_parser(commands: Commands) -> None:
    """Adds `judge-check` to the subcommands of the command line.

    Args:
        commands: what `argparse` gives for subcommands.
    """
    parser = commands.add_parser(
        "judge-check",
        help="what a judge is worth, by language: with people, with itself, and where the winner is known",
        description="Puts comparisons to a judge whose better answer is known, and says by language how often it is "
        "right, what people say of that, whether it says the same again, in the other order and in other languages, "
        "and what it likes. A language in which it is under the bar is named first.",
    )
    parser.add_argument(
        "--judge",
        required=True,
        metavar="JUDGE",
        help="as in evaluate: relevance, a class of your own, or keys as in '{kind: llm, model: NAME, at: "
        "http://localhost:8000/v1}'",
    )
    parser.add_argument("--at", default="vllm", metavar="WHO", help=VOCABULARY["--at WHO"])
    parser.add_argument(
        "--judge-language",
        choices=("en", "own"),
        default="en",
        help="in which language it is asked: own for that of the answers (default: en)",
    )
    parser.add_argument("--out", default="build/judge-check", metavar="DIR", help="folder of the results")
    data = parser.add_argument_group("what it is checked with: --answers, --votes, or both")
    data.add_argument(
        "--answers",
        metavar="WHERE",
        help="good answers, of which comparisons are made: a dataset's folder, a file, a folder of LANGUAGE.jsonl, or "
        "ORG/NAME on the Hub; of pairs the chosen side",
    )
    data.add_argument(
        "--answers-layout", metavar="NAME", help="of the answers: a name of polypref layouts, or LAYOUT.toml"
    )
    data.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="WHAT=NAME",
        help="in place of it a column's name: prompt (- for none: conversations hold it), answer, id, language",
    )
    data.add_argument("--votes", metavar="WHERE", help="what people preferred: a file of stored verdicts, or of pairs")
    data.add_argument(
        "--votes-layout",
        metavar="NAME",
        help="of the votes: a name of polypref layouts, LAYOUT.toml, or YAML (none: prompt, chosen, rejected)",
    )
    data.add_argument(
        "--bad-rows",
        choices=("error", "left_out"),
        default="error",
        help="votes that cannot be read by a layout's name or LAYOUT.toml stop it, or are counted by reason "
        "(default: error)",
    )
    data.add_argument("--language", default="", metavar="TAG", help="of all rows, where no column says it")
    add_language_name(data)
    add_languages(parser)
    add_limit(parser, "prompts of answers, and votes,")
    parser.add_argument(
        "--repeat-share",
        type=share,
        default=0.1,
        metavar="SHARE",
        help="of the comparisons, put to it twice (default: 0.1)",
    )
    parser.add_argument(
        "--bar",
        type=share,
        default=0.8,
        metavar="SHARE",
        help="what the lower end of the interval of its share of right verdicts must reach (default: 0.8)",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help=VOCABULARY["--seed N"])
    add_asking(parser)
    parser.add_argument("--dry-run", action="store_true", help="say what would be asked and its cost; ask nothing")
    threads.add_option(parser)
    parser.add_argument("--quiet", action="store_true", help="no progress, no table")
    parser.set_defaults(run=run_judge_check)


def run_judge_check(arguments: argparse.Namespace, _: list[str]) -> None:
    """Runs the command.

    Args:
        arguments: the options, as `add_parser` declares them.

    Raises:
        UserError: an option does not go with the others, or as in `check_judge`.
    """
    from ..layouts.door_words import in_toml, reworded

    named_languages(arguments)
    layouts = [Path(one) for one in (arguments.answers_layout, arguments.votes_layout) if one]
    with modules_from(*(file.parent for file in layouts if file.is_file())), reworded(in_toml):
        _check_with(arguments)


def _check_with(arguments: argparse.Namespace) -> None:
    judge = keys_or_word(arguments.judge)
    who = judge if isinstance(judge, dict) else str(judge)
    asked = {
        "at": arguments.at,
        "judge_language": arguments.judge_language,
        "answers_layout": arguments.answers_layout,
        "columns": dict(map(_named, arguments.column)) or None,
        "votes_layout": arguments.votes_layout,
        "bad_rows": arguments.bad_rows,
        "language": arguments.language,
        "languages": names(arguments.languages),
        "limit": arguments.limit,
        "repeat_share": arguments.repeat_share,
        "seed": arguments.seed,
        "log": arguments.log,
    }
    where = (who, arguments.answers, arguments.votes, arguments.out)
    if arguments.dry_run:
        for line in rehearse_judge_check(*where, **asked):
            print_safely(line)
        print_safely("nothing was asked; a reply that cannot be read is asked for again, which is not counted here")
        return
    results = check_judge(*where, **asked, bar=arguments.bar, retry=arguments.retry, quiet=arguments.quiet)
    if not arguments.quiet:
        from ..evaluation.judge_check.report import show_report

        show_report(results)
        print_safely(f"wrote {Path(arguments.out) / 'judge_check.html'}")


def _named(text: str) -> tuple[str, str]:
    role, equals, name = text.partition("=")
    if not equals or not name:
        raise UserError(f"--column {text} is not WHAT=NAME, as in --column answer=output")
    return role, name
