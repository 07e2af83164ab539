"""How commands end: with what happened, with memory that is refused, and with a fault of polypref's own."""

import pytest

from polypref.console import command
from polypref.errors import UserError

ENDING = "polypref: interrupted; what is done is kept, the same command goes on\n"


def test_commands_end_with_what_happened(capsys):
    def failing(error: BaseException) -> int:
        def work() -> None:
            raise error

        return command.carry_out(work)

    assert command.carry_out(lambda: None) == 0
    assert failing(UserError("no such file: 'a'; give its path")) == 2
    assert capsys.readouterr().err == "polypref: no such file: 'a'; give its path\n"
    assert failing(FileNotFoundError(2, "No such file or directory", "b")) == 2
    assert capsys.readouterr().err.startswith("polypref: No such file or directory: 'b'; check")
    assert failing(ZeroDivisionError("a fault of ours")) == 1
    assert "Traceback" in capsys.readouterr().err
    assert failing(OSError("with no file")) == 1
    assert "Traceback" in capsys.readouterr().err
    assert failing(KeyboardInterrupt()) == 130
    assert capsys.readouterr().err == ENDING


def refusals() -> list[BaseException]:
    import duckdb
    import numpy as np
    import pyarrow as pa

    refused: list[BaseException] = [OSError(12, "Cannot allocate memory"), RuntimeError("std::bad_alloc")]
    refused.append(RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory"))
    refused.append(RuntimeError("can't start new thread"))
    refused.append(ImportError("libarrow.so: failed to map segment from shared object"))
    refused.append(duckdb.OutOfMemoryException("Out of Memory Error: Allocation failure"))
    for ask in (lambda: bytearray(1 << 60), lambda: np.zeros(1 << 56), lambda: pa.allocate_buffer(1 << 60)):
        with pytest.raises(MemoryError) as caught:
            ask()
        refused.append(caught.value)
    return refused


def test_refused_memory_is_a_sentence(capsys):
    for error in refusals():

        def work(error: BaseException = error) -> None:
            raise error

        assert command.carry_out(work) == 2, repr(error)
        printed = capsys.readouterr().err
        assert printed.startswith("polypref: the system refused memory") and printed.count("\n") == 1, repr(error)
    assert not command.is_memory_refused(RuntimeError("Query interrupted"))
    assert not command.is_memory_refused(OSError(28, "No space left on device"))
    assert not command.is_memory_refused(ImportError("No module named 'x'"))
