"""`polypref review`: sheets for native speakers, and back."""

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from ..console.escaping import print_safely
from ..errors import UserError
from .arguments import Commands, add_languages, add_pairs, language_tags, positive_number
from .review_turns import add_marks, add_turns, separator_of, share_of, words_for_card

if TYPE_CHECKING:
    from ..release.provenance import Provenance
    from ..review.decisions import Decisions


_PAIRS = 50  # a language, where nothing else is asked for
#: What reviewers write of two answers, and of a single one.
_TWO = (
    "A, B, tie, both bad (which removes the pair) or not my language (which says nothing about it), and in 'edited', "
    "if they like, the better answer as it should read"
)
_ONE = "good, bad, drop (which removes the answer) or not my language (which says nothing about it)"


def add_review_parser(commands: Commands) -> None:
    """Adds `polypref review`.

    Args:
        commands: what `argparse` gives for subcommands.
    """
    review = commands.add_parser("review", help="have native speakers judge pairs").add_subparsers(
        dest="step", required=True, metavar="STEP"
    )
    give = review.add_parser("export", help="write a sheet a language for reviewers to fill in")
    give.add_argument("dataset", help="a folder, or ORG/NAME[@TAG]")
    add_languages(give)
    add_pairs(give, "pairs a language (default 50)", "--sample", type=positive_number)
    give.add_argument(
        "--budget",
        type=positive_number,
        metavar="N",
        help="in place of --pairs: pairs of all languages together, shared evenly",
    )
    give.add_argument(
        "--route",
        action="store_true",
        help="take the pairs whose label is the least sure (raters or votes against it, close scores, length, texts "
        "much alike, flags), beside some that are drawn at random",
    )
    give.add_argument(
        "--random-share",
        type=share_of,
        default=0.25,
        metavar="SHARE",
        help="with --route, the share that is drawn at random, so that the gain can be measured (default 0.25)",
    )
    give.add_argument("--seed", type=int, default=0, help="seed of the sample and of the blind order (default 0)")
    give.add_argument("--out", default="review", metavar="DIR", help="folder of the sheets (default: review)")
    give.add_argument(
        "--separator",
        type=separator_of,
        default=",",
        metavar="SIGN",
        help="what stands between the columns of the sheets: ',' (default), ';' or '\\t'; spreadsheet programs set to "
        "a language that writes 3,5 for three and a half open a sheet with ';' in columns",
    )
    give.set_defaults(run=_review_export)
    back = review.add_parser(
        "import",
        help="read filled sheets, or decisions made on pages: agreement, and decisions for polypref build --review",
    )
    back.add_argument("dataset", help="a folder, or ORG/NAME[@TAG]")
    back.add_argument(
        "sheets", nargs="+", help="filled sheets, one file a reviewer or the column 'reviewer'; what pages exported"
    )
    back.add_argument("--out", default="review.json", metavar="FILE", help="the decisions (default: review.json)")
    back.add_argument(
        "--findings",
        metavar="FILE",
        help="write what checks noted of the judged pairs beside what reviewers said, disagreements first: to be read "
        "when all have judged, as it says which answer is chosen (CSV)",
    )
    back.add_argument(
        "--edits",
        metavar="FILE",
        help="write the answers that reviewers corrected beside what they were made of, for polypref build --layout "
        "polypref_edits (JSONL)",
    )
    back.add_argument(
        "--routes",
        metavar="FILE",
        help="the routes.json of review export --route: say how much more often reviewers contradict routed labels",
    )
    back.add_argument(
        "--agree",
        type=positive_number,
        default=1,
        metavar="N",
        help="how many reviewers must agree before a pair is relabelled or removed (default 1)",
    )
    back.add_argument(
        "--ties",
        choices=("keep", "remove"),
        default="keep",
        help="what becomes of a pair whose answers reviewers find equally good: keep (default) or remove",
    )
    back.set_defaults(run=_review_import)
    _add_doubt(review)
    add_turns(review)
    add_marks(review)


