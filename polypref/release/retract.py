"""`polypref retract`: taking rows or a version back, for people who ask that their text be removed.

A new version without the rows is committed; with --squash the history of main is forgotten; then the version is
verified and tagged, and every tag whose data holds one of the rows is deleted. A tombstone in CHANGELOG.md says what
went and why, so that those who hold copies can follow, and so that a later release brings back neither the rows nor
their texts, which it knows by salted hashes (`stages.retracted`). Other rows that hold such a text go with them.
"""

import hashlib
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ..console.escaping import markdown, print_safely, short_text
from ..errors import UserError
from ..files.atomic import read_text, write_bytes, write_released
from ..stages import retracted
from ..stages.counts import FunnelRow, Mixtures, RankRange
from ..stages.retracted import Of, Retracted, Texts
from ..text.personal_data import KINDS
from ..text.published_words import LONGEST_SENTENCE, check_words
from . import hub, publish, tombstone
from .diff import Bump, needed_version, version_numbers
from .facts import measure_facts
from .folder import altered, read_provenance
from .hub_errors import hub_errors
from .old_cards import say_what_old_cards_show
from .pieces import configs, cut_files, file_facts, rows_by_path
from .provenance import Provenance, SourcePart
from .publish import Say
from .retracted_ratings import find_answers, rated_hits, rated_ids, rated_marks, without_ratings
from .retracted_words import rationale_hits, without_words

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_SPLITS: Mapping[str, Literal["train", "test"]] = {"train": "train", "test": "test"}
#: What is left: without --squash, with it, and in any case.
_NOT_SQUASHED = "main's history still holds what was taken back, for whoever has a commit's id; --squash erases it"
_SQUASHED = (
    "a version that stays leads to the commits before it: their cards, with the rows that they show, and changelogs "
    "stay, their data is erased"
)
_NOT_REACHED = (
    "pull requests, other branches and duplicates of the repository keep what they hold; the Hub's own Parquet copies "
    "and its viewer follow main after a while",
    "downloads and caches of others, and models trained on them, are out of reach; the changelog tells who reads it",
)


def read_ids(path: Path) -> set[str]:
    """Ids to remove: one pair_id, prompt_id or group_id a line.

    Args:
        path: a text file.

    Returns:
        The ids, 32 hexadecimal digits each.

    Raises:
        UserError: the file cannot be read, is empty, or holds something else.
    """
    lines = read_text(path, "give a text file with one id a line", "utf-8-sig").split()
    for number, line in enumerate(lines, 1):
        if len(line) != 32 or not all(c in "0123456789abcdef" for c in line):
            raise UserError(f"{path}, entry {number}: '{line[:40]}' is not an id of 32 hexadecimal digits")
    if not lines:
        raise UserError(f"{path} names no row; give one pair_id, prompt_id or group_id a line")
    return set(lines)


