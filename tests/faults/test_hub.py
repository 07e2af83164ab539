"""
Every single request of a release and of a retraction fails once, each in a run of its own.

Afterwards main holds the old version or the new one whole, no tag names anything that was not verified, the command
line says one sentence, and the same command again finishes the job.
"""

from __future__ import annotations

import copy
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.hub import LoopbackHub, Repo
from tests.release.helpers import Line, clone, data_commits, rows_of, vary, writes

NAME = "org/faults"
KINDS = ("500", "drop", "429", "drop_response")


@dataclass
class Case:
    """One command and what it starts from.

    Attributes:
        command: its words.
        start: the repository before it; None when there is none.
    """

    command: list[object]
    start: Repo | None


@dataclass
class Run:
    """A clean run: its requests, and what the Hub holds after it."""

    requests: list[tuple[str, str]]
    end: Repo


def put(hub: LoopbackHub, repo: Repo | None) -> None:
    """Makes the Hub's repository what it was, as if nothing had happened."""
    hub.repos.pop(("datasets", NAME), None)
    if repo is not None:
        clone(hub, repo, NAME)


def fresh(cli: Line) -> None:
    """An empty cache: what was downloaded before is asked for again."""
    shutil.rmtree(cli.home / "hf", ignore_errors=True)


def clean(cli: Line, hub: LoopbackHub, case: Case) -> Run:
    put(hub, case.start)
    fresh(cli)
    before = len(hub.requests)
    cli.ok(*case.command)
    return Run(hub.requests[before:], copy.copy(hub.repo("datasets", NAME)))


def planned(run: Run) -> Iterator[tuple[int, str]]:
    """Which request fails how: reads in turn in one of the four ways, writes in three."""
    for place, (method, path) in enumerate(run.requests):
        if method in ("GET", "HEAD") or re.search(r"preupload|lfs-upload|/info/lfs/|validate", path):
            yield place, KINDS[place % len(KINDS)]
        else:
            yield from ((place, kind) for kind in ("500", "drop", "drop_response"))


def strike(hub: LoopbackHub, run: Run, place: int, kind: str):
    method, path = run.requests[place]
    nth = run.requests[: place + 1].count((method, path))
    hub.clear_faults()
    hub.reset_counter()
    return hub.fail(nth, kind, method=f"^{method}$", path=f"^{re.escape(path)}$")


def check_half_done(hub: LoopbackHub, case: Case, run: Run, place: int) -> None:
    """What stands after a run that failed."""
    repo = hub.repos.get(("datasets", NAME))
    if repo is None:
        assert case.start is None
        return
    old = case.start.files() if case.start else {".gitattributes": repo.files()[".gitattributes"]}
    assert repo.files() in (old, run.end.files()), "main holds neither the old version nor the new one"
    known = (case.start.tags if case.start else {}) | run.end.tags
    for tag in repo.tags:
        assert tag in known, f"unknown tag {tag}"
        source = run.end if tag in run.end.tags else case.start
        assert repo.files(tag) == source.files(tag), f"{tag} is not what it should be"
    new = set(run.end.tags) - set(case.start.tags if case.start else {})
    tagged = next(at for at, (method, path) in enumerate(run.requests) if method == "POST" and "/tag/" in path)
    if new & set(repo.tags):
        assert place >= tagged, "tagged although a request before it failed"
    assert repo.private or new <= set(repo.tags), "public before it was tagged"


def check_done(hub: LoopbackHub, run: Run) -> None:
    repo = hub.repo("datasets", NAME)
    assert repo.files() == run.end.files() and repo.private == run.end.private
    assert {tag: repo.files(tag) for tag in repo.tags} == {tag: run.end.files(tag) for tag in run.end.tags}
    assert Counter(data_commits(repo)) == Counter(data_commits(run.end)), "not one commit"
    assert repo.lfs_objects == run.end.lfs_objects


def one_run(cli: Line, hub: LoopbackHub, case: Case, run: Run, place: int, kind: str) -> int:
    put(hub, case.start)
    fresh(cli)
    fault = strike(hub, run, place, kind)
    done = cli(*case.command)
    assert fault.fired, "the request did not come"
    if done.code:
        assert len(done.sentence) > 20 and done.out.count("Traceback") == 0
        check_half_done(hub, case, run, place)
        hub.clear_faults()
        cli.ok(*case.command)
    check_done(hub, run)
    return done.code


