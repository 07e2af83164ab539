"""What the Hub's client logs of a request that fails: one line, in place of two for each of its tries."""

import logging
import time

from .redaction import redact_text

_LOGGER = "huggingface_hub.utils._http"
_FAILED = " thrown while requesting "
# Its tries of one request take less: whatever fails later is another one.
_SECONDS = 60.0


class _Once(logging.Filter):
    """Lets the first line of a row of tries through, in other words."""

    def __init__(self) -> None:
        super().__init__()
        self.until = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a line is logged; the first one of a row is worded anew."""
        text = record.getMessage()
        if text.startswith("Retrying in "):
            return False
        if _FAILED not in text:
            return True
        now = time.monotonic()
        again, self.until = now < self.until, now + _SECONDS
        reason = redact_text(text.partition(_FAILED)[0])[:200]
        what = f"no answer from the Hub yet ({reason}); trying again for up to half a minute"
        record.msg, record.args = f"{what}; without a network HF_HUB_OFFLINE=1 saves the wait", ()
        return not again


def log_retries_once() -> None:
    """Has the Hub's client log one line where a request fails and is tried again; twice is no harm."""
    logger = logging.getLogger(_LOGGER)
    if not any(isinstance(one, _Once) for one in logger.filters):
        logger.addFilter(_Once())
