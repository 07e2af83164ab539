"""Models in one file of llama.cpp's form, GGUF: which file it is, and how much memory it takes once unpacked.

transformers unpacks such a file to whole numbers of a dtype when it loads it, so a model of 4 bits a weight takes about
eight times its file in float32. How the file is laid out: ggml-org/ggml, docs/gguf.md.
"""

import importlib.util
import logging
import math
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..console.escaping import one_line
from ..errors import UserError

_LOG = logging.getLogger(__name__)
ENDING = ".gguf"
_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
#: Type of a value -> its format; 8 is a text, 9 a list.
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_TEXT, _LIST = 8, 9
_LONGEST_TEXT = 1 << 26
_MOST_VALUES = 1 << 20
_MOST_SIDES = 8  # ggml has 4
_LLAMA_CPP = "or have llama.cpp's server serve it, and give its address (docs/models.md)"


@dataclass(frozen=True)
class GgufFacts:
    """What the head of a GGUF file says.

    Attributes:
        architecture: as llama.cpp calls it; empty where nothing says so.
        weights: how many numbers the model is made of.
        parts: of how many files this one is.
        stored: bytes of the file.
    """

    architecture: str
    weights: int
    parts: int
    stored: int


def gguf_in(place: str, named: str | None = None) -> Path | None:
    """The GGUF file of a model on this machine.

    Args:
        place: a file `model.gguf`, or a folder that holds one and no weights in safetensors.
        named: which file of the folder, where it holds several.

    Returns:
        The file; None where the place is none of these.

    Raises:
        UserError: the folder holds several and none is named, or not the one that is named.
    """
    path = Path(place).expanduser()
    if path.suffix.lower() == ENDING and path.is_file():
        return path
    if not path.is_dir() or (not named and any(path.glob("*.safetensors"))):
        return None
    files = sorted(file for file in path.iterdir() if file.suffix.lower() == ENDING)
    if named:
        if path / named in files:
            return path / named
        raise UserError(f"{place} holds no file {one_line(named)[:100]}; it holds {_names(files)}")
    if len(files) > 1:
        raise UserError(
            f"{place} holds {len(files)} GGUF files ({_names(files)}); give the path of one of them in place of the "
            "folder's"
        )
    return files[0] if files else None


def _names(files: list[Path]) -> str:
    shown = ", ".join(one_line(file.name)[:100] for file in files[:4])
    return (shown or "none") + (", ..." if len(files) > 4 else "")


def check_gguf(file: Path, name: str, dtype: str) -> None:
    """Sees before a GGUF file is loaded that it can be, and says how much memory it takes.

    Args:
        file: the file.
        name: the model's, for messages.
        dtype: of the weights once unpacked, by torch's name; `auto` is float32.

    Raises:
        UserError: it is no whole GGUF file, the package that reads them is missing, or the machine's memory is smaller
            than the unpacked weights.
    """
    facts = gguf_facts(file)
    if facts.parts > 1:
        raise UserError(
            f"model {name} is split into {facts.parts} GGUF files, which transformers does not read; join them "
            f"(llama-gguf-split --merge) {_LLAMA_CPP}"
        )
    if importlib.util.find_spec("gguf") is None:
        raise UserError(f"model {name} is a GGUF file; reading it needs the package gguf: pip install gguf")
    unpacked, held = unpacked_bytes(facts, dtype), _memory()
    sizes = f"{_size(unpacked)} in memory ({facts.weights / 1e6:,.0f} million weights in {_dtype(dtype)})"
    if held is not None and unpacked > held:
        smaller = "take a smaller one " if _width(dtype) < 4 else "take half of it (options: {dtype: bfloat16}) "
        raise UserError(
            f"model {name}, {_size(facts.stored)} as GGUF, is unpacked to {sizes}, and this machine has {_size(held)}; "
            f"{smaller}{_LLAMA_CPP}"
        )
    _LOG.warning("%s, %s as GGUF, is unpacked to %s", name, _size(facts.stored), sizes)


def _size(number: int) -> str:
    return f"{number / 1e9:,.1f} GB" if number >= 1e9 else f"{number / 1e6:,.0f} MB"


