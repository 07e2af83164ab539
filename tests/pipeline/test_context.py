"""What the stages of a run share: folders by what went in, and the funnel so far."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from polypref.engines.local import Local
from polypref.files.store import Store
from polypref.inference import Model, Reply, Request, Served
from polypref.inference.backend import ModelNotes
from polypref.layouts.sources import Answer, Fields, Files
from polypref.pipeline import context
from polypref.pipeline.builder import Builder
from polypref.pipeline.context import Asked, RunContext
from polypref.stages.counts import Funnel, FunnelRow


@pytest.fixture
def run(tmp_path):
    fields = Fields("prompt", (Answer("a"),))
    builder = Builder("b", "1.0.0", sources=(Files(str(tmp_path / "x.jsonl"), fields, "s", "1", "mit"),))
    with Store(tmp_path / "store", "b") as store:
        yield RunContext(builder, store, Local(1), None, True, Asked())


def test_a_stage_is_named_by_its_settings_inputs_and_version(run, monkeypatch):
    first = run.open_stage("pair", {"rule": "given"}, ["in"])
    assert run.open_stage("pair", {"rule": "given"}, ["in"]).path == first.path
    others = {
        run.open_stage("pair", {"rule": "top_two"}, ["in"]).path,
        run.open_stage("pair", {"rule": "given"}, []).path,
    }
    monkeypatch.setitem(context.VERSIONS, "pair", context.VERSIONS["pair"] + 1)
    others.add(run.open_stage("pair", {"rule": "given"}, ["in"]).path)
    assert len(others) == 3 and first.path not in others


@dataclass(frozen=True)
class Words:
    """Somebody's own check, which reads a list."""

    path: str


def test_a_stage_is_named_by_what_the_file_of_an_own_class_holds(run, tmp_path):
    names = set()
    for text in ("one", "two"):
        path = tmp_path / text / "words.txt"
        path.parent.mkdir()
        path.write_text(text)
        names.add(run.open_stage("filter", [Words(str(path))], []).path)
        names.add(run.open_stage("rate", [], [Words(str(path))]).path)
    assert len(names) == 4


def test_what_a_finished_stage_counted_comes_into_the_funnel_of_the_run(run):
    stage = run.open_stage("index", {}, [])
    run.close(stage, "index", "prompts", Funnel({("de", "kept", ""): 3, ("de", "in", ""): 4}))
    assert run.finished(stage) is stage
    assert run.funnel == [
        FunnelRow("index", "prompts", "de", "in", "", 4),
        FunnelRow("index", "prompts", "de", "kept", "", 3),
    ]


class Loads:
    """Sees something of each model that it loads."""

    def __init__(self, place: str, note: str) -> None:
        self.place, self.note, self.model_notes = place, note, ModelNotes()

    def run(self, requests):
        for request in requests:
            self.model_notes.add(request.model, [self.note])
            yield request, Reply("a")


@dataclass(frozen=True)
class Asks:
    """Asks each of its models once."""

    models: tuple[Served, ...]
    version: ClassVar[int] = 1

    def requests(self, bucket, known):
        return iter([Request(served.model, (("user", served.backend.place),)) for served in self.models])

    def collect(self, bucket, known):
        return {}


def test_models_of_one_name_have_notes_of_their_own(run):
    name = "lab/m"
    served = [
        Served(Model(name, "r1"), Loads("a", "one")),
        Served(Model(name, "r2"), Loads("b", "two")),
        Served(Model(name), Loads("c", "three")),
    ]
    run.answered("rate", Asks(tuple(served)), [1], lambda: iter([None]))
    # Another stage asks one of them under another backend.
    run.answered("complete", Asks((Served(Model(name), Loads("d", "four")),)), [2], lambda: iter([None]))
    assert run.model_notes == {"lab/m@r1": ["one"], "lab/m@r2": ["two"], "lab/m": ["three", "four"]}


def test_only_parts_that_are_missing_are_made(run):
    stage, read = run.open_stage("pair", {}, []), run.open_stage("read", {}, [])
    stage.part("pairs", 0).write_bytes(b"made before")
    jobs = [(stage, number) for number in range(2)]
    run.make_parts("pair", stage, "pairs", write_part, jobs, (read, "prompts"))
    assert stage.part("pairs", 0).read_bytes() == b"made before" and stage.part("pairs", 1).read_bytes() == b"now"


def write_part(stage: "context.Stage", number: int) -> int:
    Path(stage.part("pairs", number)).write_bytes(b"now")
    return 1
