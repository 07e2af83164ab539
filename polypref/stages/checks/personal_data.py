"""Flags personal data in the texts of a pair; what counts as such is in `text.personal_data`."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from ...scripting.declared import checked_call
from ...text.personal_data import LIBRARIES, find_pii
from .common import OfTexts, Role
from .contract import Batch, Flag, Outcome


@checked_call
@dataclass(frozen=True)
class PersonalData(OfTexts):
    """Flags pairs whose texts hold personal data: pii_email, pii_phone, pii_ip, pii_card, pii_iban.

    Attributes:
        roles: which texts are read.
        libraries: the versions of the libraries that know the numbers: with other versions other numbers are valid.

    """

    name: ClassVar[str] = "personal_data"
    version: ClassVar[int] = 4
    summary: ClassVar[str] = "flags e-mail addresses, phone numbers, IP addresses, card numbers and IBANs in any text"
    thresholds: ClassVar[dict[str, str]] = {
        "roles": "all three, as any of them may be published; in 26 million characters of m-ArenaHard, OMGEval and "
        "parallel text 18 phone numbers (all of a phone's form) and 19 e-mail addresses (one of them code) were found"
    }

    roles: tuple[Role, ...] = ("prompt", "chosen", "rejected")
    libraries: str = field(init=False, default=LIBRARIES)

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Reads the texts named in `roles`; flags."""
        for role in batch.roles_of(self.roles):
            for row, text in enumerate(batch.texts(role)):
                for kind in sorted({span.kind for span in find_pii(text)}):
                    yield row, Flag(f"pii_{kind}")
