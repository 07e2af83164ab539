"""What the Hub's client logs where it tries again is one line."""

import logging

import pytest

from polypref.console import retries

HUB = logging.getLogger("huggingface_hub.utils._http")


@pytest.fixture
def logged(caplog, monkeypatch):
    """The lines of the Hub's client, with a filter of this test alone."""
    monkeypatch.setattr(HUB, "filters", [])
    monkeypatch.setattr(HUB, "propagate", True)
    HUB.addHandler(caplog.handler)
    retries.log_retries_once()
    retries.log_retries_once()
    assert len(HUB.filters) == 1
    yield caplog
    HUB.removeHandler(caplog.handler)


def fail(tries: int) -> None:
    """Logs as the client does."""
    for number in range(tries):
        HUB.warning("'[Errno -2] hf_abcdefghijkl' thrown while requesting HEAD https://user:word@hub/x")
        HUB.warning(f"Retrying in {number}s [Retry {number}/5].")


def test_tries_of_one_request_are_one_line_without_secrets(logged):
    fail(6)
    assert {record.getMessage() for record in logged.records} == {
        "no answer from the Hub yet ('[Errno -2] ***'); trying again for up to half a minute; without a "
        "network HF_HUB_OFFLINE=1 saves the wait"
    }


def test_what_fails_later_is_said_again_and_other_lines_stay(logged, monkeypatch):
    HUB.warning("Rate limited. Waiting 3s before retry")
    fail(2)
    logged.clear()
    fail(1)
    assert not logged.records
    now = retries.time.monotonic()
    monkeypatch.setattr(retries.time, "monotonic", lambda: now + 100)
    fail(2)
    assert logged.records and all("no answer from the Hub yet" in one.getMessage() for one in logged.records)
    logged.clear()
    HUB.warning("Rate limited. Waiting 3s before retry")
    assert logged.records
