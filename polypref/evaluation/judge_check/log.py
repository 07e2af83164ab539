"""Response logs that count: what replies cost that are there, and what those would cost that are not."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ...inference import REHEARSED, Backend, Model, Reply, Request, Result, Served
from ...inference.log import ResponseLog
from .figures import Tokens

#: Tokens of a reply that nobody gave yet: a comparison in a sentence, and a mark.
ASSUMED_TOKENS = 80
_BYTES_A_TOKEN = 4


class CountingLog(ResponseLog):
    """A log that notes the tokens of every reply that is looked up.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._counts: dict[str, tuple[int | None, int | None]] = {}

    def get_many(self, requests: Iterable[Request]) -> list[Result | None]:
        """What is known of each request; as `ResponseLog.get_many`.

        Args:
            requests: n requests.

        Returns:
            (n,) the results in their order; None where there is none yet.
        """
        asked = list(requests)
        results = super().get_many(asked)
        for request, result in zip(asked, results, strict=True):
            if isinstance(result, Reply):
                self._counts[request.key] = (result.prompt_tokens, result.completion_tokens)
        return results

    def taken(self) -> Tokens:
        """The tokens of all replies that were looked up since the last time; each counts once.

        Returns:
            Their sums.
        """
        counts = self._counts.values()
        tokens = Tokens(
            sum(prompt or 0 for prompt, _ in counts),
            sum(completion or 0 for _, completion in counts),
            sum(prompt is None for prompt, _ in counts),
        )
        self._counts = {}
        return tokens


@dataclass(frozen=True)
class Estimate:
    """What a model would be asked: requests, and about how many tokens they and their replies have."""

    requests: int
    prompt_tokens: int
    completion_tokens: int


class RehearsingLog(ResponseLog):
    """A log in which everything unknown is answered at once, by nobody, and counted.

    Args:
        path: the file; nothing is written into it.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path if path.is_file() else Path(":memory:"))
        self._made_up: dict[str, Reply] = {}
        self._counts: dict[Model, Counter[str]] = {}

    def get_many(self, requests: Iterable[Request]) -> list[Result | None]:
        """What is known of each request, or was made up.

        Args:
            requests: n requests.

        Returns:
            (n,) the results in their order; None where there is none yet.
        """
        asked = list(requests)
        known = super().get_many(asked)
        return [result or self._made_up.get(request.key) for request, result in zip(asked, known, strict=True)]

    def ask(
        self, backend: Backend, requests: Iterable[Request], again: bool = False, served: Served | None = None
    ) -> Iterator[tuple[Request, Result]]:
        """Makes up a reply to each request; nobody is asked.

        Args:
            backend: who would be asked.
            requests: the requests.
            again, served: play no part.

        Yields:
            (request, result) of each.
        """
        for request in requests:
            counts = self._counts.setdefault(request.model, Counter())
            counts["requests"] += 1
            size = sum(len(content.encode("utf-8", "replace")) for _, content in request.messages)
            counts["prompt_tokens"] += size // _BYTES_A_TOKEN + 1
            counts["completion_tokens"] += ASSUMED_TOKENS if request.kind == "chat" else 0
            reply = Reply("", REHEARSED, score=0.0)
            self._made_up[request.key] = reply
            yield request, reply

    @property
    def estimates(self) -> dict[Model, Estimate]:
        """What each model would be asked."""
        names = ("requests", "prompt_tokens", "completion_tokens")
        return {model: Estimate(*(counts[name] for name in names)) for model, counts in self._counts.items()}