def _add_doubt(steps: Commands) -> None:
    doubt = steps.add_parser(
        "doubt", help="decisions by another rater, or a trained model's reward: which labels to keep, drop or flip"
    )
    doubt.add_argument("dataset", help="a folder, or ORG/NAME[@TAG]")
    doubt.add_argument(
        "--margins",
        metavar="FILE",
        help="rows of pair_id and reward_margin (chosen less rejected, in nats), as with_confidence gives them; "
        "without it other raters count whose scores or verdicts the dataset publishes",
    )
    doubt.add_argument(
        "--by",
        type=words_for_card,
        metavar="NAME",
        help="who that is, for the card (default: the file, or other raters)",
    )
    doubt.add_argument(
        "--drop", type=float, default=0.7, metavar="P", help="remove labels that are wrong so likely (default 0.7)"
    )
    doubt.add_argument(
        "--flip", type=float, default=0.9, metavar="P", help="turn round labels that are wrong so likely (default 0.9)"
    )
    doubt.add_argument("--out", default="doubts.json", metavar="FILE", help="the decisions (default: doubts.json)")
    doubt.set_defaults(run=_review_doubt)


def _review_doubt(arguments: argparse.Namespace, _: list[str]) -> None:
    from ..files.locks import reading
    from ..release.folder import read_provenance
    from ..release.hub import resolve_dataset
    from ..review import doubts
    from .build_again import build_again

    rule, out = doubts.DoubtRule(arguments.drop, arguments.flip), Path(arguments.out)
    folder = resolve_dataset(arguments.dataset)
    with reading(folder, "review"):
        record = read_provenance(folder)
        pairs = doubts.pairs_in(folder, record.files)
        if arguments.margins:
            by, wrong = arguments.by or Path(arguments.margins).name, doubts.wrong_by_margins(Path(arguments.margins))
        elif record.ratings:
            rated = [folder / name for name in sorted(record.ratings.files)]
            by, wrong = arguments.by or "other raters", doubts.wrong_by_raters(pairs, rated)
        else:
            raise UserError(f"{folder} publishes nothing of what raters gave; give --margins FILE")
    decided, counts = doubts.decide_doubts(pairs, wrong, rule)
    doubts.write_doubts(f"{record.name} {record.version}", by, decided, out)
    for one in counts:
        print_safely(one.sentence())
    if absent := len(wrong.keys() - {one.pair_id for one in pairs}):
        print_safely(f"{absent:,} pairs of {by} are not in the dataset")
    build = build_again(folder, record, "--review", str(out))
    print_safely(f"wrote {out}; {build} takes the decisions up")


def _review_export(arguments: argparse.Namespace, _: list[str]) -> None:
    from ..files.locks import reading
    from ..release.folder import read_provenance
    from ..release.hub import resolve_dataset
    from ..review import sheets as sheets_module
    from ..review.routed import NAME as ROUTES
    from ..review.routing import Routing

    if arguments.pairs and arguments.budget:
        raise UserError("--pairs is a number a language and --budget one of all together; give one of them")
    folder = resolve_dataset(arguments.dataset)
    with reading(folder, "review"):
        record = read_provenance(folder)  # the dataset's own languages are known from here on
        tags = language_tags(arguments.languages) or sorted({name.split("/")[1] for name in record.files})
        seed, out = abs(arguments.seed), Path(arguments.out)
        rated = sorted(record.ratings.files) if record.ratings else []
        routing = Routing(arguments.random_share, tuple(folder / name for name in rated)) if arguments.route else None
        number = arguments.pairs or _PAIRS
        sheets = sheets_module.export_sheets(
            folder, record.files, tags, number, seed, out, arguments.budget, routing, arguments.separator
        )
    print_safely("\n".join(str(sheet) for sheet in sheets))
    if routing:
        print_safely(
            f"{out / ROUTES} says which pairs were routed and which drawn: keep it from reviewers, and give it to "
            "polypref review import --routes"
        )
    print_safely(
        f"in the column 'verdict', reviewers write {_ONE if record.unpaired else _TWO}; then polypref review import"
    )


