"""`polypref release`: one commit, checked by loading it back, then one tag.

Order: look, plan, commit (with the parent it was planned on), verify at that commit, tag, and only then open a private
repository to the public. Whatever fails, main holds the old version or the new one whole, and no tag names something
unverified; the same command goes on where it stopped.
"""

import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from ..console.escaping import print_safely
from ..console.redaction import guard_logs
from ..errors import UserError
from ..files.atomic import write_bytes
from ..files.hub_reader import guard_downloads
from ..files.locks import reading
from ..files.packed import ending_of
from ..files.readers import ENDINGS
from ..files.unpaired import row_id
from ..stages import retracted
from . import card, hub, marked, tombstone
from .diff import Difference, difference, version_numbers
from .folder import altered, read_provenance, write_card
from .hub_errors import HubUnreachable, hub_errors
from .licences import decide_licence, named_parts, unstated_licences
from .personal_data import mask_folder
from .plan import Plan, least_version
from .provenance import Config, Provenance, RatingsConfig
from .retracted_ratings import rated_hits
from .retracted_words import rationale_hits
from .verified import read_table

if TYPE_CHECKING:
    from datasets import Dataset
    from huggingface_hub import HfApi


Say: TypeAlias = Callable[[str], None]
"""Where lines for the user go."""
NOT_MASKED = "Personal data was not masked."
# Files of rows by their names; a .json commonly holds settings.
_ROWS = {*ENDINGS} - {".json"}


def release_dataset(
    folder: Path,
    repo: str,
    public: bool = False,
    create_pr: bool = False,
    dry_run: bool = False,
    keep_pii: bool = False,
    say: Say = print_safely,
) -> None:
    """Releases a dataset folder.

    Args:
        folder: what `polypref build` wrote.
        repo: ORG/NAME.
        public: a public repository; the licences must allow it.
        create_pr: propose the commit as a pull request; run again after it was merged, to verify and tag.
        dry_run: print the plan and send nothing.
        keep_pii: leave personal data in a public release.
        say: where the lines go.

    Raises:
        UserError: anything that stops it, in one sentence.
    """
    hub.check_name(repo)
    with reading(folder, "release"):
        _release_locked(folder, repo, public, create_pr, dry_run, keep_pii, say)


def _release_locked(
    folder: Path, repo: str, public: bool, create_pr: bool, dry_run: bool, keep_pii: bool, say: Say
) -> None:
    record = check_folder(folder)
    if record.evaluation_set:
        raise UserError(f"{folder} was built from an evaluation set; such data is never released for training")
    if problem := marked.lacking_marks(record):
        raise UserError(f"{folder} may not be released: {problem}")
    licences = decide_licence(named_parts(record))
    if public and licences.problems:
        unstated = unstated_licences(licences)
        raise UserError(
            f"{folder} may not be published: {'; '.join(licences.problems)}; "
            f"{f'a licence is {unstated}; ' if unstated else ''}name the licences in the builder script "
            "(--licence and --answer-licence of polypref build pairs), change the parts concerned, or release privately"
        )
    api = hub.connect(reads=dry_run)
    with tempfile.TemporaryDirectory(prefix="polypref-") as staging:
        plan = make_plan(api, folder, record, repo, public, Path(staging), keep_pii, dry_run)
        for line in plan.lines():
            say(line)
        if dry_run:
            say("dry run: nothing was sent")
        elif plan.released:
            _open_repo(api, plan)
            say(f"{repo} {plan.tag} is released already, with this content; nothing to do")
        else:
            _carry_out(api, plan, create_pr, say)


def check_folder(folder: Path) -> Provenance:
    """A folder's provenance, after every file was checked against it.

    Args:
        folder: what `polypref build` wrote.

    Returns:
        The provenance.

    Raises:
        UserError: not built by polypref, not whole, changed by hand since, without a card, or with a data file more.
    """
    record = read_provenance(folder)
    if changed := altered(folder, record):
        what = {"README.md": "edit the prose in dataset_cards/", "provenance.json": "edit the builder script"}
        todo = what.get(changed, "edit the sources")
        raise UserError(f"{folder / changed} was changed by hand; {todo}, delete it, and build again")
    if not record.prose.strip():
        raise UserError(
            f"{folder} was built without a card; write one with the sections {', '.join(card.SECTIONS)}, name it in "
            "the Builder or give it to the build (card= or --card), and build again; polypref new writes one to begin "
            "with"
        )
    card.check_prose(record.prose, f"the card prose of {folder}")
    there = {str(path.relative_to(folder)) for path in (folder / "data").rglob("*") if path.is_file()}
    if extra := sorted(there - set(record.all_files)):
        raise UserError(f"{folder / extra[0]} is not part of what was built; move it out of the folder")
    return record


