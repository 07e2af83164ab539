"""The files of a dataset: cut at quotas, configs as lists of files, and what the provenance says of each."""

from itertools import pairwise
from pathlib import Path, PurePosixPath

from hypothesis import given
from hypothesis import strategies as st

from polypref.files.records import encode
from polypref.release.pieces import Piece, configs, cut_files, file_facts, pattern_of
from polypref.release.provenance import FileFacts
from polypref.stages.counts import Quota


def quota(given: int, test: int) -> Quota:
    return Quota(given, given, given, test)


def test_a_piece_is_named_by_language_split_and_ranks():
    assert Piece("zh", "train", 0, 24).path == "data/zh/train-00000000-00000024.parquet"


def test_files_are_cut_at_every_quota_and_every_so_many_rows():
    mixtures = {
        "big": {"de": quota(10, 3), "he": quota(4, 0)},
        "small": {"de": quota(7, 3)},
        "one": {"he": quota(4, 0)},
    }
    assert cut_files(mixtures, rows=4) == [
        Piece("de", "test", 0, 2),
        Piece("de", "train", 0, 3),
        Piece("de", "train", 4, 6),
        Piece("de", "train", 7, 7),
        Piece("de", "train", 8, 9),
        Piece("he", "train", 0, 3),
    ]


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["de", "he", "zh"]), st.integers(0, 50), min_size=1), min_size=1, max_size=4
    ),
    st.integers(1, 20),
)
def test_pieces_tile_the_ranks_and_configs_hold_exactly_their_quota(quotas, rows):
    mixtures = {
        f"m{i}": {tag: quota(n, 7 if tag == "zh" else 0) for tag, n in one.items()} for i, one in enumerate(quotas)
    }
    pieces = cut_files(mixtures, rows)
    size = {piece.path: piece.last - piece.first + 1 for piece in pieces}
    assert all(0 < n <= rows for n in size.values())
    assert len(size) == len(pieces)
    for one, other in pairwise(pieces):
        if (one.language, one.split) == (other.language, other.split):
            assert other.first == one.last + 1
        else:
            assert other.first == 0
    listed = {c.config_name: {d.split: d.path for d in c.data_files} for c in configs(mixtures, pieces)}
    for name, by_language in mixtures.items():
        members = {f"{name}-{tag}": [tag] for tag in by_language} | {name: list(by_language)}
        for config, tags in members.items():
            files = listed.get(config, {})
            assert sum(size[f] for f in files.get("train", [])) == sum(by_language[t].given for t in tags)
            assert sum(size[f] for f in files.get("test", [])) == sum(by_language[t].test for t in tags)


def test_configs_are_lists_of_files_and_the_first_is_the_default():
    mixtures = {"all": {"de": quota(3, 1), "he": quota(2, 0)}, "few": {"de": quota(1, 1)}}
    de, rest, test = (
        f"data/de/{n}.parquet" for n in ("train-00000000-00000000", "train-00000001-00000002", "test-00000000-00000000")
    )
    he = "data/he/train-00000000-00000001.parquet"
    assert [encode(one) for one in configs(mixtures, cut_files(mixtures))] == [
        {
            "config_name": "all",
            "data_files": [{"split": "train", "path": [de, rest, he]}, {"split": "test", "path": [test]}],
            "default": True,
        },
        {
            "config_name": "all-de",
            "data_files": [{"split": "train", "path": [de, rest]}, {"split": "test", "path": [test]}],
        },
        {"config_name": "all-he", "data_files": [{"split": "train", "path": [he]}]},
        {"config_name": "few", "data_files": [{"split": "train", "path": [de]}, {"split": "test", "path": [test]}]},
        {"config_name": "few-de", "data_files": [{"split": "train", "path": [de]}, {"split": "test", "path": [test]}]},
    ]


def test_configs_leave_out_what_has_no_row():
    mixtures = {"all": {"de": quota(3, 0), "he": quota(0, 0)}}
    assert [c.config_name for c in configs(mixtures, cut_files(mixtures))] == ["all", "all-de"]


def test_the_facts_of_a_file_are_those_of_its_bytes(tmp_path: Path):
    name = "data/de/test-00000000-00000001.parquet"
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert file_facts(tmp_path, {name: 2}) == {name: FileFacts(digest, 3, 2)}


def test_a_pattern_names_all_files_of_a_split_or_those_of_one_name():
    def file(tag: str, first: int, split: str = "train") -> str:
        return f"data/{tag}/{split}-{first:08d}-{first + 9:08d}.parquet"

    every = [file(tag, first) for tag in ("de", "he") for first in (0, 10)] + [file("de", 0, "test")]
    rated = ["data/ratings/de/train-00000000-00000009.parquet", "data/ratings/he/train-00000000-00000009.parquet"]
    every += rated
    assert pattern_of(every[:4], every) == "data/*/train-*.parquet"
    assert pattern_of([every[0], every[2]], every) == "data/*/train-00000000-00000009.parquet"
    assert pattern_of(rated, every) == "data/ratings/*/train-*.parquet"
    # A file less, another order, one language, one file: no pattern is the same.
    for paths in (every[:3], [every[0], every[3]], [every[2], every[0]], every[:2], every[4:5]):
        assert pattern_of(paths, every) is None
    # By their paths pt-BR stands before pt, by their tags behind it.
    tags = [file("pt", 0), file("pt-BR", 0)]
    assert pattern_of(tags, tags) is None and pattern_of(tags[::-1], tags) == "data/*/train-*.parquet"


@given(
    st.lists(st.tuples(st.sampled_from(["de", "he", "pt", "pt-BR"]), st.integers(0, 2)), unique=True, min_size=1),
    st.integers(1, 15),
)
def test_a_pattern_gives_back_the_files_that_it_stands_for(there: list[tuple[str, int]], chosen: int):
    every = [f"data/{tag}/train-{first:08d}-{first:08d}.parquet" for tag, first in sorted(there)]
    some = [path for number, path in enumerate(every) if chosen >> number % 4 & 1]
    if some and (pattern := pattern_of(some, every)):
        assert sorted(path for path in every if PurePosixPath(path).match(pattern)) == some