def unpacked_bytes(facts: GgufFacts, dtype: str) -> int:
    """Bytes of a model's weights once they are unpacked.

    Args:
        facts: of its file.
        dtype: by torch's name; `auto` is float32.

    Returns:
        The weights times the dtype's bytes; what is computed with them comes on top.
    """
    return facts.weights * _width(dtype)


def _width(dtype: str) -> int:
    return {"float16": 2, "bfloat16": 2, "half": 2, "float64": 8, "double": 8}.get(dtype, 4)


def _dtype(dtype: str) -> str:
    return "float32" if dtype == "auto" else dtype


def _memory() -> int | None:
    """Bytes of memory that the machine has; None where the system does not say."""
    with suppress(AttributeError, ValueError, OSError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


def gguf_facts(file: Path) -> GgufFacts:
    """Reads the head of a GGUF file.

    Args:
        file: the file.

    Returns:
        What it says of the model.

    Raises:
        UserError: it cannot be read, or is no GGUF file of versions 2 or 3.
    """
    with _reading(file), file.open("rb") as opened:
        head = _Head(opened)
        if opened.read(4) != _MAGIC:
            raise UserError(f"{file} is no GGUF file: it does not begin with GGUF; give a model's file")
        version = head.number("I")
        if version not in _VERSIONS:
            raise UserError(f"{file} is of version {version} of GGUF; versions 2 and 3 are read")
        tensors, values = head.number("Q"), head.number("Q")
        head.check(tensors, values)
        kept = dict(head.named_values(values))
        weights = sum(head.tensor_weights() for _ in range(tensors))
        architecture, parts = kept.get("general.architecture"), kept.get("split.count")
        return GgufFacts(
            one_line(architecture)[:40] if isinstance(architecture, str) else "",
            weights,
            parts if isinstance(parts, int) else 1,
            file.stat().st_size,
        )


@contextmanager
def _reading(file: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, struct.error, ValueError, OverflowError, RecursionError) as error:
        reason = str(error) or type(error).__name__
        raise UserError(
            f"{file} cannot be read as a GGUF file ({reason[:100]}); it may be cut off: get it again"
        ) from None


class _Head:
    """The head of an open file: numbers are little-endian, texts have their length before them."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def number(self, form: str) -> int:
        """The next number; of other kinds, what `struct` gives."""
        (value,) = struct.unpack(f"<{form}", self._file.read(struct.calcsize(f"<{form}")))
        return int(value) if not isinstance(value, float) or math.isfinite(value) else 0

    def check(self, *counts: int) -> None:
        """Refuses counts that no model has: a damaged file would be read for ever."""
        if max(counts) > _MOST_VALUES:
            raise ValueError("it counts more parts than a model has")

    def text(self) -> str:
        """The next text."""
        length = self.number("Q")
        if length > _LONGEST_TEXT:
            raise ValueError("a text in it is longer than any is")
        read = self._file.read(length)
        if len(read) < length:
            raise ValueError("a text in it is cut off")
        return read.decode("utf-8", "replace")

    def named_values(self, count: int) -> Iterator[tuple[str, str | int | None]]:
        """Each value by its key; None for lists, which are passed over."""
        for _ in range(count):
            yield self.text(), self._value(self.number("I"))

    def tensor_weights(self) -> int:
        """How many numbers the next tensor holds."""
        self.text()
        sides = self.number("I")
        if sides > _MOST_SIDES:
            raise ValueError("a tensor in it has more sides than any has")
        weights = math.prod(self.number("Q") for _ in range(sides))
        self.number("I")
        self.number("Q")
        return weights

    def _value(self, kind: int) -> str | int | None:
        if kind == _TEXT:
            return self.text()
        if kind == _LIST:
            of, length = self.number("I"), self.number("Q")
            if of in _SCALARS:
                self._file.seek(length * struct.calcsize(f"<{_SCALARS[of]}"), os.SEEK_CUR)
            else:
                for _ in range(length):
                    self._value(of)
            return None
        if kind not in _SCALARS:
            raise ValueError(f"a value in it is of the unknown kind {kind}")
        return self.number(_SCALARS[kind])
