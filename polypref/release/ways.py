"""How the prompts of each source were rated and paired, and what each rater did: for a dataset's provenance."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from ..files import sql
from ..files.atomic import write_table
from ..pipeline.parts import prompts_of
from ..pipeline.run import Built
from ..pipeline.ways import raters_of
from ..raters.calibration import Files, LanguageCalibration, calibrate_rater
from ..stages import pool
from .provenance import WayPart

#: Of datasets of which a source reads tools or cuts thoughts.
_WHOLE_TURNS = (
    "Messages may have thoughts (`thinking`) and calls of tools (`tool_calls`), and `tools` says which tools a prompt "
    "offers, null for none. In Parquet they are JSON, which `datasets` reads as mappings (tried with 5.2): a message "
    "has the keys that it needs, and no others."
)


def cautions(built: Built) -> list[str]:
    """What a reader must know of the raters, as they say it, of scores that were turned round, and of whole turns.

    Args:
        built: the finished run.

    Returns:
        Each caution once.
    """
    cautions = [rater.caution for rater, _ in raters_of(built.builder.ways) if rater.caution]
    for source in built.builder.sources:
        cautions += [
            f"Scores by '{answer.rater}' are the negatives of numbers of which the lower is the better (ranks, errors)."
            for answer in source.fields.answers
            if answer.score and answer.lower_is_better
        ]
    return [*dict.fromkeys(cautions), *([_WHOLE_TURNS] if built.builder.has_whole_turns else [])]


def calibration(built: Built, work: Path) -> list[LanguageCalibration]:
    """What the rater did with all answers of the build, those that reviewers took out among them.

    Args:
        built: the finished run.
        work: a folder for what does not fit in memory.

    Returns:
        A row for each language; none where there are several ways, each of which has its own.
    """
    ways = built.builder.ways
    # Labels that are kept unpaired compare nothing.
    alone = len(ways) == 1 and not built.builder.unpaired
    return _calibrated(built, work, ways[0].rater.name, None) if alone else []


def way_parts(built: Built, work: Path) -> list[WayPart]:
    """The ways in which the prompts of sources were rated and paired, with what each rater did.

    Args:
        built: the finished run.
        work: a folder for what does not fit in memory.

    Returns:
        A part for each way, and what a rater of several did with the first of them; none where there is one way.
    """
    ways, parts = built.builder.ways, []
    if len(ways) == 1:
        return []
    of_rater = {rater.name: sources for rater, sources in raters_of(ways)}
    for way in ways:
        sources = None if built.builder.unpaired else of_rater.pop(way.rater.name, None)
        done = _calibrated(built, work, way.rater.name, sources) if sources else []
        parts.append(WayPart(way.rater.name, way.pairs.rule, list(way.sources), done))
    return parts


def _calibrated(built: Built, work: Path, rater: str, sources: Sequence[str] | None) -> list[LanguageCalibration]:
    prompts = work / "prompts"
    prompts.mkdir(exist_ok=True)
    con = sql.connect(work / "scratch", reads=[prompts, *(one.path for one in (*built.rows, built.index, built.pair))])
    try:
        return calibrate_rater(
            [_bucket(built, number, sources, prompts, con) for number in range(built.buckets)], rater, con
        )
    finally:
        con.close()
        shutil.rmtree(prompts)


def _bucket(built: Built, number: int, sources: Sequence[str] | None, folder: Path, con: sql.Connection) -> Files:
    ratings, completions = (pool.row_files(built.rows, name, number) for name in ("ratings", "completions"))
    pairs = [path for name in ("pairs", "removed") if (path := built.pair.part(name, number)).exists()]
    index = built.index.part("index", number)
    parts = pool.row_files(built.rows, "prompts", number)
    if sources is not None and parts:
        rated = con.sql(f"SELECT DISTINCT prompt_id FROM {prompts_of(parts, sources)}").to_arrow_table()
        table = pq.read_table(index)
        index = folder / index.name
        write_table(index, table.filter(pc.is_in(table["prompt_id"], rated["prompt_id"].combine_chunks())))
    return Files(ratings, completions, [index], pairs)
