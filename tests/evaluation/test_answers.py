"""Models that are asked: what is sent, what a refusal costs, whose answers count for whom."""

import asyncio
import json
import shutil
import sqlite3
from collections import Counter

import pytest

from tests.evaluation import duel
from tests.evaluation.duel import MARK, SAID, Judge, judged_by, run
from tests.inference import loopback, tiny
from tests.inference.loopback import Loopback

WORDS = ("FILTERED", "STOPPED", "REFUSED", "EMPTY", "LONG", "", "")


class Server:
    """Two models and a judge. `strong` answers with the mark; what a prompt's word asks for goes wrong."""

    def __init__(self) -> None:
        self.bodies: list[dict] = []
        self.now: Counter[str] = Counter()
        self.most: Counter[str] = Counter()

    async def __call__(self, body, request):
        model = body["model"]
        self.bodies.append(body)
        self.now[model] += 1
        self.most[model] = max(self.most[model], self.now[model])
        await asyncio.sleep(0.002)
        self.now[model] -= 1
        return self.answer(body, request)

    def answer(self, body, _):
        text, model = loopback.last_turn(body), body["model"]
        if model == "judge-x":
            return Judge()(body, _)
        if model == "strong" or "BOTH" in text:
            if "FILTERED" in text:
                return loopback.error(400, "the content filter says no", code="content_filter")
            if "STOPPED" in text:
                return loopback.chat("", model, "content_filter")
            if "REFUSED" in text:
                refusal = loopback.chat("", model)
                refusal["choices"][0]["message"] |= {"content": None, "refusal": "I would rather not."}
                return refusal
            if "EMPTY" in text:
                return loopback.chat("  ", model)
            if "LONG" in text:
                return loopback.error(400, "maximum context length is 512 tokens")
        # Answers that tell the models apart, also by the words of the prompt that they repeat.
        return loopback.chat(f"{SAID['he']} {MARK if model == 'strong' else text * (len(model) % 3)}", model)

    @property
    def asked(self) -> Counter[str]:
        return Counter(body["model"] for body in self.bodies)


def served(model, url, **more):
    return {"model": model, "at": url, "options": {"backoff": 0.01}} | more


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("answers")
    rows = [{"id": f"p{n}", "language": "he", "prompt": f"איפה המוזיאון {n} {word}"} for n, word in enumerate(WORDS)]
    rows.append({"id": "both", "language": "he", "prompt": "איפה BOTH FILTERED"})
    talk = [
        {"role": "system", "content": "ענה בקצרה"},
        {"role": "user", "content": "שלום"},
        {"role": "assistant", "content": "שלום לך"},
        {"role": "user", "content": "איפה המוזיאון"},
    ]
    rows.append({"id": "talk", "language": "he", "prompt": talk})
    server = Server()
    with Loopback(server) as at:
        config = duel.config(
            folder / "config.yaml",
            set=str(duel.lines(folder / "prompts.jsonl", rows)),
            models=[
                served("strong", at.url, sampling={"temperature": 0.5, "max_tokens": 77, "seed": 3}),
                served("weak", at.url),
            ],
            judge=judged_by(at.url),
            resamples=100,
        )
        run("evaluate", "--config", config, "--out", folder / "out", "--quiet")
        yield folder / "out", server, config, talk


def test_what_is_the_models_own_fault_loses_and_the_rest_has_no_verdict(done):
    battle_rows = {group: one["orders"] for (_, group), one in duel.battles(done[0]).items()}
    scores = {group: [order["score"] for order in orders] for group, orders in battle_rows.items()}
    assert scores == {
        "p0": [0, 0],
        "p1": [0, 0],
        "p2": [0, 0],
        "p3": [0, 0],
        "p4": [None, None],
        "p5": [1, 1],
        "p6": [1, 1],
        "both": [0.5, 0.5],
        "talk": [1, 1],
    }
    assert [order["reason"] for order in battle_rows["p4"]] == ["context_too_long"] * 2
    row = duel.rows(done[0])["he"]
    assert (row["wins"], row["losses"], row["ties"], row["unparsed"]) == (3, 4, 1, 1)
    assert row["win_rate"] == pytest.approx(3.5 / 8)
    strong, weak = duel.results(done[0])["models"]
    assert strong["failures"]["he"] == {
        "content_filter": 3,
        "refused": 1,
        "empty_answer": 1,
        "context_too_long": 1,
    }
    assert weak["failures"] == {"he": {"content_filter": 1}}
    assert (strong["answers"], strong["how"], strong["model"]) == ({"he": 3}, "openai", "strong")
    report = (done[0] / "report.md").read_text("utf-8")
    assert "content filter 3 " in report and "context too long 1 " in report


