"""What a reward model's benchmark says, in Markdown and in the terminal."""

from collections.abc import Iterable, Sequence

from ...console.escaping import markdown as escaped
from ..report import formats
from ..report.markdown import as_list, as_table
from .further import further_parts
from .published import TIES, Average, Estimate
from .results import OtherReading, RewardResults

_TITLES = {"by_prompts": "by prompts", "by_categories": "by categories"}


def markdown(results: RewardResults) -> str:
    """The report in Markdown; all text from data and names is escaped.

    Args:
        results: as in reward_results.json.

    Returns:
        The whole report, ending in a line's end.
    """
    model, about = results.model, results.set
    parts = [f"# {escaped(model.name)} on {escaped(about.name)}", *map(escaped, sentences(results))]
    for part in further_parts(results):
        parts += [f"## {escaped(part.title)}", as_list(part.what), as_table(part.heads, part.rows, part.numbers)]
    parts += ["## By language", as_table(*_by_language(results))]
    parts += ["## By category", as_table(*_by_category(results))]
    if any(row.calibration for row in results.languages):
        parts += ["## Calibration", as_table(*_calibration(results))]
    if results.reasons:
        rows = [
            (tag, why, formats.count_words(n)) for tag, reasons in results.reasons.items() for why, n in reasons.items()
        ]
        parts += ["## Pairs without a verdict", as_table(("language", "reason", "pairs"), rows)]
    parts += [
        "## How it was averaged",
        as_list(f"{_TITLES[name]}: {text}." for name, text in results.averaging.items()),
    ]
    if results.warnings:
        parts += ["## Warnings", as_list(results.warnings)]
    parts += ["## Limits", as_list(results.limits), "## What was asked", as_list(_asked(results))]
    return "\n\n".join(part for part in parts if part) + "\n"


def sentences(results: RewardResults) -> list[str]:
    """The result in words.

    Args:
        results: as in reward_results.json.

    Returns:
        A sentence each: accuracy, ties, gap, the best and worst languages, those not surely better than chance.
    """
    mean, against = results.average, results.settings.against
    lines = []
    if mean.by_prompts.value is None:
        lines.append("No pair has a verdict, so there is no accuracy.")
    else:
        each = "; ".join(f"averaged {title} {_interval(one)}" for title, one in _averages(mean))
        over = f"over {len(mean.languages)} languages" if len(mean.languages) > 1 else _in(mean.languages[0])
        if _left_out(results):
            over += f" without {formats.language_name(against)}"
        lines.append(f"Accuracy {over}: {each} ({results.settings.level:.0%} interval over prompts).")
    if tied := {row.language: row.ties for row in results.languages if row.ties}:
        named = ", ".join(f"{formats.language_name(tag)} {number:,}" for tag, number in tied.items())
        lines.append(f"Equal scores, or ties, of {sum(tied.values()):,} pairs {TIES[results.settings.ties]}: {named}.")
    if mean.gap:
        gap = mean.gap.by_prompts
        lines.append(
            f"Accuracy in {formats.language_name(against)} less that in the others, on the same pairs where there are "
            f"such: {formats.signed(gap.value)} ({_ends(gap)})."
        )
    scored = [row for row in results.languages if row.by_prompts.value is not None]
    if len(scored) > 1:
        ordered = sorted(scored, key=lambda row: (row.by_prompts.value, row.language))
        low, high = ordered[0], ordered[-1]
        least, most = (formats.rate_words(row.by_prompts.value) for row in (low, high))
        if least == most:  # as they are written: neither is below the other
            lines.append(f"Equal in all {len(ordered)} languages ({most}).")
        else:
            lines.append(
                f"Lowest in {formats.language_name(low.language)} ({least}), highest in "
                f"{formats.language_name(high.language)} ({most})."
            )
    unsure = [row.language for row in scored if row.language not in results.surely_above_chance]
    if unsure:
        lines.append(f"Not surely better than tossing a coin: {formats.language_names(unsure)}.")
    if results.few_groups:
        lines.append(
            f"Fewer than 20 prompts, so that intervals are too narrow: {formats.language_names(results.few_groups)}."
        )
    unparsed = sum(row.unparsed for row in results.languages)
    if unparsed:
        other, kept = results.other_reading, results.settings.missing == "exclude"
        how = "are left out" if kept else "count half a point"
        else_ = "As half a point each (the reading of M-RewardBench's code)" if kept else "Left out"
        figures = " and ".join(f"{formats.rate_words(one.value)} {title}" for title, one in _averages(other))
        lines.append(f"Without a verdict: {unparsed:,} of the pairs; they {how}. {else_}, the averages are {figures}.")
    return lines


def _averages(of: Average | OtherReading) -> list[tuple[str, Estimate]]:
    return [(_TITLES["by_prompts"], of.by_prompts), (_TITLES["by_categories"], of.by_categories)]


def _in(tag: str) -> str:
    return f"in {formats.language_name(tag)}"


def _left_out(results: RewardResults) -> bool:
    """Whether the average leaves out the language that the others are compared with."""
    against = results.settings.against
    return against not in results.average.languages and any(r.language == against for r in results.languages)


