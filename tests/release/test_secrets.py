"""Marked tokens placed everywhere one can come from: none is in any output, log, file, card, commit or error."""

from __future__ import annotations

import logging
import secrets
import shutil
import string
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import pytest

from polypref.console.redaction import guard_logs, redact_text, redacted

from .helpers import ROOT, SCRIPT, write_pool


def marked(role: str) -> str:
    """A token that is found wherever it turns up."""
    return "hf_" + role + "".join(secrets.choice(string.ascii_letters) for _ in range(24))


def assert_nowhere(secret: str, *places: object) -> None:
    for place in places:
        if isinstance(place, Path):
            for path in [place] if place.is_file() else place.rglob("*"):
                if path.is_file():
                    assert secret.encode() not in path.read_bytes(), path
        else:
            assert secret not in str(place)


def command(*argv: object, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A process of its own with all loggers of the libraries at their loudest."""
    loud = {"HF_HUB_VERBOSITY": "debug", "DATASETS_VERBOSITY": "debug"}
    return subprocess.run(
        [sys.executable, "-m", "polypref.cli", *map(str, argv)],
        env=env | loud,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_token_in_the_environment(built, cli, hub, tmp_path):
    """Through a release that works, one that is refused and one whose connection fails."""
    token, name = hub.token("org", value=marked("env")), cli.new_name()
    env = cli.env(token) | {"HF_HOME": str(tmp_path / "home")}
    done = command("release", built, "--repo", name, env=env)
    assert done.returncode == 0, done.stderr
    repo = hub.repo("datasets", name)
    assert_nowhere(token, done.stdout, done.stderr, repo.files(), [c.message + c.title for c in repo.commits])
    assert_nowhere(token, tmp_path / "home")
    for kind in ("500", "drop", "401", "400"):
        hub.fail(kind=kind)
        done = cli("release", built, "--repo", name, token=token)
        assert_nowhere(token, done.sentence, done.out, done.err)
    hub.revoke(token)
    done = cli("release", built, "--repo", name, token=token)
    assert_nowhere(token, done.sentence, done.out, done.err)


@pytest.mark.slow
def test_a_token_in_a_file(built, cli, hub, tmp_path):
    token, name = hub.token("org", value=marked("file")), cli.new_name()
    (tmp_path / "token").write_text(token + "\n", "utf-8")
    env = cli.env(None) | {"HF_HOME": str(tmp_path / "home"), "HF_TOKEN_PATH": str(tmp_path / "token")}
    done = command("release", built, "--repo", name, "--dry-run", env=env)
    assert done.returncode == 0 and hub.statuses[-1] != 401, done.stderr
    hub.revoke(token)
    refused = command("release", built, "--repo", name, env=env)
    assert refused.returncode == 2 and "the Hub does not know you" in refused.stderr
    assert_nowhere(token, done.stdout, done.stderr, refused.stdout, refused.stderr, tmp_path / "home")


@pytest.mark.slow
def test_a_password_in_the_address_of_the_hub(built, cli, tmp_path):
    password = marked("pass")
    address = cli.hub.endpoint.replace("://", f"://user:{password}@").rsplit(":", 1)[0] + ":9"
    env = cli.env(cli.token) | {"HF_HOME": str(tmp_path / "home"), "HF_ENDPOINT": address}
    for words in (("release", built, "--repo", "org/x"), ("inspect", "org/x"), ("diff", "org/x@v1.0.0", built)):
        done = command(*words, env=env)
        assert done.returncode == 2 and "Traceback" not in done.stderr
        assert_nowhere(password, done.stdout, done.stderr, tmp_path / "home")


@pytest.mark.slow
def test_secrets_among_a_builders_parameters(cli, hub, tmp_path):
    token, password = marked("param"), marked("url")
    pool, out = write_pool(tmp_path / "pool", 6, ("de", "he")), tmp_path / "out"
    words = ["build", SCRIPT, "--source", pool, "--out", out]
    more = ["--api-key", "plain-words-as-a-key", "--endpoint", f"https://me:{password}@host/v1?token={token}"]
    done = cli(*words, *more)
    assert done.code == 0, done.err
    name = cli.new_name()
    released = cli("release", out, "--repo", name)
    assert released.code == 0, released.err
    for secret in (token, password, "plain-words-as-a-key"):
        assert_nowhere(secret, done.out, done.err, released.out, hub.repo("datasets", name).files())
        assert_nowhere(secret, out / "provenance.json", out / "README.md", out / ".polypref")
    assert b'"endpoint": "https://***@host/v1?token=***"' in hub.repo("datasets", name).files()["provenance.json"]


def test_secrets_in_words_that_are_refused(built, cli):
    token = marked("word")
    for words in (
        ("release", built, "--repo", "org/x", "--token", token),
        ("release", built, "--repo", token),
        ("release", token, "--repo", "org/x"),
        ("inspect", f"org/{token}/x"),
        ("retract", "org/x", "--tag", token, "--reason", "x"),
        ("build", SCRIPT, "--source", ".", "--token", token),
        (token,),
    ):
        done = cli(*words)
        assert_nowhere(token, done.sentence, done.out, done.err)


def test_secrets_in_a_traceback_of_a_mistake_of_ours(cli, tmp_path):
    """A builder script that raises something unexpected while it runs."""
    token = marked("trace")
    for name in ("builders", "dataset_cards"):
        (tmp_path / name).mkdir()
    shutil.copy(ROOT / "tests" / "dataset_cards" / "pool.md", tmp_path / "dataset_cards")
    script = tmp_path / "builders" / "broken.py"
    text = SCRIPT.read_text("utf-8").replace("    answers =", f'    raise RuntimeError("{token}")\n    answers =', 1)
    script.write_text(text, "utf-8")
    done = cli("build", script, "--source", ".")
    assert done.code in (1, 2) and "RuntimeError" in done.err
    assert_nowhere(token, done.out, done.err)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("see hf_abcdEFGH1234 now", "see *** now"),
        ("Authorization: Bearer abcdefghijk12345", "Authorization: Bearer ***"),
        ("http://me:pa@ss@host:80/x", "http://***@host:80/x"),
        ("https://host:8080/a@b", "https://host:8080/a@b"),
        ("http://127.0.0.1:5000/api", "http://127.0.0.1:5000/api"),
        ("key sk-proj-0123456789abcdefghij", "key ***"),
        ("the hf_ prefix and half_time", "the hf_ prefix and half_time"),
    ],
)
def test_what_is_taken_out_of_a_text(text, clean):
    assert redact_text(text) == clean


def test_what_libraries_log_is_redacted_too():
    class Kept(logging.Handler):
        lines: ClassVar[list[str]] = []

        def emit(self, record):
            self.lines.append(record.getMessage())

    logger = logging.getLogger("some_library")
    logger.addHandler(Kept())
    logger.propagate = False
    for _ in range(2):
        guard_logs("some_library")
    logging.getLogger("some_library.http").warning("GET %s", "https://me:secret@host/x")
    assert Kept.lines == ["GET https://***@host/x"] and len(logger.handlers[0].filters) == 1


def test_values_of_variables_that_are_named_so(monkeypatch):
    monkeypatch.setenv("MY_API_KEY", "correct horse battery")
    monkeypatch.setenv("OTHER_TOKEN", "on")  # too short to be a secret
    assert redact_text("said correct horse battery on") == "said *** on"


def test_values_under_keys_that_are_named_so():
    cleaned = redacted(
        {"api_key": "abc", "max_tokens": 3, "tokenizer": "x", "inner": [{"password": "p", "author": "me"}], "token": ""}
    )
    assert cleaned == {
        "api_key": "***",
        "max_tokens": 3,
        "tokenizer": "x",
        "inner": [{"password": "***", "author": "me"}],
        "token": "",
    }
