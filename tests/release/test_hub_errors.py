"""What the Hub's client raises, as one sentence; without a Hub, by the kind of answer."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from polypref.errors import UserError
from polypref.release.hub_errors import HubUnreachable, hub_errors


class RevisionNotFoundError(RuntimeError):
    """Called as the client's own, whose name tells it from a repository that is not there."""


def sentence(error: Exception, reads: bool = False) -> str:
    with pytest.raises(UserError) as refused, hub_errors("org/x", "looking around", reads):
        raise error
    return str(refused.value)


def answered(status: int, kind: type[Exception] = RuntimeError, **headers: str) -> Exception:
    error = kind("the client's words")
    error.response = SimpleNamespace(status_code=status, headers=headers)
    return error


@pytest.mark.parametrize(
    ("status", "begins"),
    [
        (401, "the Hub does not know you while looking around (org/x): run `hf auth login`"),
        (403, "your token may not do this while looking around (org/x): ask for write access"),
        (404, "not found while looking around: org/x is not there, or your token may not see it; check the name"),
        (412, "somebody else changed org/x while looking around; look at what they did"),
        (409, "org/x already has what was to be made while looking around; try the same again: it goes on from where"),
        (429, "the Hub asks for a pause of some s while looking around (org/x); try the same again"),
        (500, "the Hub failed (error 500) while looking around (org/x); try the same again"),
        (503, "the Hub failed (error 503) while looking around (org/x); try the same again"),
        (499, "the Hub refused while looking around (org/x): the client's words"),
        (400, "the Hub refused while looking around (org/x): the client's words"),
    ],
)
def test_each_answer_has_its_sentence(status, begins):
    assert sentence(answered(status)).startswith(begins)


def test_a_version_that_is_not_there_is_told_from_a_repository():
    assert sentence(answered(404, RevisionNotFoundError)) == (
        "org/x has no such version or commit (looking around); check the tag"
    )
    assert sentence(answered(403, RevisionNotFoundError)).startswith("your token may not do this")


def test_the_pause_is_the_hubs_and_reading_has_nothing_to_go_on_with():
    assert sentence(answered(429, **{"Retry-After": "17"}), reads=True) == (
        "the Hub asks for a pause of 17 s while looking around (org/x); try the same again"
    )


def test_the_answer_is_looked_for_in_what_an_error_came_from():
    outer = ValueError("outer")
    outer.__cause__ = RuntimeError("between")
    outer.__cause__.__context__ = answered(403)
    assert sentence(outer).startswith("your token may not do this")


def test_a_connection_that_fails_is_told_from_a_disk_that_does():
    assert sentence(ConnectionError("refused")) == (
        "the Hub could not be reached while looking around (org/x): refused; try the same again: it goes on from where "
        "it stopped"
    )
    wrapped = RuntimeError("gave up")
    wrapped.__context__ = TimeoutError("late")
    assert sentence(wrapped).startswith("the Hub could not be reached while looking around (org/x): gave up;")
    dropped = type("ConnectError", (Exception,), {"__module__": "httpx._exceptions"})("reset")
    assert sentence(dropped).startswith("the Hub could not be reached while looking around (org/x): reset;")
    assert sentence(OSError()).startswith("something failed here while looking around (org/x): OSError;")


def test_other_errors_stay_what_they_are():
    with pytest.raises(UserError, match=r"^mine$"), hub_errors("org/x", "looking around"):
        raise UserError("mine")
    with pytest.raises(KeyError), hub_errors("org/x", "looking around"):
        raise KeyError("a mistake in polypref")


def test_who_gave_no_answer_at_all_is_told_from_who_refused():
    for error, kind in (
        (ConnectionError("refused"), HubUnreachable),
        (answered(403), UserError),
        (OSError(), UserError),
    ):
        with pytest.raises(UserError) as refused, hub_errors("org/x", "looking around"):
            raise error
        assert type(refused.value) is kind