def _interval(one: Estimate) -> str:
    return f"{formats.rate_words(one.value)} ({_ends(one)})"


def _ends(one: Estimate) -> str:
    if one.low is None:
        return "no interval from fewer than two prompts"
    return f"{formats.rate_words(one.low)} to {formats.rate_words(one.high)}"


def _by_language(results: RewardResults) -> tuple[Sequence[str], list[Sequence[str]]]:
    against = results.settings.against
    heads = ("language", "pairs", "prompts", "by prompts", "interval", "by categories", "interval")
    further = (f"gap to {against}", "ties", "no verdict", "orders disagree")
    rows: list[Sequence[str]] = [
        (
            formats.language_name(row.language), formats.count_words(row.pairs), formats.count_words(row.groups),
            formats.rate_words(row.by_prompts.value), _cell(row.by_prompts),
            formats.rate_words(row.by_categories.value), _cell(row.by_categories),
            formats.signed(row.gap.by_prompts.value) if row.gap else formats.DASH,
            formats.count_words(row.ties), formats.count_words(row.unparsed), formats.share(row.disagreements),
        )
        for row in results.languages
    ]  # fmt: skip
    mean = results.average
    label = f"average of {len(mean.languages)}" + (f", without {against}" if _left_out(results) else "")
    rows.append(
        (
            label, "", formats.count_words(mean.by_prompts.groups), formats.rate_words(mean.by_prompts.value),
            _cell(mean.by_prompts), formats.rate_words(mean.by_categories.value), _cell(mean.by_categories),
            formats.signed(mean.gap.by_prompts.value) if mean.gap else formats.DASH, "", "", "",
        )
    )  # fmt: skip
    return (*heads, *further), rows


def _cell(one: Estimate) -> str:
    return formats.DASH if one.low is None else _ends(one)


def _by_category(results: RewardResults) -> tuple[Sequence[str], list[Sequence[str]]]:
    """Accuracies with the published weights of subsets."""
    names = sorted({name for row in results.languages for name in row.categories})
    rows: list[Sequence[str]] = []
    for row in results.languages:
        own = [row.categories.get(name) for name in names]
        values = [formats.DASH if one is None else formats.rate_words(one.weighted.value) for one in own]
        rows.append((formats.language_name(row.language), *values))
    mean = results.average.categories
    rows.append(
        ("average", *(formats.rate_words(mean[name].value) if name in mean else formats.DASH for name in names))
    )
    return ("language", *names), rows


def _calibration(results: RewardResults) -> tuple[Sequence[str], list[Sequence[str]]]:
    heads = ("language", "expected calibration error", "mean confidence", "accuracy", "pairs")
    rows: list[Sequence[str]] = []
    for row in results.languages:
        if own := row.calibration:
            figures = map(formats.rate_words, (own.error, own.confidence, own.accuracy))
            rows.append((formats.language_name(row.language), *figures, formats.count_words(own.pairs)))
    rows.append(("average", formats.rate_words(results.average.calibration_error), "", "", ""))
    return heads, rows


def _asked(results: RewardResults) -> Iterable[str]:
    model, about = results.model, results.set
    kinds = {"reward": "reward model", "judge": "LLM judge", "given": "scores that the data hold"}
    parts = [kinds[model.kind]] + ([model.name] if model.kind != "given" else [])
    parts += [f"revision {model.revision}"] if model.revision else []
    parts += [f"prompt {model.prompt}, {model.orders} orders"] if model.prompt else []
    yield ", ".join(parts)
    yield from model.notes
    places = [f"{one.repo} at {one.revision}, split {one.split}" for one in about.sources]
    yield ", ".join([f"data {about.name}", *places, f"licence {about.licence}", *filter(None, [about.note])])
    for tag, reasons in about.left_out.items():
        yield f"rows left out in {formats.language_name(tag)}: " + ", ".join(
            f"{why} {n:,}" for why, n in reasons.items()
        )


def show_report(results: RewardResults) -> None:
    """Prints the tables and sentences in the terminal.

    Args:
        results: as in reward_results.json.
    """
    from rich.table import Table

    from ...console.terminal import console, safe

    screen = console()
    for title, (heads, rows) in (
        (f"{results.model.name} on {results.set.name}", _by_language(results)),
        ("accuracy by category", _by_category(results)),
    ):
        table = Table(title=safe(title))
        for at, head in enumerate(heads):
            table.add_column(safe(head), justify="right" if at else "left")
        for row in rows[:-1]:
            table.add_row(*map(safe, row))
        table.add_section()
        table.add_row(*map(safe, rows[-1]), style="bold")
        screen.print(table)
    for part in further_parts(results):
        table = Table(title=safe(part.title))
        for at, head in enumerate(part.heads):
            table.add_column(safe(head), justify="right" if at >= part.numbers else "left")
        for row in part.rows:
            table.add_row(*map(safe, row))
        screen.print(table)
    for sentence in sentences(results):
        screen.print(safe(sentence))
    for warning in results.warnings:
        screen.print(f"[yellow]warning[/] {safe(warning)}")
