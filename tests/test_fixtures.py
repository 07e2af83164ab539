"""What an earlier version made (tests/fixtures) goes on: it loads, is inspected, compared, retracted from, released."""

from __future__ import annotations

import csv
import json
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from polypref.cli import main
from polypref.files.atomic import file_digest
from polypref.files.records import decode
from polypref.review.guide import is_guide
from tests.fixtures import stored, texts
from tests.fixtures.stored import NAME, restore
from tests.hub import LoopbackHub
from tests.inference import loopback
from tests.inference.loopback import Loopback
from tests.release.helpers import Line, rows_of

#: Versions and the state of the repository that has them.
TAGS = (("v1.0.0", "before"), ("v1.1.0", "before"), ("v1.0.0", "after"), ("v2.0.0", "after"))
BUILD = ("builders/answers.py", "--workers", "1", "--quiet", "--log", "responses.sqlite")
SECOND = ("--edition", "1.1.0", "--prompts", "prompts/second.jsonl", "--review", "review/review.json")
#: Of a published row, what a later version may never change.
LASTING = ("language", "prompt", "chosen", "rejected", "chosen_model", "rejected_model", "group_id", "prompt_id")
#: Of a row of results, what was counted; intervals may be reckoned better one day.
COUNTED = (
    "language",
    "win_rate",
    "wins",
    "losses",
    "ties",
    "prompts",
    "scored",
    "unparsed",
    "disagreements",
    "reasons",
)
NEW = "Wie putzt man einen Kamin?"

LOAD = """
import json
from datasets import get_dataset_config_names, load_dataset
found = {}
for config in get_dataset_config_names("%s", revision="%s"):
    for split, rows in load_dataset("%s", config, revision="%s").items():
        found[f"{config} {split}"] = rows.to_list()
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def hub() -> Iterator[LoopbackHub]:
    with LoopbackHub() as hub:
        yield hub
        assert hub.unknown == []


@pytest.fixture(scope="module")
def cli(hub: LoopbackHub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    line = Line(hub, tmp_path_factory.mktemp("line"))
    yield line
    line.close()


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A copy of all that is stored."""
    return stored.copy(tmp_path / "work")


@pytest.fixture
def server() -> Iterator[Loopback]:
    """Models that could be asked; `bodies` tells whether they were."""

    def say(body: dict[str, Any], request: Any) -> Any:
        if body["model"] == "meter":
            return texts.say(body, request)
        return loopback.chat(f"Am besten mit einem weichen Besen, sagt {body['model']}.", body["model"])

    with Loopback(say) as running:
        yield running


@pytest.fixture
def build(cli: Line, work: Path, server: Loopback) -> Callable[..., Path]:
    def run(out: str, *words: str) -> Path:
        cli.ok("build", *BUILD, "--at", server.url, "--out", out, *words, cwd=work)
        return work / out

    return run


def rows(folder: Path) -> dict[str, dict[str, Any]]:
    """pair_id -> what lasts of a row, and its split."""
    return {
        row["pair_id"]: {name: row[name] for name in LASTING} | {"split": path.name.split("-")[0]}
        for path in sorted(folder.glob("data/*/*.parquet"))
        for row in pq.read_table(path).to_pylist()
    }


def version(work: Path, tag: str) -> Path:
    return work / "releases" / tag


def retracted(work: Path) -> dict[str, dict[str, Any]]:
    ids = set((work / "retracted.txt").read_text("utf-8").split())
    there = rows(version(work, "v1.1.0"))
    return {pair: row for pair, row in there.items() if {pair, row["group_id"], row["prompt_id"]} & ids}


# releases


@pytest.mark.parametrize(("tag", "state"), TAGS)
def test_every_config_of_every_version_loads_with_its_rows(cli, hub, work, tag, state):
    repo = restore(hub, state, cli.new_name())
    splits = json.loads(cli.python(LOAD % (repo.id, tag, repo.id, tag)).splitlines()[-1])
    there = rows(version(work, tag))
    assert {name.split()[0] for name in splits} == {
        f"{mixture}{tag}"
        for mixture, tags in (("all", ("", "-de", "-he", "-ja")), ("two", ("", "-de", "-he")))
        for tag in tags
    }
    for name, loaded in splits.items():
        config, split = name.split()
        tags = {config.partition("-")[2]} if "-" in config else {"de", "he", *(["ja"] if config == "all" else [])}
        wanted = {pair: row for pair, row in there.items() if row["split"] == split and row["language"] in tags}
        assert {row["pair_id"]: {key: row[key] for key in LASTING} | {"split": split} for row in loaded} == wanted, name


