"""builders/merged.py: five public sets in one build, from a Hub and from files, with made-up rows in their layouts."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref.errors import UserError
from polypref.pipeline.builder import Builder, declare_builder
from polypref.release.card import read_prose
from polypref.release.licences import decide_licence
from polypref.scripting import params
from polypref.scripting.loading import load_script
from tests.conftest import ROOT, environment
from tests.hub import LoopbackHub
from tests.inference.loopback import Loopback, chat, last_turn, score

SCRIPT = load_script(str(ROOT / "builders" / "merged.py"))
HASH = "0123456789abcdef0123456789abcdef01234567"
PEOPLE = ("helpsteer3", "community_alignment", "oasst2", "helpsteer")


def declared(*words: str) -> Builder:
    return declare_builder(SCRIPT, params.parse_words(SCRIPT.Params, list(words), "merged"))


def test_each_set_has_its_name_revision_licence_rater_and_rule() -> None:
    builder = declared("--helpsteer-revision", HASH)
    rows = [(one.name, one.revision, one.licence, one.rater.name, one.pairs.rule) for one in builder.sources]
    assert rows == [
        (
            "nvidia/HelpSteer3",
            "f6d145777bcbde96137596340fab89793acd1031",
            "cc-by-4.0",
            "helpsteer3 people",
            "given",
        ),
        (
            "facebook/community-alignment-dataset",
            "97343c7f6399fcbea430ed0f37c1768281a78d56",
            "cc-by-4.0",
            "community_alignment people",
            "given",
        ),
        (
            "OpenAssistant/oasst2",
            "179dd21fc55192153d94adb0e0ce8f69e222bf75",
            "apache-2.0",
            "oasst2 people",
            "best_vs_worst",
        ),
        ("nvidia/HelpSteer", HASH, "cc-by-4.0", "helpsteer people", "best_vs_worst"),
        (
            "CohereLabs/aya_dataset",
            "f9ea04583f02a8f86404ff6c58bf75fe637df8a2",
            "apache-2.0",
            "Skywork/Skywork-Reward-V2-Qwen3-8B",
            "best_vs_worst",
        ),
    ]
    assert builder.complete is not None and builder.complete.sources == ("CohereLabs/aya_dataset",)


def test_all_may_be_published_together() -> None:
    builder = declared("--helpsteer-revision", HASH)
    parts = {f"source {source.name}": source.licence for source in builder.sources}
    parts |= {f"model {name}": licence for name, licence in builder.all_licences.items()}
    assert decide_licence(parts).licence == "cc-by-4.0"


def test_some_sets_need_no_models_and_files_no_revision() -> None:
    builder = declared("--sets", "oasst2, helpsteer", "--helpsteer-file", "mine.jsonl", "--most-of-a-set", "20")
    assert builder.complete is None and [one.rater.name for one in builder.sources] == [
        "oasst2 people",
        "helpsteer people",
    ]
    assert (builder.sources[1].name, builder.sources[1].revision, builder.sources[1].path) == (
        "nvidia/HelpSteer",
        "unknown",
        "mine.jsonl",
    )
    assert builder.shares is not None and builder.shares.at_most == {"OpenAssistant/oasst2": 20, "nvidia/HelpSteer": 20}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), r"merged needs --helpsteer-revision, .* nvidia/HelpSteer: .*--helpsteer-file FILE, or --sets without"),
        (("--sets", "oasst2,shp"), "--sets names 'shp', which is none of helpsteer3, community_alignment"),
        (("--sets", " , "), "--sets names '', which is none of"),
    ],
)
def test_what_is_missing_or_unknown_is_one_sentence(words, sentence) -> None:
    with pytest.raises(UserError, match=sentence):
        declared(*words)


def test_the_card_names_every_set_and_what_is_not_here() -> None:
    prose = (ROOT / "dataset_cards" / "merged.md").read_text("utf-8")
    read_prose(ROOT / "dataset_cards" / "merged.md")
    for one in SCRIPT.SETS.values():
        assert f"| {one.repo}" in prose and one.revision[:8] in prose
    assert "lmarena-ai/arena-human-preference-140k" in prose and "openbmb/UltraFeedback" in prose


# Made-up rows, in the layouts of the sets.


def helpsteer3() -> list[dict[str, Any]]:
    asked = {
        "german": ("Wie entsteht eigentlich der Regen über dem Land?", "Aus warmer Luft, die aufsteigt und abkühlt."),
        "korean": ("비는 어떻게 해서 땅에 내리게 되나요?", "따뜻한 공기가 올라가서 식으면 물방울이 되어 내립니다."),
        "python": ("print()", "print()"),
    }
    worse = {
        "german": "Das weiß ich leider auch nicht so genau.",
        "korean": "저는 그것을 잘 모르겠습니다.",
        "python": "x",
    }
    return [
        {
            "domain": "code" if language == "python" else "multilingual",
            "language": language,
            "context": [{"role": "user", "content": question}],
            "response1": worse[language],
            "response2": answer,
            "overall_preference": strength,
            "individual_preference": [],
        }
        for strength, (language, (question, answer)) in zip((2, -1, 1), asked.items(), strict=True)
    ]


def community_alignment() -> str:
    columns = ["conversation_id", "assigned_lang", "annotator_id", "first_turn_prompt"]
    columns += [f"first_turn_response_{letter}" for letter in "abcd"] + ["first_turn_preferred_response"]
    prompt = "Come posso imparare a cucinare bene la pasta?"
    answers = [
        "Comincia con ricette semplici e assaggia spesso mentre cuoci.",
        "Non lo so, forse dovresti chiedere a qualcuno che cucina.",
        "Compra un libro di cucina italiana e leggi le prime pagine.",
        "La pasta si compra al supermercato che sta vicino a casa.",
    ]
    lines = [",".join(columns)]
    for number, best in enumerate("aac"):
        cells = [str(number), "it", f"person-{number}", prompt, *answers, f"response_{best}"]
        lines.append(",".join(f'"{cell}"' for cell in cells))
    return "\n".join(lines) + "\n"


def oasst2() -> list[dict[str, Any]]:
    def message(name: str, parent: str | None, text: str, role: str, rank: int | None = None) -> dict[str, Any]:
        more = {"lang": "es", "deleted": False, "synthetic": False, "model_name": None, "message_tree_id": "t"}
        return {"message_id": name, "parent_id": parent, "text": text, "role": role, "rank": rank, **more}

    return [
        message("t", None, "¿Qué puedo hacer este fin de semana con mis hijos?", "prompter"),
        message("a", "t", "No lo sé, quizá sea mejor que duerman.", "assistant", 1),
        message("b", "t", "Podéis ir al bosque y buscar hojas de muchos colores.", "assistant", 0),
        message("q", "b", "¿Y si llueve todo el domingo por la mañana?", "prompter"),
        message("c", "q", "Entonces podéis cocinar juntos una tarta de manzana.", "assistant", 0),
        message("d", "q", "Entonces no hay nada que se pueda hacer.", "assistant", 1),
    ]


def helpsteer() -> list[dict[str, Any]]:
    marks = {"correctness": 3, "coherence": 3, "complexity": 1, "verbosity": 1}
    prompt = "How do I keep my garden alive through a dry summer?"
    return [
        {"prompt": prompt, "response": "Water it early in the morning and cover the soil.", "helpfulness": 4, **marks},
        {"prompt": prompt, "response": "I would not know how to do that at all.", "helpfulness": 0, **marks},
    ]


def aya() -> list[dict[str, Any]]:
    asked = {"heb": "איך אפשר לגדל עגבניות במרפסת קטנה?", "xho": "Ndingawafumana phi amanzi?"}
    return [
        {
            "inputs": question,
            "targets": "",
            "language": "",
            "language_code": code,
            "annotation_type": "original",
            "user_id": "u",
        }
        for code, question in asked.items()
    ]


#: What the two models say, and what the reward model thinks of it.
ANSWERS = {
    "first": ("צריך לשתול אותן בעציץ גדול במקום שיש בו הרבה שמש.", 4.5),
    "second": ("אני לא יודע מה אפשר לעשות במרפסת קטנה כל כך.", -1.0),
}


def served(body: Mapping[str, Any], _: Any) -> dict[str, Any]:
    if "messages" in body and last_turn(dict(body)) in dict(ANSWERS.values()):
        return score(dict(ANSWERS.values())[last_turn(dict(body))], body["model"])
    if "input" in body:
        return score(next(value for text, value in ANSWERS.values() if text in str(body["input"])), body["model"])
    return chat(ANSWERS[body["model"]][0], body["model"])


def lines(rows: list[dict[str, Any]]) -> bytes:
    return gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode(), mtime=0)


def parquet(rows: list[dict[str, Any]]) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), buffer)
    return buffer.getvalue()


def readme(**configs: str) -> bytes:
    named = "".join(
        f"- config_name: {name}\n  data_files:\n  - split: train\n    path: {path}\n" for name, path in configs.items()
    )
    return f"---\nconfigs:\n{named}---\n".encode()


def repositories() -> dict[str, dict[str, bytes]]:
    """The files of each set, where the real repository has them."""
    return {
        "helpsteer3": {
            "README.md": readme(preference="preference/train.jsonl.gz", feedback="feedback/train.jsonl.gz"),
            "preference/train.jsonl.gz": lines(helpsteer3()),
            "feedback/train.jsonl.gz": lines([{"feedback1": ["x"]}]),
        },
        "community_alignment": {"community_alignment.csv": community_alignment().encode()},
        "oasst2": {"data/train-00000-of-00001.parquet": parquet(oasst2())},
        "helpsteer": {"train.jsonl.gz": lines(helpsteer())},
        "aya": {
            "README.md": readme(default="data/train-*", demographics="demographics/train-*"),
            "data/train-00000-of-00001.parquet": parquet(aya()),
            "demographics/train-00000-of-00001.parquet": parquet([{"user_id": "u"}]),
        },
    }


def pairs_of(out: Path) -> set[tuple[str, str, str, str, str]]:
    rows = [row for file in out.glob("data/*/*.parquet") for row in pq.read_table(file).to_pylist()]
    return {
        (row["source"], row["language"], row["rater"], row["chosen"][-1]["content"], row["rejected"][-1]["content"])
        for row in rows
    }


def expected(revisions: Mapping[str, str]) -> set[tuple[str, str, str, str, str]]:
    """The pairs that the made-up rows say, written out by hand."""
    cells = community_alignment().splitlines()[1].split('","')
    best, *others = cells[4:8]
    third = others[1]
    pairs = {
        ("helpsteer3", "de", helpsteer3()[0]["response2"], helpsteer3()[0]["response1"]),
        ("helpsteer3", "ko", helpsteer3()[1]["response1"], helpsteer3()[1]["response2"]),
        # Two of three people prefer the first answer, one the third: of the two it is the first by two votes to one.
        *(("community_alignment", "it", best, other) for other in others),
        *(("community_alignment", "it", third, other) for other in others if other != third),
        ("oasst2", "es", oasst2()[2]["text"], oasst2()[1]["text"]),
        ("oasst2", "es", oasst2()[4]["text"], oasst2()[5]["text"]),
        ("helpsteer", "en", helpsteer()[0]["response"], helpsteer()[1]["response"]),
    }
    whole = {
        (f"{SCRIPT.SETS[name].repo}@{revisions[name]}", tag, f"{name} people", good, bad)
        for name, tag, good, bad in pairs
    }
    aya = f"{SCRIPT.SETS['aya'].repo}@{revisions['aya']}"
    return whole | {(aya, "he", "reward", ANSWERS["first"][0], ANSWERS["second"][0])}


def asking(at: str) -> list[str]:
    words = ["--first", "first", "--second", "second", "--reward", "reward"]
    for role in ("first", "second", "reward"):
        words += [f"--{role}-at", at, f"--{role}-licence", "apache-2.0", f"--{role}-revision", "r1"]
    return [*words, "--test", "0", "--quiet"]


#: A dataset of the Hub has any size, so builds of it are cut into many parts; these are of a few rows.
BUILD = """
import sys
from polypref.cli.commands import main
from polypref.stages import pool

