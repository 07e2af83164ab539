"""What routing was worth: counted by hand, from files that come back as they were written."""

from pathlib import Path

import pytest

from polypref.errors import UserError
from polypref.review.agreement import Judgements
from polypref.review.routed import FORMAT, Gain, Routes, Ways, gains, read_routes, write_routes

IDS = [f"{n:032x}" for n in range(20)]
YES, NO, BAD = Judgements(1, 0, 0, 0), Judgements(0, 1, 0, 0), Judgements(0, 0, 1, 0)


def test_gains_by_hand() -> None:
    routes = Routes(
        FORMAT, {"he": Ways(IDS[:4], IDS[4:8]), "fa": Ways(IDS[8:10], IDS[10:12]), "ja": Ways([], IDS[12:])}
    )
    judged = dict(zip(IDS, [NO, BAD, YES, Judgements(1, 1, 0, 0), YES, YES, NO], strict=False))
    judged |= {IDS[7]: Judgements(0, 0, 0, 2), IDS[8]: YES, IDS[10]: YES}
    assert gains(routes, judged) == [
        Gain("fa", 1, 0, 1, 0),
        Gain("he", 4, 3, 3, 1),
        Gain("all", 5, 3, 4, 1),
    ]
    assert gains(routes, {}) == []


def test_the_sentence_has_both_shares_and_the_interval_of_their_difference() -> None:
    # Newcombe 1998: 56 of 70 against 48 of 80 is +20 points, from 5.24 to 33.39.
    sentence = Gain("he", 70, 56, 80, 48).sentence()
    assert sentence == (
        "he: reviewers do not confirm 80% [69%, 88%] (56 of 70) of the routed pairs, 60% [49%, 70%] (48 of 80) of "
        "those drawn at random; +20 points [+5, +33]"
    )
    assert Gain("he", 3, 1, 0, 0).sentence().endswith("none (0 judged) of those drawn at random")


def test_routes_come_back_as_they_were_written(tmp_path: Path) -> None:
    ways = {"he": Ways(IDS[:3], IDS[3:5])}
    write_routes(ways, tmp_path / "routes.json")
    assert read_routes(tmp_path / "routes.json") == Routes(FORMAT, ways)
    write_routes(ways, tmp_path / "routes.json")  # the very same is no harm
    with pytest.raises(UserError, match="is there already and holds something else"):
        write_routes({}, tmp_path / "routes.json")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[", "is no JSON; give the routes.json that"),
        ("[]", "does not say which pairs were routed: the whole is a list, not an object; give the routes.json"),
        ('{"format": "x", "languages": {}}', "format is 'x', not 'polypref-routes/1'"),
        ('{"format": "polypref-routes/1", "languages": {"he": {"routed": ["x"], "drawn": []}}}', "routed.0 is 'x'"),
    ],
)
def test_what_is_no_such_file_is_one_sentence(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "routes.json").write_text(text, "utf-8")
    with pytest.raises(UserError, match=message) as error:
        read_routes(tmp_path / "routes.json")
    assert "\n" not in str(error.value)