def test_the_stored_versions_are_what_was_released_then(work):
    """Nobody may mend the fixture: digests of the records are those of the day."""
    assert {tag: len(rows(version(work, tag))) for tag in ("v1.0.0", "v1.1.0", "v2.0.0")} == {
        "v1.0.0": 21,
        "v1.1.0": 28,
        "v2.0.0": 25,
    }
    assert len(retracted(work)) == 3
    for tag in ("v1.0.0", "v1.1.0", "v2.0.0"):
        record = json.loads((version(work, tag) / "provenance.json").read_text("utf-8"))
        assert record["packages"]["polypref"] == "0.1.0"
        for name, facts in record["files"].items():
            assert file_digest(version(work, tag) / name) == facts["sha256"]


def test_they_are_inspected_from_a_folder_and_from_the_hub(cli, hub, work):
    repo = restore(hub, "after", cli.new_name())
    for dataset in (version(work, "v1.0.0"), work / "working", f"{repo.id}@v1.0.0", f"{repo.id}@v2.0.0"):
        stdout = cli.ok("inspect", dataset)
        assert "│ de " in stdout and "│ two" in stdout
    assert "retracted" in cli.ok("inspect", f"{repo.id}@v2.0.0")
    cli.ok("inspect", work / "working", "--html", work / "page.html")
    assert texts.QUESTIONS["de"][0] in (work / "page.html").read_text("utf-8")


def test_they_are_compared_in_a_folder_and_on_the_hub(cli, hub, work):
    repo = restore(hub, "before", cli.new_name())
    after = restore(hub, "after", cli.new_name())
    local = cli.ok("diff", version(work, "v1.0.0"), version(work, "v1.1.0"))
    assert cli.ok("diff", f"{repo.id}@v1.0.0", f"{repo.id}@v1.1.0") == local
    assert "minor" in local and "added" in local
    stdout = cli.ok("diff", f"{repo.id}@v1.1.0", after.id)
    assert "major" in stdout and "removed" in stdout


@pytest.mark.slow
def test_rows_are_retracted_from_what_was_released(cli, hub, work):
    repo = restore(hub, "before", cli.new_name())
    there = rows(version(work, "v1.0.0"))
    gone = next(pair for pair, row in there.items() if row["language"] == "he")
    (work / "ids.txt").write_text(gone + "\n", "utf-8")
    cli.ok("retract", repo.id, "--rows", work / "ids.txt", "--reason", "asked", cwd=work)
    assert list(repo.tags) == ["v2.0.0"]
    splits = json.loads(cli.python(LOAD % (repo.id, "v2.0.0", repo.id, "v2.0.0")).splitlines()[-1])
    left = {row["pair_id"] for part in splits.values() for row in part}
    assert left == rows(version(work, "v1.1.0")).keys() - {gone}


def test_a_version_is_retracted_from_what_was_released(cli, hub, work):
    repo = restore(hub, "before", cli.new_name())
    cli.ok("retract", repo.id, "--tag", "v1.1.0", "--reason", "wrong")
    assert sorted(repo.tags) == ["v1.0.0", "v2.0.0"]


@pytest.mark.slow
def test_an_earlier_retraction_stands(cli, hub, work, build):
    """Its tombstone is honoured, by release and by the next retraction, and it is not done twice."""
    repo = restore(hub, "after", cli.new_name())
    again = ("--rows", "retracted.txt", "--reason", "the writers asked")
    before = dict(repo.refs)
    cli.ok("retract", repo.id, *again, cwd=work)
    assert repo.refs == before
    out = build("out", *SECOND, "--edition", "2.1.0", "--previous", "releases/v1.1.0")
    assert f"3 rows were retracted from {repo.id}" in cli("release", out, "--repo", repo.id).sentence
    assert repo.refs == before
    gone = next(pair for pair, row in rows(version(work, "v2.0.0")).items() if row["language"] == "ja")
    (work / "ids.txt").write_text(gone + "\n", "utf-8")
    cli.ok("retract", repo.id, "--rows", "ids.txt", "--reason", "asked", cwd=work)
    log = repo.files()["CHANGELOG.md"].decode()
    assert all(f"  - {one}\n" in log for one in {gone, *retracted(work), *(work / "retracted.txt").read_text().split()})


