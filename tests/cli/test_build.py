"""The whole path, from a builder script to a folder that load_dataset reads: what is in it, and that it repeats."""

import hashlib
import json
import shutil
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from statistics import pstdev
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from polypref import schema
from polypref.cli import build, commands
from polypref.errors import UserError
from polypref.languages import AYA_23

QUICKSTART = "builders/quickstart.py"
THREE = (QUICKSTART, "--languages", "de,en,he")


def provenance(out: Path) -> dict[str, Any]:
    return json.loads((out / "provenance.json").read_text("utf-8"))


def configs(out: Path) -> dict[str, dict[str, list[str]]]:
    """config -> split -> files, as the README tells the Hub by their paths or by a pattern."""
    head = yaml.safe_load((out / "README.md").read_text("utf-8").split("---\n")[1])
    return {
        c["config_name"]: {d["split"]: named_files(out, d["path"]) for d in c["data_files"]} for c in head["configs"]
    }


def named_files(out: Path, path: str | list[str]) -> list[str]:
    return path if isinstance(path, list) else sorted(one.relative_to(out).as_posix() for one in out.glob(path))


def rows(out: Path, files: list[str] | None = None) -> list[dict[str, Any]]:
    """The rows of some of the folder's Parquet files (all when not said), each with its split."""
    paths = [out / f for f in files] if files is not None else sorted(out.glob("data/*/*.parquet"))
    return [row | {"split": p.name.split("-")[0]} for p in paths for row in pq.read_table(p).to_pylist()]


def drawn(seed: int, leak_group: str) -> float:
    """The number in [0, 1) that decides a leak_group's split, by the definition: md5 of seed, 'split' and group."""
    return int(hashlib.md5(f"{seed}:split:{leak_group}".encode()).hexdigest()[:13], 16) / 2**52


@pytest.fixture(scope="session")
def quickstart(tmp_path_factory, polypref) -> Path:
    out = tmp_path_factory.mktemp("quickstart") / "data-set"
    polypref("build", QUICKSTART, "--out", out, "--quiet")
    return out


@pytest.fixture(scope="session")
def three_languages(tmp_path_factory, polypref) -> tuple[Path, str]:
    """The same of three languages, which is four times as quick, and what the command printed."""
    out = tmp_path_factory.mktemp("three") / "out"
    return out, polypref("build", *THREE, "--out", out, "--quiet").stdout


@pytest.fixture(scope="session")
def pool(tmp_path_factory, make_pool) -> Path:
    return make_pool(tmp_path_factory.mktemp("pool") / "pool", 125)


@pytest.fixture(scope="session")
def built(tmp_path_factory, polypref, pool) -> Path:
    out = tmp_path_factory.mktemp("built") / "out"
    polypref("build", "tests/scripts/pool.py", "--source", pool, "--out", out, "--workers", 1)
    return out


@pytest.mark.parametrize("config", ["ml-23", "ml-23-he", "ml-5", "ml-5-vi"])
def test_load_dataset_gives_the_rows_of_the_files(quickstart, tmp_path, config):
    from datasets import load_dataset

    loaded = load_dataset(str(quickstart), config, cache_dir=str(tmp_path))

    files = configs(quickstart)[config]
    assert set(loaded) == set(files) == {"train", "test"}
    for split, paths in files.items():
        expected = pa.concat_tables([pq.read_table(quickstart / p) for p in paths])
        assert loaded[split].to_list() == expected.to_pylist()
        assert expected.num_rows > 0
        plain = pa.schema([f.with_nullable(True) for f in schema.PREFERENCES])
        assert loaded[split].features.arrow_schema.remove_metadata() == plain


def test_every_file_has_the_published_schema(quickstart, built):
    for file in [*quickstart.glob("data/*/*.parquet"), *built.glob("data/*/*.parquet")]:
        assert pq.read_schema(file).remove_metadata() == schema.PREFERENCES


def test_no_column_is_called_margin(quickstart):
    """TRL's reward trainer subtracts a column of that name in its loss."""
    names = set(pq.read_schema(next(quickstart.glob("data/*/*.parquet"))).names)
    assert "margin" not in names
    assert "score_margin" in names


def test_rows_have_the_form_that_trl_takes(quickstart):
    for row in rows(quickstart):
        assert [m["role"] for m in row["prompt"]][-1] == "user"
        for side in ("chosen", "rejected"):
            assert [m["role"] for m in row[side]] == ["assistant"]
            assert row[side][0]["content"].strip()
        assert row["chosen"] != row["rejected"]
        assert row["chosen_score"] - row["rejected_score"] == row["score_margin"] > 0


