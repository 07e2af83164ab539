"""`polypref review`: sheets for native speakers, and back."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..console.escaping import print_safely
from .arguments import Commands, add_languages, add_pairs, language_tags, positive_number

if TYPE_CHECKING:
    from ..release.provenance import Provenance
    from ..review.decisions import Decisions


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
    add_languages(give, required=True, help="languages, as in he,fa")
    add_pairs(give, "pairs a language (default 50)", "--sample", type=positive_number, default=50)
    give.add_argument("--seed", type=int, default=0, help="seed of the sample and of the blind order (default 0)")
    give.add_argument("--out", default="review", metavar="DIR", help="folder of the sheets (default: review)")
    give.set_defaults(run=_review_export)
    back = review.add_parser("import", help="read filled sheets: agreement, and decisions for polypref build --review")
    back.add_argument("dataset", help="a folder, or ORG/NAME[@TAG]")
    back.add_argument("sheets", nargs="+", help="filled sheets; one file a reviewer, or the column 'reviewer'")
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


def _review_export(arguments: argparse.Namespace, _: list[str]) -> None:
    from ..files.locks import reading
    from ..release.folder import read_provenance
    from ..release.hub import resolve_dataset
    from ..review import sheets as sheets_module

    folder = resolve_dataset(arguments.dataset)
    with reading(folder, "review"):
        record = read_provenance(folder)  # the dataset's own languages are known from here on
        tags = language_tags(arguments.languages) or []
        seed, out = abs(arguments.seed), Path(arguments.out)
        sheets = sheets_module.export_sheets(folder, record.files, tags, arguments.pairs, seed, out)
    print_safely("\n".join(str(sheet) for sheet in sheets))
    print_safely(
        "in the column 'verdict', reviewers write A, B, tie, both bad (which removes the pair) or not my language "
        "(which says nothing about it), and in 'edited', if they like, the better answer as it should read; then "
        "polypref review import"
    )


def _review_import(arguments: argparse.Namespace, _: list[str]) -> None:
    from ..console.terminal import console
    from ..files.locks import reading
    from ..pages.tables import review_table
    from ..release.folder import read_provenance
    from ..release.hub import resolve_dataset
    from ..review import decisions

    folder = resolve_dataset(arguments.dataset)
    with reading(folder, "review"):
        record = read_provenance(folder)
        about, sheets = f"{record.name} {record.version}", [Path(sheet) for sheet in arguments.sheets]
        rule = decisions.DecisionRule(arguments.agree, arguments.ties)
        review = decisions.bring_back(about, sheets, Path(arguments.out), folder, record.files, rule)
        findings = _write_findings(folder, record, review, Path(arguments.findings)) if arguments.findings else ""
        edits = _write_edits(folder, record, sheets, Path(arguments.edits)) if arguments.edits else ""
    console().print(review_table(review.agreement))
    print_safely(decisions.counted(review))
    for line in filter(None, (findings, edits)):
        print_safely(line)
    print_safely(f"wrote {arguments.out}; polypref build ... --review {arguments.out} takes the decisions up")


def _write_edits(folder: Path, record: "Provenance", sheets: list[Path], out: Path) -> str:
    from ..review.decisions import judged_answers
    from ..review.edits import write_edits

    written = write_edits(judged_answers(sheets, folder, record.files), folder, record.files, out)
    build = f"polypref build pairs --source {out} --layout polypref_edits"
    return f"wrote {out}: {written.sentence()}; {build} makes pairs of them"


def _write_findings(folder: Path, record: "Provenance", review: "Decisions", out: Path) -> str:
    from ..pages.rows import find_stages
    from ..review.findings import write_findings

    stages, _ = find_stages(folder, record)
    check = stages.check if stages else None
    parts = sorted(check.glob("findings-*.parquet")) if check else None
    pairs = write_findings(review, folder, record.files, parts, out)
    alone = "" if parts else "; flags alone, as what checks noted of answers stays with the build, which is not here"
    return f"wrote {out}: {pairs:,} of {len(review.decisions):,} pairs have something that checks noted{alone}"
