"""How often language identification passes texts in their language, and texts in a neighbour of it; and its speed.

    POLYPREF_DATA=... python benchmarks/language_id/run.py            # tables to stdout, results.json beside this file
    POLYPREF_DATA=... python benchmarks/language_id/run.py --usual    # the leads that language_id takes as usual

The rule was chosen on Tatoeba alone; scores are on human-rights paragraphs (UDHR), XQuAD questions and contexts, and
UDHR paragraphs in 22 neighbour languages. Every text is taken as it is and cut at a word end to 35 and 80 characters
(half in Chinese, Japanese and Korean), so that every bin holds every text. A text in a neighbour language passes where
any of the 23 languages accepts it, that is, also as the one it looks most like.
"""

import argparse
import json
import os
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from polypref import languages
from polypref.languages import detectors
from polypref.languages.identifier import Identifier

HERE = Path(__file__).parent
DATA = Path(os.environ.get("POLYPREF_DATA", HERE.parents[1].parent / "shared" / "data")) / "parallel_text"
HALF = {"zh", "ja", "ko", "yue"}
BINS = ("20-39", "40-99", "100+")
CUTS = (35, 80)
SLOW_SHARE = 6  # of the texts, one in so many goes to the slow detectors
Judge = Callable[[Sequence[str], Sequence[str]], list[str]]


@dataclass(frozen=True)
class Text:
    """A text of known language, whether it was cut, and its length bin."""

    language: str
    text: str
    cut: bool
    bin: str


def rows(name: str) -> list[dict]:
    with (DATA / name).open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def bin_of(language: str, text: str) -> str | None:
    length = len(text) * (2 if language in HALF else 1)
    return None if length < 20 else BINS[0] if length < 40 else BINS[1] if length < 100 else BINS[2]


def cut(language: str, text: str, length: int) -> str | None:
    length //= 2 if language in HALF else 1
    if len(text) <= length:
        return None
    spaced = " " in text[: length + 1] and language not in {"zh", "ja", "yue"}
    return text[: length + 1].rsplit(" ", 1)[0] if spaced else text[:length]


def texts(pairs: Sequence[tuple[str, str]]) -> list[Text]:
    found = []
    for language, text in pairs:
        for piece in (text, *(cut(language, text, length) for length in CUTS)):
            if piece and (of := bin_of(language, piece)):
                found.append(Text(language, piece, piece != text, of))
    return found


def corpora() -> dict[str, list[Text]]:
    xquad = rows("xquad_paragraphs_11_languages.jsonl")
    # Two of the Greek questions of XQuAD were left in English.
    questions = [r for r in xquad if not (r["language"] == "el" and r["first_question"].isascii())]
    return {
        "Tatoeba": texts([(r["language"], r["text"]) for r in rows("tatoeba_22_languages.jsonl")]),
        "UDHR": texts([(r["language"], r["text"]) for r in rows("udhr_23_languages.jsonl")]),
        "XQuAD questions": texts([(r["language"], r["first_question"]) for r in questions]),
        "XQuAD contexts": texts([(r["language"], r["context"]) for r in xquad]),
        "neighbours": texts([(r["language"], r["text"]) for r in rows("udhr_neighbours_22_languages.jsonl")]),
    }


def rule(identifier: Identifier) -> Judge:
    return lambda these, expected: [check.status for check in identifier.check_many(these, expected)]


def py3langid_alone(restricted: bool) -> Judge:
    """The detector's best label as it is, of the 23 languages or of all."""
    labels = detectors.py3langid_labels()
    tags = {label: tag for tag in languages.AYA_23 for label in languages.get(tag).codes.py3langid}
    among = [i for i, label in enumerate(labels) if label in tags or not restricted]

    def judge(these: Sequence[str], expected: Sequence[str]) -> list[str]:
        scores = detectors.py3langid_scores([text.encode() for text in these])[:, among]
        best = [tags.get(labels[among[i]], "") for i in scores.argmax(axis=1)]
        return ["ok" if tag == found else "other" for tag, found in zip(expected, best, strict=True)]

    return judge


def accepted_by_any(judge: Judge, these: Sequence[str]) -> list[bool]:
    accepted = [False] * len(these)
    for tag in languages.AYA_23:
        left = [i for i, yes in enumerate(accepted) if not yes]
        for i, status in zip(left, judge([these[i] for i in left], [tag] * len(left)), strict=True):
            accepted[i] = status == "ok"
    return accepted


def as_most_alike(detector: detectors.Detector, judge: Judge, these: Sequence[str]) -> list[bool]:
    """The same for a detector that must be asked seldom: only its own restricted answer can be accepted."""
    codes = {label: tag for tag in languages.AYA_23 for label in getattr(languages.get(tag).codes, detector)}
    found = [codes.get(a.restricted, "en") for a in detectors.answers(detector, these, tuple(codes), None)]
    return [status == "ok" for status in judge(these, found)]


