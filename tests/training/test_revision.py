"""A dataset on the Hub, at a tag and as it is now."""

import json
from pathlib import Path

import pytest

from tests.hub import LoopbackHub
from tests.hub.helpers import REPO, push, run

from . import tiny

CODE = """
import json
from polypref.training import data
states = {}
for revision in ("v1.0.0", None):
    origin = data.find_dataset(%r, None, revision)
    states[str(revision)] = [origin.commit, len(data.load_rows(origin, "train"))]
print(json.dumps(states))
"""


def files(folder: Path, counts: dict[str, int]) -> dict[str, bytes]:
    build_trainer = Path(tiny.dataset(folder, counts))
    return {str(p.relative_to(build_trainer)): p.read_bytes() for p in build_trainer.rglob("*.parquet")}


@pytest.mark.slow
def test_a_tag_stays_what_it_was_and_its_commit_is_known(tmp_path, monkeypatch):
    # The Hub of this test is on this machine.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    with LoopbackHub() as hub:
        token = hub.token("org")
        api = hub.api(token)
        api.create_repo(REPO, repo_type="dataset")
        push(api, files(tmp_path / "one", {"he": 4}))
        api.create_tag(REPO, tag="v1.0.0", repo_type="dataset")
        first = api.dataset_info(REPO).sha
        push(api, files(tmp_path / "two", {"he": 4, "el": 3}))
        now = api.dataset_info(REPO).sha
        record = json.loads(run(hub, token, tmp_path / "home", CODE % REPO).strip().splitlines()[-1])
    assert record == {"v1.0.0": [first, 4], "None": [now, 7]} and first != now
