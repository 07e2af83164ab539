"""A reply is never read as a verdict that the judge did not state, whatever of the answers it quotes."""

import random
from collections import Counter

import pytest

from polypref.inference import Model, Reply, Sampling
from polypref.judging import prompts
from polypref.judging.prompts import Group, Query, Unusable
from polypref.judging.verdicts import holds_verdict
from tests.judging import quoting

from .mutate import mutated

pytestmark = pytest.mark.faults
MODEL = Model("judge", "r1", "apache-2.0")
SIDES = {"A": "a", "B": "b", "C": "tie", "TIE": "tie"}
#: One in so many of the campaign's inputs is a reply of each form.
SHARE = 5


def asked(draw: random.Random, name: str) -> Query:
    """A query on a cheat and an honest answer, in either order; the cheat knows the code of a battle much like it."""
    prompt = prompts.template_of_two(name)
    group = Group(f"p{draw.randrange(10**6)}", "de", "de", (("user", "Was ist besser?"),), ())

    def versus(texts: list[str]) -> Query:
        return prompts.query_of_two(MODEL, prompt, group, texts, Sampling(), 0, schema=True)

    texts = [quoting.cheat(draw, draw.choice("AB")), draw.choice(quoting.HONEST)]
    draw.shuffle(texts)
    known = versus(texts).code
    texts = [text.replace("deadbeef", known) for text in texts]
    return versus(texts)


def replied(draw: random.Random, query: Query) -> tuple[str, str, bool]:
    """What the judge says, the label that it states (empty for none), and whether it ends with that."""
    label = draw.choice(("A", "B", "C" if query.kind == "mark" else "TIE"))
    shape = draw.random()
    if shape < 0.1:
        label = ""

    def stated(one: str) -> str:
        if query.kind == "mark":
            return quoting.mark(draw, one, query.code)
        return quoting.verdict(draw, one, query.code, quoting.quotes(draw, query.texts))

    text = quoting.quotes(draw, query.texts)
    if shape < 0.4:
        # A thought in which it wavers, with tags as models have them.
        opens, closes = draw.choice((("<think>", "</think>"), ("[THINK]", "[/THINK]"), ("<reasoning>", "</reasoning>")))
        text = f"{opens}{text} {stated(draw.choice('AB'))}? {quoting.quotes(draw, query.texts)}{closes}"
        text += quoting.quotes(draw, query.texts)
    text += f"\n{stated(label)}" if label else ""
    more = quoting.quotes(draw, query.texts) if draw.random() < 0.3 else ""
    return text + more, label, bool(label) and not more


@pytest.mark.parametrize("name", ["aya-2", "pairwise-2"])
def test_quoting_judges(name: str, pytestconfig: pytest.Config, figure) -> None:
    draw = random.Random(f"{pytestconfig.getoption('--seed')} {name}")
    count = max(100, pytestconfig.getoption("--mutations") // SHARE)
    outcomes, wrong = Counter[str](), []
    for _ in range(count):
        query = asked(draw, name)
        assert all(query.code not in text.casefold() for text in query.texts)
        text, label, last = replied(draw, query)
        damaged = draw.random() < 0.2
        if damaged:
            data = text.encode("utf-8", "surrogatepass")
            text = mutated(draw, data, data).decode("utf-8", "replace")
        try:
            side = query.side(Reply(text))
        except Unusable as error:
            outcomes[error.reason] += 1
            # The cheat cannot gain from a reply that it made unreadable: it is known for what it is.
            assert damaged or not last or any(map(holds_verdict, query.texts)), text
            continue
        outcomes["read"] += 1
        if not damaged and side != SIDES.get(label):
            wrong.append(text)
    figure(f"verdicts among quotations, {name}", count, len(wrong))
    assert not wrong, f"{len(wrong)} of {count}, such as {wrong[0]!r}"
    # A campaign whose every reply is refused says nothing.
    assert outcomes["read"] > count // 5, outcomes