def shares(sample: Sequence[Text], hits: Sequence[bool]) -> Iterator[tuple[bool, str, dict[str, float], int]]:
    """For texts as they are and cut, in each bin: share of hits by language, and number of texts."""
    for is_cut in (False, True):
        for of in BINS:
            by_language = defaultdict(list)
            for text, hit in zip(sample, hits, strict=True):
                if text.cut == is_cut and text.bin == of:
                    by_language[text.language].append(hit)
            if by_language:
                means = {tag: statistics.mean(map(float, hit)) for tag, hit in sorted(by_language.items())}
                yield is_cut, of, means, sum(map(len, by_language.values()))


def measure(judge: Judge, any_of_23: Callable[[Sequence[str]], list[bool]], sets: dict[str, list[Text]]) -> list[dict]:
    out = []
    for name, sample in sets.items():
        these = [text.text for text in sample]
        if name == "neighbours":
            hits, undetermined = any_of_23(these), [False] * len(these)
        else:
            statuses = judge(these, [text.language for text in sample])
            hits, undetermined = [s == "ok" for s in statuses], [s == "undetermined" for s in statuses]
        unknown = {(is_cut, of): means for is_cut, of, means, _ in shares(sample, undetermined)}
        for is_cut, of, means, number in shares(sample, hits):
            row = {"set": name, "cut": is_cut, "bin": of, "texts": number, "by_language": means}
            row |= {
                "passed": statistics.mean(means.values()),
                "undetermined": statistics.mean(unknown[is_cut, of].values()),
            }
            out.append(row)
    return out


def speed(repeats: int = 5) -> dict[str, float]:
    """Texts a second of CPU time on Tatoeba, best of some runs that take turns."""
    from py3langid.langid import classify

    data = rows("tatoeba_22_languages.jsonl")
    these, expected = [r["text"] for r in data], [r["language"] for r in data]
    identifier = Identifier()
    identifier.check_many(these, expected)
    runs = {
        "py3langid classify": lambda: [classify(text) for text in these],
        "rule": lambda: identifier.check_many(these, expected),
    }
    best: dict[str, float] = {}
    for _ in range(repeats):
        for name, run in runs.items():
            start = time.process_time()
            run()
            best[name] = max(best.get(name, 0.0), len(these) / (time.process_time() - start))
    return best


def print_usual_leads() -> None:
    """Median lead over all other labels, per byte: Tatoeba sentences, and runs of them up to 250 characters."""
    rng = random.Random(0)
    sentences = defaultdict(list)
    for r in rows("tatoeba_22_languages.jsonl"):
        sentences[r["language"]].append(r["text"])
    sentences["en"] = [r["english"] for r in rows("tatoeba_22_languages.jsonl") if r["i"] % 22 == 0]
    labels = detectors.py3langid_labels()
    for tag, known in sorted(sentences.items()):
        runs = [" ".join(rng.sample(known, k=rng.randint(2, 8))) for _ in range(150)]
        encoded = [text.encode() for text in (*known, *runs)]
        own = [labels.index(label) for label in languages.get(tag).codes.py3langid]
        others = [i for i in range(len(labels)) if i not in own]
        scores = detectors.py3langid_scores(encoded)
        leads = (scores[:, own].max(axis=1) - scores[:, others].max(axis=1)).tolist()
        print(tag, round(statistics.median(lead / len(text) for lead, text in zip(leads, encoded, strict=True)), 2))


def print_tables(results: dict) -> None:
    for name, measured in results["detectors"].items():
        print(
            f"\n## {name}\n\n| texts | | bin | number | passed | worst | undetermined |\n|---|---|---|---|---|---|---|"
        )
        for row in measured:
            low = row["set"] != "neighbours"
            worst = sorted(row["by_language"].items(), key=lambda item: item[1] if low else -item[1])[:2]
            named = ", ".join(
                f"{tag} {share:.3f}" for tag, share in worst if (share < 1 and low) or (share > 0 and not low)
            )
            print(
                f"| {row['set']} | {'cut' if row['cut'] else 'as they are'} | {row['bin']} | {row['texts']:,} "
                f"| {row['passed']:.4f} | {named} | {row['undetermined']:.4f} |"
            )
    print("\n" + ", ".join(f"{name} {rate:,.0f} texts/s" for name, rate in results["speed"].items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--usual", action="store_true", help="print the usual leads measured on Tatoeba and stop")
    parser.add_argument("--slow", default="langdetect,lingua", help="slow detectors to measure, on a sample")
    arguments = parser.parse_args()
    if arguments.usual:
        return print_usual_leads()
    sets = corpora()
    fast = {
        "rule (py3langid)": rule(Identifier()),
        "py3langid restricted alone": py3langid_alone(True),
        "py3langid open alone": py3langid_alone(False),
    }
    measured = {name: measure(judge, lambda t, j=judge: accepted_by_any(j, t), sets) for name, judge in fast.items()}
    some = {
        name: [t for t in sample if name != "XQuAD contexts" or t.cut][::SLOW_SHARE] for name, sample in sets.items()
    }
    for detector in filter(None, arguments.slow.split(",")):
        judge = rule(Identifier(detector=detector))
        measured[f"rule ({detector})"] = measure(judge, lambda t, d=detector, j=judge: as_most_alike(d, j, t), some)
    results = {"detectors": measured, "speed": speed()}
    (HERE / "results.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print_tables(results)


if __name__ == "__main__":
    main()
