"""Marked keys and tokens in the environment, in addresses and in settings: none is in any file, line, card or commit.

Tokens of the Hub through release and retraction are in tests/release/test_secrets.py.
"""

import json
import secrets
import string
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.evaluation import duel
from tests.inference import loopback
from tests.inference.loopback import Loopback
from tests.test_models import Server, prompt

pytestmark = pytest.mark.faults
SCRIPT = ROOT / "tests" / "scripts" / "models.py"
#: Names under which people keep keys.
NAMES = ("OPENAI_API_KEY", "HF_TOKEN", "AWS_SECRET", "MY_PASSWORD", "AZURE_API_KEY", "DB_CREDENTIALS", "GITHUB_TOKEN")


def marked(role: str) -> str:
    """A key that is found wherever it turns up; also its beginning."""
    return f"mark{role}" + "".join(secrets.choice(string.ascii_letters) for _ in range(30))


def assert_nowhere(secret: str, *places: object) -> None:
    """Neither the secret nor a half of it."""
    for part in (secret[: len(secret) // 2 + 6], secret[-20:]):
        for place in places:
            if isinstance(place, Path):
                for path in [place] if place.is_file() else place.rglob("*"):
                    if path.is_file():
                        assert part.encode() not in path.read_bytes(), f"{part} is in {path}"
            else:
                assert part not in str(place), f"{part} is in {place}"


class Telltale(Server):
    """A server that repeats the key it was sent in everything that is no answer."""

    def __init__(self) -> None:
        super().__init__()
        self.tells, self.heard = 0, ""

    def __call__(self, body: dict[str, Any], request: Any) -> Any:
        self.heard = request.headers.get("Authorization", "")
        key = self.heard.removeprefix("Bearer ")
        self.tells += 1
        match self.tells % 12:
            case 3:
                return loopback.error(400, f"content filter: {'x' * 250} {key} {key}", code="content_filter")
            case 5:
                return loopback.error(500, f"Incorrect API key provided: {key[:8]}, in full {key}")
            case 7:
                return loopback.web.Response(text=f"<html>{key}", status=502)
            case 9:
                return loopback.web.json_response({"error": {"message": f"upstream said {key}", "code": 429}})
        return super().__call__(body, request)


def source(folder: Path) -> Path:
    path = folder / "prompts.jsonl"
    path.write_text("".join(json.dumps({"id": n, "prompt": prompt(n)}) + "\n" for n in range(8)), "utf-8")
    return path


def test_keys_in_the_environment_through_a_build(cli, tmp_path, hub, figure):
    keys = {name: marked(name.replace("_", "").lower()) for name in NAMES if name != "HF_TOKEN"}
    keys["OPENAI_API_KEY"] = "sk-" + marked("openai")
    server, out = Telltale(), tmp_path / "out"
    with Loopback(server) as running:
        words = ["build", SCRIPT, "--source", source(tmp_path), "--at", running.url, "--out", out, "--workers", 1]
        done = cli(*words, "--rater", "judge", **keys)
        assert done.code == 0, done.err
        assert server.heard == f"Bearer {keys['OPENAI_API_KEY']}" and server.tells > 30
        runs = [done, cli("inspect", out, **keys), cli("inspect", out, "--html", tmp_path / "page.html", **keys)]
        runs.append(cli("release", out, "--repo", name := cli.new_name(), **keys))
        assert [one.code for one in runs] == [0, 0, 0, 0], [one.err for one in runs]
        for secret in keys.values():
            assert_nowhere(secret, tmp_path, *(one.out + one.err for one in runs), hub.repo("datasets", name).files())
    figure("secrets: keys in the environment of a build", len(keys))


def test_a_key_that_is_refused(cli, tmp_path, figure):
    """The one sentence that stops the build holds what the server said, less the key."""
    key = marked("refused")
    for status in (401, 402, 403, 404, 429, 500, 302):
        answer = loopback.error(
            status, f"{'z' * 270} {key}", {"Location": f"http://x/{key}"} if status == 302 else None
        )
        with Loopback(lambda body, request, answer=answer: loopback.web.Response(
            body=answer.body, status=answer.status, headers={"Location": f"http://x/{key}", "Retry-After": "9999"},
            content_type="application/json",
        )) as running:  # fmt: skip
            out = tmp_path / f"out{status}"
            words = ["build", SCRIPT, "--source", source(tmp_path), "--at", running.url, "--out", out, "--workers", 1]
            done = cli(*words, OPENAI_API_KEY=key)
            assert done.code == 2, done.err
            assert_nowhere(key, done.out, done.err, out)
    figure("secrets: refusals that repeat a key", 7)


@pytest.mark.parametrize(
    "address",
    [
        "http://me:{}@127.0.0.1:9/v1",
        "http://127.0.0.1:9/v1?token={}",
        "http://127.0.0.1:9/v1#{}",
        "http://{}@127.0.0.1:9/v1",
        "127.0.0.1:9/{}",
        "ftp://u:{}@127.0.0.1:9/v1",
    ],
)
def test_keys_in_addresses(cli, tmp_path, address, figure):
    key = marked("address")
    at = address.format(key)
    duel.write_set(tmp_path / "prompts.jsonl", groups=2)
    config = {"set": str(tmp_path / "prompts.jsonl"), "models": ["one", "two"], "judge": "reference"}
    path = tmp_path / "config.yaml"
    path.write_text(json.dumps(config | {"models": [{"model": "one", "at": at}, "two"]}), "utf-8")
    models = ("--model", "one", "--model", "two", "--judge", "reference")
    for words in (
        ("build", SCRIPT, "--source", source(tmp_path), "--at", at, "--out", tmp_path / "out"),
        ("evaluate", "--set", tmp_path / "prompts.jsonl", *models, "--at", at, "--out", tmp_path / "e"),
        ("evaluate", "--config", path, "--out", tmp_path / "f"),
        ("evaluate-rm", "rm", "--at", at, "--data", tmp_path / "prompts.jsonl", "--out", tmp_path / "g"),
    ):
        done = cli(*words)
        assert done.code == 2, f"{done.out}{done.err}"
        assert_nowhere(key, done.out, done.err, *(tmp_path / name for name in ("out", "e", "f", "g")))
    figure("secrets: keys in addresses", 4)


def test_keys_of_an_evaluation(cli, tmp_path, figure):
    """In the environment, and in settings where they have no business to be."""
    key, wrong = "sk-" + marked("judge"), marked("setting")
    duel.write_set(tmp_path / "prompts.jsonl", groups=3)
    duel.write_answers(tmp_path / "one.jsonl", mark=duel.MARK, groups=3)
    duel.write_answers(tmp_path / "two.jsonl", groups=3)
    judge = duel.Judge()
    tells = iter(range(10_000))

    def telltale(body: dict[str, Any], request: Any) -> Any:
        if next(tells) % 5 == 1:
            return loopback.error(400, f"{'y' * 280} {request.headers['Authorization']}")
        return judge(body, request)

    with Loopback(telltale) as running:
        models = [{"name": n, "stored": str(tmp_path / f"{n}.jsonl")} for n in ("one", "two")]
        config = {"set": str(tmp_path / "prompts.jsonl"), "models": models, "resamples": 100}
        config |= {"judge": duel.judged_by(running.url, options={"backoff": 0.01, "key_env": "JUDGE_KEY"})}
        path, out = tmp_path / "config.yaml", tmp_path / "out"
        path.write_text(json.dumps(config), "utf-8")
        done = cli("evaluate", "--config", path, "--out", out, JUDGE_KEY=key)
        assert done.code == 0, done.err
        again = cli("report", out, JUDGE_KEY=key)
        assert again.code == 0, again.err
        assert_nowhere(key, out, done.out, done.err, again.out, again.err)
        for options in ({"api_key": wrong}, {"key": wrong}, {"headers": {"Authorization": wrong}}, {"token": wrong}):
            config["judge"] = duel.judged_by(running.url, options=options)
            path.write_text(json.dumps(config), "utf-8")
            done = cli("evaluate", "--config", path, "--out", tmp_path / "wrong")
            assert done.code == 2 and not (tmp_path / "wrong" / "evaluation.json").exists(), done.err
            assert_nowhere(wrong, done.out, done.err, tmp_path / "wrong")
    figure("secrets: keys of an evaluation", 5)
