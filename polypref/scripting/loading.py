"""Loading a builder script by its path, in the main process and in workers."""

import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

from ..console.escaping import one_line
from ..errors import UserError
from .misplaced_imports import import_advice
from .shipped import find_script

_PREFIX = "polypref_builder_"
#: What somebody's own code may raise and nothing is made of: a sentence is one already, the others are of all code.
PASSES = (UserError, MemoryError, KeyboardInterrupt)


def load_script(path: str) -> ModuleType:
    """Loads a builder script.

    Args:
        path: its path, or the bare name of one that comes with polypref.

    Returns:
        The script as a module; it defines `Params` and `build`.

    Raises:
        UserError: no such file, it raises, or it does not define Params and build.

    """
    file = find_script(path)
    name = f"{_PREFIX}{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise UserError(f"{path} is not a Python file; a builder script ends in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except PASSES:
        raise
    except BaseException as error:
        sentence = f"builder script {path}{line_of_error(error, file)} {how_it_ended(error)}"
        raise UserError(sentence + import_advice(error, file)) from error
    for needed in ("Params", "build"):
        if not hasattr(module, needed):
            raise UserError(
                f"builder script {path} does not define {needed}; `polypref new NAME` writes one to start from"
            )
    return module


def loaded() -> dict[str, str]:
    """The builder scripts that this process loaded.

    Returns:
        Name of the module -> path.
    """
    return {name: str(module.__file__) for name, module in sys.modules.items() if name.startswith(_PREFIX)}


def how_it_ended(error: BaseException) -> str:
    """What somebody's own code did to end, for a sentence.

    Args:
        error: what it raised, `SystemExit` included: code that ends the program must not look like success.

    Returns:
        `raises ValueError: ...`, with what to do instead where that is `sys.exit`.
    """
    if isinstance(error, SystemExit):
        code = _shown(error.code)[:200]
        return f"raises SystemExit: {code}, which would end the program; raise an error that says why"
    return f"raises {type(error).__name__}: {_shown(error)[:300]}"


def _shown(value: object) -> str:
    """A value's text on one line; what an error of somebody's own says of itself is code of theirs, too."""
    try:
        return one_line(str(value))
    except PASSES:
        raise
    except BaseException as error:
        return f"(its __str__ raises {type(error).__name__})"


#: In the names of files that are nobody's own: those of Python, of packages, of polypref.
_NOT_OWN = (
    str(Path(traceback.__file__).parent),
    "<frozen",
    "site-packages",
    "dist-packages",
    str(Path(__file__).parents[1]),
)
#: Of what a package compiled from Cython: its frames name a file as it was called where the package was made.
_COMPILED = (".pyx", ".pxi", ".pxd")


def is_own_file(name: str) -> bool:
    """Whether code of a file is somebody's own.

    Args:
        name: of the file, as a frame of a traceback has it.

    Returns:
        False for Python's, a package's and polypref's.
    """
    return not name.endswith(_COMPILED) and not any(part in name for part in _NOT_OWN)


def is_async(function: object) -> bool:
    """Whether a function gives nothing until somebody awaits it.

    Args:
        function: a function or method.

    Returns:
        Whether it is written `async def`.
    """
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def takes(function: Callable[..., object], given: Sequence[str]) -> bool:
    """Whether a function can be called with so many values in order.

    Args:
        function: a function or method.
        given: names for them.

    Returns:
        Also true for a function in C that says nothing of itself.
    """
    try:
        inspect.signature(function).bind(*given)
    except TypeError:
        return False
    except ValueError:
        return True
    return True


def raised_in_own(error: BaseException, file: str = "") -> bool:
    """Whether somebody's own code raised an error itself, and nothing that it called.

    Args:
        error: what was raised, with its traceback.
        file: one that is own code wherever it lies.

    Returns:
        Whether the line with `raise` is own code.
    """
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and (frames[-1].filename == file or is_own_file(frames[-1].filename))


def place_of_error(error: BaseException, file: str = "") -> str:
    """Where in somebody's own code an error arose.

    Args:
        error: what was raised, with its traceback.
        file: one that is own code wherever it lies.

    Returns:
        As `build.py line 12`; empty where it arose in no line of own code.
    """
    if isinstance(error, SyntaxError) and error.filename:
        return f"{Path(error.filename).name} line {error.lineno}"
    own = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == file or is_own_file(frame.filename)
    ]
    return f"{Path(own[-1].filename).name} line {own[-1].lineno}" if own else ""


def line_of_error(error: BaseException, file: Path) -> str:
    """Where in the script an error arose.

    Args:
        error: what was raised, with its traceback.
        file: the script.

    Returns:
        As `, line 12,`; empty where it arose in no line of the script.
    """
    trace, line = error.__traceback__, 0
    while trace:
        if trace.tb_frame.f_code.co_filename == str(file.absolute()):
            line = trace.tb_lineno
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.lineno:
        line = error.lineno
    return f", line {line}," if line else ""
