"""Building a dataset: from a builder script or a Builder to a folder that `load_dataset` reads."""

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Literal

from ..console.escaping import lines, short_text
from ..console.redaction import redact_text
from ..errors import UserError
from ..scripting.calls import checked_arguments
from .arguments import check_log, check_number, check_paths, check_share, list_names
from .cards import card_prose
from .datasets import Dataset

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from ..engines.contract import Engine
    from ..files.json_types import Json
    from ..pipeline.builder import Builder
    from ..pipeline.rehearsal import Rehearsed
    from ..stages.checks.contract import Check


@dataclass(frozen=True)
class Declared:
    """A builder, and where it comes from.

    Attributes:
        builder: what is built.
        script: the builder script; None for a Builder that is in none.
        params: the script's parameters, for provenance; secrets are stars.
    """

    builder: "Builder"
    script: Path | None
    params: "Mapping[str, Json]"

    @property
    def folder(self) -> Path:
        """Where its card is looked for."""
        return Path.cwd() if self.script is None else self.script.resolve().parent


@checked_arguments
def build(
    builder: "Builder | Declared | str | Path",
    out: str | Path | None = None,
    *,
    params: Mapping[str, object] | None = None,
    languages: Sequence[str] | str | None = None,
    mixtures: Sequence[str] | str = (),
    limit: int | None = None,
    max_bad: float | None = None,
    card: str | Path | None = None,
    review: str | Path | None = None,
    retracted: str | Path | None = None,
    second_detector: Literal["langdetect"] | None = None,
    version: str | None = None,
    previous: str | Path | None = None,
    log: str | Path | None = None,
    retry: bool = False,
    workers: int | None = 1,
    engine: Literal["local", "ray"] = "local",
    ray_address: str | None = None,
    quiet: bool = False,
) -> Dataset:
    """Builds a dataset, making only what is not made yet.

    Args:
        builder: a Builder; the path of a builder script; or the name of one that comes with polypref.
        out: the folder of the dataset; build/NAME when left out.
        params: values for the script's parameters, by name; the others have their defaults.
        languages: only these, by tag or name; one text is one, or several between commas.
        mixtures: only these, by name; a text as with languages.
        limit: at most so many prompts a language; prompts to be answered in another language are counted apart.
        max_bad: share of unusable rows that stops the build.
        card: the file with the card's prose; when left out, the one that the Builder names, beside the script or in
            `dataset_cards/` beside or above it. A build without one goes through; a release asks for it.
        review: decisions of reviewers, from `polypref review import` or exported by a dataset's page.
        retracted: leave out what was taken back: a CHANGELOG.md, a dataset folder with one, or ORG/NAME, of which the
            changelog of main is read.
        second_detector: langdetect, to have it vote on the language of every published text too: where it disagrees
            is marked in the column `flags` and counted by language in the card; it rejects nothing.
        version: of the dataset, as in 1.2.3; what the builder says when left out.
        previous: the earlier version that this one goes on from, in place of the builder's `Split(previous=...)`: its
            folder, or ORG/NAME@TAG. The version must then be a later one than that.
        log: the response log, to share it between builds; in the folder when left out.
        retry: ask models again for what failed before.
        workers: processes that run the stages; None for one a core. Further processes load the calling script again,
            so with more than one it must do its work under `if __name__ == "__main__":`.
        engine: what runs parts and models: local or ray.
        ray_address: with engine="ray": a cluster's head node, or auto.
        quiet: show no progress.

    Returns:
        The dataset in its folder.

    Raises:
        UserError: bad input, a mixture that cannot be filled, a disk that is full, a model that cannot be reached.

    Example:
        >>> dataset = polypref.build("quickstart", tmp / "quickstart", quiet=True)
        >>> dataset.mixtures
        {'ml-23': 230, 'ml-5': 25, 'en-1': 10}
    """
    from ..files.store import Store
    from ..languages.own import adopt_beside
    from ..pipeline.context import Asked
    from ..pipeline.last_run import noted_end
    from ..pipeline.run import run_builder
    from ..release import provenance
    from ..release.earlier import check_follows, earlier_version, undone_review
    from ..release.folder import check_folder, write_folder
    from ..release.warnings import no_row_in, nothing_retracted
    from ..stages.counts import absent_languages

    check_number("limit", limit)
    check_number("workers", workers)
    check_paths(out=out, card=card, review=review, retracted=retracted, previous=previous)
    check_log(log)
    if not isinstance(builder, Declared):
        know_languages_of(previous)
    given = declare_builder(builder, params)
    placed = _as_version(given.builder, version, previous)
    narrowed = _narrow_builder(placed, languages, mixtures, max_bad, review, retracted, second_detector)
    prose = card_prose(card, narrowed.card, given.folder)
    if ray_address and engine != "ray":
        raise UserError(
            "ray_address (--ray-address) says where a Ray cluster is; give engine='ray' (--engine ray) with it"
        )
    folder = _target(narrowed, out)
    earlier = earlier_version(narrowed.split.previous)
    if earlier is not None:
        adopt_beside(earlier)
    if previous is not None and earlier is not None:
        check_follows(narrowed.name, narrowed.version, earlier, str(previous))
    script = None if given.script is None else str(given.script)
    with (
        _engine(engine, ray_address, workers, script, folder / ".polypref") as runs,
        Store(folder / ".polypref", narrowed.name) as store,
        noted_end(store.root),
    ):
        check_folder(folder, narrowed, store)
        built = run_builder(narrowed, store, runs, limit, quiet, Asked(_response_log(folder, log), retry), earlier)
        if absent := absent_languages(narrowed.languages, built.funnel):
            print(no_row_in(absent), file=sys.stderr)
        if narrowed.retracted and (unused := nothing_retracted(str(retracted or narrowed.retracted), built.funnel)):
            print(lines(redact_text(unused)), file=sys.stderr)
        if earlier and not narrowed.review and (undone := undone_review(str(narrowed.split.previous), earlier)):
            print(lines(redact_text(undone)), file=sys.stderr)
        changed = write_folder(built, folder, prose, given.params, quiet)
        dataset = Dataset(folder, changed)
        # Read while nobody else can write: what the property would give, and no reader's mark is left in the folder.
        vars(dataset)["record"] = provenance.read_provenance(folder / provenance.FILE)
    return dataset


