"""What the Hub's client raises, as one sentence without secrets."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ..console.redaction import redact_text
from ..errors import UserError

#: What is advised where the same may work later.
AGAIN = "try the same again"
_HTTP = ("httpx", "httpx2", "httpcore", "httpcore2")


def scrub(text: str) -> str:
    """A text without tokens, on one line of at most 300 characters.

    Args:
        text: what the Hub's client said.

    Returns:
        The line; tokens in it are stars.
    """
    return re.sub(r"\s+", " ", redact_text(text, hub_token())).strip()[:300]


def hub_token() -> str | None:
    """The token that the Hub's client would send.

    Returns:
        The token; None where there is none, or it cannot be read.
    """
    from huggingface_hub import get_token

    with suppress(Exception):  # a token that cannot be had cannot be in a text either
        return get_token()
    return None


class HubUnreachable(UserError):
    """The Hub gave no answer at all."""


@contextmanager
def hub_errors(repo: str, doing: str, reads: bool = False) -> Iterator[None]:
    """Turns what the Hub's client raises into one sentence: what failed, what stands, how to go on.

    Args:
        repo: what it is about, as in ORG/NAME.
        doing: what is done, as in `sending the commit`.
        reads: nothing is sent, so that there is nothing to go on with.

    Yields:
        Nothing; what is done inside is watched.

    Raises:
        HubUnreachable: the Hub could not be reached.
        UserError: the Hub refused or failed, or its answer made no sense.
    """
    from huggingface_hub import errors

    try:
        yield
    except UserError:
        raise
    except errors.LocalTokenNotFoundError:
        raise UserError("no Hub token: run `hf auth login`, or set HF_TOKEN to a token that may write") from None
    except (errors.HfHubHTTPError, RuntimeError, OSError, ValueError) as error:
        raise _in_words(error, repo, doing, reads) from None
    except Exception as error:
        # A dropped connection is an error of httpx, which the client does not re-export; datasets has its own.
        if _package(error) in (*_HTTP, "datasets"):
            raise _in_words(error, repo, doing, reads) from None
        # The client takes the Hub's word for the shape of its answers: a proxy's page, say, makes it stumble.
        if not _inside_client(error):
            raise
        problem = f"the Hub's answer made no sense while {doing} ({repo}): {type(error).__name__} {scrub(str(error))}"
        raise UserError(f"{problem}; check HF_ENDPOINT and what stands between here and the Hub") from None


def _in_words(error: BaseException, repo: str, doing: str, reads: bool) -> UserError:
    """What the client raised, as one sentence."""
    cause: BaseException | None = error
    while cause is not None and getattr(cause, "response", None) is None:
        cause = cause.__cause__ or cause.__context__
    unreachable = cause is None and _unreachable(error)
    return (HubUnreachable if unreachable else UserError)(_sentence(error, cause, repo, doing, reads))


def _sentence(error: BaseException, cause: BaseException | None, repo: str, doing: str, reads: bool) -> str:
    again = AGAIN if reads else f"{AGAIN}: it goes on from where it stopped"
    response = getattr(cause, "response", None)
    status = getattr(response, "status_code", None)
    if status == 401:
        return (
            f"the Hub does not know you while {doing} ({repo}): run `hf auth login`, or set HF_TOKEN to a valid token"
        )
    if status == 403:
        return f"your token may not do this while {doing} ({repo}): ask for write access, or use a token that has it"
    if status == 404 and type(cause).__name__ == "RevisionNotFoundError":
        return f"{repo} has no such version or commit ({doing}); check the tag"
    if status == 404:
        return f"not found while {doing}: {repo} is not there, or your token may not see it; check the name"
    if status == 412:
        return f"somebody else changed {repo} while {doing}; look at what they did, then run the same command again"
    if status == 409:
        return f"{repo} already has what was to be made while {doing}; {again}"
    if status == 429:
        wait = getattr(response, "headers", {}).get("Retry-After", "some")
        return f"the Hub asks for a pause of {scrub(str(wait))} s while {doing} ({repo}); {again}"
    if status is not None and status >= 500:
        return f"the Hub failed (error {status}) while {doing} ({repo}); {again}"
    text = scrub(str(error)) or type(error).__name__
    if status is None:
        how = "the Hub could not be reached" if _unreachable(error) else "something failed here"
        return f"{how} while {doing} ({repo}): {text}; {again}"
    return f"the Hub refused while {doing} ({repo}): {text}"


def _inside_client(error: BaseException) -> bool:
    """Whether an error arose in the Hub's client."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and str(trace.tb_frame.f_globals.get("__name__")).startswith("huggingface_hub.")


def _unreachable(error: BaseException | None) -> bool:
    """Whether an error, or what it came from, is of the connection."""
    while error is not None:
        if _package(error) in _HTTP or isinstance(error, (ConnectionError, TimeoutError)):
            return True
        error = error.__cause__ or error.__context__
    return False


def _package(error: BaseException) -> str:
    return type(error).__module__.partition(".")[0]