def retract_rows(
    repo: str,
    ids: set[str],
    reason: str,
    squash: bool = False,
    of: Of = "all",
    dry_run: bool = False,
    say: Say = print_safely,
) -> None:
    """Publishes a version without some rows and their texts, and deletes every version that holds one.

    Args:
        repo: ORG/NAME.
        ids: pair_ids, prompt_ids or group_ids; completion_ids of the config of ratings.
        reason: one line for the tombstone.
        squash: also forget the history of main.
        of: which texts of the rows are taken back, wherever they stand.
        dry_run: say what would go; change nothing.
        say: where the lines go.

    Raises:
        UserError: no row has one of the ids, the reason cannot be published, or the Hub refuses.
    """
    hub.check_name(repo)
    check_words("the reason (--reason)", reason, LONGEST_SENTENCE, KINDS)
    api = hub.connect()
    state = _released(api, repo)
    old = hub.fetch_files(repo, str(state.head), "main")
    known = retracted.read_retractions(tombstone.read_log(old), f"{repo}/CHANGELOG.md")
    _check_log(repo, state, known)
    folders = {tag: hub.fetch_tag(repo, state, tag) for tag in sorted(state.tags, key=_numbers)} | {"": old}
    texts = _texts(repo, state, known, folders, ids, of)
    wanted = Retracted(frozenset(), (*known.texts, texts))
    rows: tombstone.Rows = {}
    answers: tombstone.Rows = {}
    affected = []
    for tag, folder in folders.items():
        there = tombstone.find_entries(folder, read_provenance(folder), ids, wanted.texts)
        rated = find_answers(folder, read_provenance(folder), ids, wanted.texts)
        worded = any(rationale_hits(folder, read_provenance(folder), wanted))
        affected += [tag] if tag and (there or rated or worded) else []
        for every, some in ((rows, there), (answers, rated)):
            for language, of_language in some.items():
                every.setdefault(language, {}).update(of_language)
    seen = {one for of in (rows, answers) for pairs in of.values() for row in pairs.values() for one in row} | known.ids
    if ids.isdisjoint(seen):
        raise UserError(f"no version of {repo} has a row with any of the {len(ids)} ids; nothing was changed")
    if unknown := sorted(ids - seen):
        say(f"not found   {len(unknown)} of the {len(ids)} ids, the first {unknown[0]}")
    here = tombstone.find_entries(old, read_provenance(old), ids, wanted.texts)
    rated = find_answers(old, read_provenance(old), ids, wanted.texts)
    words = list(rationale_hits(old, read_provenance(old), wanted))
    _print_plan(rows, ids, texts, affected, here, say)
    if answers:
        say(f"ratings     of {tombstone.count_rows(answers):,} answers, of main {tombstone.count_rows(rated):,}")
    if words:
        say(f"rationales  {len(words):,} of main are one of the texts: they are emptied where their rows stay")
    if dry_run:
        say("dry run: nothing was changed")
        return
    gone = {pair for pairs in rows.values() for pair in pairs}
    taken = {one for of_language in answers.values() for one in of_language}
    if here or rated or words or (gone | taken) - known.ids or texts.marks:
        with tempfile.TemporaryDirectory(prefix="polypref-") as name:
            staging, record = Path(name), read_provenance(old)
            new = without(old, record, gone, staging) if here else _copy_files(old, record, staging)
            for line in _free_places(record.mixtures, new.mixtures):
                say(line)
            new, lost = without_ratings(old, record, new, rated, staging)
            new, emptied = without_words(staging, new, wanted)
            along = rated_ids(old, record) - rated_ids(staging, new) - taken
            new = replace(new, version=_next(state, record, "major" if here or rated or emptied else "patch"))
            lines = [f"- {tombstone.count_rows(rows):,} rows retracted: {markdown(reason)}"]
            if taken or lost:
                lines.append(
                    f"- {lost.total():,} rows of the config ratings went, of {len(taken):,} answers taken back"
                    + (f" and {len(along):,} to prompts without a pair" if along else "")
                )
            if emptied:
                lines.append(f"- {emptied:,} rationales that were a text taken back are empty, and their rows stay")
            lines.append(f"- versions that held them were deleted: {', '.join(affected) or 'none'}")
            _commit_retraction(
                api,
                repo,
                old,
                new,
                staging,
                state,
                tombstone.entry(
                    new.version, rows, ids, texts, lines, "completion_id" if new.unpaired else "pair_id", taken, along
                ),
                say,
            )
    _finish_retraction(api, repo, affected, squash, say)
    if squash:
        stay = sorted(hub.look_at_repo(api, repo).tags, key=_numbers)
        say_what_old_cards_show(api, repo, stay, gone | known.ids | ids, say)


def _texts(repo: str, state: hub.State, known: Retracted, folders: Mapping[str, Path], ids: set[str], of: Of) -> Texts:
    """What is to be remembered of the rows' texts and is not yet."""
    # One salt for a dataset, or every text of a release had to be hashed for every retraction. Not drawn by chance: the
    # same retraction, run again after it was interrupted, is the same.
    salts = [one.salt for one in known.texts]
    salt = salts[0] if salts else hashlib.sha256(f"{repo} {state.head}".encode()).hexdigest()[:32]
    marked = set[str]()
    for folder in folders.values():
        record = read_provenance(folder)
        marked |= tombstone.marks(folder, record, ids, of, salt) | rated_marks(folder, record, ids, of, salt)
    return Texts(salt, frozenset(marked).difference(*(one.marks for one in known.texts if one.salt == salt)))