def test_the_bundled_data_come_out_in_all_23_languages(quickstart, bundled):
    given = provenance(quickstart)["mixtures"]["ml-23"]
    # Whoever adds rows of a further language to the package adds them here.
    assert set(given) >= set(AYA_23) == set(bundled)
    assert all(given[tag]["given"] > 0 and given[tag]["test"] > 0 for tag in AYA_23)
    # The chosen answers are the full ones: the reference is what they are measured against.
    by_model = defaultdict(int)
    for row in rows(quickstart):
        by_model[row["chosen_model"]] += 1
    assert by_model["bundled-full"] > 0.9 * sum(by_model.values())


def test_mixtures_hold_what_was_declared(quickstart):
    train = {c: rows(quickstart, files["train"]) for c, files in configs(quickstart).items()}

    def groups(config: str) -> set[str]:
        return {row["group_id"] for row in train[config]}

    # ml-5: five pairs of each of its five languages.
    for tag in ("de", "en", "pt", "tr", "vi"):
        assert len(train[f"ml-5-{tag}"]) == 5
    assert len(train["ml-5"]) == 25
    # en-1: all of English that is there.
    everything = [row for row in rows(quickstart) if row["language"] == "en" and row["split"] == "train"]
    assert {row["pair_id"] for row in train["en-1"]} == {row["pair_id"] for row in everything}
    # ml-23: the same prompts in all languages.
    assert all(groups(f"ml-23-{tag}") == groups("ml-23") for tag in AYA_23)
    assert sum(row["language"] in AYA_23 for row in train["ml-23"]) == 23 * len(groups("ml-23"))
    # A smaller quota is a part of a larger one.
    assert {row["pair_id"] for row in train["ml-5-de"]} <= {row["pair_id"] for row in train["ml-23-de"]}


def test_a_prompt_and_its_translations_are_in_the_split_that_its_hash_says(quickstart, bundled):
    where = defaultdict(set)
    for row in rows(quickstart):
        where[row["group_id"]].add(row["split"])
    expected = {schema.make_id("group", "polypref-quickstart", row["id"]): "test" for row in bundled["de"] if row["id"]}
    assert set(where) == set(expected)
    for group, splits in where.items():
        assert splits == {"test" if drawn(0, group) < 0.2 else "train"}


def test_groups_that_share_a_prompt_are_in_one_split(built):
    """In the pool, the Arabic prompt of group 24 is that of group 23, that of 49 the one of 48, and so on."""
    where = {row["group_id"]: row["split"] for row in rows(built)}
    together = 0
    for last in range(24, 125, 25):
        one, other = (schema.make_id("group", "pool", f"g{n}") for n in (last - 1, last))
        assert where[one] == where[other]
        together += (drawn(3, one) < 0.2) != (drawn(3, other) < 0.2)
    assert together, "the pool should have groups that would part if they were drawn one by one"


def test_no_pair_is_stored_twice(quickstart, built):
    for out in (quickstart, built):
        ids = [row["pair_id"] for row in rows(out)]
        assert len(ids) == len(set(ids))


def test_files_are_cut_where_quotas_fall(built):
    record = provenance(built)
    for tag in ("ar", "de", "ja", "uk"):
        files = sorted(p.stem.split("-")[1:] for p in (built / "data" / tag).glob("train-*.parquet"))
        ranks = [(int(a), int(b)) for a, b in files]
        assert ranks[0][0] == 0
        assert all(a[1] + 1 == b[0] for a, b in pairwise(ranks))
        quotas = {name: row[tag]["given"] for name, row in record["mixtures"].items() if tag in row}
        assert set(quotas.values()) <= {last + 1 for _, last in ranks}
        # forty: 40 each; hundred: 101 in four equal shares, the odd one to the first tag; two: 30 as 2 to 1.
        assert quotas["forty"] == 40
        assert quotas["hundred"] == (26 if tag == "ar" else 25)
        assert quotas.get("two") == {"de": 20, "ja": 10}.get(tag)
        for name, quota in quotas.items():
            assert sum(pq.read_metadata(built / f).num_rows for f in configs(built)[f"{name}-{tag}"]["train"]) == quota


def test_provenance_lists_every_file(built, contents):
    digests = contents(built)
    files = provenance(built)["files"]
    assert {name: facts["sha256"] for name, facts in files.items()} == {
        name: digest for name, digest in digests.items() if name.startswith("data/")
    }
    assert set(digests) - set(files) == {"README.md", "provenance.json"}
    assert all(pq.read_metadata(built / name).num_rows == facts["rows"] for name, facts in files.items())


