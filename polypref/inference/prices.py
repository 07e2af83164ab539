"""What tokens cost: with a server's prices, what it takes off for batches, and for what it has read before."""

import re
from dataclasses import dataclass

_QUOTA = re.compile(r"insufficient.?(?:quota|balance|credits?|funds)|billing|payment required", re.IGNORECASE)


@dataclass(frozen=True)
class Prices:
    """Prices of one model at one server, in whatever currency they are given.

    Attributes:
        price_in, price_out: of a million prompt and completion tokens; None: not known, and never guessed.
        price_cached: of a million prompt tokens that the server has read before; None: as others.
        discount: the share of all that is taken off.
    """

    price_in: float | None
    price_out: float | None
    price_cached: float | None = None
    discount: float = 0.0

    def price_of(self, prompt: int, completion: int, cached: int = 0) -> float | None:
        """The price of tokens.

        Args:
            prompt, completion: how many.
            cached: how many of the prompt's were read before.

        Returns:
            The price; None where not both prices are known.

        Example:
            >>> Prices(2.0, 8.0, 0.5, discount=0.5).price_of(1_000_000, 500_000, cached=400_000)
            2.7
        """
        if self.price_in is None or self.price_out is None:
            return None
        per_cached = self.price_in if self.price_cached is None else self.price_cached
        whole = (prompt - cached) * self.price_in + cached * per_cached + completion * self.price_out
        return whole * (1 - self.discount) / 1e6


def is_used_up(words: str) -> bool:
    """Whether a server says that the account has no funds left.

    Args:
        words: of the server.

    Returns:
        Whether they speak of that.

    Example:
        >>> is_used_up("insufficient_quota"), is_used_up("Rate limit reached")
        (True, False)
    """
    return _QUOTA.search(words) is not None