def test_the_next_version_is_released(cli, hub, work, build, server):
    """One prompt is new: its answers are asked for, and nothing else; rows that were released stay what they were."""
    repo = restore(hub, "after", cli.new_name())
    taken_back = [row["prompt"][-1]["content"] for row in retracted(work).values()]
    lines = (work / "prompts" / "second.jsonl").read_text("utf-8").splitlines()
    kept = [line for line in lines if not any(json.dumps(one, ensure_ascii=False) in line for one in taken_back)]
    assert len(kept) == len(lines) - 3
    kept.append(json.dumps({"id": "q11", "language": "de", "prompt": NEW}))
    (work / "prompts" / "third.jsonl").write_text("\n".join(kept) + "\n", "utf-8")
    words = ("--edition", "2.1.0", "--prompts", "prompts/third.jsonl", "--review", "review/review.json")
    out = build("next", *words, "--previous", "releases/v2.0.0")
    old, new = rows(version(work, "v2.0.0")), rows(out)
    assert {pair: new.get(pair) for pair in old} == old
    assert [row["prompt"][-1]["content"] for pair, row in new.items() if pair not in old] == [NEW]
    assert sorted(body["model"] for body in server.bodies) == ["meter", "meter", "small", "tall"]
    assert "1 row added" in cli.ok("release", out, "--repo", repo.id)
    assert sorted(repo.tags) == ["v1.0.0", "v2.0.0", "v2.1.0"]
    log = repo.files("v2.1.0")["CHANGELOG.md"].decode()
    assert log.index("## v2.1.0") < log.index("## v2.0.0") < log.index("## v1.0.0")


# the working folder, the log, the review


@pytest.mark.slow
def test_a_finished_working_folder_is_built_again_without_asking(work, build, server):
    before = rows(work / "working")
    build("working", *SECOND, "--previous", "releases/v1.0.0")
    assert rows(work / "working") == before and server.bodies == []


@pytest.mark.slow
def test_the_log_alone_gives_the_same_rows_without_asking(work, build, server):
    out = build("again", *SECOND, "--previous", "releases/v1.0.0")
    assert rows(out) == rows(work / "working") and server.bodies == []
    first = build("first", "--prompts", "prompts/first.jsonl")
    assert rows(first) == rows(version(work, "v1.0.0")) and server.bodies == []


@pytest.mark.slow
def test_what_the_working_folder_lacks_is_made_again(work, build, server):
    """As after a kill: the last stages and the dataset are gone."""
    before = rows(work / "working")
    for stage in (work / "working" / ".polypref").glob("[bf]*-*"):
        shutil.rmtree(stage)
    for one in ("provenance.json", "README.md"):
        (work / "working" / one).unlink()
    shutil.rmtree(work / "working" / "data")
    build("working", *SECOND, "--previous", "releases/v1.0.0")
    assert rows(work / "working") == before and server.bodies == []


def test_the_filled_sheets_say_what_they_said(cli, work):
    cli.ok("review", "import", "working", "review/de-ruth.csv", "review/he-amos.csv", "--out", "again.json", cwd=work)
    then, now = (json.loads((work / name).read_text("utf-8")) for name in ("review/review.json", "again.json"))
    assert {pair: one["decision"] for pair, one in now["decisions"].items()} == then["decisions"]
    assert now["comments"] == then["comments"]
    # Sheets of then do not name the answers; the texts of the dataset tell them, of all pairs that it still has.
    parts = [part for some in rows_of(work / "working").values() for part in some]
    there = {row["pair_id"]: row for row in parts}
    named = {pair: one["chosen"] for pair, one in now["decisions"].items() if pair in there}
    sides = {"agreed": "chosen_id", "relabel": "rejected_id"}  # what was relabelled stands the other way round now
    assert named == {pair: there[pair][sides[then["decisions"][pair]]] for pair in named} and len(named) > 10
    assert {tag: row["judgements"] for tag, row in now["agreement"].items()} == {
        tag: row["judgements"] for tag, row in then["agreement"].items()
    }


def test_the_review_is_in_the_released_rows(work):
    decisions = json.loads((work / "review" / "review.json").read_text("utf-8"))["decisions"]
    there = rows(version(work, "v1.1.0"))
    by_decision = defaultdict(list)
    for pair, what in decisions.items():
        by_decision[what].append(there.get(pair))
    assert by_decision["remove"] == [None, None]
    # The reward model likes the long answer; two people did not.
    assert [row["chosen_model"] for row in by_decision["relabel"]] == ["small", "small"]
    assert {row["chosen_model"] for row in by_decision["agreed"]} == {"tall"}