def _print_plan(
    rows: tombstone.Rows, ids: set[str], texts: Texts, affected: list[str], here: tombstone.Rows, say: Say
) -> None:
    """What will go, before it goes."""
    named = sum(not ids.isdisjoint(row) for pairs in rows.values() for row in pairs.values())
    more = tombstone.count_rows(rows) - named
    say(f"rows        {named:,} with the ids" + (f", {more:,} more that hold the same texts" if more else ""))
    say(f"of main     {tombstone.count_rows(here):,} rows; versions that hold some: {', '.join(affected) or 'none'}")
    if texts.marks:
        say(
            f"texts       {len(texts.marks):,} salted hashes go into CHANGELOG.md; the salt is public: a text that is "
            "guessed can be confirmed"
        )


def _free_places(before: Mixtures, after: Mixtures) -> list[str]:
    """What mixtures lost of languages of which there are more rows: a later version has these in the places."""
    rows = {tag: max(one[tag].given for one in after.values() if tag in one) for one in after.values() for tag in one}
    free = {
        name: [
            f"{tag} {before[name][tag].given - quota.given:,}"
            for tag, quota in quotas.items()
            if quota.given < min(before[name][tag].given, rows[tag])
        ]
        for name, quotas in after.items()
    }
    parts = "; ".join(f"{name}: {', '.join(lost)}" for name, lost in free.items() if lost)
    if not parts:
        return []
    how = "the next version fills them with the rows that stand next (Split(previous=...))"
    return [f"free        {parts}; {how}"]


def retract_version(repo: str, tag: str, reason: str, squash: bool = False, say: Say = print_safely) -> None:
    """Takes one version back: its tag is deleted, and when it is the newest, main returns to the version before.

    Args:
        repo: ORG/NAME.
        tag: the version's tag.
        reason: one line for the changelog.
        squash: also forget the history of main.
        say: where lines for the user go.

    Raises:
        UserError: there is no such version, it is the only one, main would hold rows that were taken back, the reason
            cannot be published, or the Hub refuses.
    """
    hub.check_name(repo)
    check_words("the reason (--reason)", reason, LONGEST_SENTENCE, KINDS)
    api = hub.connect()
    state = _released(api, repo)
    head = hub.fetch_files(repo, str(state.head), "main")
    log = tombstone.read_log(head)
    known = retracted.read_retractions(log, f"{repo}/CHANGELOG.md")
    _check_log(repo, state, known)
    done = any(line.startswith(tombstone.version_line(tag, "")) for line in log.splitlines())
    if tag not in state.tags and not done:
        raise UserError(
            f"{repo} has no version {short_text(tag)}; it has {', '.join(sorted(state.tags, key=_numbers))}"
        )
    if not done:
        before = hub.State(True, state.private, state.head, {k: v for k, v in state.tags.items() if k != tag}).newest
        if before is None:
            raise UserError(f"{tag} is the only version of {repo}; delete the repository on the Hub instead")
        newest = tag == state.newest and f"v{read_provenance(head).version}" == tag
        old = hub.fetch_tag(repo, state, before) if newest else head
        record = read_provenance(old)
        held = (search(old, record, known) for search in (tombstone.hits, rated_hits, rationale_hits))
        if any(next(hits, None) for hits in held):
            raise UserError(
                f"{before} of {repo} holds rows that were retracted, and would be main again: that retraction was not "
                "finished; run it again, then take the version back"
            )
        with tempfile.TemporaryDirectory(prefix="polypref-") as name:
            staging = Path(name)
            version = _next(state, read_provenance(head), "major" if newest else "patch")
            new = replace(_copy_files(old, read_provenance(old), staging), version=version)
            lines = [f"## v{version}", "", tombstone.version_line(tag, reason)]
            lines += [f"- the data is that of {before}"] if newest else []
            _commit_retraction(api, repo, head, new, staging, state, "\n".join(lines) + "\n", say)
    _finish_retraction(api, repo, [tag], squash, say)


def _check_log(repo: str, state: hub.State, known: Retracted) -> None:
    """Sees that nobody took an earlier retraction out of main's changelog, on which the next entry is put."""
    where = f"{repo}/CHANGELOG.md at {state.newest}"
    before = retracted.read_retractions(hub.log_at(repo, state.tags[str(state.newest)]), where)
    if not known.covers(before):
        raise UserError(
            f"CHANGELOG.md on main of {repo} no longer tells of all that was retracted before; put that of "
            f"{state.newest} back in its place on the Hub, then run the same command again"
        )


def _numbers(tag: str) -> tuple[int, ...]:
    return version_numbers(tag[1:])