def make_plan(
    api: "HfApi",
    folder: Path,
    record: Provenance,
    repo: str,
    public: bool,
    staging: Path,
    keep_pii: bool = False,
    unseen: bool = False,
) -> Plan:
    """Looks at the repository, stages what will be sent and decides on the version.

    Args:
        api: the client.
        folder: the dataset.
        record: its provenance.
        repo: ORG/NAME.
        public: whether it is to be public; personal data is masked then.
        staging: an empty folder, in which what will be sent is laid out.
        keep_pii: leave personal data in a public release.
        unseen: plan a first version where the Hub cannot be reached.

    Returns:
        The plan; nothing was sent.

    Raises:
        UserError: the version is too small or taken, the repository is not ours, it is public and `public` is not set,
            or rows that were taken back are in the dataset again.
    """
    state = _look_at(api, repo, unseen)
    if state.exists and not state.private and not public:
        raise UserError(
            f"{repo} is public; say public=True (--public; the licences are then checked), or release to a private one"
        )
    tag, previous = f"v{record.version}", state.newest
    if state.exists and previous is None:
        there = hub.remote_files(api, repo, str(state.head))
        foreign = [name for name in there if ending_of(Path(name)) in _ROWS]
        if foreign and "provenance.json" not in there:
            raise UserError(f"{repo} holds data that polypref did not release ({foreign[0]}); choose another name")
    if state.exists and state.private and public:
        _check_opening(api, repo, state, keep_pii)
    data = {name: folder / name for name in record.all_files}
    if public and not keep_pii:
        data, record = mask_folder(folder, record, staging)
    elif public:
        record = replace(record, masked=None, notes=[*record.notes, NOT_MASKED])
    files = stage(record, data, repo, tag, staging)
    changes, log, released = None, "", tag in state.tags
    if released or previous is not None:
        # The same version must be the same; another one is compared with the newest.
        old = hub.fetch_tag(repo, state, tag if released else str(previous))
        changes = difference(old, staging)
        log = tombstone.read_log(old)
        _check_not_retracted(repo, staging, record, log)
        head = "" if state.head in state.tags.values() else hub.log_at(repo, str(state.head))
        if not retracted.read_retractions(log).covers(retracted.read_retractions(head, f"{repo}/CHANGELOG.md")):
            raise UserError(f"a retraction from {repo} was not finished; run polypref retract again, then release")
    elif state.exists and tombstone.ids_of(head := hub.log_at(repo, str(state.head))):
        # Somebody deleted the tags. What was taken back before stays so.
        log = head
        _check_not_retracted(repo, staging, record, log)
    if released and changes is not None and changes.bump != "none":
        raise UserError(
            f"{repo} has a {tag} with other content ({changes.sentence()}); a version never changes: raise the "
            "builder's version"
        )
    if not released and previous is not None and changes is not None:
        _check_version(repo, record.version, previous, changes)
    if not released:
        write_bytes(staging / "CHANGELOG.md", changelog(tag, changes, log).encode())
        files["CHANGELOG.md"] = staging / "CHANGELOG.md"
    licence = decide_licence(named_parts(record))
    edited = _card_is_edited(api, repo, state)
    return Plan(repo, tag, files, record, licence, previous, changes, state, public, released, edited)


def _look_at(api: "HfApi", repo: str, unseen: bool) -> hub.State:
    try:
        return hub.look_at_repo(api, repo)
    except HubUnreachable:
        if not unseen:
            raise
        return hub.State(False, True, None, {}, unseen=True)


def _card_is_edited(api: "HfApi", repo: str, state: hub.State) -> bool:
    """Whether README.md on main is another than that of the newest version, of which the provenance is there."""
    if state.newest is None or state.head in state.tags.values():
        return False
    newest, main = (hub.remote_files(api, repo, sha) for sha in (state.tags[state.newest], str(state.head)))
    # A release that was committed and never tagged changed both.
    return newest.get("provenance.json") == main.get("provenance.json") and newest.get("README.md") != main.get(
        "README.md"
    )