def test_the_funnel_adds_up(quickstart, built):
    for out in (quickstart, built):
        counts = defaultdict(lambda: defaultdict(int))
        for row in provenance(out)["funnel"]:
            counts[row["stage"], row["unit"], row["language"]][row["outcome"]] += row["rows"]
        published = Counter(row["language"] for row in rows(out))
        for key, by_outcome in counts.items():
            left = sum(by_outcome[outcome] for outcome in ("kept", "rejected", "skipped", "joined", "unused"))
            assert by_outcome["in"] == left, key
        for tag in {language for *_, language in counts if language}:
            assert counts["pair", "prompts", tag]["pairs_made"] == counts["filter", "pairs", tag]["in"]
            assert counts["filter", "pairs", tag]["kept"] == counts["balance", "pairs", tag]["in"]
            assert counts["balance", "pairs", tag]["kept"] == published[tag]


def test_a_second_build_has_nothing_to_do(three_languages, polypref):
    out, printed = three_languages
    before = {p: p.stat().st_mtime_ns for p in out.rglob("*")}
    second = polypref("build", *THREE, "--out", out)
    assert printed.startswith(f"wrote {out}: ml-23 ")
    assert second.stdout == printed.replace("wrote", "nothing to do for")
    assert second.stderr == ""
    assert {p: p.stat().st_mtime_ns for p in out.rglob("*")} == before


def test_the_same_bytes_in_another_folder(tmp_path, polypref, three_languages, contents):
    polypref("build", *THREE, "--out", tmp_path / "elsewhere" / "x", "--quiet")
    assert contents(tmp_path / "elsewhere" / "x") == contents(three_languages[0])


@pytest.mark.slow
def test_the_same_bytes_with_the_input_elsewhere(tmp_path, polypref, make_pool, contents):
    source = make_pool(tmp_path / "pool", 10)
    shutil.copytree(source, tmp_path / "moved" / "pool")
    script = ("build", "tests/scripts/pool.py", "--workers", 1, "--no-identify", "--quiet")
    polypref(*script, "--source", source, "--out", tmp_path / "one")
    polypref(*script, "--source", tmp_path / "moved" / "pool", "--out", tmp_path / "other")
    assert contents(tmp_path / "one") == contents(tmp_path / "other")


@pytest.mark.slow  # tests/extending/test_check.py does it with a few prompts
def test_the_same_bytes_with_two_workers_and_the_input_elsewhere(tmp_path, polypref, pool, built, contents):
    shutil.copytree(pool, tmp_path / "moved" / "pool")
    script = ("build", "tests/scripts/pool.py", "--workers", 2, "--out", tmp_path / "out")
    polypref(*script, "--source", tmp_path / "moved" / "pool")
    assert len(list((built / ".polypref").glob("filter-*/filtered-*.parquet"))) > 4, "the test needs several buckets"
    assert contents(tmp_path / "out") == contents(built)


def test_a_changed_input_is_noticed(tmp_path, polypref, make_pool, contents):
    source, out = make_pool(tmp_path / "pool", 30), tmp_path / "out"
    build = (
        "build",
        "tests/scripts/pool.py",
        "--source",
        source,
        "--out",
        out,
        "--quiet",
        "--workers",
        1,
        "--no-identify",
    )
    polypref(*build)
    before = contents(out)
    file = source / "de.jsonl"
    lines = file.read_text("utf-8").splitlines(keepends=True)
    file.write_text("".join(lines[:-1]), "utf-8")
    assert polypref(*build).stdout.startswith("wrote")
    changed = {name for name, digest in contents(out).items() if before.get(name) != digest}
    assert changed
    assert not any(name.startswith(("data/ar", "data/ja", "data/uk")) for name in changed)
    file.write_text("".join(lines), "utf-8")
    polypref(*build)
    assert contents(out) == before


@pytest.mark.slow
def test_languages(tmp_path, polypref, quickstart):
    out = tmp_path / "out"
    polypref("build", QUICKSTART, "--languages", "de,Japanese", "--out", out, "--quiet")
    record = provenance(out)
    assert {name: set(quotas) for name, quotas in record["mixtures"].items()} == {"ml-23": {"de", "ja"}, "ml-5": {"de"}}
    assert sorted(p.name for p in (out / "data").iterdir()) == ["de", "ja"]
    # Leaving languages out changes no pair's split, and nothing of ml-5, which does not ask for parallel prompts.
    whole = {row["pair_id"]: row["split"] for row in rows(quickstart)}
    split_of = {row["pair_id"]: row["split"] for row in rows(out)}
    assert all(split_of[pair] == split for pair, split in whole.items() if pair in split_of)
    assert len(split_of) > 2


