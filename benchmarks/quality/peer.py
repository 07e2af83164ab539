"""Runs one peer's step over texts given on standard input; says what it takes and how long that took.

Reads {"step": name, "texts": [...]}; writes {"seconds": processor time, "kept": [...]}. Runs in an environment of the
peer's own. Word splitting for English stands for all languages: the others need a tokenizer each.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

_DATATROVE = ("GopherRepetitionFilter", "GopherQualityFilter", "C4QualityFilter", "FineWebQualityFilter")


def _datatrove(name: str) -> Callable[[str], bool]:
    from datatrove.data import Document
    from datatrove.pipeline import filters
    from datatrove.utils.typeshelper import Languages

    settings: dict[str, dict[str, Any]] = {
        "GopherRepetitionFilter": {"language": Languages.english},
        "C4QualityFilter": {"filter_no_terminal_punct": False, "split_paragraph": False},
        "GopherQualityFilter": {"language": Languages.english},
        "FineWebQualityFilter": {"language": Languages.english},
    }
    step = getattr(filters, name)(**settings[name])
    return lambda text: step.filter(Document(text=text, id="")) is True


def _data_juicer(name: str) -> Callable[[str], bool]:
    import data_juicer.ops.filter as filters

    step = getattr(filters, name)()

    def keeps(text: str) -> bool:
        samples = step.compute_stats_batched({"text": [text], "__dj__stats__": [{}]})
        return all(step.process_batched(samples))

    return keeps


def main() -> None:
    """Loads the step, asks it about a few texts so that it is warm, and then about all."""
    asked = json.load(sys.stdin)
    name, texts = asked["step"], asked["texts"]
    step = (_datatrove if name in _DATATROVE else _data_juicer)(name)
    for text in texts[:20]:
        step(text)
    start = time.process_time()
    kept = [step(text) for text in texts]
    json.dump({"seconds": time.process_time() - start, "kept": kept}, sys.__stdout__)


if __name__ == "__main__":
    main()
