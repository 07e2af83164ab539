"""What the Hub checks in a card's YAML block: a part of its rules, the part a wrong card would break first."""

from __future__ import annotations

import re

import yaml

# fmt: off
LICENSES = frozenset([
    "apache-2.0", "mit", "openrail", "bigscience-openrail-m", "creativeml-openrail-m", "bigscience-bloom-rail-1.0",
    "bigcode-openrail-m", "afl-3.0", "artistic-2.0", "bsl-1.0", "bsd", "bsd-2-clause", "bsd-3-clause",
    "bsd-3-clause-clear", "c-uda", "cc", "cc0-1.0", "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0",
    "cc-by-sa-3.0", "cc-by-sa-4.0", "cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nd-4.0", "cc-by-nc-nd-3.0",
    "cc-by-nc-nd-4.0", "cc-by-nc-sa-2.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0", "cdla-sharing-1.0",
    "cdla-permissive-1.0", "cdla-permissive-2.0", "wtfpl", "ecl-2.0", "epl-1.0", "epl-2.0", "etalab-2.0", "eupl-1.1",
    "eupl-1.2", "agpl-3.0", "gfdl", "gpl", "gpl-2.0", "gpl-3.0", "lgpl", "lgpl-2.1", "lgpl-3.0", "isc", "lppl-1.3c",
    "ms-pl", "mpl-2.0", "odc-by", "odbl", "openrail++", "osl-3.0", "postgresql", "ofl-1.1", "ncsa", "unlicense",
    "zlib", "pddl", "lgpl-lr", "deepfloyd-if-license", "llama2", "llama3", "llama3.1", "llama3.2", "llama3.3",
    "llama4", "gemma", "apple-ascl", "apple-amlr", "unknown", "other",
])
SIZES = [
    "n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B", "1B<n<10B", "10B<n<100B",
    "100B<n<1T", "n>1T", "other",
]
# fmt: on
#: A part of the tasks that the Hub knows: those of texts.
TASKS = [
    "text-generation",
    "text-classification",
    "question-answering",
    "translation",
    "summarization",
    "text-ranking",
    "reinforcement-learning",
    "other",
]
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]+)*")
FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\r?\n(.*?)(?:^|\n)---[ \t]*(?:\r?\n|\Z)", re.DOTALL)


def read_metadata(card: str) -> object:
    """The YAML block at the head of a card, or None where there is none. Raises yaml.YAMLError."""
    block = FRONT_MATTER.match(card)
    return yaml.safe_load(block[1]) if block else None


def check_card(card: str, kind: str) -> tuple[list[str], list[str]]:
    """Errors and warnings of a card; kind is "datasets" or "models"."""
    try:
        data = read_metadata(card)
    except yaml.YAMLError as error:
        return [f"YAML: {' '.join(str(error).split())}"], []
    if data is None:
        return [], ["empty or missing yaml metadata in repo card"]
    if not isinstance(data, dict):
        return ["metadata must be a mapping"], []
    errors = [f'"license" must be one of the known licence ids, got {v!r}' for v in values(data, "license", LICENSES)]
    for value in as_list(data.get("language")):
        if not (isinstance(value, str) and (LANGUAGE.fullmatch(value) or value in ("code", "multilingual"))):
            # YAML 1.1 reads an unquoted `no` as False: Norwegian's trap.
            errors.append(f'"language" with value {value!r} is not valid: an ISO 639 code or code, multilingual')
    if not all(isinstance(tag, str) for tag in as_list(data.get("tags"))):
        errors.append('"tags" must be a list of strings')
    if kind == "datasets":
        errors += [
            f'"size_categories" must be one of {SIZES}, got {v!r}' for v in values(data, "size_categories", SIZES)
        ]
        errors += [
            f'"task_categories" must be one of {TASKS}, got {v!r}' for v in values(data, "task_categories", TASKS)
        ]
        errors += check_configs(data.get("configs"))
    return errors, []


def as_list(value: object) -> list:
    return [] if value is None else value if isinstance(value, list) else [value]


def values(data: dict, key: str, allowed: frozenset[str] | list[str]) -> list[object]:
    return [value for value in as_list(data.get(key)) if not isinstance(value, str) or value not in allowed]


def check_configs(configs: object) -> list[str]:
    if configs is None:
        return []
    if not isinstance(configs, list) or not all(isinstance(config, dict) for config in configs):
        return ['"configs" must be a list of mappings']
    names = [config.get("config_name") for config in configs]
    errors = ['"configs": every config needs a config_name'] if not all(isinstance(n, str) for n in names) else []
    errors += [
        f'"configs": config_name {n!r} more than once' for n in sorted({str(n) for n in names if names.count(n) > 1})
    ]
    return errors