def rehearse(
    builder: "Builder | Declared | str | Path",
    out: str | Path | None = None,
    *,
    params: Mapping[str, object] | None = None,
    languages: Sequence[str] | str | None = None,
    mixtures: Sequence[str] | str = (),
    limit: int | None = None,
    max_bad: float | None = None,
    version: str | None = None,
    previous: str | Path | None = None,
    log: str | Path | None = None,
) -> "list[Rehearsed]":
    """Counts what a build would ask its models, and asks nothing.

    Args:
        builder, out, params, languages, mixtures, limit, max_bad, version, previous, log: as in `build`.

    Returns:
        For each stage and model how many requests, how many of them are answered already, about how many tokens, and
        what they cost: None where no prices are known.

    Raises:
        UserError: as in `build`.
    """
    from ..files.store import Store
    from ..pipeline import rehearsal

    check_number("limit", limit)
    check_paths(out=out, previous=previous)
    check_log(log)
    if not isinstance(builder, Declared):
        know_languages_of(previous)
    placed = _as_version(declare_builder(builder, params).builder, version, previous)
    narrowed = _narrow_builder(placed, languages, mixtures, max_bad)
    known = _response_log(_target(narrowed, out), log)
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / ".polypref", narrowed.name) as store:
        return rehearsal.rehearse(narrowed, store, limit, known)


def declare_builder(builder: "Builder | Declared | str | Path", params: Mapping[str, object] | None = None) -> Declared:
    """The Builder that is meant: itself, or that of a script.

    Args:
        builder: as in `build`.
        params: the script's parameters, by name.

    Returns:
        The Builder, with its script and the script's parameters.

    Raises:
        UserError: there is no such script, it raises, or a parameter does not fit.
    """
    from ..pipeline.builder import Builder
    from ..scripting import params as parameters
    from ..scripting.loading import load_script
    from ..scripting.shipped import find_script

    if params is not None and not isinstance(params, Mapping):
        raise UserError(f"params={params!r:.80}: give a script's parameters by name, as in {{'seed': 1}}")
    if isinstance(builder, Declared):
        return builder
    if isinstance(builder, Builder):
        if params:
            raise UserError("params are for a builder script; a Builder has all its settings already")
        return Declared(builder, None, {})
    if not isinstance(builder, str | PathLike):
        raise UserError(f"build() takes a Builder, or the path or name of a script; it got {_what_it_is(builder)}")
    script = find_script(str(builder))
    module = load_script(str(script))
    return declared(module, parameters.from_values(module.Params, params or {}, str(builder)), script)


def _what_it_is(given: object) -> str:
    """What stands where a Builder should, and what to do with it."""
    if isinstance(given, type):
        return f"the class {given.__name__}" + (": write Builder(...)" if given.__name__ == "Builder" else "")
    kind = type(given).__name__
    if kind == "Fields":
        return f"a {kind}: put it into a source, and that into Builder(sources=(Files(...),))"
    if all(hasattr(given, name) for name in ("fields", "files", "lines", "licence")):
        return f"a {kind}: put it into Builder(sources=(...,))"
    return f"{given!r:.80}" if given is None else f"{given!r:.80}, a {kind}"