def _released(api: "HfApi", repo: str) -> hub.State:
    state = hub.look_at_repo(api, repo)
    if not state.exists or state.newest is None:
        raise UserError(f"{repo} has no version released by polypref; check the name")
    return state


def _next(state: hub.State, head: Provenance, bump: Bump) -> str:
    """The version after the newest one; a release that was committed and never tagged counts too."""
    return needed_version(max(str(state.newest)[1:], head.version, key=version_numbers), bump)


def _copy_files(old: Path, record: Provenance, target: Path) -> Provenance:
    for path in record.all_files:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(old / path, target / path)
    return record


def without(old: Path, record: Provenance, ids: set[str], target: Path) -> Provenance:
    """Writes a dataset without some rows; ranks close up, quotas shrink by what was taken from them.

    Args:
        old: the dataset's folder.
        record: its provenance.
        ids: pair_ids, prompt_ids or group_ids of the rows that go.
        target: an empty folder for the new data files.

    Returns:
        The provenance of what is left, which says how many rows went.

    Raises:
        UserError: no row would be left.
    """
    kept, gone = _parted(old, record, ids)
    removed = Counter[str]()
    for name, rows in gone.items():
        removed[_part(name)[0]] += rows
    mixtures, ranges = _quotas(record, gone), _ranges(record, gone)
    pieces = cut_files(mixtures, ranges=ranges)
    if not pieces:
        raise UserError("no row would be left; delete the repository on the Hub instead")
    for piece in pieces:
        path = target / piece.path
        path.parent.mkdir(parents=True, exist_ok=True)
        write_released(path, kept[piece.language, piece.split].slice(piece.first, piece.last - piece.first + 1))
    files = file_facts(target, rows_by_path(pieces))
    facts = measure_facts([target / name for name in files])
    models = {row.model for row in facts.models}
    translated = {row.translator: row.rows for row in facts.origins}
    by_route = any(row.route == "translated" for row in facts.models)
    retracted_rows = [
        FunnelRow("retract", "rows" if record.unpaired else "pairs", tag, "rejected", "retracted", rows)
        for tag, rows in sorted(removed.items())
        if rows
    ]
    return replace(
        record,
        mixtures=mixtures,
        configs=configs(mixtures, pieces),
        files=files,
        facts=facts,
        audit=None,  # it may quote what was taken back
        sources=_recounted(record.sources, kept.values()),
        models=[one for one in record.models if one.model in models],
        translators=[
            # Who translated an answer is in no column, so a translator stays as long as there are such answers.
            replace(one, rows=translated.get(one.name, one.rows))
            for one in record.translators
            if one.name in translated or by_route
        ],
        funnel=[*record.funnel, *retracted_rows],
        fingerprint="",
        # Weights and principles of rows that are gone; polypref factors looks again.
        factors=None,
        group_factors=[],
        principles=None,
    )


_Part = tuple[str, str]
"""Language and split."""


def _part(path: str) -> _Part:
    _, language, name = path.split("/")
    return language, name.split("-")[0]


def _parted(old: Path, record: Provenance, ids: set[str]) -> tuple[dict[_Part, pa.Table], dict[str, int]]:
    """The rows that stay, and how many of each file go."""
    tables: dict[_Part, list[pa.Table]] = defaultdict(list)
    gone: dict[str, int] = {}
    for path in sorted(record.files):
        table = pq.read_table(old / path)
        mask = tombstone.mask_entry(table, ids)
        gone[path] = len(pc.indices_nonzero(mask))
        tables[_part(path)].append(table.filter(pc.invert(mask)))
    return {part: pa.concat_tables(some) for part, some in tables.items()}, gone


def _quotas(record: Provenance, gone: Mapping[str, int]) -> Mixtures:
    """What the mixtures still have of each language."""
    lost: Counter[tuple[str, str, str]] = Counter()
    for config in record.configs:
        for part in config.data_files:
            for path in part.path:
                lost[config.config_name, path.split("/")[1], part.split] += gone[path]
    return {
        name: {
            tag: replace(quota, given=quota.given - lost[name, tag, "train"], test=quota.test - lost[name, tag, "test"])
            for tag, quota in quotas.items()
        }
        for name, quotas in record.ordered_mixtures().items()
    }


