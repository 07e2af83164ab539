"""What a report says in words and figures, the same in Markdown, in the terminal and on the page.

All of it is plain text: who shows it escapes it. A figure that is not known is a dash, never None or NaN.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ...pages.parts import language

DASH = "–"
#: A share of prompts without a score above which a report names the language.
MANY_UNSCORED = 0.05

Figures = Mapping[str, Any]


def known(value: Any) -> bool:
    """Whether a figure is one."""
    return isinstance(value, (int, float)) and math.isfinite(value)


def rate(value: Any, digits: int = 3) -> str:
    """A win-rate or another decimal figure: 0.534."""
    return f"{value:.{digits}f}" if known(value) else DASH


def signed(value: Any, digits: int = 3) -> str:
    """A difference with its sign: +0.034."""
    return f"{value:+.{digits}f}" if known(value) else DASH


def share(value: Any) -> str:
    """A share in per cent: 98.6%."""
    return f"{value:.1%}" if known(value) else DASH


def count(value: Any) -> str:
    """A whole number: 1,234."""
    return f"{round(value):,}" if known(value) else DASH


def ends(found: Figures | None, low: str = "low", high: str = "high") -> str:
    """An interval's ends: 0.501 to 0.566."""
    if found is None or not known(found.get(low)) or not known(found.get(high)):
        return DASH
    return f"{rate(found[low])} to {rate(found[high])}"


def estimate(found: Figures | None) -> str:
    """A win-rate with its interval: 0.534 (0.501 to 0.566)."""
    if found is None or not known(found.get("win_rate")):
        return DASH
    return rate(found["win_rate"]) + (f" ({ends(found)})" if ends(found) != DASH else "")


def p_value(value: Any) -> str:
    """A p-value: 0.012, <0.001."""
    return DASH if not known(value) else "<0.001" if value < 0.001 else f"{value:.3f}"


def tongue(tag: str) -> str:
    """A language as sentences name it: Hebrew (he)."""
    name = language(tag).name
    return f"{name} ({tag})" if name != tag else tag


def tongues(tags: Sequence[str]) -> str:
    """Languages as sentences name them, in order."""
    return ", ".join(map(tongue, tags))


def title(comparison: Figures) -> str:
    """Who met whom."""
    return f"{comparison['model']} against {comparison['other']}"


def label(comparison: Figures) -> str:
    """Who met whom on which set and before which judge."""
    return f"{title(comparison)} · {comparison['set']} · {comparison['judge']}"


