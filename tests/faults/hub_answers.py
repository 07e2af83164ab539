"""Damaged answers of the Hub: a recorded talk with the loopback Hub, played back with one answer changed."""

import os
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
from huggingface_hub import HfApi, close_session, set_client_factory

from polypref.release import hub, retract
from polypref.release.folder import read_provenance
from tests.fixtures import stored
from tests.hub import LoopbackHub

from .mutate import mutated, replaced

NAME, TOKEN = "org/heard", "hf_nobody_in_particular"
Heard = dict[tuple[str, str], tuple[int, list[tuple[str, str]], bytes]]
_HOME = "http://hub.invalid"


def talk(cache_dir: Path) -> Any:
    """Everything that polypref asks the Hub before it changes anything."""
    from huggingface_hub import constants

    constants.HF_HUB_CACHE = str(cache_dir)
    api = HfApi(endpoint=_HOME, token=TOKEN)
    state = hub.look_at_repo(api, NAME)
    assert state.exists and all(one.startswith("v") for one in state.tags)
    files = hub.remote_files(api, NAME, "main")
    log = hub.log_at(NAME, "v1.0.0")
    folder = hub.fetch_files(NAME, state.tags.get("v1.0.0", "v1.0.0"))
    retract._numbers(str(state.newest or "v0.0.0"))
    try:
        read_provenance(folder)
    finally:
        inside = [p.resolve() for p in cache_dir.rglob("*") if p.is_file()]
        assert all(p.is_relative_to(cache_dir.resolve()) for p in inside)
    return files, log


@contextmanager
def through(answer: Any) -> Iterator[None]:
    """The Hub's client talks to a function."""
    from huggingface_hub import constants

    # What is given no token takes that of the environment.
    before, token = (constants.ENDPOINT, constants.HF_HUB_DISABLE_XET), os.environ.get("HF_TOKEN", "")
    os.environ["HF_TOKEN"] = TOKEN
    constants.ENDPOINT, constants.HF_HUB_DISABLE_XET = _HOME, True
    constants.HUGGINGFACE_CO_URL_TEMPLATE = _HOME + "/{repo_id}/resolve/{revision}/{filename}"
    set_client_factory(lambda: httpx2.Client(transport=httpx2.MockTransport(answer), follow_redirects=True))
    try:
        yield
    finally:
        close_session()
        constants.ENDPOINT, constants.HF_HUB_DISABLE_XET = before
        os.environ["HF_TOKEN"] = token


@cache
def heard() -> Heard:
    """The talk as it goes undisturbed, by method and path."""
    answers: Heard = {}
    with LoopbackHub() as there:
        there.token("org", value=TOKEN)
        # Any sound release will do: the stored one of an earlier version.
        stored.restore(there, "before", NAME)
        real = httpx2.Client()

        def ask(request: Any) -> Any:
            path = request.url.raw_path.decode()
            kept = {k: v for k, v in request.headers.items() if k.lower() not in ("host", "accept-encoding")}
            got = real.request(request.method, there.endpoint + path, headers=kept, content=request.content)
            headers = [(k, v) for k, v in got.headers.items() if k.lower() != "content-encoding"]
            answers[request.method, path] = got.status_code, headers, got.content
            return httpx2.Response(got.status_code, headers=headers, content=got.content)

        with through(ask), tempfile.TemporaryDirectory() as folder:
            talk(Path(folder))
    return answers


def hear(folder: Path, name: str, data: bytes, draw: random.Random) -> bool:
    """One of the answers is damaged: its body, its status or its headers."""
    answers = heard()
    place = draw.choice(sorted(answers))
    status, headers, body = answers[place]
    what = draw.random()
    if what < 0.1:
        status = draw.choice((200, 204, 302, 400, 401, 403, 404, 412, 451))
    elif what < 0.3 and headers:
        at = draw.randrange(len(headers))
        odd = str(replaced(draw, headers[at][1])).encode("ascii", "replace").decode()[:2000]
        headers = [*headers[:at], (headers[at][0], odd.replace("\x00", "").replace("\n", "")), *headers[at + 1 :]]
    else:
        body = mutated(draw, body, answers[draw.choice(sorted(answers))][2])
        headers = [(k, v) for k, v in headers if k.lower() != "content-length"]

    def answer(request: Any) -> Any:
        asked = request.method, request.url.raw_path.decode()
        if asked == place:
            return httpx2.Response(status, headers=headers, content=b"" if asked[0] == "HEAD" else body)
        known = answers.get(asked, (404, [], b'{"error": "not there"}'))
        return httpx2.Response(known[0], headers=known[1], content=known[2])

    with through(answer):
        talk(folder / "cache")
    return True
