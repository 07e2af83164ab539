"""What is refused as another language where the detector does not know the language that a text should be in.

    python benchmarks/language_id/unknown.py FOLDER_OF_NTREX

News sentences of NTREX in about 30 languages, one after the other with its own label (and those of its twins) hidden
from the detector, and in languages of the 23, all declared as a language that no detector knows and that is close to
none. Prints, for each, the share that is refused and as what. Then sentences declared as Swiss German, whose group is
known: once without words of its own, once with those that German's file has.
"""

import argparse
import gzip
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from polypref import languages
from polypref.languages import CloseLanguages, Language, detectors
from polypref.languages.identifier import Identifier

SENTENCES = 400
# Labels that a detector has for what is nearly the same language.
TWINS = {"bs": ("hr", "sr"), "hr": ("bs", "sr"), "sr": ("bs", "hr"), "no": ("nn", "da"), "nn": ("no", "da")}
CLOSE = ("gsw-ZH", "ltz", "deu", "nld", "eng", "fra", "pol", "vie", "ron", "swe")
SCRIPTS = {"Latn": "qaa", "Cyrl": "qab"}


def hide(labels: Sequence[str]) -> None:
    """Takes labels from the detector's scores."""
    columns = [detectors.py3langid_labels().index(label) for label in labels]

    def scores(texts: Sequence[bytes]) -> Any:
        found = REAL(texts)
        found[:, columns] = -1e6
        return found

    detectors.py3langid_scores = scores


REAL = detectors.py3langid_scores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("ntrex", type=Path)
    folder = parser.parse_args().ntrex
    for script, tag in SCRIPTS.items():
        languages.register(Language(tag, f"unknown in {script}", f"unknown in {script}", "", (script,)))
    print("declared as a language that is close to none")
    known = set(detectors.py3langid_labels())
    for path in sorted(folder.glob("*.txt.gz")):
        code, _, subtag = path.name.removesuffix(".txt.gz").partition("-")
        language = languages.find(code) if code == "gsw" else languages.resolve(code)
        scripts = language.scripts if language else ("Latn",)
        script = subtag if subtag in SCRIPTS else scripts[0]
        if script not in SCRIPTS:
            continue
        name = language.tag if language else code
        own = language.codes.py3langid if language else ()
        hide([label for label in (*own, *TWINS.get(name, ())) if label in known and name not in languages.AYA_23])
        print_refused(path, SCRIPTS[script])
    german = languages.get("de").close_languages
    assert german
    own = CloseLanguages(german.source, own=german.other["gsw"], other={"de": german.own})
    for tag, words in (("gsw", None), ("gsw-CH", own)):
        languages.register(Language(tag, tag, tag, "", ("Latn",), close_languages=words))
        print(f"declared as Swiss German, {'with' if words else 'without'} words of its own")
        hide([])
        for code in CLOSE:
            print_refused(folder / f"{code}.txt.gz", tag)


def print_refused(path: Path, tag: str) -> None:
    """Prints how many of a file's sentences, declared as a language, are refused, and as what."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        texts = [line.strip() for line in file if line.strip()][:SENTENCES]
    checks = Identifier().check_many(texts, [tag] * len(texts))
    refused = Counter(check.language for check in checks if check.status == "other")
    most = ", ".join(f"{other} {count}" for other, count in refused.most_common(3))
    print(f"{path.name.removesuffix('.txt.gz'):10} {refused.total() / len(texts):.3f}  {most}")


if __name__ == "__main__":
    main()
