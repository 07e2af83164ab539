"""The page that `polypref inspect --html` writes: one file in which a person can see a dataset and read its rows.

It holds all it needs and asks the network for nothing. Text from the data stands in it as escaped text or as JSON that
the page's own script writes into text nodes; a content security policy names that script and the style by their hash,
so that nothing else can run.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..files.locks import reading
from ..files.owned import is_sealed, sealed, write_new
from ..release import language_notes
from ..release.card import sections
from ..release.contaminated import of_record
from ..release.folder import read_provenance
from ..release.licences import decide, named_parts
from ..release.warnings import BY_LANGUAGE, by_head, warnings
from ..review.agreement import wilson
from . import plots
from .parts import about, asset, environment, language, policy_hash, script, script_json
from .rows import BUDGET, PER_GROUP, SEED, Sample, draw

#: The last line of a page: a page that was changed by hand, or is none of polypref's, is not written over.
_SEAL = "<!-- polypref page, sha256 of all before: {} -->"


def write_page(folder: Path, target: Path, tags: Sequence[str] | None = None, per_group: int | None = None) -> Sample:
    """Writes the page of a dataset; the same dataset gives the same bytes.

    Args:
        folder: the dataset; with its `.polypref` beside it, rejected rows are shown too.
        target: the file.
        tags: languages whose rows are shown; None for all.
        per_group: the most rows of one language and reason.

    Returns:
        what rows the page holds.

    Raises:
        UserError: the folder is no finished dataset, it has none of the languages, the file cannot be written, or it is
            there and is no page as polypref wrote it.

    """
    if target.is_dir():
        raise UserError(f"{target} is a folder; give --html the name of a file, as in {target / 'page.html'}")
    with reading(folder, "inspect"):
        return _write_page(folder, target, tags, per_group)


def _write_page(folder: Path, target: Path, tags: Sequence[str] | None, per_group: int | None) -> Sample:
    record = read_provenance(folder)
    if tags and (unknown := [tag for tag in tags if tag not in _tags(record)]):
        raise UserError(f"{folder} has no rows in '{unknown[0]}'; it has {', '.join(sorted(_tags(record)))}")
    sample = draw(folder, record, tags, per_group)
    text = render(folder, record, sample, PER_GROUP if per_group is None else per_group)
    # A file name of the settings may hold half a character, which no file can hold.
    write_new(target, sealed(text, _SEAL), lambda before: is_sealed(before, _SEAL))
    return sample


def render(folder: Path, record: Mapping[str, Any], sample: Sample, per_group: int = PER_GROUP) -> str:
    """The page's text.

    Args:
        folder: the dataset, for lengths and margins.
        record: its provenance.
        sample: the rows to show.
        per_group: the most rows of one language and reason that were drawn, to be said.

    """
    from markupsafe import Markup

    paths = [folder / name for name in sorted(record["files"])]
    spreads = plots.spreads(paths)
    css, code = asset("page/page.css"), script("page/page.js")
    template = environment().get_template("page/page.html.jinja")
    text: str = template.render(
        record=record,
        prose=sections(record["prose"]),
        cautions=cautions(record),
        rows={split: sum(f["rows"] for p, f in record["files"].items() if f"/{split}-" in p) for split in _SPLITS},
        tags=sorted(_tags(record)),
        language=language,
        stages=funnel(record, sample),
        by_language=by_language(record),
        quotas=quotas(record),
        lengths=lengths(spreads, record),
        margins=margins(spreads),
        histogram=plots.histogram(paths),
        models=models(record),
        flags=flags(record),
        decision=decide(named_parts(record)),
        details=provenance(record),
        sample=sample,
        drawn={"rows": sample.held.total(), "all": sample.totals.total(), "per_group": per_group, "seed": SEED},
        budget=BUDGET // 1_000_000,
        hashes={"css": policy_hash(css), "script": policy_hash(code)},
        css=Markup(css),
        script=Markup(code),
        data=Markup(page_data(sample)),
    )
    return text.lstrip()


_SPLITS = ("train", "test")


def _tags(record: Mapping[str, Any]) -> set[str]:
    return {row["language"] for row in record["funnel"] if row["language"]} | set(record["facts"]["languages"])


def page_data(sample: Sample) -> str:
    """What the page's script reads: languages, totals and rows as JSON."""
    totals = [[*key, count, sample.held[key]] for key, count in sorted(sample.totals.items())]
    head = script_json({"languages": about({tag for *_, tag in sample.totals}), "totals": totals})
    return f'{head[:-1]},"rows":[\n' + ",\n".join(sample.rows) + "\n]}"