def all_runs(
    cli: Line,
    hub: LoopbackHub,
    case: Case,
    figure: Callable[[str, int, int], None],
    wanted: Callable[[str, str], bool] = lambda *_: True,
) -> Counter[int]:
    run, codes, failed = clean(cli, hub, case), Counter[int](), []
    for place, kind in planned(run):
        if wanted(*run.requests[place]):
            try:
                codes[one_run(cli, hub, case, run, place, kind)] += 1
            except AssertionError as error:
                failed.append(f"{kind} at request {place}, {' '.join(run.requests[place])}: {error}")
    hub.clear_faults()
    figure(f"Hub fault at every request: {case.command[0]}", sum(codes.values()) + len(failed), len(failed))
    assert not failed, f"{len(failed)} of {sum(codes.values()) + len(failed)} runs:\n" + "\n".join(failed)
    assert codes[2] >= 3
    return codes


@pytest.fixture(scope="module")
def small(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One language, two mixtures: three files."""

    def german(table):
        for part in [part for part in table if part[0] != "de"]:
            del table[part]

    folder = tmp_path_factory.mktemp("small")
    return vary(built, folder / "v1", rows=german)


@pytest.fixture(scope="module")
def later(small: Path) -> Path:
    """Version 1.1.0 of it: a training row more."""

    def more(table):
        table["de", "train"].append(table["de", "train"][0] | {"pair_id": "a" * 32, "group_id": "9" * 32})

    return vary(small, small.parent / "v2", version="1.1.0", rows=more, quotas={"four": {"de": 4}})


@pytest.fixture(scope="module")
def after_one(cli: Line, session_hub: LoopbackHub, small: Path) -> Repo:
    return clean(cli, session_hub, Case(["release", small, "--repo", NAME], None)).end


@pytest.fixture(scope="module")
def after_two(cli: Line, session_hub: LoopbackHub, later: Path, after_one: Repo) -> Repo:
    return clean(cli, session_hub, Case(["release", later, "--repo", NAME], after_one)).end


@pytest.mark.slow
def test_one_request_of_every_kind_of_a_first_release(cli, hub, small, figure):
    """The quick selection, without those that the client itself asks again after a second."""
    seen = set()

    def new(method: str, path: str) -> bool:
        kind = (method, re.sub(r"[0-9a-f]{40}.*", "", path))
        return not (kind in seen or seen.add(kind)) and not re.search("preupload|lfs|tree", path)

    all_runs(cli, hub, Case(["release", small, "--repo", NAME, "--public"], None), figure, new)


@pytest.mark.faults
def test_every_request_of_a_first_release(cli, hub, small, figure):
    all_runs(cli, hub, Case(["release", small, "--repo", NAME, "--public"], None), figure)


@pytest.mark.faults
def test_every_request_of_a_second_release_that_opens_the_repository(cli, hub, later, after_one, figure):
    all_runs(cli, hub, Case(["release", later, "--repo", NAME, "--public"], after_one), figure)


@pytest.mark.faults
def test_every_request_of_a_retraction_of_rows(cli, hub, built, after_two, tmp_path, figure):
    (tmp_path / "ids").write_text(rows_of(built)["de", "train"][1]["pair_id"], "utf-8")
    command = ["retract", NAME, "--rows", tmp_path / "ids", "--reason", "asked", "--squash"]
    all_runs(cli, hub, Case(command, after_two), figure)


@pytest.mark.faults
def test_every_request_of_a_retraction_of_a_version(cli, hub, after_two, figure):
    all_runs(cli, hub, Case(["retract", NAME, "--tag", "v1.1.0", "--reason", "x", "--squash"], after_two), figure)


def test_the_plan_covers_what_can_change_something(cli, hub, small):
    """The runs above are only as good as the list of requests that they go through."""
    run = clean(cli, hub, Case(["release", small, "--repo", NAME, "--public"], None))
    changing = [path.split("/")[-2] for _, path in writes(run.requests)]
    for one in ("repos", "preupload", "commit", "tag"):
        assert one in changing
    assert run.requests[-1] == ("PUT", f"/api/datasets/{NAME}/settings")
    assert {place for place, _ in planned(run)} == set(range(len(run.requests)))
