"""A build that wrote no dataset: how far it came, what its stages left out and why, in the terminal and as a page."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ..console.terminal import console, safe
from ..errors import UserError
from ..files.json_types import Json
from ..files.locks import is_written
from ..files.owned import is_sealed, sealed, write_new
from ..languages import resolve_at
from ..pipeline.last_run import LastRun, read_last_run
from ..release import provenance
from ..stages.counts import FunnelRow, whole_unit
from ..stages.first_choices import first_choices
from ..stages.reason_words import legend
from .dataset import by_language, page_data, sentence_case
from .funnel import funnel
from .lost_rows import Stages
from .parts import SEAL, asset, environment, language, policy_hash, refuse_folder, script
from .rows import BUDGET, Sample, draw_lost
from .shown import PER_GROUP, SEED
from .tables import equation_table, reasons_table

#: Stages whose parts are prompts, answers, ratings or verdicts.
_OF_ROWS = ("read", "translate", "cross", "complete", "rate", "combine")
# Characters of a prompt or an answer in the terminal.
_SHORT = 200


@dataclass(frozen=True)
class Unfinished:
    """A build that wrote no dataset.

    Attributes:
        folder: where it is.
        run: what its last run noted.
        running: whether a process writes the folder now.
    """

    folder: Path
    run: LastRun
    running: bool

    @property
    def store(self) -> Path:
        """Where its stages are."""
        return self.folder / ".polypref"

    @cached_property
    def funnel(self) -> list[FunnelRow]:
        """What the finished stages counted."""
        return self.run.funnel(self.store)

    @property
    def stages(self) -> Stages:
        """The stages that are finished."""
        # Of a stage read that was stopped the files of bad rows are there.
        rows = tuple(self.run.folders(self.store, *_OF_ROWS)) or tuple(self.run.begun(self.store, "read"))
        pair = self._last("pair")
        return Stages(
            rows, pair, self._last("review") or pair, self._last("filter"), self._last("balance"), self._last("check")
        )

    def _last(self, name: str) -> Path | None:
        folders = self.run.folders(self.store, name)
        return folders[-1] if folders else None

    @property
    def ended(self) -> str:
        """What keeps it from being a dataset, as a line without a full stop."""
        place = self.run.place(self.store)
        if self.running:
            place = place.replace("were", "are")
            return f"a build is writing this folder now, {place}; this is as far as it has come"
        if self.run.stopped:
            read = "; ".join(self.run.stopped_reading(self.store))
            until = f" ({read}; below is what became of these, and nothing of what comes after)" if read else ""
            return f"the build stopped {place}{until}: {self.run.stopped}"
        if self.run.finished:
            return "the build was finished, but its dataset is gone; the same build again writes it from its stages"
        return (
            f"the build ended {place} and could not say why: it was killed, or the machine stopped; the same "
            "build again goes on from there"
        )


def unfinished_build(folder: Path) -> Unfinished | None:
    """The build of a folder that holds no dataset.

    Args:
        folder: the folder.

    Returns:
        The build; None where a dataset is there, or no build.

    Raises:
        UserError: nothing is noted of its last run.
    """
    if (folder / provenance.FILE).exists() or not (folder / ".polypref").is_dir():
        return None
    run, running = read_last_run(folder / ".polypref"), is_written(folder)
    if run is None and running:
        raise UserError(f"a build of {folder} has just begun; look again when it has come to a stage")
    if run is None:
        raise UserError(
            f"{folder} is no finished dataset, and nothing is noted of how far its build came: it stopped before it "
            "began, or an older polypref made it; build it again"
        )
    return Unfinished(folder, run, running)


def show_unfinished(build: Unfinished, samples: int, tags: Sequence[str] | None) -> None:
    """Prints how far a build came, for a person.

    Args:
        build: the build.
        samples: how many of the rows of each reason.
        tags: of which languages; None for all.

    Raises:
        UserError: the build has no row in one of the languages.
    """
    known, screen = _known_tags(build, tags), console()
    rated = safe(build.run.rated or build.run.rater)
    screen.print(f"[bold]{safe(build.run.name)} {safe(build.run.version)}[/]  rated by {rated}")
    screen.print(f"[yellow]no finished dataset[/] {safe(build.ended, whole=True)}")
    if not build.funnel:
        screen.print("no stage is finished")
        return
    screen.print(steps_table(build.funnel))
    screen.print(equation_table(build.funnel))
    screen.print(reasons_table(build.funnel))
    sample = draw_lost(build.stages, build.funnel, build.run.rater, known, samples)
    for row in _some_of_each(map(json.loads, sample.rows), samples):
        _show_row(screen, row)


def steps_table(rows: Iterable[FunnelRow]) -> Table:
    """Per language: of what came into each stage, how much went on.

    Args:
        rows: of a funnel.

    Returns:
        A row a language, and one for all; a column for each stage and unit, but not for each of several raters, who
        stand in the table of the equation.
    """
    counts: dict[tuple[str, str], dict[str, Counter[str]]] = {}
    for row in (row for row in rows if row.unit == whole_unit(row.unit)):
        of_step = counts.setdefault((row.stage, row.unit), defaultdict(Counter))
        for tag in dict.fromkeys((row.language or "und", "")):
            of_step[tag][row.outcome] += row.rows
    table = Table("language", *(f"{stage}\n{unit}" for stage, unit in counts), title="kept of what came in")
    tags = sorted({tag for of_step in counts.values() for tag in of_step if tag})
    for tag in [*tags, ""]:
        if not tag:
            table.add_section()
        cells = [_kept_of(of_step[tag]) if tag in of_step else "" for of_step in counts.values()]
        table.add_row(safe(tag or "all"), *cells)
    for column in table.columns[1:]:
        column.justify = "right"
    return table


def _kept_of(counts: Mapping[str, int]) -> str:
    kept = counts.get("kept", 0)
    came = counts.get("in", 0) or kept + counts.get("rejected", 0) + counts.get("skipped", 0)
    return f"{kept:,} of {came:,}"


def _known_tags(build: Unfinished, names: Sequence[str] | None) -> list[str] | None:
    """The tags of languages that somebody asks for by tag or name; None for all."""
    there = sorted({row.language for row in build.funnel if row.language})
    tags = [name if name in there else resolve_at("languages (--languages)", name).tag for name in names or ()]
    if absent := [tag for tag in tags if tag not in there]:
        raise UserError(f"{build.folder} has no rows in '{absent[0]}'; it has {', '.join(there) or 'none'}")
    return tags or None


def _some_of_each(rows: Iterable[Mapping[str, Json]], most: int) -> list[Mapping[str, Json]]:
    """So many rows of each stage and reason, whatever their language."""
    taken, some = Counter[tuple[str, str]](), []
    for row in rows:
        reason = (str(row["stage"]), str(row["reason"]))
        taken[reason] += 1
        if taken[reason] <= most:
            some.append((reason, row))
    order = {reason: place for place, reason in enumerate(dict.fromkeys(reason for reason, _ in some))}
    return [row for _, row in sorted(some, key=lambda one: order[one[0]])]


def _show_row(screen: Console, row: Mapping[str, Json]) -> None:
    title = f"{row['stage']}: {row['reason']}, {row['language'] or 'no language'}, {str(row['id'])[:12]}"
    table = Table(title=safe(title), show_header=False, width=120)
    table.add_column(width=22)
    table.add_column(overflow="fold")
    for name, words in (("where", "place"), ("detail", "what it is")):
        if row.get(name):
            table.add_row(words, safe(_short(str(row[name])), whole=True))
    turns, answers = row.get("prompt"), row.get("answers")
    if isinstance(turns, list) and turns and isinstance(turns[-1], list):
        table.add_row("prompt", safe(_short(str(turns[-1][1])), whole=True))
    for answer in answers if isinstance(answers, list) else ():
        if isinstance(answer, dict):
            score = answer.get("score")
            mark = f"{safe(str(answer['name']))}\n{safe(str(answer['model']))}"
            mark += f"\n{score:.3g}" if isinstance(score, int | float) else ""
            table.add_row(mark, safe(_short(str(answer["text"])), whole=True))
    if table.row_count:
        screen.print(table)


def _short(text: str) -> str:
    return text if len(text) <= _SHORT else text[:_SHORT].rstrip() + " …"


def write_unfinished_page(
    build: Unfinished, target: Path, tags: Sequence[str] | None = None, per_group: int | None = None
) -> Sample:
    """Writes a page on how far a build came, to read what it left out in; the same stages give the same bytes.

    Args:
        build: the build.
        target: the file.
        tags: languages whose rows are shown; None for all.
        per_group: the most rows of one language and reason.

    Returns:
        What rows the page holds.

    Raises:
        UserError: the build has none of the languages, or the file cannot be written or is somebody's own.
    """
    refuse_folder(target)
    known = _known_tags(build, tags)
    sample = draw_lost(build.stages, build.funnel, build.run.rater, known, per_group)
    text = render_unfinished(build, sample, PER_GROUP if per_group is None else per_group)
    write_new(target, sealed(text, SEAL), lambda before: is_sealed(before, SEAL))
    return sample


def render_unfinished(build: Unfinished, sample: Sample, per_group: int = PER_GROUP) -> str:
    """The page's text.

    Args:
        build: the build.
        sample: the rows to show.
        per_group: the most rows of one language and reason that were drawn.

    Returns:
        HTML.
    """
    from markupsafe import Markup

    css, code = asset("page/page.css"), script("page/review.js", "page/page.js")
    text: str = (
        environment()
        .get_template("page/unfinished.html.jinja")
        .render(
            run=build.run,
            ended=sentence_case(build.ended),
            language=language,
            stages=funnel(build, sample),
            meanings=legend(build.funnel),
            by_language=by_language(build),
            first_choices=first_choices(build.funnel),
            drawn={"rows": sample.held.total(), "all": sample.totals.total(), "per_group": per_group, "seed": SEED},
            budget=BUDGET // 1_000_000,
            hashes={"css": policy_hash(css), "script": policy_hash(code)},
            css=Markup(css),
            script=Markup(code),
            data=Markup(page_data(sample, legend(build.funnel))),
        )
    )
    return text.lstrip()