def test_what_was_sent(done):
    _, server, _, talk = done
    assert server.asked == {"strong": 9, "weak": 9, "judge-x": 6}
    (turns,) = [b["messages"] for b in server.bodies if b["model"] == "strong" and len(b["messages"]) > 1]
    assert turns == talk
    (strong,) = {(b["temperature"], b["max_tokens"], b["seed"]) for b in server.bodies if b["model"] == "strong"}
    (weak,) = {(b["temperature"], b["max_tokens"], b["seed"]) for b in server.bodies if b["model"] == "weak"}
    assert (strong, weak) == ((0.5, 77, 3), (0.0, 1024, 0))
    # The judge sees the whole conversation.
    assert any("ענה בקצרה" in loopback.last_turn(b) for b in server.bodies if b["model"] == "judge-x")
    assert duel.results(done[0])["models"][0]["sampling"] == {
        "temperature": 0.5,
        "top_p": 1.0,
        "max_tokens": 77,
        "seed": 3,
    }


def test_failures_are_asked_again_only_when_told(done):
    out, server, config, _ = done
    before = server.asked
    run("evaluate", "--config", config, "--out", out, "--quiet")
    assert server.asked == before
    run("evaluate", "--config", config, "--out", out, "--quiet", "--retry")
    # Six answers of strong and one of weak failed; the judge never did.
    assert server.asked - before == {"strong": 6, "weak": 1}


def test_steps_alone(done, tmp_path, capsys):
    out, server, config, _ = done
    words = ("evaluate", "--config", config, "--out", tmp_path / "out", "--log", out / ".polypref" / "responses.sqlite")
    before = server.asked
    run(*words, "--quiet", "--step", "answers")
    assert not (tmp_path / "out" / "battles.parquet").exists()
    assert "run the step judge first" in duel.refused(capsys, *words, "--step", "score")
    run(*words, "--quiet", "--step", "judge")
    run(*words, "--quiet", "--step", "score")
    assert not (tmp_path / "out" / "report.md").exists()
    run(*words, "--quiet", "--step", "report")
    assert duel.written(tmp_path / "out") == duel.written(out)
    # The log is shared: nothing was asked.
    assert server.asked == before


def test_a_baseline_by_name(tmp_path):
    server = Server()
    path = duel.write_set(tmp_path / "prompts.jsonl", groups=5)
    with Loopback(server) as at:
        model = json.dumps(served("weak", at.url, name="mine", licence="mit"))
        # As one types it: YAML in braces.
        baseline = f"{{model: aya-expanse-8b, at: '{at.url}', options: {{concurrency: 1, backoff: 0.01}}}}"
        again = f"{{model: CohereForAI/aya-23-8B, at: '{at.url}', sampling: {{temperature: 0.3}}, revision: abc}}"
        words = [
            "--model",
            model,
            "--model",
            baseline,
            "--model",
            again,
            "--judge",
            "relevance",
            "--languages",
            "de,zh",
        ]
        run("evaluate", "--set", path, *words, "--out", tmp_path / "out", "--quiet")
    assert server.asked == {"weak": 10, "CohereLabs/aya-expanse-8b": 10, "CohereLabs/aya-23-8B": 10}
    drawn = {b["model"]: (b["temperature"], b["top_p"], b["max_tokens"]) for b in server.bodies}
    # The options are a model's own.
    assert server.most["CohereLabs/aya-expanse-8b"] == 1 < server.most["weak"]
    assert drawn["CohereLabs/aya-expanse-8b"] == (0.0, 1.0, 1024)
    assert drawn["CohereLabs/aya-23-8B"] == (0.3, 1.0, 1024)
    results = duel.results(tmp_path / "out")
    assert [(one["name"], one["model"], one["revision"], one["licence"]) for one in results["models"]] == [
        ("mine", "weak", "unknown", "mit"),
        ("aya-expanse-8b", "CohereLabs/aya-expanse-8b", "unknown", "cc-by-nc-4.0"),
        ("aya-23-8b", "CohereLabs/aya-23-8B", "abc", "cc-by-nc-4.0"),
    ]
    assert [(one["model"], one["other"]) for one in results["comparisons"]] == [
        ("mine", "aya-expanse-8b"),
        ("mine", "aya-23-8b"),
    ]