def sentence(text: str) -> str:
    """A line as a sentence: with a capital and an end."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text[-1:] in ".!?:" else ".")


def cautions(comparison: Figures) -> list[str]:
    """What a reader must know before the figures."""
    return [sentence(line) for line in comparison.get("warnings") or ()]


def level(comparison: Figures) -> str:
    """The level of the intervals: 95%."""
    return f"{100 * comparison['level']:g}%"


def notes(results: Figures) -> list[str]:
    """What must stand at the very top, as "not a quality judgement"; of a comparison, with its name."""
    found = [results["note"]] if results.get("note") else []
    for one in results["comparisons"]:
        if one.get("note") and one["note"] not in found:
            found.append(f"{label(one)}: {one['note']}")
    return found


def headline(comparison: Figures) -> str:
    """A comparison in one sentence: macro average, interval and p."""
    mean = comparison["average"]
    who = f"{title(comparison)} on {comparison['set']}, judged by {comparison['judge']}"
    if not known(mean["win_rate"]):
        return f"{who}: no language has a score, so there is no win-rate."
    several = len(mean["languages"]) != 1
    return (
        f"{who}: win-rate {rate(mean['win_rate'])}{' as the macro average' if several else ''} over "
        f"{_many(len(mean['languages']), 'language')} and {_many(mean['groups'], 'group')} of prompts "
        f"({level(comparison)} interval {ends(mean)}, p {_is(p_value(mean['p']))}; ties count half)."
    )


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _is(p: str) -> str:
    return p if p.startswith("<") else f"= {p}"


def halves(comparison: Figures) -> list[str]:
    """Every language under one half by name, those that surely are, and those of which nothing is known."""
    rows = {row["language"]: row for row in comparison["rows"]}
    scored = [tag for tag, row in rows.items() if known(row["win_rate"])]
    below = sorted(comparison["below_half"], key=lambda tag: rows[tag]["win_rate"])
    found = []
    if below:
        named = ", ".join(f"{tongue(tag)} {rate(rows[tag]['win_rate'])}" for tag in below)
        found.append(f"Win-rate under one half in {len(below)} of {_many(len(scored), 'language')}: {named}.")
    elif scored:
        found.append("No language has a win-rate under one half.")
    for names, what in ((comparison["surely_below"], "under"), (comparison["surely_above"], "over")):
        if names:
            found.append(f"Surely {what} one half (p after Holm under {_alpha(comparison)}): {tongues(names)}.")
    if scored and not comparison["surely_below"] and not comparison["surely_above"]:
        found.append(f"No language is surely under or over one half (p after Holm under {_alpha(comparison)}).")
    if without := [tag for tag in rows if tag not in scored]:
        found.append(f"Without any score: {tongues(without)}.")
    return found


def _alpha(comparison: Figures) -> str:
    return f"{1 - comparison['level']:.3g}"


def further(comparison: Figures) -> list[str]:
    """What else bears on the average: the other reading, seen against unseen languages, what could have been shown."""
    mean, found = comparison["average"], []
    other = comparison.get("other_reading")
    if other is not None and known(other["win_rate"]):
        how = "the two orders averaged" if other["reading"] == "mean" else "differing orders read as a tie"
        found.append(f"With {how} instead, the win-rate is {estimate(other)}.")
    if known(mean.get("delta")):
        found.append(f"Wins less losses, as a share of the scored prompts: {signed(mean['delta'])}.")
    if known(mean.get("smallest_difference")):
        found.append(
            "The smallest distance from one half that the average over this sample shows four times in five: "
            f"{rate(mean['smallest_difference'])}."
        )
    if (contrast := comparison.get("contrast")) is not None:
        found.append(_contrast(contrast, level(comparison)))
    return found + _fewer_languages(comparison) + unscored(comparison) + thin(comparison) + few(comparison)


def _contrast(contrast: Figures, sure: str) -> str:
    seen, unseen = contrast["seen"], contrast["unseen"]
    return (
        f"Languages of the training mixture ({', '.join(seen['languages']) or 'none'}): {estimate(seen)}; others "
        f"({', '.join(unseen['languages']) or 'none'}): {estimate(unseen)}; difference "
        f"{signed(contrast['difference'])}"
        + (f" ({sure} interval {ends(contrast)})." if ends(contrast) != DASH else ".")
    )


def _fewer_languages(comparison: Figures) -> list[str]:
    """Averages in the tables that are over fewer languages than the macro average is."""
    mean, found = comparison["average"], []
    every = len(mean["languages"])
    inside = mean.get("in_language") or {}
    if known(inside.get("win_rate")) and inside["languages"] < every:
        found.append(
            f"The average where both answers are in the language is over {inside['languages']} of "
            f"{_many(every, 'language')}."
        )
    for name, what in (("fidelity", "the model"), ("other_fidelity", "the other")):
        number = (mean.get(name) or {}).get("lines_languages")
        if number is not None and 0 < number < len(comparison["rows"]):
            found.append(
                f"The average of lines in the language, of {what}, is over {number} of "
                f"{_many(len(comparison['rows']), 'language')}."
            )
    return found


def thin(comparison: Figures) -> list[str]:
    """Languages with so few scored groups that they make the macro average unsure, and the average without them."""
    if not (names := comparison.get("thin")):
        return []
    groups = {row["language"]: row["groups"] for row in comparison["rows"]}
    named = ", ".join(f"{tongue(tag)} {groups[tag]}" for tag in names)
    found = f"Fewer than 4 scored groups of prompts, which makes the macro average's interval wide: {named}."
    without = comparison.get("without_thin")
    if not without or not known(without["win_rate"]):
        return [found]
    some, every = len(without["languages"]), len(comparison["average"]["languages"])
    return [f"{found} The macro average over {some} of {_many(every, 'language')}, without them: {estimate(without)}."]


def few(comparison: Figures) -> list[str]:
    """Languages with too few groups for the intervals to hold."""
    if not comparison["few_groups"]:
        return []
    return [
        f"Fewer than 20 groups of prompts, so that the intervals hold less often than they say: "
        f"{tongues(comparison['few_groups'])}."
    ]


def unscored(comparison: Figures) -> list[str]:
    """Verdicts that are missing, by reason, and the languages with many prompts that have no score."""
    found = []
    if reasons := reasons_of(comparison):
        said = ", ".join(f"{words(reason)} {number:,}" for reason, number in reasons)
        found.append(f"Without a verdict, by reason: {said}.")
    found += unread(comparison)
    lost = {row["language"]: 1 - row["scored"] / row["prompts"] for row in comparison["rows"] if row["prompts"]}
    if many := [f"{tongue(tag)} {share(part)}" for tag, part in lost.items() if part > MANY_UNSCORED]:
        found.append(f"More than {MANY_UNSCORED:.0%} of the prompts have no score in: {', '.join(many)}.")
    return found


def unread(comparison: Figures) -> list[str]:
    """Replies of the judge that could not be read because of what an answer holds, by model."""
    found = []
    for by, name in (("model", comparison["model"]), ("other", comparison["other"])):
        if number := sum(comparison.get("unread", {}).get(by, {}).values()):
            found.append(
                f"Of these, {number:,} could not be read where only the answer of {name} holds something like a "
                "verdict or a mark of a thought: they count as lost by it."
            )
    return found


def reasons_of(comparison: Figures) -> list[tuple[str, int]]:
    """Reasons for a missing verdict, the most frequent first."""
    return sorted(comparison["reasons"].items(), key=lambda item: (-item[1], item[0]))


def words(reason: str) -> str:
    """A reason, which is one word to count by, as people read it."""
    return reason.replace("_", " ")


def bias(comparison: Figures) -> list[str]:
    """What the judge favours besides quality."""
    found = []
    for name, who, half in (
        ("position_bias", "The answer shown first wins", "one half would be no bias"),
        (
            "length_bias",
            "The longer answer wins",
            "longer answers may be better ones: see the length-controlled figure (minimal regression)",
        ),
    ):
        if (one := comparison.get(name)) is None:
            if name == "position_bias":
                found.append("Position bias is not known: each pair was shown in one order, or order plays no part.")
        elif known(one["share"]):
            found.append(
                f"{who} {share(one['share'])} of {_many(one['n'], 'verdict')} that {'is' if one['n'] == 1 else 'are'} "
                f"no tie{_interval(one, level(comparison))}; {half}."
            )
    return found


def _interval(one: Figures, sure: str) -> str:
    if not known(one["low"]) or not known(one["high"]):
        return ""
    return f" ({sure} interval {share(one['low'])} to {share(one['high'])})"


def kappa(one: Figures) -> str:
    """An agreement's kappa with its standard error."""
    return rate(one["kappa"], 2) + (
        f" ± {rate(one['error'], 2)}" if known(one["kappa"]) and known(one["error"]) else ""
    )


