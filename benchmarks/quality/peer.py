"""Times datatrove's nearest steps on answers given on standard input: [[language, text], ...]; writes JSON.

Runs in an environment of its own with datatrove; its word splitting for Latin script stands for all languages, as its
others need a tokenizer each.
"""

import json
import sys
import time

from datatrove.data import Document
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)
from datatrove.utils.typeshelper import Languages


def main() -> None:
    """Reads, times each step twice, and writes the best, in microseconds an answer."""
    documents = [Document(text=text, id=str(i)) for i, (_, text) in enumerate(json.load(sys.stdin))]
    steps = {
        "GopherRepetitionFilter": GopherRepetitionFilter(language=Languages.english),
        "GopherQualityFilter": GopherQualityFilter(language=Languages.english),
        "C4QualityFilter": C4QualityFilter(filter_no_terminal_punct=False, split_paragraph=False),
        "FineWebQualityFilter": FineWebQualityFilter(language=Languages.english),
    }
    found = {}
    for name, step in steps.items():
        taken = []
        for _ in range(2):
            start = time.process_time()
            for document in documents:
                step.filter(document)
            taken.append(time.process_time() - start)
        found[name] = round(min(taken) / len(documents) * 1e6, 1)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
