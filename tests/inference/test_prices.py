"""What tokens cost."""

import pytest

from polypref.inference.prices import Prices


@pytest.mark.parametrize(
    ("prices", "tokens", "price"),
    [
        (Prices(2.0, 8.0), (1_000_000, 500_000), 6.0),
        (Prices(2.0, 8.0), (1_000_000, 500_000, 250_000), 6.0),
        (Prices(2.0, 8.0, 0.4), (1_000_000, 500_000, 250_000), 5.6),
        (Prices(2.0, 8.0, 0.4, 0.5), (1_000_000, 500_000, 250_000), 2.8),
        (Prices(2.0, 8.0, 0.0), (1_000_000, 0, 1_000_000), 0.0),
        (Prices(0.0, 0.0), (10, 10), 0.0),
        (Prices(None, 8.0), (10, 10), None),
        (Prices(2.0, None, 1.0, 0.5), (10, 10), None),
    ],
)
def test_prices_by_hand(prices, tokens, price):
    assert prices.price_of(*tokens) == (price if price is None else pytest.approx(price))
