"""Settings are equal wherever files lie; what somebody's own class names counts by what it holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from polypref.files.atomic import file_digest
from polypref.layouts.sources import Fields, Files
from polypref.pipeline.portable import portable
from polypref.stages.balance import Split

SOURCE = Files("rows.jsonl", Fields("prompt"), "s", "1", "mit")


@dataclass(frozen=True)
class Words:
    """Somebody's own check, which reads a file or folder."""

    path: str = ""
    previous: Path | None = None
    inner: object = None
    more: Mapping[str, object] = field(default_factory=dict)


def test_settings_are_the_same_wherever_the_files_lie():
    here, there = (replace(SOURCE, path=f"/{folder}/rows.jsonl") for folder in ("here", "there/deep"))
    for digest in (None, file_digest):
        assert portable((here, {"review": "a/b.json", "other": "a/b"}), digest) == portable(
            (there, {"review": "b.json", "other": "a/b"}), digest
        )
        assert portable(here, digest) != portable(replace(here, path="/here/other.jsonl"), digest)
        assert portable(Split(previous="/x/v1"), digest) == portable(Split(previous="v1"), digest)
        assert portable({"other": "a/b"}, digest) == {"other": "a/b"}
        assert portable([{"previous": "x/v1", "retracted": None}], digest) == [{"previous": "v1", "retracted": None}]


def test_what_is_published_of_an_own_class_names_no_folder():
    assert portable(Words("/here/words.txt", Path("/here/v1"))) == {
        "class": "Words",
        "path": "words.txt",
        "previous": "v1",
        "inner": None,
        "more": {},
    }


@pytest.mark.parametrize(
    "holding",
    [
        lambda path: Words(path),
        lambda path: Words(previous=Path(path)),
        lambda path: Words(inner=replace(SOURCE, path=path)),
        lambda path: Words(more={"path": path}),
        lambda path: Words(inner=(Words(path),)),
        lambda path: [("a", 1, Words(path))],
    ],
)
def test_a_fingerprint_counts_what_a_file_of_an_own_class_holds(tmp_path, holding):
    texts = {"a": "one", "b": "two", "c": "one"}
    for folder, text in texts.items():
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "words.txt").write_text(text)
    of_a, of_b, of_c = (portable(holding(f"{tmp_path / one}/words.txt"), file_digest) for one in texts)
    # A copy elsewhere is equal; another file of the same name is not.
    assert of_a == of_c != of_b
    (tmp_path / "a" / "words.txt").write_text("three")
    assert portable(holding(f"{tmp_path}/a/words.txt"), file_digest) != of_a
    folders = [portable(holding(str(tmp_path / one / "lists")), file_digest) for one in texts]
    assert len(set(map(str, folders))) == 3


def test_a_file_beside_an_own_class_is_not_read():
    def refused(path: Path) -> str:
        raise AssertionError(path)

    assert portable((replace(SOURCE, path=__file__), Words("a\0b" * 200)), refused)[0]["path"] == Path(__file__).name
