"""Flags personal data in the texts of a pair; what counts as such is in `text.personal_data`.

Of a prompt what the user wrote is read; of turns with tools and thoughts all that is said, thought, given to tools and
answered by them.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from ...files.json_types import Json
from ...scripting.declared import checked_call
from ...text.personal_data import LIBRARIES, find_pii
from .common import OfTexts, Role
from .contract import Batch, Flag, Outcome


@checked_call
@dataclass(frozen=True)
class PersonalData(OfTexts):
    """Flags pairs whose texts hold personal data: pii_email, pii_phone, pii_ip, pii_card, pii_iban, pii_secret.

    Attributes:
        roles: which texts are read.
        libraries: the versions of the libraries that know the numbers: with other versions other numbers are valid.

    """

    name: ClassVar[str] = "personal_data"
    version: ClassVar[int] = 9
    summary: ClassVar[str] = (
        "flags e-mail addresses, phone numbers, IP addresses, card numbers, IBANs and keys of services in any text"
    )
    thresholds: ClassVar[dict[str, str]] = {
        "roles": "all three, as any of them may be published; in 26 million characters of m-ArenaHard, OMGEval and "
        "parallel text 18 phone numbers (all of a phone's form) and 19 e-mail addresses (one of them code) were found"
    }

    roles: tuple[Role, ...] = ("prompt", "chosen", "rejected")
    libraries: str = field(init=False, default=LIBRARIES)

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Reads the texts named in `roles`; flags."""
        for role in batch.roles_of(self.roles):
            column = "messages" if role == "prompt" else f"{role}_message"
            wholes = batch.column(column) if column in batch.names else [None] * len(batch)
            for row, (text, whole) in enumerate(zip(batch.texts(role), wholes, strict=True)):
                texts = [text] if whole is None else [text, *_texts_in(json.loads(whole))]
                for kind in sorted({span.kind for one in texts for span in find_pii(one)}):
                    yield row, Flag(f"pii_{kind}")


def _texts_in(value: Json) -> Iterator[str]:
    """Every text that a value of JSON holds, keys of objects among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        yield from value if isinstance(value, dict) else ()
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts_in(one)
