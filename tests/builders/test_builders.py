"""The builder scripts whose answers come from models: what they declare, without network, models or heavy imports."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref import schema
from polypref.errors import UserError
from polypref.files import sql
from polypref.files.atomic import fingerprint
from polypref.files.cells import Bad
from polypref.files.store import Stage
from polypref.inference.seq2seq import Seq2Seq
from polypref.languages import AYA_23
from polypref.layouts.rows import interpret_row
from polypref.layouts.sources import HubDataset
from polypref.layouts.tables import NotAsked
from polypref.pipeline.builder import Builder, declare_builder
from polypref.release.card import read_prose
from polypref.release.licences import decide_licence
from polypref.scripting import params
from polypref.scripting.loading import load_script
from polypref.stages.balance import Mixture, Split, balance_pairs
from tests.conftest import ROOT, environment

SCRIPTS = ("aya_preferences", "cross_lingual", "multilingual_ultrafeedback", "on_policy")
# What each may be published under as it stands: OASST2 and the Aya Dataset are under Apache-2.0.
WHOLE = {
    "aya_preferences": "apache-2.0",
    "cross_lingual": "apache-2.0",
    "multilingual_ultrafeedback": "apache-2.0",
    "on_policy": "cc-by-nc-4.0",
}
SERVER = "http://localhost:9/v1"


@cache
def script(name: str) -> ModuleType:
    return load_script(str(ROOT / "builders" / f"{name}.py"))


def declared(name: str, *words: str) -> Builder:
    module = script(name)
    return declare_builder(module, params.parse_words(module.Params, list(words), name))


def served_by(name: str, at: str) -> list[str]:
    """The options that have all models of a script served by one address."""
    ways = [one.name for one in fields(script(name).Params) if one.name.endswith("_at")]
    return [word for way in ways for word in (f"--{way.replace('_', '-')}", at)]


def licence(builder: Builder) -> str | None:
    parts = {f"source {source.name}": source.licence for source in builder.sources}
    return decide_licence(parts | {f"model {name}": given for name, given in builder.all_licences.items()}).licence


@pytest.mark.slow
def test_all_is_declared_without_network_and_heavy_imports() -> None:
    code = f"""
import socket, sys
def no(*a, **k): raise AssertionError("a script reaches for the network")
socket.socket.connect = socket.getaddrinfo = no
from polypref.scripting import params
from polypref.pipeline.builder import declare_builder
from polypref.scripting.loading import load_script
for name in {SCRIPTS}:
    module = load_script(f"builders/{{name}}.py")
    for words in ([], ["--prompts", "missing.jsonl"], *([["--preset", "aya"]] if name == "aya_preferences" else [])):
        declare_builder(module, params.parse_words(module.Params, words, name))
