"""Model servers that send too much, too slowly or another length than they say, and models under another's name.

Under a limit of memory: every bad answer is a counted failure beside good ones, and no impostor's word is taken.
"""

import asyncio
import json
import random
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from polypref.inference import Failure, Model, Reply
from polypref.inference.protocol import chat_verdict, score_verdict
from tests.conftest import ROOT, environment
from tests.inference.loopback import Loopback, chat, score
from tests.inference.raw import HEAD, Raw, Write, bomb, response
from tests.test_models import Server, prompt

pytestmark = pytest.mark.faults
MOST = 2 << 20
#: Of address space, what Python and its libraries take included.
MEMORY = 1 << 30
ROWS = 48
GOOD = json.dumps(chat("good")).encode()


def kinds(draw: random.Random) -> dict[str, Any]:
    """Every kind of bad answer, of drawn sizes, as a coroutine that writes it."""
    megabytes = draw.randint(100, 400)
    packed = {name: bomb(name, megabytes) for name in ("gzip", "deflate", "raw deflate", "br", "zstd")}

    def unpacks(name: str) -> Any:
        encoding = f"Content-Encoding: {name.split()[-1]}"
        return lambda write: write(response(packed[name], encoding))

    async def in_pieces(write: Write) -> None:
        await write(HEAD + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
        for start in range(0, len(packed["gzip"]), 1 << 12):
            piece = packed["gzip"][start : start + (1 << 12)]
            await write(b"%x\r\n%s\r\n" % (len(piece), piece))
        await write(b"0\r\n\r\n")

    async def endless(write: Write) -> None:
        await write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        size = draw.choice((1 << 8, 1 << 14, 1 << 20))
        while True:
            await write(b"%x\r\n%s\r\n" % (size, b" " * size))

    async def endless_heads(write: Write) -> None:
        await write(b"HTTP/1.1 200 OK\r\n")
        while True:
            await write(b"X-More: " + b"x" * 1_000 + b"\r\n")

    async def without_length(write: Write) -> None:
        await write(HEAD + b"Connection: close\r\n\r\n")
        while True:
            await write(b" " * (1 << 16))

    async def drips(write: Write) -> None:
        await write(response(b"", length=1_000_000))
        while True:
            await write(b" ")
            await asyncio.sleep(0.05)

    async def too_short(write: Write) -> None:
        await write(response(GOOD, length=len(GOOD) + draw.randint(1, 10_000)))
        raise ConnectionError

    return {
        **{name: unpacks(name) for name in packed},
        "in pieces": in_pieces,
        "endless": endless,
        "endless heads": endless_heads,
        "without length": without_length,
        "drips": drips,
        "longer than is sent": too_short,
        "shorter than is sent": lambda write: write(response(GOOD, length=draw.randint(1, len(GOOD) - 1))),
        "longer than may be": lambda write: write(response(b"{", length=1 << draw.randint(24, 62))),
        "of no number": lambda write: write(HEAD + b"Content-Length: -5\r\n\r\n" + GOOD),
        "nested": lambda write: write(response(b'{"choices":' + b"[" * 1_000_000)),
        "endless error": lambda write: write(response(b"x" * (64 << 20), status="500 Oops")),
    }


CHILD = """
import json, resource, sys
from polypref.inference import Model, Request
from polypref.inference.openai import OpenAI
import aiohttp
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]), int(sys.argv[2])))
backend = OpenAI((sys.argv[1],), attempts=2, timeout=20, backoff=0.01, max_answer_bytes=int(sys.argv[3]), concurrency=8)
for request, result in backend.run(Request(Model("tiny"), (("user", text),)) for text in json.loads(sys.argv[4])):
    print(json.dumps([request.messages[0][1], getattr(result, "reason", None), getattr(result, "text", None)]))
# Of this program alone: what rusage says begins with what the process held that started it.
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM:")).split()[1])
"""


def test_too_much_too_slow_or_of_another_length(pytestconfig, figure):
    draw = random.Random(f"{pytestconfig.getoption('--seed')} servers")
    bad = kinds(draw)
    names = list(bad)
    asked = [draw.choice(names) if n >= len(names) else names[n] for n in range(ROWS)]

    async def answer(body: dict[str, Any], write: Write) -> None:
        name = body["messages"][-1]["content"].partition("#")[0]
        await (bad[name](write) if name in bad else write(response(GOOD)))

    rows = [f"{name}#{n}" for n, name in enumerate(asked)]
    # Good ones between: a server that gives nothing else is given up.
    texts = [text for n, row in enumerate(rows) for text in (row, f"good#{n}")]
    with Raw(answer) as server:
        done = subprocess.run(
            [sys.executable, "-c", CHILD, server.url, str(MEMORY), str(MOST), json.dumps(texts)],
            cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=1_200,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2_000:]
    *lines, peak = done.stdout.splitlines()
    got = {text: (reason, answer) for text, reason, answer in map(json.loads, lines)}
    assert got.keys() == set(texts)
    wrong = [text for text, (reason, answer) in got.items() if text.startswith("good") and (reason or answer != "good")]
    wrong += [text for text in rows if got[text][1] is not None]
    reasons = Counter(got[text][0] for text in rows)
    assert reasons.keys() <= {"too_large", "timeout", "server_error", "bad_reply"} and reasons["too_large"] > 5
    figure("model servers: answers too long, too slow, of another length", len(rows), len(wrong))
    assert not wrong, [(text, got[text]) for text in wrong]
    assert int(peak) < 256 << 10, f"{int(peak) >> 10} MiB for answers of at most {MOST >> 20} MiB"


#: Endings that make another model of one.
OTHERS = (
    *("-mini", "-nano", "-turbo", "-pro", "-base", "-it", "-instruct", "-chat", "-0", "0", "1", "-uncensored", "-lora"),
    *("-Q4_K_M.gguf", "-AWQ", "-FP8", "-GPTQ-Int4", ":free", ":70b", "-16k", "-v2", ".5", "-distill", "-thinking", "b"),
)


def test_no_impostors_word_is_taken(pytestconfig, figure):
    draw = random.Random(f"{pytestconfig.getoption('--seed')} impostors")
    tried, believed = 0, []
    for _ in range(max(50, pytestconfig.getoption("--mutations") // 10)):
        name = f"{draw.choice(('alpha', 'beta-2', 'gamma-3.1'))}-{draw.choice(('7b', '70B', 'large', 'mini'))}"
        asked = draw.choice(("", "lab/", "/models/")) + name
        pin = draw.choice(("", "-2024-08-06", "@main", "-latest", "-0613"))
        owner = draw.choice(("", "lab/", "router/lab/", "/srv/models/"))
        impostors = [f"{owner}{name}{draw.choice(OTHERS)}{pin}", f"{owner}x{name}{pin}", f"{owner}{name[:-1]}{pin}"]
        if asked.startswith("lab/"):
            impostors.append(f"thief/{name}{pin}")
        for served in impostors:
            tried += 1
            for read, body in ((chat_verdict, chat("a", served)), (score_verdict, score(1.0, served))):
                verdict = read(200, json.dumps(body).encode(), None, Model(asked))
                if verdict.kind != "stop" or isinstance(verdict.result, Reply):
                    believed.append((asked, served))
        honest = (f"{owner}{name}{pin}", name.upper()) if not (owner + asked).count("/models/") > 1 else (name,)
        for served in honest:
            result = chat_verdict(200, json.dumps(chat("a", served)).encode(), None, Model(asked)).result
            assert isinstance(result, Reply), (asked, served, isinstance(result, Failure) and result.detail)
    figure("model servers: another model's answer", tried, len(believed))
    assert not believed, believed[:5]


def test_an_impostor_stops_a_build_and_what_was_answered_is_kept(polypref, tmp_path, figure):
    source = tmp_path / "p.jsonl"
    source.write_text("".join(json.dumps({"id": f"g{n}", "prompt": prompt(n)}) + "\n" for n in range(6)), "utf-8")
    honest = Server()

    def answer(body: dict[str, Any], request: Any) -> Any:
        answer = honest(body, request)
        if body["model"] == "weak" and impostor and isinstance(answer, dict):
            answer["model"] = "weak-mini"
        return answer

    impostor = True
    with Loopback(answer) as server:
        words = ("build", "tests/scripts/models.py", "--source", source, "--at", server.url, "--out", tmp_path / "out")
        stopped = polypref(*words, "--quiet", expect=2)
        assert "answered with model weak-mini, not weak" in stopped.stderr and "Traceback" not in stopped.stderr
        assert not (tmp_path / "out" / "data").exists()
        before, impostor = len(server.bodies), False
        polypref(*words, "--quiet")
        again = Counter(json.dumps(body, sort_keys=True) for body in server.bodies)
        # What others had answered is not asked again.
        twice = {json.loads(body)["model"] for body, count in again.items() if count > 1}
        assert twice <= {"weak"} and len(server.bodies) > before
    record = json.loads((tmp_path / "out" / "provenance.json").read_text("utf-8"))
    assert record["served"] == {name: [name] for name in ("reward", "strong", "translator", "weak")}
    figure("model servers: another model's answer", 1)