def test_sheets_of_a_released_version_show_the_answers_in_the_order_of_then(cli, work):
    """A reviewer may still hold an empty sheet."""
    cli.ok("review", "export", version(work, "v1.0.0"), "--languages", "de", "--out", "sheets", cwd=work)

    def read(path: str) -> dict[str, dict[str, str]]:
        with (work / path).open(encoding="utf-8-sig", newline="") as file:
            # Later sheets name the two answers after pair and seed, have a row that says what to write, and a column
            # for edited answers.
            rows = [row for row in csv.DictReader(file) if not is_guide(row["id"])]
        return {
            row["id"][:34]: {name: row[name] for name in row if name != "edited"} | {"id": row["id"][:34]}
            for row in rows
        }

    then, now = read("review/review-de.csv"), read("sheets/review-de.csv")
    assert now and {one: then[one] for one in now} == now


# evaluation and training


def counted(folder: Path) -> list[Any]:
    results = json.loads((folder / "results.json").read_text("utf-8"))
    return [
        [one["model"], one["other"], one["judge"], one["average"]["win_rate"], one["reasons"]]
        + [{key: row[key] for key in COUNTED} for row in one["rows"]]
        for one in results["comparisons"]
    ]


def test_an_evaluation_is_scored_and_reported_again_with_the_same_figures(cli, work):
    then = counted(work / "evaluation")
    for name in ("report.md", "report.html"):
        (work / "evaluation" / name).unlink()
    cli.ok("evaluate", "--out", "evaluation", "--step", "score", "--step", "report", "--quiet", cwd=work)
    assert counted(work / "evaluation") == then
    assert [row["win_rate"] for row in then[0][5:]] == [17 / 18, 17 / 18]
    assert "tall" in (work / "evaluation" / "report.md").read_text("utf-8")
    assert (work / "evaluation" / "report.html").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("out", ["evaluation", "fresh"])
def test_an_evaluation_with_the_log_asks_nobody(cli, work, server, out):
    then = counted(work / "evaluation")
    config = json.loads((work / "evaluation.json").read_text("utf-8"))
    for part in (config["models"][0], config["judge"]):
        part["at"] = server.url
    (work / "now.json").write_text(json.dumps(config), "utf-8")
    words = ("--config", "now.json", "--out", out, "--log", "responses.sqlite", "--quiet")
    cli.ok("evaluate", *words, cwd=work)
    assert server.bodies == [] and counted(work / out) == then


def test_the_adapter_tells_what_it_was_trained_on(hub, cli, work):
    from polypref.training import provenance

    values = json.loads((work / "adapter" / provenance.FILE).read_text("utf-8"))
    adapter = decode(provenance.Provenance, values, "the adapter's provenance is damaged")
    repo = restore(hub, "before", cli.new_name())
    assert adapter.dataset.name == NAME and adapter.dataset.commit == repo.tags["v1.1.0"]
    section = provenance.card_section(adapter)
    assert adapter.dataset.commit in section and "Rows trained on in each language: de 7, he 8." in section
    there = [row for row in rows(version(work, "v1.1.0")).values() if row["split"] == "train"]
    assert {tag: sum(row["language"] == tag for row in there) for tag in ("de", "he")} == {"de": 7, "he": 8}
    assert section.strip() in (work / "adapter" / "README.md").read_text("utf-8")


# an evaluation of 0.2.0


@pytest.fixture
def second(work: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(work / "evaluation-0.2.0")
    return work / "evaluation-0.2.0" / "out"


def test_an_evaluation_of_0_2_0_is_reported_again(second, capsys):
    then, before = counted(second), (second / "results.json").read_bytes()
    assert then[0][3] == pytest.approx((3.5 / 5 + 4.5 / 6 + 4.5 / 6) / 3)
    for name in ("report.md", "report.html"):
        (second / name).unlink()
    assert main(["report", str(second)]) == 0
    assert "good against weak" in capsys.readouterr().out
    assert (second / "results.json").read_bytes() == before
    assert "Hebrew (he)" in (second / "report.html").read_text("utf-8")


def test_an_evaluation_of_0_2_0_is_scored_and_made_again_with_its_own_settings(second, capsys):
    then = counted(second)
    assert main(["evaluate", "--out", str(second), "--step", "score", "--step", "report", "--quiet"]) == 0
    assert counted(second) == then
    capsys.readouterr()
    assert main(["evaluate", "--out", str(second)]) == 0
    assert counted(second) == then
    settings = second / "evaluation.json"
    followed = f"no settings given: following those of the run before in {settings} (good against weak)"
    assert capsys.readouterr().out.count(followed) == 1