heavy = {{"vllm", "torch", "transformers", "datasets", "pandas", "aiohttp", "huggingface_hub"}}
print(sorted(heavy & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment(), capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "[]", "")


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_short_has_a_card_and_says_what_its_options_are(name: str) -> None:
    assert len((ROOT / "builders" / f"{name}.py").read_text("utf-8").splitlines()) < 160
    builder = declared(name)
    read_prose(ROOT / "dataset_cards" / builder.card)
    assert builder.card == f"{name}.md"
    for one in fields(script(name).Params):
        assert one.metadata["help"], f"{one.name} has no help"


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_model_is_named_served_and_licensed_by_options(name: str) -> None:
    options = {one.name for one in fields(script(name).Params)}
    roles = [option.removesuffix("_at") for option in options if option.endswith("_at")]
    builder = declared(name, *served_by(name, SERVER))
    asked = {served.model for stage in stages(builder) for served in stage.models}
    assert len(asked) == len(roles)
    words = served_by(name, SERVER)
    for role in roles:
        assert {role, f"{role}_revision", f"{role}_licence"} <= options
        flag = f"--{role.replace('_', '-')}"
        words += [flag, f"my/{role}", f"{flag}-revision", f"r-{role}", f"{flag}-licence", "cc0-1.0"]
    asked_models = {served.model for stage in stages(declared(name, *words)) for served in stage.models}
    wanted = {(f"my/{role}", f"r-{role}", "cc0-1.0") for role in roles}
    assert {(m.name, m.revision, m.licence) for m in asked_models} == wanted


def stages(builder: Builder) -> list[Any]:
    return [stage for stage in (builder.translate, builder.complete, builder.rater) if stage is not None]


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_defaults_may_be_published_under(name: str) -> None:
    builder = declared(name)
    assert licence(builder) == WHOLE[name]
    closed = WHOLE[name] != "apache-2.0"
    assert any("non-commercial" in note for note in builder.notes) == closed


@pytest.mark.parametrize("name", SCRIPTS)
def test_another_model_without_a_licence_stops_publishing(name: str) -> None:
    role = {"aya_preferences": "weak", "multilingual_ultrafeedback": "model-4", "on_policy": "policy"}.get(name, "weak")
    assert licence(declared(name, f"--{role}", "my/modèle")) is None
    assert licence(declared(name, f"--{role}", "my/modèle", f"--{role}-licence", "mit")) == "apache-2.0"
    assert licence(declared(name, "--prompts", "mine.jsonl")) is None
    assert licence(declared(name, "--prompts", "mine.jsonl", "--prompts-licence", "apache-2.0")) == WHOLE[name]


@pytest.mark.parametrize("name", SCRIPTS)
def test_who_serves_a_model_is_no_part_of_what_is_built(name: str) -> None:
    module = script(name)
    one, other = (params.parse_words(module.Params, served_by(name, f"http://{host}:9"), name) for host in "ab")
    assert fingerprint(declare_builder(module, one)) == fingerprint(declare_builder(module, other))
    assert params.as_dict(one) == params.as_dict(other)
    assert not [key for key in params.as_dict(one) if key.endswith("_at")]
    # But the model is; so the same is not the same by accident.
    role = next(f.name for f in fields(module.Params) if f.name + "_at" in {f.name for f in fields(module.Params)})
    assert fingerprint(declare_builder(module, replace(one, **{role: "another"}))) != fingerprint(
        declare_builder(module, one)
    )


@pytest.mark.parametrize("name", SCRIPTS)
def test_languages_are_the_23_and_can_be_narrowed(name: str) -> None:
    builder = declared(name)
    assert builder.languages == AYA_23
    narrowed = builder.narrowed(("he", "uk"), ())
    assert narrowed.languages == ("he", "uk")
    assert all(set(mixture.languages or ()) <= {"he", "uk"} for mixture in narrowed.mixtures)


# The paper's dataset.


def test_the_preset_aya_carries_its_terms() -> None:
    builder = declared("aya_preferences", "--preset", "aya")
    assert set(builder.all_licences) == {
        "CohereLabs/c4ai-command-r-plus",
        "CohereLabs/c4ai-command-r-v01",
        "facebook/nllb-200-3.3B",
        "Skywork/Skywork-Reward-V2-Qwen3-8B",
    }
    assert licence(builder) == "cc-by-nc-4.0"
    assert len(builder.notes) == 1
    for name in set(builder.all_licences) - {builder.rater.name}:
        assert f"{name} (cc-by-nc-4.0)" in builder.notes[0]
    # One model of one's own does not take the terms off the others.
    mixed = declared("aya_preferences", "--preset", "aya", "--strong", "my/own", "--strong-licence", "apache-2.0")
    assert licence(mixed) == "cc-by-nc-4.0"
    with pytest.raises(UserError, match="--preset is one of open, aya, not 'paper'"):
        declared("aya_preferences", "--preset", "paper")


def test_prompts_go_into_22_languages_and_two_models_answer() -> None:
    builder = declared("aya_preferences")
    assert builder.translate is not None and builder.complete is not None
    assert sorted((*builder.translate.into, builder.translate.source)) == sorted(AYA_23)
    assert builder.translate.translator.how == "seq2seq"
    assert isinstance(builder.translate.translator.served.backend, Seq2Seq)
    direct, translated = builder.complete.routes
    assert (direct.route, translated.route) == ("direct", "translated")
    assert translated.translator == builder.translate.translator
    # Both answers of an English prompt are `direct`, so that the sides must be told apart by name.
    assert {builder.pairs.model_a, builder.pairs.model_b} == {direct.served.model.name, translated.served.model.name}
    chat = declared("aya_preferences", "--translator", "my/chat", "--translator-at", SERVER)
    assert chat.translate is not None and chat.translate.translator.how == "chat"


def test_one_model_may_answer_in_both_ways_and_is_told_apart_by_its_routes() -> None:
    builder = declared("aya_preferences", "--strong", "my/own", "--weak", "my/own")
    assert (builder.pairs.model_a, builder.pairs.model_b) == ("my/own@route:direct", "my/own@route:translated")
    # English answers of both are `direct`: there is no pair in English, and no mixture of English alone.
    assert [mixture.name for mixture in builder.mixtures] == ["ml-23-50k", "ml-23-230k", "ml-5-50k"]


def quota(builder: Builder) -> dict[str, tuple[int, int | None]]:
    return {m.name: (len(m.languages or ()), m.per_language) for m in builder.mixtures}


def test_the_mixtures_have_the_papers_sizes() -> None:
    builder = declared("aya_preferences")
    assert quota(builder) == {
        "ml-23-50k": (23, 2174),
        "ml-23-230k": (23, 10_000),
        "ml-5-50k": (5, 10_000),
        "en-1-50k": (1, 50_000),
    }
    five = next(m for m in builder.mixtures if m.name == "ml-5-50k")
    assert set(five.languages or ()) == {"en", "vi", "de", "tr", "pt"}
    assert {m.shortage for m in builder.mixtures} == {"accept"}
    assert {m.name for m in builder.mixtures if m.prompts == "distinct"} == {"ml-23-50k", "ml-5-50k", "en-1-50k"}


@pytest.mark.parametrize("tags", [AYA_23, ("de", "en", "ja")])
def test_the_mixtures_nest(tags: tuple[str, ...], tmp_path: Path) -> None:
    builder = declared("aya_preferences").narrowed(None if tags == AYA_23 else tags, ())
    # A thousandth of the sizes: 2, 10, 10 and 50 a language, from 300 prompts.
    small = [replace(m, per_language=(m.per_language or 0) // 1000) for m in builder.mixtures]
    train = shared(small, tags, 300, tmp_path)
    assert {name: {tag: len(rows) for tag, rows in by.items()} for name, by in train.items()} == {
        m.name: dict.fromkeys(sorted(m.languages or ()), m.per_language) for m in small
    }
    for inner, outer in (("ml-23-50k", "ml-23-230k"), ("ml-23-50k", "ml-5-50k"), ("ml-5-50k", "en-1-50k")):
        shared_languages = train[inner].keys() & train[outer].keys()
        assert shared_languages
        for tag in shared_languages:
            assert train[inner][tag] <= train[outer][tag], f"{inner} is not part of {outer} in {tag}"
    for name in ("ml-23-50k", "ml-5-50k", "en-1-50k"):
        prompts = [group for rows in train[name].values() for group in rows]
        assert len(prompts) == len(set(prompts)), f"a prompt is in two languages of {name}"


def shared(mixtures: list[Mixture], tags: tuple[str, ...], groups: int, root: Path) -> dict[str, dict[str, set[str]]]:
    """What balance makes of a pair in every language for each of some prompts: mixture -> language -> groups."""
    rows = [(f"g{n:03}", tag, hashlib.md5(f"{n} {tag}".encode()).hexdigest()) for n in range(groups) for tag in tags]
    pairs = [
        {"pair_id": i, "prompt_id": i, "language": tag, "chosen_id": "", "rejected_id": "", "rater": ""}
        for _, tag, i in rows
    ]
    kept = [{"pair_id": i, "language": tag, "flags": [], "reason": None} for _, tag, i in rows]
    index = [{"prompt_id": i, "language": tag, "group_id": g, "leak_group": g} for g, tag, i in rows]
    pq.write_table(pa.Table.from_pylist(pairs, schema.PAIRS), root / "pairs.parquet")
    pq.write_table(pa.Table.from_pylist(kept, schema.FILTERED), root / "filtered.parquet")
    pq.write_table(pa.Table.from_pylist(index), root / "index.parquet")
    tables = [sql.parquet(root / f"{name}.parquet") for name in ("pairs", "filtered", "index")]
    (root / "balance").mkdir()
    stage = Stage(root / "balance", "")
    quotas = balance_pairs(stage, mixtures, Split(0.0), *tables, 1, None, root / "scratch").mixtures
    rank = {r["pair_id"]: r["rank"] for part in stage.parts("ranked") for r in pq.read_table(part).to_pylist()}
    given = {name: {tag: row.given for tag, row in by.items()} for name, by in quotas.items()}
    return {
        name: {tag: {g for g, t, i in rows if t == tag and rank.get(i, groups) < most} for tag, most in by.items()}
        for name, by in given.items()
    }


# The other three.


def test_ultrafeedback_draws_four_of_five_models_with_a_principle_each() -> None:
    builder = declared("multilingual_ultrafeedback")
    assert builder.complete is not None
    assert (builder.complete.per_prompt, len(builder.complete.routes)) == (4, 5)
    for route in builder.complete.routes:
        assert len(set(route.systems)) == 5
    assert builder.rater.aspects == ("instruction_following", "truthfulness", "honesty", "helpfulness")
    assert builder.pairs.rule == "best_vs_random"


def test_the_seed_draws_other_models_and_orders() -> None:
    one, other = (declared("multilingual_ultrafeedback", "--seed", seed) for seed in "12")
    for part in ("complete", "rater", "pairs", "split"):
        assert getattr(one, part).seed == 1 and getattr(other, part).seed == 2


def test_on_policy_takes_the_best_and_the_worst_of_several_answers_by_one_model() -> None:
    builder = declared("on_policy", "--samples", "5")
    assert builder.complete is not None
    (route,) = builder.complete.routes
    assert (route.route, route.samples, route.served.model.name) == ("on_policy", 5, "CohereLabs/aya-expanse-8b")
    assert builder.pairs.rule == "best_vs_worst"
    with pytest.raises(UserError, match="several samples at temperature 0 are all the same"):
        declared("on_policy", "--temperature", "0")


def test_cross_lingual_asks_for_answers_in_all_languages() -> None:
    builder = declared("cross_lingual", "--share", "0.25")
    assert builder.cross_lingual is not None and builder.complete is not None
    assert (builder.cross_lingual.into, builder.cross_lingual.share) == (AYA_23, 0.25)
    assert {route.route for route in builder.complete.routes} == {"direct"}


# The rows of the two datasets, in the columns that their cards name.

TURN = {
    "message_id": "m1",
    "parent_id": None,
    "text": "Γιατί είναι ο ουρανός μπλε;",
    "role": "prompter",
    "lang": "el",
    "deleted": False,
    "message_tree_id": "t1",
}
NATIVE = {
    "inputs": "چرا آسمان آبی است؟",
    "targets": "به دلیل پراکندگی نور.",
    "language": "Iranian Persian",
    "language_code": "pes",
    "annotation_type": "original-annotations",
    "user_id": "u",
}


def sources(name: str) -> dict[str, HubDataset]:
    return {source.name: source for source in declared(name).sources if isinstance(source, HubDataset)}


def read(name: str, source: str, row: dict[str, Any]) -> dict[str, Any]:
    fields = sources(name)[source]
    return interpret_row(row, fields, frozenset(declared(name).languages or ())).prompt


@pytest.mark.parametrize("name", SCRIPTS[1:])
def test_opening_turns_of_oasst2_are_read_in_their_languages(name: str) -> None:
    prompt = read(name, "OpenAssistant/oasst2", TURN)
    assert prompt["language"] == "el" and prompt["prompt"] == [{"role": "user", "content": TURN["text"]}]
    assert read(name, "OpenAssistant/oasst2", TURN | {"lang": "pt-BR"})["language"] == "pt"
    assert read(name, "OpenAssistant/oasst2", TURN | {"lang": "uk-UA"})["language"] == "uk"
    for left_out in ({"parent_id": "m0"}, {"role": "assistant"}, {"deleted": True}, {"lang": "eu"}):
        with pytest.raises(NotAsked):
            read(name, "OpenAssistant/oasst2", TURN | left_out)


@pytest.mark.slow
@pytest.mark.parametrize("name", SCRIPTS[1:])
def test_prompts_of_the_aya_dataset_are_read_in_their_languages(name: str) -> None:
    assert read(name, "CohereLabs/aya_dataset", NATIVE)["language"] == "fa"
    codes = sources(name)["CohereLabs/aya_dataset"].where["language_code"]
    assert sorted(read(name, "CohereLabs/aya_dataset", NATIVE | {"language_code": c})["language"] for c in codes) == (
        sorted(AYA_23)
    )
    # Not as a bad row: two thirds of the languages there are none of the 23, and bad rows stop a build.
    with pytest.raises(NotAsked):
        read(name, "CohereLabs/aya_dataset", NATIVE | {"language_code": "yor"})


def test_the_papers_prompts_are_english_ones() -> None:
    assert list(sources("aya_preferences")) == ["OpenAssistant/oasst2"]
    assert read("aya_preferences", "OpenAssistant/oasst2", TURN | {"lang": "en"})["language"] == "en"
    with pytest.raises(NotAsked):
        read("aya_preferences", "OpenAssistant/oasst2", TURN)


@pytest.mark.parametrize("name", SCRIPTS)
def test_prompts_of_ones_own_come_from_a_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / "мої.jsonl"
    path.write_text(json.dumps({"prompt": "왜 하늘은 파란가요?", "language": "ko"}) + "\n", "utf-8")
    (source,) = declared(name, "--prompts", str(path), "--prompts-licence", "mit").sources
    (line,) = source.lines(path)  # type: ignore[call-arg]
    assert not isinstance(line.row, Bad)
    # The paper's prompts are English, whatever else a file of them says.
    assert interpret_row(line.row, source, None).prompt["language"] == ("en" if name == "aya_preferences" else "ko")
