"""The local folder of a dataset: Parquet files cut where quotas fall, a README with its configs, provenance.

Layout: `data/LANGUAGE/SPLIT-FIRST-LAST.parquet` (ranks, both ends included), so every config is a list of files and no
row is stored twice. provenance.json is put in place last and lists every file with its digest.
"""

import hashlib
import shutil
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count, repeat
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .. import __version__
from ..console import progress
from ..errors import UserError
from ..files import published, sql
from ..files.atomic import file_digest, fingerprint, plain, write_bytes, write_released
from ..files.hub_names import beside
from ..files.json_types import Json, JsonObject, mapping_of
from ..files.owned import read_record
from ..files.readers import is_there
from ..files.records import encode
from ..files.store import Store
from ..languages import own
from ..pipeline.builder import Builder, packages
from ..pipeline.closing import closing
from ..pipeline.portable import portable
from ..pipeline.run import Built
from ..pipeline.ways import names_of
from ..review.agreement import Agreement
from ..review.applying import DecisionsUsed, agreement_in, count_used, decided_pairs
from ..review.decisions import read_decisions
from ..stages import pool
from ..stages.texts import with_texts
from ..text.personal_data import mask_pii
from . import card, language_notes, marked, placing, provenance, ways
from .facts import measure_facts
from .pieces import Piece, configs, cut_files, file_facts, rows_by_path
from .provenance import CheckPart, ModelPart, Provenance, SourcePart, TranslatorPart
from .ratings import write_ratings
from .rows import Form, checks_of, form_of
from .scattered import Scattered, ahead
from .writers import Writers

#: Raised when the layout or a published column changes.
FOLDER_VERSION = 3
# What people's marks are taken for; as the above, of datasets with marks alone.
MARKS_VERSION = 2
#: What the card of a later version says.
NOT_A_SAMPLE = (
    "In every language rows that an earlier version released stand before those that are new: the first rows of a "
    "mixture or a smaller quota are no fresh random sample of it."
)


def write_folder(
    built: Built, out: Path, prose: str, params: Mapping[str, Json] | None = None, quiet: bool = False
) -> bool:
    """Writes the folder, whole or not at all; an unchanged one is left as it is.

    Args:
        built: the finished run.
        out: the folder; its `.polypref` holds the build's store.
        prose: the card's prose (card.read_prose).
        params: the builder script's parameters, for provenance.
        quiet: show no progress.

    Returns:
        Whether anything was written.

    Raises:
        UserError: the folder cannot be written, something in the new files' place is not polypref's, or people's marks
            are of turns that are not in the build; nothing that is there was touched then.
    """
    funnel = [encode(row) for row in built.funnel]
    # Behind the file what it is taken for: only marks of turns of the build.
    marks = [file_digest(Path(built.builder.marks)), MARKS_VERSION] if built.builder.marks else []
    digits = fingerprint(
        FOLDER_VERSION,
        __version__,
        built.fingerprint,
        settings(built),
        parameters(params or {}),
        funnel,
        prose,
        *marks,
    )
    if _unchanged(out, digits):
        return False
    placing.check_place(out)
    placing.check_staging(out)
    marked_turns = marked.marks_part(built.builder, [stage.path for stage in built.rows])
    work = out / placing.STAGING
    with sql.disk_errors(out):
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        pieces = cut_files(built.mixtures, ranges=built.ranges)
        with progress.stage("write", sum(piece.rows for piece in pieces), quiet=quiet) as advance:
            parts, rows, form = _Parts(), Scattered[int](work), form_of(built)
            _scatter_rows(built, pieces, rows, parts, form)
            # Arrow sorts and packs outside of Python's lock. Two files at once, however many cores: each is in memory.
            with ThreadPoolExecutor(2) as threads:
                targets = [work / piece.path for piece in pieces]
                for done in threads.map(_gather_rows, count(), pieces, repeat(rows), targets):
                    advance(done)
        writers = Writers(built.builder, parts.models, set(parts.translators), set(parts.sources))
        rated = write_ratings(built, form, work, writers)
        record = _provenance(built, pieces, work, parts, params or {}, prose)
        people = list(form.people.group_people)
        record = replace(record, fingerprint=digits, ratings=rated, group_people=people, marks=marked_turns)
        write_card(work, provenance.redacted(record), f"path/to/{record.name}")
        # All is on the disk: only now does the old dataset go.
        placing.place_files(out, _digests(work, record))
    return True