@pytest.mark.slow
def test_mixture(tmp_path, polypref):
    out = tmp_path / "out"
    done = polypref("build", *THREE, "--mixture", "ml-5", "--mixture", "en-1", "--out", out, "--quiet")
    assert done.stdout.startswith(f"wrote {out}: ml-5 10 training pairs, en-1 ")
    assert next(iter(configs(out))) == "ml-5", "the first mixture is the default config"
    assert set(provenance(out)["mixtures"]) == {"ml-5", "en-1"}
    assert sorted(p.name for p in (out / "data").iterdir()) == ["de", "en"]


@pytest.mark.slow
def test_limit(tmp_path, polypref):
    out = tmp_path / "out"
    polypref("build", *THREE, "--limit", 4, "--out", out, "--quiet")
    kept = {row["language"]: row["rows"] for row in provenance(out)["funnel"] if row["reason"] == "beyond_limit"}
    assert kept == dict.fromkeys(("de", "en", "he"), 12 - 4)
    # The same four prompts in every language.
    assert len({row["group_id"] for row in rows(out)}) <= 4


@pytest.mark.slow
def test_max_bad(tmp_path, polypref, make_pool):
    """2 of 40 rows are bad: 5%, as many as may be; a third one is too many."""
    source, out = make_pool(tmp_path / "pool", 10), tmp_path / "out"
    file = source / "uk.jsonl"
    lines = file.read_text("utf-8").splitlines(keepends=True)
    build = (
        "build",
        "tests/scripts/pool.py",
        "--source",
        source,
        "--out",
        out,
        "--quiet",
        "--workers",
        1,
        "--no-identify",
        "--test",
        0,
    )
    file.write_text("".join(["{broken\n", lines[1], '{"id": "x", "language": "uk"}\n', *lines[3:]]), "utf-8")
    polypref(*build)
    reasons = {r["reason"]: r["rows"] for r in provenance(out)["funnel"] if r["stage"] == "read" and r["reason"]}
    assert reasons == {"not_json": 1, "missing_field": 1}

    file.write_text("".join(["{broken\n", lines[1], '{"id": "x", "language": "uk"}\n', "[]\n", *lines[4:]]), "utf-8")
    failed = polypref(*build, expect=2)
    assert "3 of 40 rows cannot be used (at most 5" in failed.stderr
    assert f"first at {file}:1" in failed.stderr
    polypref(*build, "--max-bad", "0.08")
    assert sum(r["rows"] for r in provenance(out)["funnel"] if r["outcome"] == "rejected" and r["stage"] == "read") == 3


@pytest.mark.slow
def test_distinct_prompts_are_in_one_language_only(tmp_path, polypref, pool):
    out = tmp_path / "out"
    polypref(
        "build", "tests/scripts/pool.py", "--source", pool, "--out", out, "--distinct", "--limit", 100, "--workers", 1
    )
    groups = defaultdict(set)
    for config in ("all", "forty"):
        for row in rows(out, configs(out)[config]["train"]):
            groups[config, row["group_id"]].add(row["language"])
    assert groups
    assert all(len(tags) == 1 for tags in groups.values())


def test_a_later_version_keeps_the_splits_of_the_released_one(tmp_path, polypref, make_pool, make_script, root):
    """With a larger test share most groups would move; those that were released stay."""
    source = make_pool(tmp_path / "pool", 60, tags=("de", "ja"))
    first, second = tmp_path / "first", tmp_path / "second"
    polypref("build", "tests/scripts/pool.py", "--source", source, "--out", first, "--workers", 1, "--limit", 30)
    text = (root / "tests/scripts/pool.py").read_text("utf-8")
    changed = text.replace("Split(test=params.test, seed=3)", f"Split(test=0.6, seed=3, previous={str(first)!r})")
    assert changed != text
    script = make_script(tmp_path, changed.replace("pool.md", "card.md"))
    polypref("build", script, "--source", source, "--out", second, "--workers", 1)

    old = {row["group_id"]: row["split"] for row in rows(first)}
    new = {row["group_id"]: row["split"] for row in rows(second)}
    assert {group: new[group] for group in old if group in new} == {g: s for g, s in old.items() if g in new}
    fresh = [split for group, split in new.items() if group not in old]
    assert fresh.count("test") > len(fresh) * 0.4


