"""What the tests of the loopback Hub share: one small dataset, and ways to talk to the Hub."""

from __future__ import annotations

import http.client
import io
import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from huggingface_hub import CommitOperationAdd
from huggingface_hub.errors import (
    HfHubHTTPError,
)

REPO = "org/prefs"
CARD = """---
license: apache-2.0
language: [de, he]
configs:
- config_name: de
  data_files:
  - split: train
    path: data/de/train-0.parquet
- config_name: he
  data_files:
  - split: train
    path: [data/he/train-0.parquet, data/he/train-1.parquet]
---
# Prefs
"""


def parquet(*texts: str) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"text": list(texts)}), buffer)
    return buffer.getvalue()


FIRST = {
    "README.md": CARD.encode(),
    "data/de/train-0.parquet": parquet("eins", "zwei"),
    "data/he/train-0.parquet": parquet("שלום"),
    "data/he/train-1.parquet": parquet("עולם"),
}


def adds(files: dict[str, bytes]) -> list[CommitOperationAdd]:
    return [CommitOperationAdd(path, content) for path, content in files.items()]


def push(api, files=None, operations=(), message="a commit", **options):
    return api.create_commit(
        REPO, [*adds(files or {}), *operations], commit_message=message, repo_type="dataset", **options
    )


def status_of(refused: pytest.ExceptionInfo) -> int:
    """The HTTP status behind an error, also where the client wrapped it."""
    error = refused.value
    while not isinstance(error, HfHubHTTPError):
        error = error.__cause__
    return error.response.status_code


def post(hub, path: str, body: bytes, token: str | None = None, method: str = "POST") -> tuple[int, dict]:
    """A request that the real client would never send."""
    connection = http.client.HTTPConnection(hub.endpoint.removeprefix("http://"))
    connection.request(method, path, body, {"Authorization": f"Bearer {token}"} if token else {})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, json.loads(content or b"{}")


def commit_lines(*operations: dict, **header: object) -> bytes:
    lines = [{"key": "header", "value": {"summary": "raw", **header}}, *operations]
    return b"\n".join(json.dumps(line).encode() for line in lines)


def run(hub, token: str | None, home: Path, code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=hub.env(token, home),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
