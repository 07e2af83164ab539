"""Pairs of a file whose columns a layout declares as builders declare them: sides, verdicts or scores."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from ...errors import UserError
from ...files.cells import Row, look_up_or_none, name_of
from ...files.readers import Line
from ...layouts.compared_rows import UNKNOWN_TAG, ComparedRows
from ...layouts.named import NamedLayout
from ...layouts.preferences import DISAGREEMENT, Preference, bare_text
from ...layouts.rows import UNKNOWN_LANGUAGE
from ...layouts.strict_rows import refuse_other_language, tag_of
from ...layouts.tables import Item
from ...text.messages import conversation_to_send
from ..inputs.given_answers import EMPTY
from .pairs import Pair

#: Reasons of two answers that are no pair, as a build calls them.
TIE, IDENTICAL, AGAIN = "tie", "identical_texts", "merged_same_verdict_again"
#: The reason of a row that says nothing by which two answers could be compared.
NO_PREFERENCE = "no_preference"


def pairs_by_layout(
    layout: NamedLayout,
    rows: Iterable[tuple[str, str, Row]],
    called: str,
    language: str,
    tags: Collection[str] | None,
    left: Mapping[str, Counter[str]],
) -> Iterator[Pair]:
    """Reads pairs as a build reads them; every two answers of which one is preferred are one.

    Args:
        layout: what the columns hold.
        rows: (language where it is known from outside, place, row).
        called: what messages call what is read.
        language: of all rows whose language no column says; empty for none.
        tags: only these languages; None for all.
        left: language -> reason -> how many; what makes no pair is added.

    Yields:
        the pairs.

    Raises:
        UserError: the layout does not fit, a label is not declared, or nothing says a row's language.
    """
    reader = ComparedRows(layout, language)
    names: dict[str, str] = {}
    items = [item for item in _items(reader, rows, names) if tags is None or item.prompt["language"] in tags]
    reader.check(called)
    for fault in reader.faults:
        if fault.reason == UNKNOWN_LANGUAGE:
            raise UserError(
                f"{fault.where}: no language that is known goes by {fault.detail!r}; name its column or tag"
            )
        if tags is None or fault.language in tags:
            left[fault.language][fault.reason] += 1
    for (tag, reason), number in reader.left_out.items():
        if tags is None or tag in tags:
            left[tag][reason] += number
    compared = reader.preferences(items, called)
    met = {one.prompt["prompt_id"] for one in compared}
    for item in items:
        if item.prompt["prompt_id"] not in met and not item.unreadable:
            left[item.prompt["language"]][item.problems[0][0] if item.problems else NO_PREFERENCE] += 1
    reasons = _why_no_pair(compared, one_by_one=reader.by_verdicts and reader.join == "each")
    numbers = Counter[tuple[str, str]]()
    for one, reason in zip(compared, reasons, strict=True):
        if reason:
            left[one.prompt["language"]][reason] += 1
        else:
            yield _pair(one, names, numbers)


def _items(reader: ComparedRows, rows: Iterable[tuple[str, str, Row]], names: dict[str, str]) -> Iterator[Item]:
    """What rows become; the names of their groups are added, by prompt."""
    for known, where, row in rows:
        for line, item in reader.read([Line(where, row)], tag_of(known) if known else ""):
            tag = item.prompt["language"]
            if tag == UNKNOWN_TAG:
                raise UserError(
                    f"{where}: nothing says its language; give one for all rows (--language TAG), or say in the layout "
                    "which column does"
                )
            if known:
                advice = "rename the file, take the column out, or give the file by itself, whose rows count"
                refuse_other_language(tag, known, line.where, advice)
            assert isinstance(line.row, Mapping)
            if name := name_of(look_up_or_none(line.row, reader.fields.group)):
                names.setdefault(item.prompt["prompt_id"], name)
            yield item


def _why_no_pair(compared: Iterable[Preference], one_by_one: bool) -> list[str]:
    """Why each of two answers are no pair, in a build's order; empty for those that are.

    Two texts that are preferred both ways, whoever wrote them, are none, and the same pair counts once, but where each
    verdict counts. Where all verdicts must say the same, a single one is enough for that.
    """
    sides: dict[tuple[str, frozenset[str]], set[str]] = {}
    reasons = []
    for one in compared:
        texts = bare_text(one.first["text"]), bare_text(one.second["text"])
        reason = EMPTY if not all(texts) else IDENTICAL if texts[0] == texts[1] else one.reason
        reasons.append(reason or (TIE if one.side == "tie" else ""))
        taken = one.claimed or ({one.side} if not reasons[-1] else set())
        better = {texts[0] if side == "a" else texts[1] for side in taken}
        sides.setdefault((one.prompt["prompt_id"], frozenset(texts)), set()).update(better)
    if one_by_one:
        return reasons
    seen = set[tuple[str, frozenset[str]]]()
    for number, one in enumerate(compared):
        key = one.prompt["prompt_id"], frozenset((bare_text(one.first["text"]), bare_text(one.second["text"])))
        if not reasons[number] and len(sides[key]) > 1:
            reasons[number] = DISAGREEMENT
        elif not reasons[number] and key in seen:
            reasons[number] = AGAIN
        elif not reasons[number]:
            seen.add(key)
    return reasons


def _pair(one: Preference, names: Mapping[str, str], numbers: Counter[tuple[str, str]]) -> Pair:
    """The pair; further ones of a group in a language have a number, the same in all languages where rows are."""
    turned = one.side == "b"
    chosen, rejected = (one.second, one.first) if turned else (one.first, one.second)
    scores = one.scores[::-1] if one.scores and turned else one.scores
    language = one.prompt["language"]
    name = names.get(one.prompt["prompt_id"], one.prompt["prompt_id"])
    numbers[language, name] += 1
    number = numbers[language, name]
    called = name if number == 1 else f"{name}/{number}"
    turns = tuple((turn["role"], turn["content"]) for turn in one.prompt["prompt"])
    two = None if scores is None else (scores[0], scores[1])
    prompt, messages = one.prompt["prompt"], one.prompt["messages"]
    whole = [conversation_to_send(prompt, messages, side["text"], side["message"]) for side in (chosen, rejected)]
    texts = chosen["text"], rejected["text"]
    both, tools, by = (whole[0], whole[1]), one.prompt["tools"], one.prompt["criterion"] or ""
    return Pair(called, called, language, "all", "all", turns, *texts, two, both, tools, criterion=by)