def cautions(record: Mapping[str, Any]) -> list[str]:
    """What a reader must know first: the builder's notes, and what the numbers say."""
    found = [*record["notes"], sentence_case(of_record(record))]
    if unchecked := language_notes.sentence(record):
        found.append(sentence_case(unchecked))
    if record["evaluation_set"]:
        found.insert(0, "Built from an evaluation set: never to be released or trained on.")
    return found + [sentence_case(line) for line in warnings(dict(record))]


def sentence_case(line: str) -> str:
    """A line as a sentence."""
    return line[:1].upper() + line[1:] + "."


def funnel(record: Mapping[str, Any], sample: Sample) -> list[dict[str, Any]]:
    """The stages in order: unit, rows that came in, and every outcome and reason with its rows, share and languages.

    `jump` is the filter that shows the rows in the page; empty when the page holds none.
    """
    held: Counter[tuple[str, str]] = Counter()
    for (_, stage, reason, _), count in sample.held.items():
        held[stage, reason] += count
    found: dict[str, dict[tuple[str, str], Counter[str]]] = {}
    units = {}
    for row in record["funnel"]:
        outcomes = found.setdefault(row["stage"], {})
        units[row["stage"]] = row["unit"]
        outcomes.setdefault((row["outcome"], row["reason"]), Counter())[row["language"] or "und"] += row["rows"]
    stages = []
    for stage, outcomes in found.items():
        ways = ("kept", "rejected", "skipped")
        came = outcomes.get(("in", ""), Counter()).total() or sum(
            c.total() for (outcome, _), c in outcomes.items() if outcome in ways
        )
        lines = [
            {
                "outcome": outcome.replace("_", " "),
                "reason": reason,
                "rows": counts.total(),
                "share": counts.total() / came if came else 0.0,
                "most": counts.most_common(5),
                "languages": len(counts),
                "jump": f"{stage} · {reason}" if held[stage, reason] and stage else "",
            }
            for (outcome, reason), counts in sorted(outcomes.items(), key=lambda item: _order(item[0], item[1]))
            if outcome != "in"
        ]
        stages.append({"stage": stage, "unit": units[stage], "in": came, "lines": lines})
    return stages


def _order(key: tuple[str, str], counts: Counter[str]) -> tuple[int, int, str]:
    outcomes = ("kept", "pairs_made", "with_a_pair", "rejected", "part_rejected", "skipped", "flagged")
    return outcomes.index(key[0]) if key[0] in outcomes else len(outcomes), -counts.total(), key[1]


def by_language(record: Mapping[str, Any]) -> dict[str, Any]:
    """Per language what came out of the stages, and how many rows each reason took: `heads`, `reasons`, `rows`."""
    counts: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    lost: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for row in record["funnel"]:
        counts[row["language"]][row["stage"], row["outcome"]] += row["rows"]
        if row["outcome"] in ("rejected", "part_rejected", "skipped") and row["language"]:
            lost[row["language"]][row["stage"], row["reason"]] += row["rows"]
    reasons = list(dict.fromkeys(key for tag in sorted(lost) for key in lost[tag]))
    tags = sorted(tag for tag in counts if tag)
    return {
        "heads": list(BY_LANGUAGE),
        "reasons": reasons,
        "rows": [(tag, list(by_head(counts[tag]).values()), [lost[tag][r] for r in reasons]) for tag in tags],
    }


