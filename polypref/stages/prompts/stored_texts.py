"""The texts of prompts on the disk, by their numbers: a page after the other, or a few of them, never all in memory."""

import json
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Numbers = npt.NDArray[np.int64]

_TEXTS, _ENDS, _LANGUAGES, _TAGS = "texts.utf8", "ends.npy", "languages.npy", "tags.json"


class StoredTexts:
    """Texts with their languages, numbered from 0 in the order in which they were written.

    Args:
        folder: where `write_texts` put them.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __len__(self) -> int:
        return len(self._ends) - 1

    @cached_property
    def tags(self) -> list[str]:
        """The languages that there are; a text's is its place here (`languages`)."""
        tags: list[str] = json.loads((self.folder / _TAGS).read_text("utf-8"))
        return tags

    @cached_property
    def _ends(self) -> Numbers:
        ends: Numbers = np.load(self.folder / _ENDS, mmap_mode="r")
        return ends

    @cached_property
    def _languages(self) -> npt.NDArray[np.int16]:
        languages: npt.NDArray[np.int16] = np.load(self.folder / _LANGUAGES, mmap_mode="r")
        return languages

    def languages(self, numbers: Numbers) -> npt.NDArray[np.int16]:
        """The languages of texts.

        Args:
            numbers: of the texts.

        Returns:
            for each, the place of its tag among `tags`.
        """
        return np.asarray(self._languages[numbers])

    def read(self, numbers: Numbers) -> tuple[list[str], list[str]]:
        """Some texts.

        Args:
            numbers: of the texts, ascending: the file is read in this order.

        Returns:
            the texts, and the tag of the language of each.
        """
        texts = []
        with (self.folder / _TEXTS).open("rb") as file:
            for begin, end in zip(self._ends[numbers].tolist(), self._ends[numbers + 1].tolist(), strict=True):
                if file.tell() != begin:
                    file.seek(begin)
                texts.append(file.read(end - begin).decode())
        return texts, [self.tags[place] for place in self.languages(numbers).tolist()]


def write_texts(folder: Path, batches: Iterable[pa.RecordBatch]) -> StoredTexts:
    """Writes texts.

    Args:
        folder: an empty folder.
        batches: columns `language` and `text`.

    Returns:
        the texts, numbered in the order of the batches.
    """
    tags: dict[str, int] = {}
    lengths, languages = [np.zeros(1, np.int64)], [np.zeros(0, np.int16)]
    with (folder / _TEXTS).open("wb") as file:
        for batch in batches:
            texts = batch.column("text").cast(pa.large_binary())
            lengths.append(pc.binary_length(texts).to_numpy(zero_copy_only=False).astype(np.int64))
            file.writelines(texts.to_pylist())
            numbers = [tags.setdefault(tag, len(tags)) for tag in batch.column("language").to_pylist()]
            languages.append(np.array(numbers, np.int16))
    np.save(folder / _ENDS, np.cumsum(np.concatenate(lengths)))
    np.save(folder / _LANGUAGES, np.concatenate(languages))
    (folder / _TAGS).write_text(json.dumps(list(tags)), "utf-8")
    return StoredTexts(folder)