pool.MAX_BUCKETS = 2
sys.exit(main())
"""


@pytest.mark.slow
def test_five_sets_by_hub_name_and_revision(tmp_path) -> None:
    out, revisions = tmp_path / "out", {}
    words = ["build", "merged", "--out", str(out), "--workers", "1"]
    with LoopbackHub() as hub, Loopback(served) as models:
        for name, files in repositories().items():
            repo = hub.create("datasets", SCRIPT.SETS[name].repo)
            revisions[name] = repo.commit(files).sha
            repo.commit({"README.md": b"later", **dict.fromkeys(files, b"another version")})
            words += [f"--{name.replace('_', '-')}-revision", revisions[name]]
        env = environment(**hub.env(None, tmp_path / "home"), HF_HUB_OFFLINE="0", HF_DATASETS_OFFLINE="0")
        run = [sys.executable, "-c", BUILD, *words, *asking(models.url)]
        done = subprocess.run(run, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert pairs_of(out) == expected(revisions)
    record = json.loads((out / "provenance.json").read_text("utf-8"))
    assert {(one["name"], one["revision"], one["licence"]) for one in record["sources"]} == {
        (SCRIPT.SETS[name].repo, revisions[name], SCRIPT.SETS[name].licence) for name in SCRIPT.SETS
    }
    assert {way["rater"] for way in record["ways"]} == {*(f"{name} people" for name in PEOPLE), "reward"}
    left = Counter({row["reason"]: row["rows"] for row in record["funnel"] if row["stage"] == "read" and row["reason"]})
    # HelpSteer3's code, and a language that is none of the 23.
    assert left == {"where_domain": 1, "where_language_code": 1}


@pytest.mark.slow
def test_the_same_from_files(tmp_path, polypref) -> None:
    out, words = tmp_path / "out", ["build", "merged", "--out", tmp_path / "out", "--workers", 1]
    names = {
        "helpsteer3": "preference/train.jsonl.gz",
        "community_alignment": "community_alignment.csv",
        "oasst2": "data/train-00000-of-00001.parquet",
        "helpsteer": "train.jsonl.gz",
        "aya": "data/train-00000-of-00001.parquet",
    }
    for name, path in names.items():
        file = tmp_path / name / Path(path).name
        file.parent.mkdir()
        file.write_bytes(repositories()[name][path])
        words += [f"--{name.replace('_', '-')}-file", file]
    with Loopback(served) as models:
        polypref(*words, *asking(models.url))
    assert pairs_of(out) == expected(dict.fromkeys(SCRIPT.SETS, "unknown"))
    assert Counter(rater for _, _, rater, _, _ in pairs_of(out))["community_alignment people"] == 5