def declared(module: ModuleType, params: "DataclassInstance", script: Path) -> Declared:
    """The Builder of a script that is loaded.

    Args:
        module: the script.
        params: an object of its Params.
        script: its path.

    Returns:
        The Builder that its `build` gives for the parameters.

    Raises:
        UserError: its `build` raises, or returns no Builder.
    """
    from ..pipeline.builder import declare_builder
    from ..scripting.params import as_dict

    return Declared(declare_builder(module, params), script, as_dict(params))


def know_languages_of(previous: str | Path | None) -> None:
    """Makes the languages known that an earlier version has in its record, before a script is asked that names them.

    Args:
        previous: as in `build`.

    Raises:
        UserError: there is no such version, or its record does not describe languages.
    """
    from ..languages.own import adopt_beside
    from ..release.earlier import earlier_version

    if previous is not None and (folder := earlier_version(str(previous))):
        adopt_beside(folder)


def _as_version(builder: "Builder", version: str | None, previous: str | Path | None) -> "Builder":
    """The same builder as a version of its own, which goes on from an earlier one; None changes nothing."""
    if version is not None:
        if not isinstance(version, str):
            raise UserError(f"version={version!r:.80}: write a text of the form 1.2.3")
        builder = replace(builder, version=version)
    if previous is not None:
        builder = replace(builder, split=replace(builder.split, previous=str(previous)))
    return builder


def _narrow_builder(
    builder: "Builder",
    languages: Sequence[str] | str | None,
    mixtures: Sequence[str] | str,
    max_bad: float | None,
    review: str | Path | None = None,
    retracted: str | Path | None = None,
    second_detector: Literal["langdetect"] | None = None,
) -> "Builder":
    """The same builder with what one build changes of it; the arguments are those of `build`."""
    from ..languages import resolve_at

    check_share("max_bad", max_bad)
    named = list_names("languages", languages)
    tags = None if named is None else [resolve_at("languages (--languages)", name).tag for name in named]
    builder = builder.narrowed(tags, list_names("mixtures", mixtures or None) or [])
    if max_bad is not None:
        builder = replace(builder, max_bad=max_bad)
    if review is not None:
        builder = replace(builder, review=str(review))
    if second_detector is not None:
        builder = replace(builder, filters=_with_second_detector(builder.filters, second_detector))
    if retracted is not None:
        from ..release.hub import resolve_log

        changes = resolve_log(str(retracted))
        if changes is None:
            sentence = f"{retracted} has no CHANGELOG.md on main: it tells of nothing that was taken back"
            print(lines(redact_text(sentence)), file=sys.stderr)
        builder = replace(builder, retracted=None if changes is None else str(changes))
    return builder


def _with_second_detector(chain: "tuple[Check, ...]", detector: Literal["langdetect"]) -> "tuple[Check, ...]":
    """The chain with a vote of the second detector at its end; as it is where the builder has one already."""
    from ..languages.identifier import Identifier
    from ..stages.checks import second_detector as audit

    if any(one.name == audit.NAME for one in chain):
        return chain
    deciding = next((one.identifier for one in chain if hasattr(one, "identifier")), Identifier())
    return (*chain, audit.SecondDetector(Identifier(detector=detector), deciding))


def _target(builder: "Builder", out: str | Path | None) -> Path:
    """The folder of the dataset.

    Raises:
        UserError: something is there that no build made.
    """
    from ..files.owned import is_occupied

    folder = Path(out or f"build/{builder.name}")
    if is_occupied(folder):
        raise UserError(f"{folder} is there and holds no polypref build; choose another folder (out= or --out)")
    return folder


def _response_log(folder: Path, log: str | Path | None) -> Path:
    """The response log of a build: the one that is given, or the folder's own."""
    return Path(log or folder / ".polypref" / "responses.sqlite")


@contextmanager
def _engine(
    name: str, address: str | None, workers: int | None, script: str | None, folder: Path
) -> "Iterator[Engine]":
    """What runs the stages, where workers know the languages of this process; a Ray that was started ends after it."""
    from ..languages.own import registered_here

    known = registered_here()
    if name == "ray":
        from ..engines.cluster import Cluster
        from ..engines.ray import Ray

        with Cluster(folder, address, workers, script, known) as cluster:
            yield Ray(cluster, workers)
    elif name == "local":
        from ..engines.local import Local

        yield Local(workers, script, known)
    else:
        raise UserError(f"engine is local or ray, not '{short_text(name)}'")
