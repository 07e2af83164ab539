"""Principles behind a dataset's preferences: proposed by an LLM from some pairs, tested by its votes on others.

The way is that of Inverse Constitutional AI (Findeis et al. 2025, arXiv 2406.06560): principles are proposed from
labelled pairs, and kept by how often an LLM that follows one alone comes to the label. Here the pairs that a principle
is tested on are of other prompts than those it was proposed from, in whichever language these stand; both orders are
asked; and a principle counts where an exact test holds after Holm's correction over all principles and languages.
Principles that share most of their words are one; they are not grouped by meaning.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from ..console.escaping import one_line
from ..errors import UserError
from ..evaluation.figures.statistics import holm
from ..files.packaged import packaged_text
from ..inference import Failure, Known, Model, Reply, Request, Sampling, Served
from ..inference.ask import ask_all
from ..inference.log import ResponseLog
from ..inference.names import public_name
from ..judging.games import Preference
from ..judging.prompts import Query, Template, language_label, marked_text, read_template, verdict_code
from ..judging.replies import ask_items, outcomes
from ..judging.verdicts import Side, Unusable, read_object
from ..release.principle_results import LanguagePrinciples, Principle, Principles
from ..shares import wilson
from ..text.personal_data import mask_pii
from .answer_pairs import AnswerPairs

PROPOSE, VOTE = "propose-1", "vote-1"
#: Principles of one reply, and their longest text.
MOST_OF_A_REPLY, LONGEST = 3, 200
# Of their words together, what two principles must share to be one.
_SAME = 0.6
_ATTEMPTS = 2
_SAMPLING = Sampling(max_tokens=1024)


@dataclass(frozen=True)
class PrincipleSettings:
    """How principles are looked for.

    Attributes:
        proposals: pairs a language that principles are proposed from, at most.
        votes: pairs a language that each principle is tested on, at most.
        most: principles a language that are tested, those proposed most often.
        seed: of which pairs are for which.

    Raises:
        UserError: a number is under 1.
    """

    proposals: int = 20
    votes: int = 50
    most: int = 5
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.proposals, self.votes, self.most) < 1:
            raise UserError("principles need one pair to be proposed from and one to be tested on, at least")


@dataclass(frozen=True)
class ShownPair:
    """A pair as the model is shown it: its place among those of the language, its prompt's turns, both answers."""

    language: str
    group: str
    turns: tuple[tuple[str, str], ...]
    chosen: str
    rejected: str


@dataclass(frozen=True)
class PairSample:
    """The pairs of one language that principles are proposed from (`shown`), and those that they are tested on."""

    language: str
    shown: tuple[ShownPair, ...]
    held_out: tuple[ShownPair, ...]


@dataclass(frozen=True)
class Ballot:
    """One principle and one pair, in one order; `swapped` shows the rejected answer as A."""

    principle: str
    pair: ShownPair
    swapped: bool


def find_principles(
    samples: Sequence[PairSample],
    served: Served,
    log: ResponseLog,
    settings: PrincipleSettings,
    again: bool = False,
    quiet: bool = False,
) -> Principles:
    """Has an LLM propose principles, and vote on other pairs by each.

    Args:
        samples: of each language, as `split_pairs` draws them.
        served: the model.
        log: where replies go at once.
        settings: how many pairs and principles.
        again: ask once more for what failed before.
        quiet: show no progress.

    Returns:
        The principles with their votes.

    Raises:
        UserError: the model cannot be reached; what it said is kept.
    """
    replies = _asked_proposals([pair for one in samples for pair in one.shown], served, log, again, quiet)
    proposed = {
        one.language: ranked_principles([reply for pair, reply in replies if pair.language == one.language])
        for one in samples
    }
    wanted = [
        (one.language, text, number, one.held_out)
        for one in samples
        for text, number in proposed[one.language][: settings.most]
    ]
    ballots = [Ballot(text, pair, swapped) for _, text, _, of in wanted for pair in of for swapped in (False, True)]
    votes = _asked_votes(ballots, served, log, again, quiet)
    tested = [tested_principle(text, number, tag, held_out, votes) for tag, text, number, held_out in wanted]
    read = Counter(pair.language for pair, _ in replies)
    return Principles(
        model=public_name(served.model.name),
        revision=served.model.revision,
        prompts=[principle_prompt(name).revision for name in (PROPOSE, VOTE)],
        seed=settings.seed,
        tests=sum(one.p is not None for one in tested),
        languages=[
            LanguagePrinciples(one.language, len(one.shown), len(one.shown) - read[one.language], len(one.held_out))
            for one in samples
        ],
        principles=_corrected(tested),
    )


