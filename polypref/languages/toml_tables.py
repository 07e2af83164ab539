"""A table of a language's file: its values by kind, each with what to say where it is of another."""

import difflib
import unicodedata
from collections.abc import Mapping
from typing import NoReturn

from ..errors import UserError


class TomlTable:
    """One table of a file: its values by kind. Who has read all that is known asks whether anything is left.

    Args:
        given: the table.
        where: what errors call the place.

    Raises:
        UserError: it is no table, or a key of it is none.
    """

    def __init__(self, given: object, where: str) -> None:
        if not isinstance(given, Mapping):
            raise UserError(f"{where} is {_shown(given)}, not a table of names and values")
        if mistaken := [key for key in given if isinstance(key, bool)]:
            raise UserError(
                f"{where}: a key is {mistaken[0]}, as YAML reads no, off, yes and on; put it in quotes: 'no'"
            )
        self.given, self.where = {str(key): value for key, value in given.items()}, where
        self.asked: list[str] = []

    def wrong(self, key: str, wanted: str) -> NoReturn:
        """Says what a value should be.

        Args:
            key: its key.
            wanted: what to give.

        Raises:
            UserError: always.
        """
        raise UserError(f"{self.where}: {key} is {_shown(self.given.get(key))}; give {wanted}")

    def value(self, key: str) -> object:
        """A value of any kind.

        Args:
            key: its key.

        Returns:
            the value; None where the key is not there.
        """
        self.asked.append(key)
        return self.given.get(key)

    def text(self, key: str, default: str = "") -> str:
        """A text.

        Args:
            key: its key.
            default: what is given where the key is not there.

        Returns:
            the text in NFC.

        Raises:
            UserError: the value is none.
        """
        value = self.value(key)
        if value is None:
            return default
        if not isinstance(value, str) or (default and not value.strip()):
            self.wrong(key, "a text")
        return unicodedata.normalize("NFC", value)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts.

        Args:
            key: its key.

        Returns:
            the texts in NFC; none where the key is not there.

        Raises:
            UserError: the value is none.
        """
        value = self.value(key)
        if value is None:
            return ()
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) and one.strip() for one in value):
            self.wrong(key, "a list of texts")
        return tuple(unicodedata.normalize("NFC", one) for one in value)

    def words(self, key: str) -> tuple[str, ...]:
        """Words of one text.

        Args:
            key: its key.

        Returns:
            the words.

        Raises:
            UserError: the value is none.
        """
        return tuple(self.text(key).split())

    def flag(self, key: str, default: bool) -> bool:
        """True or false.

        Args:
            key: its key.
            default: what is given where the key is not there.

        Returns:
            the value.

        Raises:
            UserError: it is something else.
        """
        value = self.value(key)
        if value is None:
            return default
        return value if isinstance(value, bool) else self.wrong(key, "true or false")

    def number(self, key: str) -> float | None:
        """A number above 0.

        Args:
            key: its key.

        Returns:
            the number; None where the key is not there.

        Raises:
            UserError: the value is none.
        """
        value = self.value(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1000:
            self.wrong(key, "a number above 0")
        return float(value)

    def table(self, key: str) -> "TomlTable | None":
        """A table in this one.

        Args:
            key: its key.

        Returns:
            the table; None where the key is not there.

        Raises:
            UserError: the value is none.
        """
        value = self.value(key)
        return None if value is None else TomlTable(value, f"{self.where}: {key}")

    def end(self) -> None:
        """Says which key is unknown.

        Raises:
            UserError: nobody asked for a key.
        """
        for key in self.given:
            if key not in self.asked:
                near = difflib.get_close_matches(key, self.asked, n=1)
                known = f"did you mean {near[0]}?" if near else f"known are {', '.join(self.asked)}"
                raise UserError(f"{self.where}: unknown key {key!r}; {known}")


def _shown(value: object) -> str:
    return "missing" if value is None else repr(value)[:60]