def check_folder(out: Path, builder: Builder, store: Store) -> None:
    """Sees before a build begins that it may replace what is in its folder, and reads nothing that it replaces.

    Args:
        out: the folder.
        builder: what is to be built.
        store: the store in the folder's `.polypref`.

    Raises:
        UserError: something is there that polypref did not write, an input is in what would be replaced, or the
            decisions of reviewers, or people's marks, cannot be read.
    """
    placing.check_place(out)
    placing.check_staging(out)
    if builder.review:
        read_decisions(Path(builder.review))
    marked.check_marks(builder)
    for path in (builder.review, builder.marks, builder.split.previous and str(Path(builder.split.previous, "data"))):
        if path:
            store.check_input(Path(path))


def _digests(folder: Path, record: Provenance) -> dict[str, str]:
    """Path -> digest of all that makes up a dataset folder."""
    own = {name: file_digest(folder / name) for name in ("README.md", provenance.FILE)}
    return own | {name: facts.sha256 for name, facts in record.all_files.items()}


def _unchanged(out: Path, digits: str) -> bool:
    try:
        record = provenance.read_provenance(out / provenance.FILE)
        if record.fingerprint != digits or missing(out, record):
            return False
        if placing.is_whole(out) and read_record(out).get("stamps") == _stamps(out, record):
            return True
        unaltered = altered(out, record) is None
        if unaltered:
            placing.settle_record(out, _digests(out, record))
        return unaltered
    except (OSError, UserError):
        return False


def _stamps(out: Path, record: Provenance) -> dict[str, list[int]]:
    return {name: placing.stamp(out / name) for name in (provenance.FILE, "README.md", *record.all_files)}


def write_card(folder: Path, record: Provenance, where: str, revision: str | None = None) -> None:
    """Writes README.md and, with a digest of it and of itself, provenance.json: a change by hand is noticed.

    Args:
        folder: the folder, whose data files are there.
        record: provenance of the dataset; its `readme` is filled in.
        where: as in `render_card`.
        revision: as in `render_card`.
    """
    seal_top(folder, record, card.render_card(record, where, revision, folder))


def seal_top(folder: Path, record: Provenance, readme: str) -> None:
    """Writes README.md as it is given and provenance.json with a digest of it and of itself.

    Args:
        folder: the folder.
        record: provenance of the dataset; its `readme` is filled in.
        readme: the card.
    """
    text = readme.encode()
    write_bytes(folder / "README.md", text)
    record = replace(record, readme=hashlib.sha256(text).hexdigest())
    write_bytes(folder / provenance.FILE, provenance.to_bytes(record))


def altered(folder: Path, record: Provenance) -> str | None:
    """The first file of a folder that is not as its provenance says; None when all are.

    Args:
        folder: the dataset.
        record: its provenance.

    Returns:
        The file's path in the folder: README.md, or a data file.

    Raises:
        UserError: a file cannot be read.
    """
    digests = {"README.md": record.readme} | {name: facts.sha256 for name, facts in record.all_files.items()}
    return next((name for name, digest in digests.items() if file_digest(folder / name) != digest), None)


def missing(out: Path, record: Provenance) -> list[str]:
    """Files that a provenance lists and that are not there with the size it says.

    Args:
        out: the dataset.
        record: its provenance.

    Returns:
        Paths in the folder; no file is read for it.
    """
    return [
        name
        for name, facts in record.all_files.items()
        if not (out / name).is_file() or (out / name).stat().st_size != facts.bytes
    ]


class _Parts:
    """Sources and models of the rows of the release, noted while the rows pass: their licences are in no column."""

    def __init__(self) -> None:
        self.models: set[tuple[str, str, str]] = set()
        self.translators: Counter[str] = Counter()
        self.sources: Counter[tuple[str, str, str]] = Counter()

    def add(self, table: pa.Table) -> None:
        for role in ("chosen", "rejected"):
            names = [f"{role}_{name}" for name in ("model", "model_revision", "model_licence")]
            rows = table.select(names).group_by(names).aggregate([]).to_pylist()
            # Of a single answer the other side is null.
            self.models |= {(row[names[0]], row[names[1]], row[names[2]]) for row in rows if row[names[0]] is not None}
        translators = [table[f"{role}translator"] for role in ("", "chosen_", "rejected_")]
        if any(column.null_count < table.num_rows for column in translators):
            for of_row in zip(*(column.to_pylist() for column in translators), strict=True):
                self.translators.update({*of_row} - {None})
        of_sources, names = pc.list_flatten(table["sources"]), ["name", "revision", "licence"]
        sources = pa.table({name: pc.struct_field(of_sources, name) for name in names})
        for one in sources.group_by(names).aggregate([([], "count_all")]).to_pylist():
            self.sources[one["name"], one["revision"], one["licence"]] += one["count_all"]