def planned_requests(samples: Sequence[PairSample], settings: PrincipleSettings) -> str:
    """How many requests principles take; nobody is asked.

    Args:
        samples: of each language.
        settings: how many pairs and principles.

    Returns:
        A sentence without a full stop.
    """
    proposals = sum(len(one.shown) for one in samples)
    votes = sum(2 * settings.most * len(one.held_out) for one in samples)
    return f"{proposals:,} requests propose principles, and {votes:,} at most vote, but for those that the log has"


def _asked_proposals(
    shown: Sequence[ShownPair], served: Served, log: ResponseLog, again: bool, quiet: bool
) -> list[tuple[ShownPair, tuple[str, ...]]]:
    """The pairs of which principles could be read, and these."""

    def pages(known: Known) -> list[list[Request]]:
        return [[request for _, request, _ in _ask_proposals(shown, served.model, known)]]

    ask_all("propose", (served,), pages, log, again=again, quiet=quiet, asker="proposing principles")
    replies = outcomes(_ask_proposals(shown, served.model, log.get_many))
    return [(pair, reply) for pair, reply in zip(shown, replies, strict=True) if not isinstance(reply, Failure)]


def _asked_votes(
    ballots: Sequence[Ballot], served: Served, log: ResponseLog, again: bool, quiet: bool
) -> dict[Ballot, Preference | Failure]:
    def pages(known: Known) -> list[list[Request]]:
        return [[request for _, request, _ in _ask_votes(ballots, served.model, known)]]

    ask_all("vote", (served,), pages, log, again=again, quiet=quiet, asker="voting on principles")
    votes = outcomes(_ask_votes(ballots, served.model, log.get_many))
    return dict(zip(ballots, votes, strict=True))


def split_pairs(pairs: AnswerPairs, settings: PrincipleSettings) -> PairSample:
    """Which pairs principles are proposed from, and which they are tested on: of one prompt one pair at most.

    A prompt is on the same side in all its languages.

    Args:
        pairs: of one language.
        settings: how many.

    Returns:
        Both parts, in a drawn order.
    """
    first: dict[str, int] = {}
    for at, group in enumerate(pairs.groups):
        first.setdefault(group, at)
    digests = {group: hashlib.md5(f"{settings.seed} {group}".encode(), usedforsecurity=False) for group in first}
    parts: tuple[list[ShownPair], list[ShownPair]] = ([], [])
    for digest, group in sorted((one.hexdigest(), group) for group, one in digests.items()):
        at = first[group]
        shown = ShownPair(pairs.language, group, pairs.turns[at], pairs.chosen[at], pairs.rejected[at])
        parts[int(digest[-1], 16) % 2].append(shown)
    return PairSample(pairs.language, tuple(parts[0][: settings.proposals]), tuple(parts[1][: settings.votes]))


def ranked_principles(replies: Sequence[Sequence[str]]) -> list[tuple[str, int]]:
    """The principles of several replies, those that share most of their words as one.

    Args:
        replies: the principles of each pair.

    Returns:
        (text as it was first proposed, how many pairs it was proposed for), the most frequent first.
    """
    texts: list[tuple[str, frozenset[str]]] = []
    counts: list[int] = []
    for reply in replies:
        of_reply = set[int]()
        for text in reply:
            words = frozenset(re.findall(r"\w+", text.casefold()))
            alike = (at for at, (_, own) in enumerate(texts) if len(words & own) >= _SAME * len(words | own))
            at = next(alike, len(texts))
            if at == len(texts):
                texts.append((text, words))
                counts.append(0)
            of_reply.add(at)
        for at in of_reply:
            counts[at] += 1
    order = sorted(range(len(texts)), key=lambda at: -counts[at])
    return [(texts[at][0], counts[at]) for at in order]