def test_who_serves_may_be_said_once(tmp_path):
    server = Server()
    path = duel.write_set(tmp_path / "prompts.jsonl", groups=2)
    with Loopback(server) as at:
        words = ("--model", "strong", "--model", "weak", "--at", at.url, "--judge", "relevance", "--languages", "he")
        run("evaluate", "--set", path, *words, "--out", tmp_path / "out", "--quiet")
        # The folder knows who served.
        run("evaluate", "--out", tmp_path / "out", "--quiet", "--retry", "--log", tmp_path / "log.sqlite")
    assert server.asked == {"strong": 4, "weak": 4}


def test_a_model_that_translates_is_not_asked_in_chat(tmp_path, capsys):
    path = duel.write_set(tmp_path / "prompts.jsonl", groups=2)
    words = ("--model", "aya-101", "--model", "weak", "--at", "transformers", "--judge", "relevance")
    message = duel.refused(capsys, "evaluate", "--set", path, *words, "--out", tmp_path / "out")
    assert "aya-101" in message and "stored" in message
    assert not (tmp_path / "out").exists()


def replies(out):
    with sqlite3.connect(out / ".polypref" / "responses.sqlite") as db:
        return db.execute("SELECT (SELECT count(*) FROM replies) + (SELECT count(*) FROM failures)").fetchone()[0]


@pytest.mark.slow
def test_a_folders_weights_are_its_revision(tmp_path):
    pytest.importorskip("transformers", reason="needs transformers: pip install -e '.[dev]', or make test")
    from tests.inference import tiny

    for name in ("one", "two"):
        tiny.llama(tmp_path / "models" / name)
    rows = [{"id": n, "language": "de", "prompt": f"Wo {n}?", "reference": "Dort"} for n in range(3)]
    path = duel.lines(tmp_path / "prompts.jsonl", rows)
    out = tmp_path / "out"

    def evaluate(folder):
        models = [
            {"model": str(folder / name), "at": "transformers", "sampling": {"max_tokens": 6, "temperature": 1.0}}
            for name in ("one", "two")
        ]
        config = duel.config(tmp_path / "c.yaml", set=str(path), models=models, judge="reference", resamples=100)
        run("evaluate", "--config", config, "--out", out, "--quiet")
        return [one["revision"] for one in duel.results(out)["models"]]

    first = evaluate(tmp_path / "models")
    assert first[0] == first[1] and len(first[0]) == 12
    assert replies(out) == 6
    shutil.move(tmp_path / "models", tmp_path / "elsewhere")
    assert evaluate(tmp_path / "elsewhere") == first
    assert replies(out) == 6
    assert str(tmp_path) not in (out / "results.json").read_text("utf-8")

    import safetensors.torch

    weights = tmp_path / "elsewhere" / "one" / "model.safetensors"
    tensors = safetensors.torch.load_file(weights)
    tensors["lm_head.weight"] = tensors["lm_head.weight"] * -1
    safetensors.torch.save_file(tensors, weights, {"format": "pt"})
    second = evaluate(tmp_path / "elsewhere")
    assert second[0] != first[0] and second[1] == first[1]
    assert replies(out) == 9


