"""The OpenAI backend against `transformers serve`, a real server, with a tiny random model."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

for name in ("torch", "transformers", "fastapi", "uvicorn"):
    pytest.importorskip(name, reason=f"needs {name}: pip install -e '.[dev]', or make test")

from polypref.errors import UserError  # noqa: E402
from polypref.inference import Model, Reply, Request, Sampling  # noqa: E402
from polypref.inference.log import ResponseLog  # noqa: E402
from polypref.inference.openai import OpenAI  # noqa: E402

from . import tiny  # noqa: E402

TEXTS = ["مرحبا", "שלום", "سلام", "नमस्ते", "你好", "こんにちは", "안녕하세요", "Γειά", "Привіт"]


@pytest.fixture(scope="module")
def served(tmp_path_factory, root):
    folder = tmp_path_factory.mktemp("served")
    model = Model(tiny.llama(folder / "model"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [
        Path(sys.executable).with_name("transformers"),
        "serve",
        model.name,
        "--device",
        "cpu",
        "--port",
        str(port),
    ]
    with (folder / "log").open("w") as log:
        child = subprocess.Popen(words, env=os.environ | {"HF_HUB_OFFLINE": "1"}, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + 90
            while time.monotonic() < deadline and child.poll() is None:
                with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                    break
                time.sleep(0.2)
            else:
                pytest.fail("transformers serve did not start: " + (folder / "log").read_text()[-2000:])
            yield model, f"http://127.0.0.1:{port}/v1"
        finally:
            child.terminate()
            child.wait(20)


def test_a_real_server_answers_and_the_log_spares_it_the_second_time(served, tmp_path):
    model, url = served
    requests = [Request(model, (("user", text),), Sampling(1.0, 1.0, 8, i)) for i, text in enumerate(TEXTS)]
    with ResponseLog(tmp_path / "log.sqlite") as log:
        backend = OpenAI((url,), concurrency=4)
        got = dict(log.ask(backend, requests))
        for request in requests:
            reply = got[request]
            assert isinstance(reply, Reply), reply
            assert reply.prompt_tokens == len(request.messages[0][1].encode()) + 3 and reply.completion_tokens <= 8
        assert list(log.ask(backend, requests)) == []
        assert backend.usage.requests == len(TEXTS)


def test_a_model_that_it_does_not_have_stops_the_run(served):
    model, url = served
    with pytest.raises(UserError, match="serves model"):
        list(OpenAI((url,)).run([Request(Model(model.name + "-other"), (("user", "a"),))]))