def tested_principle(
    text: str, proposed: int, language: str, pairs: Sequence[ShownPair], votes: Mapping[Ballot, Preference | Failure]
) -> Principle:
    """What the votes on pairs say of a principle.

    Args:
        text: the principle.
        proposed: how many pairs it was proposed for.
        language: the pairs' language.
        pairs: that it is tested on, each of another prompt.
        votes: what each prefers: `a` the chosen answer, `b` the rejected one, whichever was shown first.

    Returns:
        Its counts, accuracy, interval and exact p, not corrected yet.
    """
    from scipy.special import bdtr

    agree = against = undecided = unread = 0
    for pair in pairs:
        both = [votes[Ballot(text, pair, swapped)] for swapped in (False, True)]
        sides = {one.side for one in both if not isinstance(one, Failure)}
        if any(isinstance(one, Failure) for one in both):
            unread += 1
        else:
            agree += sides == {"a"}
            against += sides == {"b"}
            undecided += sides not in ({"a"}, {"b"})
    decided = agree + against
    counted = Principle(language, text, proposed, agree, against, undecided, unread)
    if not decided:
        return counted
    p = min(1.0, 2 * float(bdtr(min(agree, against), decided, 0.5)))
    low, high = wilson(agree, decided)
    return replace(counted, accuracy=agree / decided, low=low, high=high, p=p)


def _corrected(tested: Sequence[Principle]) -> list[Principle]:
    adjusted = holm([float("nan") if one.p is None else one.p for one in tested]).tolist()
    rows = [one if one.p is None else replace(one, p_holm=p) for one, p in zip(tested, adjusted, strict=True)]
    order = {tag: at for at, tag in enumerate(dict.fromkeys(one.language for one in tested))}
    return sorted(rows, key=lambda one: (order[one.language], -(one.accuracy or 0.0), one.text))


@cache
def principle_prompt(name: str) -> Template:
    """A prompt of this module.

    Args:
        name: of a file in polypref/data/principles, without `.txt`.

    Returns:
        Its sections.
    """
    return read_template(name, packaged_text("principles", f"{name}.txt"), ("principle",))


def _query(
    model: Model, name: str, pair: ShownPair, answers: Sequence[tuple[str, str]], principle: str, attempt: int
) -> Query:
    texts = [principle, *(content for _, content in pair.turns), *(text for _, text in answers)]
    mark = verdict_code(attempt, pair.group, texts)
    turns = [(f"turn {number} ({role})", content) for number, (role, content) in enumerate(pair.turns, 1)]
    values = {
        "code": mark,
        "principle": marked_text("principle", principle, mark),
        "conversation": "\n\n".join(marked_text(label, content, mark) for label, content in turns),
        "answers": "\n\n".join(marked_text(label, text, mark) for label, text in answers),
        "language": language_label(pair.language),
        "response_language": language_label(pair.language),
    }
    sampling = replace(_SAMPLING, seed=_SAMPLING.seed + attempt)
    request = Request(model, principle_prompt(name).messages(values), sampling)
    return Query(request, "object", mark, tuple(text for _, text in answers))


def _ask_proposals(
    pairs: Sequence[ShownPair], model: Model, known: Known
) -> Iterator[tuple[int, Request, tuple[str, ...] | Failure | None]]:
    def form(pair: ShownPair, attempt: int) -> Query:
        answers = [("preferred answer", pair.chosen), ("other answer", pair.rejected)]
        return _query(model, PROPOSE, pair, answers, "", attempt)

    return ask_items(pairs, _ATTEMPTS, form, _read_proposals, known)


def _read_proposals(pair: ShownPair, sent: Query, reply: Reply) -> tuple[str, ...]:
    given = read_object(reply.text, sent.code, ("principles",)).get("principles")
    if not isinstance(given, list):
        raise Unusable("judge_unparsable")
    texts = (one.encode("utf-8", "replace").decode() for one in given if isinstance(one, str))
    # A principle goes into the card, where what a text says of a person has no place.
    lines = [one_line(mask_pii(" ".join(text.split()))) for text in texts]
    kept = tuple(line for line in lines if 0 < len(line) <= LONGEST)[:MOST_OF_A_REPLY]
    if not kept:
        raise Unusable("judge_unparsable")
    return kept


def _ask_votes(
    ballots: Sequence[Ballot], model: Model, known: Known
) -> Iterator[tuple[int, Request, Preference | Failure | None]]:
    def form(ballot: Ballot, attempt: int) -> Query:
        texts = (ballot.pair.chosen, ballot.pair.rejected)
        shown = list(zip("AB", texts[::-1] if ballot.swapped else texts, strict=True))
        return _query(model, VOTE, ballot.pair, shown, ballot.principle, attempt)

    def read(ballot: Ballot, sent: Query, reply: Reply) -> Preference:
        side = sent.side(reply)
        return Preference(_TURNED[side] if ballot.swapped else side, reply.text)

    return ask_items(ballots, _ATTEMPTS, form, read, known)


_TURNED: Mapping[Side, Side] = {"a": "b", "b": "a", "tie": "tie"}