def _check_version(repo: str, version: str, previous: str, changes: Difference) -> None:
    least, step = least_version(previous, changes)
    if version_numbers(version) < version_numbers(least):
        raise UserError(
            f"version {version} is too small: since {previous} of {repo} changed: {changes.sentence()}; that asks for "
            f"a {step} step, at least {least}; set it in the builder script"
        )


def _check_not_retracted(repo: str, folder: Path, record: Provenance, log: str) -> None:
    """What people asked to have removed must not come back with the next build."""
    known = retracted.read_retractions(log, f"{repo}/CHANGELOG.md")
    hits = [
        *tombstone.hits(folder, record, known),
        *rated_hits(folder, record, known),
        *rationale_hits(folder, record, known),
    ]
    if hits:
        tags = ", ".join(sorted({hit.language for hit in hits}))
        raise UserError(
            f"{len(hits):,} rows were retracted from {repo}, or hold a text that was, and are in this build again "
            f"(first: {hits[0].sentence()}; languages {tags}); build again with retracted={repo!r} "
            f"(--retracted {repo}), which leaves them out and counts them, or remove them from the sources"
        )


def _check_opening(api: "HfApi", repo: str, state: hub.State, keep_pii: bool) -> None:
    """A repository that is made public shows all that it ever held: every commit must be fit for it."""
    with hub_errors(repo, "looking at its history"):
        refs = api.list_repo_refs(repo, repo_type="dataset", include_pull_requests=True)
        heads = {one.target_commit for one in (*refs.branches, *refs.tags, *(refs.pull_requests or []))}
        shas = {
            one.commit_id for head in heads for one in api.list_repo_commits(repo, repo_type="dataset", revision=head)
        }
    names = {sha: tag for tag, sha in state.tags.items()}
    for sha in sorted(shas):
        if not any(name.startswith("data/") for name in hub.remote_files(api, repo, sha)):
            continue
        name = names.get(sha, sha[:12])
        old = hub.fetch_files(repo, sha, name)
        record = read_provenance(old)
        problems = list(decide_licence(named_parts(record)).problems)
        if (record.masked is None or record.masked is False) and not keep_pii:
            with tempfile.TemporaryDirectory(prefix="polypref-") as scratch:
                masked = mask_folder(old, record, Path(scratch))[1].masked
            problems += [f"its texts hold personal data ({', '.join(masked)})"] if masked else []
        if problems:
            raise UserError(
                f"{repo} cannot be made public: it would show {name} too, and {'; '.join(problems)}; release to "
                "another name, or delete the private repository first"
            )


def stage(record: Provenance, data: Mapping[str, Path], repo: str, tag: str, staging: Path) -> dict[str, Path]:
    """Lays out what will be sent; Parquet files that are sent as they are become links.

    Args:
        record: provenance of what will be sent.
        data: path in the repository -> local data file.
        repo: ORG/NAME, for the card's snippets.
        tag: the version's tag, for the same.
        staging: where it is laid out.

    Returns:
        Path in the repository -> file in `staging`: the data, README.md and provenance.json.
    """
    for name, path in data.items():
        target = staging / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            target.symlink_to(path.resolve())
    write_card(staging, record, repo, tag)
    return {name: staging / name for name in (*data, "README.md", "provenance.json")}


def changelog(tag: str, changes: Difference | None, before: str) -> str:
    """The changelog with a version's entry on top.

    Args:
        tag: the version's tag.
        changes: what differs from the version before; None for the first one.
        before: the changelog of that version; empty for none.

    Returns:
        Markdown.
    """
    lines = [f"## {tag}", "", f"- {changes.sentence() if changes else 'first version'}"]
    for row in changes.rows if changes else []:
        cause = f" ({row.cause.replace('_', ' ')})" if row.cause else ""
        lines.append(f"- {row.language}: {row.rows:,} {row.kind}{cause}")
    return on_top("\n".join(lines) + "\n", before)


def on_top(entry: str, before: str) -> str:
    """A changelog with a new entry on top of what it held.

    Args:
        entry: the new entry, with its heading.
        before: the changelog so far; empty for none.

    Returns:
        Markdown.
    """
    # Whatever people did to it by hand: nothing that it tells is lost.
    rest = re.sub(r"\A\s*# Changes *(?:\n|\Z)", "", before.replace("\r\n", "\n")).strip("\n")
    return f"# Changes\n\n{entry}" + (f"\n{rest}\n" if rest else "")


