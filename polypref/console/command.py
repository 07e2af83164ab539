"""How every command ends: a sentence and an exit code for what its user can mend, and for Ctrl-C; never a secret."""

import errno
import re
import sys
import traceback
from collections.abc import Callable

from ..errors import UserError
from .beginning import EXIT_CODE
from .escaping import lines
from .interrupts import watched
from .redaction import redact_text
from .retries import log_retries_once

_NO_MEMORY = re.compile(
    r"std::bad_alloc|(?:can't|cannot) allocate memory|not enough memory|can't start new thread|failed to map segment",
    re.IGNORECASE,
)


def carry_out(command: Callable[[], None], program: str = "polypref") -> int:
    """Runs a command and says how it ended.

    Args:
        command: does the work.
        program: what the sentence on standard error begins with.

    Returns:
        0; 1 with a traceback, for a fault of polypref's own; 2 with one sentence, for what the user can mend; 130 after
        Ctrl-C.
    """
    log_retries_once()
    with watched() as watch:
        try:
            command()
            code = 0
        except KeyboardInterrupt:
            watch.announce()
            return EXIT_CODE
        except BrokenPipeError:
            sys.stderr.close()
            return 0
        except Exception as error:
            code = EXIT_CODE if watch.interrupted else _print_sentence(error, program)
        if watch.interrupted:
            watch.announce()
            return EXIT_CODE
        return code


def _print_sentence(error: Exception, program: str) -> int:
    sentence = _sentence(error)
    if sentence is None:
        sys.stderr.write(lines(redact_text(traceback.format_exc())))
        return 1
    print(f"{program}: {' '.join(lines(redact_text(sentence)).splitlines())}", file=sys.stderr)
    return 2


def _sentence(error: Exception) -> str | None:
    """What is wrong and what to do, where the user can do something."""
    if isinstance(error, UserError):
        return str(error)
    if is_memory_refused(error):
        detail = " ".join(str(error).split())[:200]
        return (
            f"the system refused memory{f' ({detail})' if detail else ''}; what is done is kept: close other programs "
            "or ask for less at once (--workers 1, a smaller batch_size), then run the same command again"
        )
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.strerror}: '{str(error.filename)[:200]}'; check the path, its permissions and the disk"
    return None


def is_memory_refused(error: BaseException) -> bool:
    """Whether an error of Python, Arrow, DuckDB, NumPy, PyTorch or a loader of libraries says that memory ran out.

    Args:
        error: what was raised.

    Returns:
        True for errors of memory alone.
    """
    if isinstance(error, MemoryError) or type(error).__name__ in ("OutOfMemoryException", "OutOfMemoryError"):
        return True
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno == errno.ENOMEM
    return isinstance(error, RuntimeError | ImportError) and bool(_NO_MEMORY.search(str(error)))