def quotas(record: Mapping[str, Any]) -> dict[str, Any]:
    """Per language and mixture what was asked and given: `mixtures` (name, most, totals) and `rows` (tag, cells)."""
    order = [config["config_name"] for config in record["configs"]]
    names = sorted(record["mixtures"], key=lambda name: order.index(name) if name in order else len(order))
    mixtures = {name: record["mixtures"][name] for name in names}
    tags = sorted({tag for rows in mixtures.values() for tag in rows})
    return {
        "mixtures": [
            {
                "name": name,
                "most": max((max(row["asked"], row["given"]) for row in rows.values()), default=0) or 1,
                **{key: sum(row[key] for row in rows.values()) for key in ("asked", "given", "test")},
            }
            for name, rows in mixtures.items()
        ],
        "rows": [(tag, [rows.get(tag) for rows in mixtures.values()]) for tag in tags],
    }


def lengths(found: Sequence[Mapping[str, Any]], record: Mapping[str, Any]) -> dict[str, Any]:
    """Characters of the chosen and the rejected answers by language (plots.spreads), on one logarithmic axis."""
    ends = [row[role] for row in found for role in ("chosen", "rejected")]
    scale = plots.logarithmic(min((e[0] for e in ends), default=1.0), max((e[4] for e in ends), default=10.0))
    return {
        "marks": scale.marks(),
        "rows": [
            {
                "tag": row["language"],
                "chosen": plots.spread(row["chosen"], scale),
                "rejected": plots.spread(row["rejected"], scale),
                "medians": (round(row["chosen"][2]), round(row["rejected"][2])),
                "longer": record["facts"]["languages"].get(row["language"], {}).get("chosen_longer"),
            }
            for row in found
        ],
    }


def margins(found: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Score margins by language (plots.spreads) on one linear axis; None where no pair has scores."""
    found = [row for row in found if row["margin"]]
    if not found:
        return None
    scale = plots.linear(min(0.0, *(row["margin"][0] for row in found)), max(row["margin"][4] for row in found))
    return {
        "marks": scale.marks(),
        "rows": [
            {"tag": row["language"], "spread": plots.spread(row["margin"], scale), "values": row["margin"]}
            for row in found
        ],
    }


def models(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """How often each model and route is chosen, with a 95% interval, most often chosen first."""
    rows = []
    for row in record["facts"]["models"]:
        whole = row["chosen"] + row["rejected"]
        low, high = wilson(row["chosen"], whole)
        share = row["chosen"] / whole if whole else 0.0
        rows.append(row | {"share": share, "low": low, "high": high, "answers": whole})
    return sorted(rows, key=lambda row: (-row["share"], -row["answers"], row["model"], row["route"]))


def flags(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The flags of the released rows, the most frequent first, with the languages that have most of them."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in record["facts"]["flags"]:
        counts[row["flag"]][row["language"]] += row["rows"]
    whole = sum(facts["rows"] for facts in record["files"].values())
    return [
        {
            "flag": flag,
            "rows": c.total(),
            "share": c.total() / whole if whole else 0.0,
            "most": c.most_common(5),
            "languages": len(c),
        }
        for flag, c in sorted(counts.items(), key=lambda item: (-item[1].total(), item[0]))
    ]


def provenance(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What steered the build, as (heading, JSON)."""
    wanted = {
        "Parameters": record["parameters"],
        "Settings": record["settings"],
        "Packages": record["packages"],
        "Fingerprints": record["fingerprints"] | {"folder": record["fingerprint"]},
        "Files": {name: facts["sha256"] for name, facts in record["files"].items()},
    }
    return [(name, json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)) for name, value in wanted.items()]