def test_translated_prompts_are_compared_with_what_they_were_translated_from(tmp_path, polypref):
    """A number that the translation lost is flagged, through reader, buckets, pairs and filters."""
    questions = {
        "en": "How far is it from Berlin to Munich if the train takes 4 hours 12 minutes at 139 km/h in 2026?",
        "de": "Wie weit ist es von Berlin nach München, wenn der Zug ungefähr vier Stunden braucht und schnell fährt?",
    }
    for tag, text in questions.items():
        path = tmp_path / "arena" / "questions" / f"{tag}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"question_id": 1, "turns": [{"content": text}]}, ensure_ascii=False), "utf-8")
        for model in ("eins", "zwei"):
            path = tmp_path / "arena" / "answers" / tag / f"{model}.jsonl"
            path.parent.mkdir(parents=True, exist_ok=True)
            answer = {
                "en": "The distance between the two cities is about five hundred and eighty kilometres by rail.",
                "de": "Die Entfernung zwischen den beiden Städten beträgt auf der Schiene rund sechshundert Kilometer.",
            }[tag]
            row = {"question_id": 1, "answer": answer if model == "eins" else answer.split(" ", 3)[3].capitalize()}
            path.write_text(json.dumps(row, ensure_ascii=False), "utf-8")
    out = tmp_path / "out"
    polypref("build", "builders/answer_pool.py", "--source", tmp_path / "arena", "--out", out, "--five", "")
    flagged = {row["language"]: row for row in rows(out)}
    assert flagged["de"]["origin"] == "translated" and "prompt_numbers" in flagged["de"]["flags"]
    assert flagged["en"]["origin"] == "native" and "prompt_numbers" not in flagged["en"]["flags"]


@pytest.mark.slow
def test_a_margin_in_standard_deviations_of_the_language(polypref, make_pool, make_script, tmp_path):
    source = make_pool(tmp_path / "pool", 60)
    script = make_script(
        tmp_path,
        f"""
from dataclasses import dataclass
from polypref.pipeline.builder import Builder
from polypref.stages import pool
from polypref.stages.balance import Mixture
from polypref.stages.pair import PairRule
from polypref.layouts.sources import Answer, Fields, Files

pool.BUCKET_BYTES = 1 << 15


@dataclass(frozen=True)
class Params:
    pass


def build(params: Params) -> Builder:
    answers = (Answer("a", model="one", score="score_a"), Answer("b", model="two", score="score_b"))
    fields = Fields("prompt", answers, language="language", group="id")
    source = Files("{source}/*.jsonl", fields, name="pool", revision="1", licence="cc0-1.0")
    rule = PairRule(min_margin=1.0, margin_unit="sd")
    return Builder("sd", "1.0.0", card="card.md", sources=(source,), pairs=rule, mixtures=(Mixture("all"),))
""",
    )
    polypref("build", script, "--out", tmp_path / "out", "--workers", 1)
    usable = {
        row["language"]: row["rows"]
        for row in provenance(tmp_path / "out")["funnel"]
        if (row["stage"], row["outcome"]) == ("pair", "pairs_made")
    }
    for language in ("de", "ja", "uk"):
        drawn_rows = [json.loads(line) for line in (source / f"{language}.jsonl").open(encoding="utf-8")]
        unit = pstdev([row[side] for row in drawn_rows for side in ("score_a", "score_b")])
        assert usable[language] == sum(abs(row["score_a"] - row["score_b"]) >= unit for row in drawn_rows)
        assert 0 < usable[language] < len(drawn_rows)


@pytest.mark.parametrize(
    ("words", "unknown"),
    [
        (["build", "--limit", "3", "x.py", "--seed=3"], None),
        (["build", "--quiet", "x.py", "--quiet-not", "y"], None),
        (["build", "--limits", "3", "x.py", "--seed=3"], "--limits"),
        (["build", "--sed=1", "x.py", "--seed=3"], "--sed"),
    ],
)
def test_only_unknown_options_before_a_script_are_not_its_own(words, unknown):
    arguments, rest = commands.command_parser().parse_known_args(words)
    if unknown is None:
        build._refuse_before_script(arguments, rest)
    else:
        with pytest.raises(
            UserError, match=f"^polypref build has no {unknown}; .*parameters of a script stand after it"
        ):
            build._refuse_before_script(arguments, rest)