def _review_import(arguments: argparse.Namespace, _: list[str]) -> None:
    from ..console.terminal import print_whole
    from ..files.locks import reading
    from ..pages.tables import review_table
    from ..release.folder import read_provenance
    from ..release.hub import resolve_dataset
    from ..review import decisions
    from ..review.elsewhere import pairs_elsewhere
    from ..review.filled import comments_alone
    from ..review.routed import gains, read_routes
    from .build_again import build_again

    folder = resolve_dataset(arguments.dataset)
    with reading(folder, "review"):
        record = read_provenance(folder)
        if record.unpaired and arguments.edits:
            raise UserError(
                f"{folder} holds single answers with a label each, whose sheets have no column 'edited'; leave --edits "
                "out"
            )
        about, sheets = f"{record.name} {record.version}", [Path(sheet) for sheet in arguments.sheets]
        routes = read_routes(Path(arguments.routes)) if arguments.routes else None
        routed = [one for ways in routes.languages.values() for one in ways.routed] if routes else []
        rule = decisions.DecisionRule(arguments.agree, arguments.ties)
        review = decisions.bring_back(about, sheets, Path(arguments.out), folder, record.files, rule, routed)
        findings = _write_findings(folder, record, review, Path(arguments.findings)) if arguments.findings else ""
        edits = _write_edits(folder, record, sheets, Path(arguments.edits)) if arguments.edits else ""
        elsewhere = pairs_elsewhere(review, folder, record.files)
        alone = comments_alone(sheets)
        retyped = decisions.taken_up_retyped(sheets, folder, record.files)
    judged = {pair_id: one.judgements for pair_id, one in review.decisions.items() if one.judgements}
    gained = [one.sentence() for one in gains(routes, judged)] if routes else []
    print_whole(review_table(review.agreement, decisions.things_of(review)))
    print_safely(decisions.counted(review))
    for line in filter(None, (elsewhere, alone, retyped, findings, edits, *gained)):
        print_safely(line)
    build = build_again(folder, record, "--review", arguments.out)
    print_safely(f"wrote {arguments.out}; {build} takes the decisions up")


def _write_edits(folder: Path, record: "Provenance", sheets: list[Path], out: Path) -> str:
    from .. import languages
    from ..languages.options import as_options
    from ..languages.registry import is_adopted
    from ..pages.rows import find_stages
    from ..review.decisions import judged_answers
    from ..review.edits import RemovedPairs, write_edits

    stages, _ = find_stages(folder, record)
    removed = sorted(stages.pairs.glob("removed-*.parquet")) if stages and stages.pairs else []
    kept = RemovedPairs(removed, stages.files("prompts"), stages.files("completions")) if stages and removed else None
    written = write_edits(judged_answers(sheets, folder, record.files), folder, record.files, out, kept)
    added = as_options(languages.get(tag) for tag in record.own_languages if is_adopted(tag))
    build = f"polypref build pairs --source {shlex.quote(str(out))} --layout polypref_edits{added}"
    return f"wrote {out}: {written.sentence()}; {build} makes pairs of them"


def _write_findings(folder: Path, record: "Provenance", review: "Decisions", out: Path) -> str:
    from ..pages.rows import find_stages
    from ..review.decisions import things_of
    from ..review.findings import write_findings

    stages, _ = find_stages(folder, record)
    check = stages.check if stages else None
    parts = sorted(check.glob("findings-*.parquet")) if check else None
    pairs = write_findings(review, folder, record.files, parts, out)
    alone = "" if parts else "; flags alone, as what checks noted of answers stays with the build, which is not here"
    return (
        f"wrote {out}: {pairs:,} of {len(review.decisions):,} {things_of(review)} have something that checks noted"
        + alone
    )