def _carry_out(api: "HfApi", plan: Plan, create_pr: bool, say: Say) -> None:
    repo, state = plan.repo, plan.state
    if not state.exists:
        with hub_errors(repo, "making the repository"):
            api.create_repo(repo, repo_type="dataset", private=True, exist_ok=True)
        state = hub.look_at_repo(api, repo)
    message = f"polypref release {plan.tag}"
    sha, request = hub.commit_files(api, repo, plan.files, state, message, create_pr, _digests(plan.record))
    if request:
        say(f"proposed: {request}; when it is merged, run the same without create_pr (--create-pr) to verify and tag")
        return
    say(f"committed   {sha}")
    verify_release(api, repo, sha, plan.record, plan.files)
    say("verified    every file, and rows and columns of every mixture as loaded, are as built")
    set_tag(api, repo, plan.tag, sha)
    say(f"tagged      {plan.tag}")
    _open_repo(api, plan)
    say(f'load_dataset("{repo}", "{plan.record.configs[0].config_name}", revision="{plan.tag}")')


def _digests(record: Provenance) -> dict[str, str]:
    """SHA-256 of the data files as the provenance has them; README.md and the like are of this very run."""
    return {name: facts.sha256 for name, facts in record.all_files.items()}


def _open_repo(api: "HfApi", plan: Plan) -> None:
    if plan.public and plan.state.private:
        with hub_errors(plan.repo, "making it public"):
            api.update_repo_settings(plan.repo, repo_type="dataset", private=False)


def set_tag(api: "HfApi", repo: str, tag: str, sha: str) -> None:
    """Names a verified commit; a tag that is there is never moved.

    Args:
        api: the client.
        repo: ORG/NAME.
        tag: the tag.
        sha: the commit.

    Raises:
        UserError: the tag is there already, or the Hub refuses.
    """
    with hub_errors(repo, f"setting the tag {tag}"):
        api.create_tag(repo, tag=tag, revision=sha, repo_type="dataset", tag_message=f"polypref {tag}")


def verify_release(api: "HfApi", repo: str, sha: str, record: Provenance, files: Mapping[str, Path]) -> None:
    """Loads every mixture at a commit with load_dataset and compares it with what was built, by the recorded digests.

    Args:
        api: the client.
        repo: the repository.
        sha: the commit.
        record: the provenance of what was built.
        files: path in the repository -> local file.

    Raises:
        UserError: a file, a row count, a schema or the order of the ids differs, or a local file changed meanwhile.
    """
    import datasets

    remote, digests = hub.remote_files(api, repo, sha), _digests(record)
    if lost := sorted(set(files) - hub.same_as_remote(files, remote, digests)):
        raise UserError(f"{repo} at {sha} does not hold {lost[0]} as built; no tag was set; run the same command again")
    guard_logs("datasets")
    guard_downloads()
    datasets.disable_progress_bars()
    cache = Path(tempfile.mkdtemp(prefix="polypref-verify-"))
    try:
        whole = [one for one in record.configs if one.config_name in record.mixtures]
        rated = record.ratings.configs[:1] if record.ratings else []
        for name, parts in (*map(_parts_of, whole), *map(_parts_of, rated)):
            with hub_errors(repo, f"loading config {name} back"):
                loaded = datasets.load_dataset(repo, name, revision=sha, cache_dir=str(cache))
            for split, paths in parts.items():
                built = [(files[path], digests[path]) for path in paths]
                _compare_files(loaded[split], built, f"{name}/{split}")
            shutil.rmtree(cache, ignore_errors=True)
    finally:
        shutil.rmtree(cache, ignore_errors=True)


def _parts_of(config: Config | RatingsConfig) -> tuple[str, dict[str, list[str]]]:
    """The name of a config, and the files of its splits."""
    return config.config_name, {part.split: part.path for part in config.data_files}


def _compare_files(loaded: "Dataset", built: list[tuple[Path, str]], what: str) -> None:
    from datasets import Features

    ids, columns, own = [], None, "pair_id"
    for path, digest in built:
        table = read_table(path, digest)
        own = row_id(table.schema)
        ids += table[own].to_pylist()
        columns = columns or Features.from_arrow_schema(table.schema)
    if list(loaded[own]) != ids:
        raise UserError(f"{what} loads with other rows than were built; no tag was set; report this as a bug")
    if loaded.features != columns:
        there = columns or {}
        names = sorted(name for name in {*loaded.features, *there} if loaded.features.get(name) != there.get(name))
        raise UserError(f"{what} loads with other columns than were built ({', '.join(names)}); no tag was set")
