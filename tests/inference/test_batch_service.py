"""A folder in a server's place."""

import pytest

from polypref.errors import UserError
from polypref.inference.batch_service import FolderService
from polypref.inference.batch_store import BatchStore


def test_a_batch_in_a_folder_has_ended_when_its_results_are_there(tmp_path):
    store, service = BatchStore(tmp_path), FolderService(tmp_path)
    batch = service.submit(store, store.add("t", service.place, "{}", ["a", "b"]))
    assert batch.state == "open" and service.progress(batch).ending is None
    with pytest.raises(
        UserError,
        match=r"^2 requests wait in .*requests-0001.jsonl; have each file answered, for .*-o .*"
        r"results-0001.jsonl --model org/m; then run the same command again",
    ):
        service.wait(1.0, [batch], "org/m")
    (tmp_path / "results-0001.jsonl").write_text("", "utf-8")
    assert service.progress(batch).ending == "done" and not service.progress(batch).files
    store.close()
