"""Compiles the C sources beside this file into one shared library: `python polypref/kernels/build.py` does so in place.

Nothing of polypref is imported: the wheel is built where nothing is installed yet (hatch_build.py).
"""

import hashlib
import os
import sys
from pathlib import Path

#: Where the sources are, and the library when it was compiled in place or came with a wheel.
FOLDER = Path(__file__).resolve().parent
#: The library's file; no ending that Python would take for a module of its own.
NAME = "native.library"
# Floats as they are written: nothing is contracted, and nothing is summed in another order.
_FLAGS = ("-std=c11", "-O3", "-fPIC", "-shared", "-fvisibility=hidden", "-ffp-contract=off", "-Wall", "-Wextra")


def sources_digest() -> str:
    """Names the sources that lie here, so that a library of others is known.

    Returns:
        16 hexadecimal digits of the names and contents of all C files, and of what the compiler is told.
    """
    digest = hashlib.sha256("\0".join(_FLAGS).encode())
    for path in sorted((*FOLDER.glob("*.c"), *FOLDER.glob("*.h"))):
        digest.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()[:16]


def compile_library(target: Path) -> str:
    """Compiles all sources into one library, with $CC, the compiler that Python was built with, or `cc`.

    Args:
        target: the library's path; it is there whole, or left as it was.

    Returns:
        why there is none: what the last compiler said; "" when it is there.
    """
    import shlex
    import subprocess
    import sysconfig

    new = target.with_name(f"{target.name}.{os.getpid()}")
    sources = [str(path) for path in sorted(FOLDER.glob("*.c"))]
    digest = f'-DPOLYPREF_SOURCES="{sources_digest()}"'
    architectures = shlex.split(os.environ.get("ARCHFLAGS", ""))
    reason = "no compiler"
    for compiler in dict.fromkeys(filter(None, (os.environ.get("CC"), sysconfig.get_config_var("CC"), "cc"))):
        command = [*shlex.split(compiler), *_FLAGS, *architectures, digest, *sources, "-o", str(new), "-lm"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=300)
            if done.returncode == 0:
                new.replace(target)
                return ""
            reason = done.stderr
        except (OSError, subprocess.SubprocessError) as error:
            reason = str(error)
        finally:
            new.unlink(missing_ok=True)
    return reason.strip() or "the compiler gave no reason"


if __name__ == "__main__":
    if why := compile_library(FOLDER / NAME):
        sys.exit(f"not compiled: {why}")
    print(f"compiled {FOLDER / NAME}")
