"""Rationales that are a text which was taken back: emptied by retract and by later builds, with their rows in place."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref import schema
from polypref.files.atomic import file_digest
from polypref.raters.combined import Combined
from polypref.raters.given import SourceRater
from polypref.release.folder import altered, read_provenance
from polypref.release.retracted_words import rationale_hits, without_words
from polypref.stages import retracted
from polypref.stages.retracted import Retracted, Texts
from tests.hub import LoopbackHub

from .helpers import Line
from .rated import builder, pairs_of, ratings_of, written
from .test_people import EACH, judged, with_words
from .test_people import builder as judged_builder
from .test_people import written as judged_written
from .test_retracted_ratings import held, retract, text

QUOTED = "The reply to 0 in en is 2 here."


@dataclass(frozen=True)
class Quoting:
    """Scores an answer by its number, and quotes the first chosen answer as the reason for another one."""

    name: ClassVar[str] = "quoting"
    version: ClassVar[int] = 1
    caution: ClassVar[str] = ""

    def rate(self, prompts: pa.Table, completions: pa.Table) -> pa.Table:
        rows = []
        for one in completions.to_pylist():
            _, _, _, question, _, _, _, number, _ = one["text"].split()
            ids = {"prompt_id": one["prompt_id"], "completion_id": one["completion_id"]}
            words = {"rationale": f"  {QUOTED.upper()}" if question == "1" else f"Number {number} it is."}
            rows.append(ids | words | {"rater": "quoting", "rater_revision": "1", "score": float(number)})
        return pa.Table.from_pylist(rows, schema.RATINGS)


def known(*texts: str) -> Retracted:
    """What was taken back, where these texts were chosen answers."""
    salt, marks = "0" * 32, set[str]()
    for one in texts:
        row = retracted.Row.variants([{"role": "user", "content": "Why is that so, in a word?"}], [one], [])[0]
        marks |= Texts(salt, frozenset()).of(row, "chosen", False)
    return Retracted(frozenset(), (Texts(salt, frozenset(marks)),))


def test_words_are_known_as_texts_are() -> None:
    wanted = known(QUOTED, "Short one.", "Mail anna@uni-kassel.de for the plan.")
    assert wanted.has_text(f"«{QUOTED.upper()}»") and not wanted.has_text(f"{QUOTED} And more.")
    # A text of under 20 characters says too little without its prompt; a public release has masked the address.
    assert not wanted.has_text("Short one.") and not wanted.has_text("") and not Retracted().has_text(QUOTED)
    assert known("Mail [email] for the plan.").has_text("Mail anna@uni-kassel.de for the plan.")


def test_words_of_pairs_are_emptied_and_their_rows_stay(tmp_path: Path) -> None:
    out = tmp_path / "out"
    declared = judged_builder(tmp_path / "rows.jsonl", with_words(judged(6)), verdict=replace(EACH, rationale="why"))
    before = judged_written(out, declared)
    record, wanted = read_provenance(out), known("because of Lise@uni-kassel.de")
    hits = list(rationale_hits(out, record, wanted))
    assert len(hits) == 6 and hits[0].sentence().endswith(f"pair {hits[0].ids[0]}: its rationale")
    assert {hit.ids[0] for hit in hits} == {
        row["pair_id"] for row in before.to_pylist() if row["rationale"] == "because of Lise@uni-kassel.de"
    }
    new, emptied = without_words(out, record, wanted)
    assert emptied == 6 and list(rationale_hits(out, new, wanted)) == []
    after = pa.concat_tables([pq.read_table(out / name) for name in sorted(new.files)])
    assert after.drop_columns("rationale") == before.drop_columns("rationale") and after.schema == before.schema
    assert Counter(after["rationale"].to_pylist())[None] == 6
    assert {name: file_digest(out / name) for name in new.files} == {n: one.sha256 for n, one in new.files.items()}
    assert without_words(out, new, wanted) == (new, 0) and without_words(out, new, Retracted()) == (new, 0)


@pytest.mark.slow
def test_words_of_ratings_are_emptied_and_later_builds_leave_them_empty(
    cli: Line, hub: LoopbackHub, tmp_path: Path
) -> None:
    rater = Combined((SourceRater(), Quoting()))
    folder = written(tmp_path / "out", builder(tmp_path, rater=rater))
    name = cli.new_name("quoted")
    cli.ok("release", folder, "--repo", name)
    repo = hub.repo("datasets", name)
    pair = next(row for row in pairs_of(folder) if text(row | {"completion": row["chosen"]}) == QUOTED)
    out = retract(cli, repo, tmp_path, pair["pair_id"])
    # The words stand with each of the three answers to question 1; all three to question 0 go with its prompt.
    assert "rationales  3 of main are one of the texts" in out and list(repo.tags) == ["v2.0.0"]
    log = repo.files("main")["CHANGELOG.md"].decode()
    assert "- 3 rationales that were a text taken back are empty, and their rows stay\n" in log
    there = held(repo)
    assert len(there) == (6 - 1) * 3 * 3
    words = Counter(row["rationale"] for row in there if row["rater"] == "quoting")
    assert words == {None: 3, "Number 0 it is.": 4, "Number 1 it is.": 4, "Number 2 it is.": 4}
    again = written(tmp_path / "again", builder(tmp_path, rater=rater, version="3.0.0"))
    assert "hold a text that was" in cli("release", again, "--repo", name).sentence
    (tmp_path / "CHANGELOG.md").write_text(log, "utf-8")
    later = builder(tmp_path, rater=rater, version="3.0.0", retracted=str(tmp_path / "CHANGELOG.md"))
    third = written(tmp_path / "third", later)
    assert altered(third, read_provenance(third)) is None
    assert Counter(row["rationale"] for row in ratings_of(third) if row["rater"] == "quoting") == words
    cli.ok("release", third, "--repo", name)


@pytest.mark.slow
def test_ratings_that_go_with_the_last_pair_of_a_prompt_are_named_and_not_taken_back(
    cli: Line, hub: LoopbackHub, tmp_path: Path
) -> None:
    folder = written(tmp_path / "out", builder(tmp_path))
    name = cli.new_name("along")
    cli.ok("release", folder, "--repo", name)
    repo = hub.repo("datasets", name)
    gone = pairs_of(folder)[0]
    ids = tmp_path / "ids.txt"
    ids.write_text(gone["pair_id"], "utf-8")
    cli.ok("retract", name, "--rows", ids, "--of", "chosen", "--reason", "asked")
    log = repo.files("main")["CHANGELOG.md"].decode()
    # Of the three answers to its prompt one was taken back; the prompt has no pair without it.
    assert "- 9 rows of the config ratings went, of 1 answers taken back and 2 to prompts without a pair\n" in log
    along = {row["completion_id"] for row in ratings_of(folder) if row["prompt_id"] == gone["prompt_id"]}
    along.remove(gone["chosen_id"])
    head = "- of these answers all ratings went too, as their prompts have no pair any more:\n"
    assert head + "".join(f"  - {one} (not taken back)\n" for one in sorted(along)) in log
    assert along.isdisjoint(retracted.read_retractions(log).ids)