@pytest.mark.slow
def test_a_model_without_any_answer_stops_and_what_all_draw_can_be_said_once(tmp_path, capsys):
    pytest.importorskip("transformers", reason="needs transformers: pip install -e '.[dev]', or make test")
    from tests.inference import tiny

    path = duel.lines(tmp_path / "prompts.jsonl", [{"id": 1, "language": "he", "prompt": "שלום", "reference": "שלום"}])
    models = [{"model": tiny.llama(tmp_path / name), "at": "transformers"} for name in ("one", "two")]
    config = duel.config(tmp_path / "c.yaml", set=str(path), models=models, judge="reference", resamples=100)
    words = ("evaluate", "--config", config, "--out", tmp_path / "out", "--quiet", "--sampling")
    run(*words, "{max_tokens: 600}", expect=2)  # Loading a model writes lines of its own.
    stderr = capsys.readouterr().err
    assert "model one gave no answer at all (context_too_long 1); for context_too_long lower max_tokens" in stderr
    assert not (tmp_path / "out" / "answers.parquet").exists()
    run(*words, "{max_tokens: 5}")
    assert [one["sampling"]["max_tokens"] for one in duel.results(tmp_path / "out")["models"]] == [5, 5]


def test_thoughts_are_taken_out_of_answers_counted_and_said(two):
    """Between marks, given apart by the server, and one that max_tokens cut off before an answer stood there."""

    def answer(body, _):
        text = loopback.last_turn(body)
        given = loopback.chat(f"<think>Hm {text}</think>\n\n{SAID['de']}", body["model"])
        if text.endswith("1?"):
            given = loopback.chat("<think>\nHm ...", body["model"], "length")
        elif text.endswith("2?"):
            given = loopback.chat(SAID["de"], body["model"])
            given["choices"][0]["message"]["reasoning_content"] = "Hm"
        return given

    with Loopback(answer) as server:
        one = {"name": "one", "model": "thinker", "at": server.url, "licence": "apache-2.0"}
        models = [one, *duel.stored(two, "two")]
        out = duel.evaluate(two, set=str(two / "prompts.jsonl"), models=models, judge="relevance", languages="de")
    rows = duel.battles(out)
    # g1, g11 and g21 end in 1?.
    lost = {group for (_, group), row in rows.items() if row["answer_failure"]}
    assert lost == {"g1", "g11", "g21"}
    assert {row["answer_failure"] for row in rows.values()} == {"", "thought_without_end"}
    assert {row["answer"] for row in rows.values()} == {"", SAID["de"]}
    assert all(rows["de", group]["orders"][0]["score"] == 0 for group in lost), "a thought alone loses"
    (facts,) = [one for one in duel.results(out)["models"] if one["name"] == "one"]
    assert facts["thoughts"] == {"de": 24}
    assert any("one wrote a thought before 24 of its answers" in line for line in duel.results(out)["limits"])


def test_what_a_template_does_by_itself_is_in_the_results(two):
    pytest.importorskip("transformers", reason="needs transformers: pip install -e '.[dev]', or make test")
    default = tiny.TEMPLATE.replace("{% for m", "{% if messages[0]['role'] != 'system' %}<|system|>Be a wren.<|end|>"
                                    "{% endif %}{% for m", 1)  # fmt: skip
    tiny.llama(two / "small", template=default)
    small = {"name": "small", "model": str(two / "small"), "at": "transformers", "sampling": {"max_tokens": 4}}
    keys = {"set": str(two / "prompts.jsonl"), "languages": "de", "limit": 2, "judge": "relevance"}
    models = [small, *duel.stored(two, "two")]
    out = duel.evaluate(two, **keys, models=models)
    note = "its chat template writes a system prompt of its own where none is given: 'Be a wren.'"
    (facts,) = [one for one in duel.results(out)["models"] if one["name"] == "small"]
    assert facts["notes"] == [note] and f"small: {note}." in duel.results(out)["limits"]
    before = duel.written(out)
    # Nobody is asked again, and nothing is loaded: it stands in the log.
    duel.run("evaluate", "--out", out, "--quiet")
    assert duel.written(out) == before
