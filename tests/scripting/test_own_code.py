"""Whose code it was, and where: sentences on what code that is not polypref's raises."""

from pathlib import Path

import pytest

from polypref import UserError
from polypref.raters.given import SourceRater
from polypref.scripting.own_code import failed, is_own, of_class, own_code


class Mine:
    """A class of somebody's own."""

    def work(self) -> None:
        raise ValueError("odd\nnumber")


LINE = next(number for number, text in enumerate(Path(__file__).read_text("utf-8").splitlines(), 1) if "odd" in text)


def test_what_own_code_raises_is_one_sentence_with_class_file_and_line() -> None:
    with pytest.raises(UserError) as error, own_code(Mine(), "rater 'mine'", "while rating de"):
        Mine().work()
    assert str(error.value).startswith(f"rater 'mine' (Mine, test_own_code.py line {LINE}) raises ValueError: odd")
    assert str(error.value).endswith(", while rating de") and "\n" not in str(error.value)
    assert isinstance(error.value.__cause__, ValueError)


def test_a_class_in_the_name_of_what_raises_is_not_told_twice() -> None:
    with pytest.raises(UserError) as error, own_code(Mine(), "Mine.run()"):
        Mine().work()
    assert str(error.value).startswith(f"Mine.run() (test_own_code.py line {LINE}) raises ValueError")


def test_what_polypref_raises_stays_what_it_is() -> None:
    with pytest.raises(ZeroDivisionError), own_code(SourceRater("people"), "rater 'people'"):
        raise ZeroDivisionError


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_what_stops_a_program_passes(error: type[BaseException]) -> None:
    with pytest.raises(error), own_code(Mine(), "rater 'mine'"):
        raise error


def test_an_exit_is_no_success() -> None:
    sentence = r"rater 'mine' \(Mine, test_own_code.py line \d+\) raises SystemExit: 0, which would end the program"
    with pytest.raises(UserError, match=sentence), own_code(Mine(), "rater 'mine'"):
        raise SystemExit(0)


def test_whose_code_something_is() -> None:
    assert is_own(Mine()) and not is_own(SourceRater("people"))
    assert of_class(Mine()) == " (Mine, test_own_code.py)"
    assert of_class(SourceRater("people")) == ""


def test_a_function_that_raises() -> None:
    try:
        Mine().work()
    except ValueError as error:
        sentence = failed("reward length", error, __file__)
    assert str(sentence).startswith(f"reward length (test_own_code.py line {LINE}) raises ValueError: odd")
