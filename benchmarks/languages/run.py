"""Writes what polypref knows of languages that have no file of their own, and the names of regions and scripts.

    pip install language_data && python benchmarks/languages/run.py

The languages are those of lists.toml; their names, scripts and codes are those of Unicode's CLDR as the packages
langcodes and language_data give them. Labels of detectors are read from the detectors. Nothing else is known of these
languages, and nothing is made up.
"""

import csv
import itertools
import json
import string
import tomllib
import unicodedata
from collections import defaultdict
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Any

from langcodes import Language as Code
from langcodes import standardize_tag
from langcodes.data_dicts import ALL_SCRIPTS, LANGUAGE_ALPHA3_BIBLIOGRAPHIC, LIKELY_SUBTAGS, NORMALIZED_MACROLANGUAGES

from polypref import languages
from polypref.languages.detectors import py3langid_labels

HERE = Path(__file__).parent
DATA = Path(str(resources.files("polypref"))) / "data"
# Scripts whose words are not separated by spaces: class SA of Unicode's line breaking (UAX #14), Tibetan, and those of
# Chinese.
UNSPACED = {"Thai", "Laoo", "Khmr", "Mymr", "Tibt", "Hans", "Hant"}


def main() -> None:
    lists = tomllib.loads((HERE / "lists.toml").read_text("utf-8"))
    listed: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for source in ("flores", "ntrex", "tiny_aya"):
        for code in lists[source].split():
            listed[tag_of(code, lists["tags"])].append((source, code))
    with (DATA / "further_languages.tsv").open("w", encoding="utf-8", newline="") as file:
        rows = [row(tag, listed[tag], lists) for tag in sorted(listed) if tag not in languages.AYA_23]
        writer = csv.DictWriter(file, list(rows[0]), delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE)
        writer.writeheader()
        writer.writerows(rows)
    write_json("detector_labels.json", detector_labels())
    write_json("places.json", places())
    print(f"{len(rows)} languages")


def tag_of(code: str, own: dict[str, str]) -> str:
    """The tag of a language: CLDR's, the macrolanguage's where one single language is usually meant by it."""
    head = code.replace("_", "-").partition("-")[0]
    tag = standardize_tag(head)
    return own.get(head) or NORMALIZED_MACROLANGUAGES.get(tag, tag)


def row(tag: str, listed: list[tuple[str, str]], lists: dict[str, Any]) -> dict[str, str]:
    code = Code.get(tag, normalize=False)
    flores = [one for source, one in listed if source == "flores"]
    likely = Code.get(tag).maximize().script if tag in LIKELY_SUBTAGS or standardize_tag(tag) in LIKELY_SUBTAGS else ""
    named = [lists["scripts"].get(one, one.replace("_", "-").partition("-")[2]) for _, one in listed]
    scripts = list(dict.fromkeys(one for one in named if len(one) == 4 and one.isalpha())) or [likely]
    scripts.sort(key=lambda one: one != likely)
    usual = [one for one in flores if lists["scripts"].get(one, one[4:]) == scripts[0]] or flores
    iso = code.to_alpha3()
    single = [one.replace("_", "-").partition("-")[0] for _, one in listed]
    aliases = {*flores, *single, LANGUAGE_ALPHA3_BIBLIOGRAPHIC.get(tag, ""), lists["names"].get(tag, "")}
    aliases |= {one for one in map(standardize_tag, single) if "-" not in one}
    return {
        "tag": tag,
        "name": code.display_name(),
        "native_name": code.autonym(),
        "iso639_3": iso,
        "scripts": " ".join(scripts),
        "flores": usual[0] if usual else "",
        "direction": direction(scripts[0]),
        "spaces": "no" if scripts[0] in UNSPACED else "yes",
        "aliases": "; ".join(sorted(aliases - {"", tag, iso, usual[0] if usual else ""})),
        "listed_by": " ".join(dict.fromkeys(source for source, _ in listed)),
    }


def direction(script: str) -> str:
    """The direction of a script's letters, by Unicode."""
    name = Code.make(script=script).script_name().upper()
    words = {"NASTALIQ": "ARABIC", "SIMPLIFIED": "CJK", "TRADITIONAL": "CJK", "BANGLA": "BENGALI", "ODIA": "ORIYA"}
    name = words.get(name, name)
    letters = [chr(point) for point in range(0x20000) if unicodedata.category(chr(point)) in ("Lo", "Ll", "Lu")]
    own = [one for one in letters if unicodedata.name(one, "").startswith(name + " ")]
    assert own, (script, name)
    return "rtl" if unicodedata.bidirectional(own[0]) in ("R", "AL") else "ltr"


def detector_labels() -> dict[str, Any]:
    from langdetect.detector_factory import PROFILES_DIRECTORY
    from lingua import Language as Lingua

    return {
        "py3langid": sorted(set(py3langid_labels()) - {"zxx"}),
        "langdetect": sorted(path.name for path in Path(PROFILES_DIRECTORY).iterdir()),
        "lingua": sorted(one.iso_code_639_1.name.lower() for one in Lingua.all()),
    }


def places() -> dict[str, dict[str, str]]:
    """English name, folded, -> code: of regions and of scripts."""
    letters = ["".join(pair) for pair in itertools.product(string.ascii_uppercase, repeat=2)]
    regions = {one: Code.make(territory=one) for one in [*letters, *(f"{n:03d}" for n in range(1000))]}
    found = {code: one.territory_name() for code, one in regions.items() if one.is_valid()}
    return {
        "regions": {name.casefold(): code for code, name in sorted(found.items()) if "[" not in name},
        "scripts": {
            name.casefold(): one
            for one in sorted(ALL_SCRIPTS)
            if "[" not in (name := Code.make(script=one).script_name())
        },
    }


def write_json(name: str, value: Any) -> None:
    (DATA / name).write_text(json.dumps(value, ensure_ascii=False, indent=0) + "\n", "utf-8")


if __name__ == "__main__":
    main()
    print(version("langcodes"), version("language_data"))