def revision(name: str | None) -> str:
    """A revision as a person reads it: of a commit the first digits."""
    return DASH if not name else name[:12] if re.fullmatch(r"[0-9a-f]{40}", name) else name


def judge_facts(judge: Figures) -> str:
    """A judge in one line: what it is, of which revision, asked how."""
    parts = [str(_KINDS.get(judge["kind"], judge["kind"]))]
    given = {key: judge.get(key) for key in ("model", "revision", "licence", "prompt", "code")}
    parts += [f"{key} {revision(value) if key == 'revision' else value}" for key, value in given.items() if value]
    if judge.get("prompt_sha256"):
        parts.append(f"template {judge['prompt_sha256'][:12]}")
    orders = {1: "one order only", 2: "both orders"}.get(judge.get("orders") or 0, "orders not known")
    return ", ".join([*parts, orders])


#: What a judge is, by its kind in results.json.
_KINDS = {
    "llm": "a language model",
    "reward": "a reward model",
    "reference": "known right answers",
    "relevance": "the offline stand-in",
    "stored": "stored verdicts",
}


def failures(model: Figures) -> list[tuple[str, int, str]]:
    """Why a model gave no answer: reason, how often, in which languages."""
    found: dict[str, Counter[str]] = {}
    for tag, reasons in model["failures"].items():
        for reason, number in reasons.items():
            found.setdefault(reason, Counter())[tag] += number
    ranked = sorted(found.items(), key=lambda item: (-item[1].total(), item[0]))
    return [(reason, c.total(), ", ".join(f"{tag} {n:,}" for tag, n in c.most_common())) for reason, c in ranked]


def academic(results: Figures) -> list[str]:
    """What to know of the academic benchmarks: which models, what makes them hard to compare."""
    found = results.get("academic") or {}
    sides = [f"{when}: {found[when]['model']}" for when in ("before", "after") if (found.get(when) or {}).get("model")]
    lines = [sentence("; ".join(sides))] if sides else []
    lines += [sentence(line) for line in found.get("warnings") or ()]
    for when in ("before", "after"):
        if only := found.get(f"only_{when}"):
            lines.append(f"Only {when}: {', '.join(only)}.")
    return lines + ([found["note"]] if found.get("note") else [])


def change(row: Figures) -> str:
    """An academic score's difference with its standard error, where that is known."""
    error = row.get("difference_stderr")
    return signed(row["difference"]) + (f" ± {rate(error)}" if known(error) else "")


def published(results: Figures) -> list[dict[str, Any]]:
    """The published figures of all comparisons, each once."""
    found: list[dict[str, Any]] = []
    for comparison in results["comparisons"]:
        found += [one for one in comparison.get("published") or () if one not in found]
    return found


def plain_value(value: Any) -> str:
    """A published figure as it was given."""
    return f"{value:g}" if known(value) else DASH if value is None or isinstance(value, float) else str(value)
