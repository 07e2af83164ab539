"""Runs one of datatrove's steps on texts given on standard input and tells what it found, and its processor time.

Reads {"step": language | repetition | near_duplicates, "texts": [...], "model": path}; writes {"seconds", "found"}.
Runs in an environment of its own with datatrove. Its word splitting for English stands for all languages, as its others
need a tokenizer each.
"""

import json
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from datatrove.data import Document
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupSignature
from datatrove.pipeline.filters import GopherRepetitionFilter, LanguageFilter
from datatrove.utils.logging import logger
from datatrove.utils.typeshelper import Languages

Found = list[Any]


def language(documents: list[Document], model: str) -> Callable[[], Found]:
    """The label and score of each text."""
    from fasttext.FastText import _FastText

    step = LanguageFilter(label_only=True)
    step.model._model = _FastText(model)  # in place of a download

    def work() -> Found:
        for document in documents:
            step.filter(document)
        return [[d.metadata["language"], d.metadata["language_score"]] for d in documents]

    return work


def repetition(documents: list[Document], model: str) -> Callable[[], Found]:
    """Whether each text is kept."""
    step = GopherRepetitionFilter(language=Languages.english)
    step.filter(documents[0])  # loads the tokenizer
    return lambda: [step.filter(document) is True for document in documents]


def near_duplicates(documents: list[Document], model: str) -> Callable[[], Found]:
    """The cluster of each text; -1 where it is alone; signatures, buckets and clusters go through files."""

    def run(folder: Path, name: str, *steps: Any) -> None:
        LocalPipelineExecutor(pipeline=list(steps), logging_dir=str(folder / "logs" / name)).run()

    def work() -> Found:
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            signatures, buckets, clusters = (str(folder / name) for name in ("signatures", "buckets", "clusters"))
            run(folder, "1", _Given(documents), MinhashDedupSignature(signatures, language=Languages.english))
            # One task does all buckets, one after the other.
            step = MinhashDedupBuckets(signatures, buckets)
            for bucket in range(step.config.num_buckets):
                for _ in step.run(None, rank=bucket, world_size=step.config.num_buckets) or ():
                    pass
            run(folder, "3", MinhashDedupCluster(buckets, clusters, save_cluster_id=True))
            of = dict(struct.iter_unpack("<2I", (folder / "clusters" / "000000.clusters").read_bytes()))
        return [of.get(i, -1) for i in range(len(documents))]

    return work


class _Given:
    """The first step of a pipeline: documents that are in memory."""

    def __init__(self, documents: list[Document]) -> None:
        self.documents = documents

    def __call__(self, data: Any, rank: int = 0, world_size: int = 1) -> Iterable[Document]:
        return iter(self.documents)


def main() -> None:
    """Reads, works, writes."""
    logger.remove()
    asked = json.load(sys.stdin)
    documents = [Document(text=text, id=str(i)) for i, text in enumerate(asked["texts"])]
    work = {"language": language, "repetition": repetition, "near_duplicates": near_duplicates}[asked["step"]](
        documents, asked.get("model", "")
    )
    start = time.process_time()
    found = work()
    print(json.dumps({"seconds": time.process_time() - start, "found": found}))


if __name__ == "__main__":
    main()
