"""Which answers an audit looks at: all of the build, those with ratings, or those of the pairs."""

import pytest

from polypref.analysis import answers as audited
from polypref.analysis.answers import AuditedAnswers, AuditFiles, audit_files
from polypref.errors import UserError
from polypref.files import sql
from polypref.release.folder import read_provenance
from tests.release.rated import builder, rows, written


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Of a build of six prompts with three answers each, one pair each, all ratings published."""
    folder = tmp_path_factory.mktemp("rated")
    out = written(folder / "out", builder(folder, rows() + rows(language="he")))
    return audit_files(out, read_provenance(out))


def looked(files: AuditFiles) -> tuple[dict, list, list]:
    with sql.connect(reads=files.every) as con:
        of = AuditedAnswers(files, con)
        return of.counts(), of.answers("he"), of.pairs("he")


def test_all_answers_of_the_build_are_looked_at(files):
    assert files.answers_of == "build" and len(files.prompts) == 1
    counts, answers, pairs = looked(files)
    assert counts == {tag: {"m0": 6, "m1": 6, "m2": 6} for tag in ("en", "he")}
    assert len(answers) == 18 and len({one.group for one in answers}) == 6
    assert {one.text for one in answers} == {f"The reply to {n} in he is {k} here." for n in range(6) for k in range(3)}
    assert {(one.chosen[-7:-6], one.rejected[-7:-6]) for one in pairs} == {("2", "0")} and len(pairs) == 6


def test_without_the_stages_those_with_ratings_or_those_of_the_pairs(files):
    rated = AuditFiles(files.data, files.ratings)
    assert rated.answers_of == "ratings" and looked(rated) == looked(files)
    pairs = AuditFiles(files.data)
    assert pairs.answers_of == "pairs"
    assert looked(pairs)[0] == {tag: {"m0": 6, "m2": 6} for tag in ("en", "he")}


def test_of_many_answers_those_to_some_prompts(files, monkeypatch):
    monkeypatch.setattr(audited, "MOST_ANSWERS", 6)
    monkeypatch.setattr(audited, "MOST_PAIRS", 2)
    _, answers, pairs = looked(files)
    assert len({one.group for one in answers}) == 2 and len(answers) == 6 and len(pairs) == 2


def test_a_dataset_without_rows_is_refused(tmp_path):
    with sql.connect(reads=[tmp_path]) as con, pytest.raises(UserError, match="has no rows to look at"):
        AuditedAnswers(AuditFiles([]), con)