def _ranges(record: Provenance, gone: Mapping[str, int]) -> list[RankRange]:
    """The ranks of what is left: rows stay in the file where they were, in the mixtures that have it."""
    names: dict[str, list[str]] = defaultdict(list)
    for config in record.configs:
        for path in (path for part in config.data_files for path in part.path):
            names[path] += [config.config_name] if config.config_name in record.mixtures else []
    ends: Counter[_Part] = Counter()
    ranges = []
    for path, facts in sorted(record.files.items()):
        part, rows = _part(path), facts.rows - gone[path]
        if rows:
            language, split = part
            ranges.append(RankRange(language, _SPLITS[split], ends[part], ends[part] + rows - 1, names[path]))
            ends[part] += rows
    return ranges


def _recounted(sources: list[SourcePart], tables: Iterable[pa.Table]) -> list[SourcePart]:
    """The sources that still have rows, with how many; the columns name every source of a row, and its licences."""
    counts: Counter[tuple[str, str]] = Counter()
    for table in tables:
        for row in table.group_by(["source", "licence"]).aggregate([([], "count_all")]).to_pylist():
            for name in row["source"].split("; "):
                for licence in row["licence"].split(" AND "):
                    counts[name, licence] += row["count_all"]
    recounted = [replace(one, rows=counts[f"{one.name}@{one.revision}", one.licence]) for one in sources]
    return [one for one in recounted if one.rows]


def _commit_retraction(
    api: "HfApi", repo: str, old: Path, new: Provenance, staging: Path, state: hub.State, entry: str, say: Say
) -> None:
    tag = f"v{new.version}"
    files = publish.stage(new, {name: staging / name for name in new.all_files}, repo, tag, staging)
    files["CHANGELOG.md"] = staging / "CHANGELOG.md"
    write_bytes(files["CHANGELOG.md"], publish.on_top(entry, tombstone.read_log(old)).encode())
    sha, _ = hub.commit_files(api, repo, files, state, f"polypref retract: {tag}")
    say(f"committed   {sha}")


def _finish_retraction(api: "HfApi", repo: str, tags: list[str], squash: bool, say: Say) -> None:
    """What follows a retraction's commit, from whatever point an earlier run got to: squash, verify, tag, delete."""
    if squash:
        with hub_errors(repo, "squashing the history"):
            # An earlier run may have squashed already, and tagged the one commit that is left.
            if len(api.list_repo_commits(repo, repo_type="dataset")) > 1:
                api.super_squash_history(repo, repo_type="dataset", commit_message="polypref: history removed")
                say("squashed    the history of main")
    state = hub.look_at_repo(api, repo)
    head = hub.fetch_files(repo, str(state.head), "main")
    record = read_provenance(head)
    tag = f"v{record.version}"
    if tag not in state.tags:
        if changed := altered(head, record):
            raise UserError(
                f"{repo} holds a {changed} on main that polypref did not write; put the one before back on the Hub, "
                "then run the same command again"
            )
        files = {name: head / name for name in (*record.all_files, "README.md", "provenance.json", "CHANGELOG.md")}
        publish.verify_release(api, repo, str(state.head), record, files)
        publish.set_tag(api, repo, tag, str(state.head))
        say(f"verified and tagged {tag}")
    for one in tags:
        if one in state.tags:
            with hub_errors(repo, f"deleting the tag {one}"):
                api.delete_tag(repo, tag=one, repo_type="dataset")
            say(f"deleted     {one}")
    if squash:
        _forget_files(api, repo, say)
    for line in (_SQUASHED if squash else _NOT_SQUASHED, *_NOT_REACHED):
        say(f"note        {line}")
    say(f"note        clear this machine's own cache with hf cache rm dataset/{repo}")


def _forget_files(api: "HfApi", repo: str, say: Say) -> None:
    """Deletes for good the large files that no branch or tag names any more."""
    with hub_errors(repo, "deleting files that no version names"):
        refs = api.list_repo_refs(repo, repo_type="dataset")
        named: set[str] = set()
        for ref in (*refs.branches, *refs.tags):
            named |= set(hub.remote_files(api, repo, ref.target_commit).values())
        unnamed = [one for one in api.list_lfs_files(repo, repo_type="dataset") if one.file_oid not in named]
        if unnamed:
            api.permanently_delete_lfs_files(repo, unnamed, rewrite_history=False, repo_type="dataset")
            say(f"erased      {len(unnamed)} files that no version names")