def _scatter_rows(built: Built, pieces: list[Piece], rows: Scattered[int], parts: _Parts, form: Form) -> None:
    """Sends every row of every bucket to the file it belongs to."""
    starts: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for number, piece in enumerate(pieces):
        starts[piece.language, piece.split].append((piece.first, number))
    for table in ahead(released_rows(built)):
        parts.add(table)
        keys = zip(*(table[c].to_pylist() for c in ("language", "split", "rank")), strict=True)
        numbers = [starts[a, b][bisect_right(starts[a, b], (rank, len(pieces))) - 1][1] for a, b, rank in keys]
        rows.add(numbers, form.rows(table).append_column("rank", table["rank"]))


def _gather_rows(number: int, piece: Piece, rows: Scattered[int], target: Path) -> int:
    """Sorts one file's rows by rank and writes it."""
    table = rows.take(number).sort_by("rank").drop_columns("rank")
    if table.num_rows != piece.rows:
        raise RuntimeError(
            f"{piece.path} should hold ranks {piece.first} to {piece.last} but has {table.num_rows} rows"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    write_released(target, table)
    return int(table.num_rows)


def released_rows(built: Built) -> Iterator[pa.Table]:
    """The released pairs bucket by bucket, with texts, flags, split and rank.

    Args:
        built: the finished run.

    Yields:
        A table for each bucket that has released pairs: `schema.PAIRS` with the texts, `flags`, `split` and `rank`.
    """
    for number in range(built.buckets):
        ranked = pq.read_table(built.ranked.part("ranked", number))
        if not ranked.num_rows:
            continue
        bucket = pool.load_bucket(built.rows, built.index, number)
        pairs = pq.read_table(built.pair.part("pairs", number))
        at = pc.index_in(ranked["pair_id"].combine_chunks(), pairs["pair_id"].combine_chunks())
        table = with_texts(pairs.take(at), bucket)
        filtered = pq.read_table(built.filtered.part("filtered", number), columns=["pair_id", "flags"])
        at = pc.index_in(ranked["pair_id"].combine_chunks(), filtered["pair_id"].combine_chunks())
        table = table.append_column("flags", filtered["flags"].take(at))
        yield table.append_column("split", ranked["split"]).append_column("rank", ranked["rank"])


def settings(built: Built) -> JsonObject:
    """The build's settings as plain values.

    Args:
        built: the finished run.

    Returns:
        The settings, without paths of this machine.
    """
    return mapping_of(portable(built.settings))


def parameters(params: Mapping[str, Json]) -> JsonObject:
    """The builder script's parameters; of a path only its last part, as in the settings.

    Args:
        params: the parameters by name; secrets are stars already.

    Returns:
        The same by name, as JSON holds them.
    """
    return {k: Path(v).name if isinstance(v, str) and "/" in v and is_there(v) else plain(v) for k, v in params.items()}


def _provenance(
    built: Built, pieces: list[Piece], out: Path, parts: _Parts, params: Mapping[str, Json], prose: str
) -> Provenance:
    """What the build's folder says of itself, but for what stands for its content (fingerprint, digest of the card)."""
    builder = built.builder
    notes = language_notes.of_build(built)
    agreed, used = _review(built)
    stages = {name: getattr(built, name) for name in ("read", "index", "check", "pair", "filtered", "ranked")}
    return Provenance(
        name=builder.name,
        version=builder.version,
        card=builder.card,
        evaluation_set=builder.evaluation_set,
        notes=[*builder.notes, *ways.cautions(built), *([NOT_A_SAMPLE] if built.ranges else [])],
        citation=dict(builder.citation),
        parameters=parameters(params),
        settings=settings(built),
        packages=dict(packages()),
        fingerprints={name: stage.fingerprint for name, stage in stages.items()},
        fingerprint="",
        rows=[stage.path.name for stage in built.rows],
        rater=names_of(builder.ways),
        ways=ways.way_parts(built, out),
        checks=[CheckPart(one.name, one.version, one.summary) for one in checks_of(builder)],
        sources=[SourcePart(*names, rows) for names, rows in sorted(parts.sources.items())],
        models=[
            ModelPart(model, revision, builder.licences.get(model, licence) if licence == "unknown" else licence)
            for model, revision, licence in sorted(parts.models)
        ],
        served={model: sorted(names) for model, names in sorted(built.served.items())},
        model_notes=dict(sorted(built.model_notes.items())),
        translators=[
            TranslatorPart(name, builder.all_licences.get(name, "unknown"), rows)
            for name, rows in sorted(parts.translators.items())
        ],
        facts=measure_facts([out / piece.path for piece in pieces]),
        calibration=ways.calibration(built, out),
        prose=prose,
        agreement=built.agreement,
        read_by_source=closing(built.read).by_source,
        review=agreed,
        decisions_used=used,
        mixtures=built.mixtures,
        not_drawn=closing(built.ranked).not_drawn,
        unknown_languages=notes.unknown_languages,
        not_language_checked=notes.not_language_checked,
        own_languages=notes.own_languages,
        funnel=built.funnel,
        configs=configs(built.mixtures, pieces),
        files=file_facts(out, rows_by_path(pieces)),
        readme="",
    )


def _review(built: Built) -> tuple[dict[str, Agreement] | None, dict[str, DecisionsUsed] | None]:
    """How far reviewers agree with the rater of this build, and what it did with their decisions."""
    if built.builder.review is None:
        return None, None
    path = Path(built.builder.review)
    review = read_decisions(path)
    parts = [part for table in ("pairs", "removed") for part in built.pair.parts(table)]
    pairs = decided_pairs(review.decisions, parts, str(path))
    return agreement_in(review, pairs), count_used(review.decisions, pairs, mask_pii(review.by))


def read_provenance(folder: Path) -> Provenance:
    """The provenance of a folder that polypref built.

    Args:
        folder: the folder; it may be a stranger's.

    Returns:
        The provenance; languages of its builder script's own are known from then on.

    Raises:
        UserError: it is not one, or is not whole; it is a file, or no folder is there.
    """
    try:
        record = provenance.read_provenance(folder / provenance.FILE)
    except FileNotFoundError:
        if not folder.exists():
            raise UserError(
                f"there is no folder {folder}{beside(folder)}; give a dataset's folder, or build it"
            ) from None
        if (folder / ".polypref").is_dir():
            raise UserError(
                f"{folder} is not a finished polypref dataset (no provenance.json): its build stopped before its end, "
                f"or is under way; polypref inspect {folder} shows how far it came"
            ) from None
        raise UserError(
            f"{folder} is not a finished polypref dataset (no provenance.json); give the folder that "
            "build() or polypref build wrote"
        ) from None
    except NotADirectoryError:
        raise UserError(_not_a_folder(folder)) from None
    except OSError as error:
        raise UserError(f"cannot read {folder / provenance.FILE}: {error.strerror}; check its permissions") from None
    if lost := missing(folder, record):
        raise UserError(_not_whole(folder, lost))
    if not placing.is_whole(folder) and (half := altered(folder, record)):
        raise UserError(f"a build of {folder} was stopped while it put {half} in place; run the same build again")
    for files, of_ratings in ((record.files, False), (record.ratings.files if record.ratings else {}, True)):
        forms = {name: published.check_file(folder / name, facts.rows, of_ratings) for name, facts in files.items()}
        if other := [name for name, form in forms.items() if not form.equals(next(iter(forms.values())))]:
            raise UserError(f"{folder / other[0]} has other columns than {next(iter(forms))}; get the dataset again")
    own.adopt(record.own_languages, str(folder / provenance.FILE))
    return record


def _not_whole(folder: Path, lost: Sequence[str]) -> str:
    """What to say of a folder with files that are not there, or not of the size that its provenance says."""
    gone = [name for name in lost if not (folder / name).is_file()]
    first, others = (gone or lost)[0], len(gone or lost) - 1
    more = f" and {others} more file{'s' * (others > 1)}" if others else ""
    if gone:
        return f"{folder} lacks {first}{more}; build it again"
    return (
        f"{folder}: {first}{more} {'were' if others else 'was'} changed since the build; put the file back, or build "
        "into another folder"
    )


def _not_a_folder(file: Path) -> str:
    """What to say where a file was given in place of a dataset's folder."""
    # A data file lies two folders below: data/LANGUAGE/SPLIT.parquet.
    near = [one for one in list(file.absolute().parents)[:3] if (one / provenance.FILE).is_file()]
    todo = f"give its folder, {near[0]}" if near else "give the folder that polypref build wrote, or ORG/NAME"
    return f"{file} is a file, and a dataset is a folder; {todo}"
