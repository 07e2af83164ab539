"""Flags personal data in the texts of a pair; what counts as such is in `text.personal_data`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from .common import Role
from .contract import Batch, Flag, Outcome

if TYPE_CHECKING:
    pass
from ...text.personal_data import find_suspected, suspected_kinds


@dataclass(frozen=True)
class PersonalData:
    """Flags pairs whose texts hold personal data: pii_email, pii_phone, pii_ip, pii_card, pii_iban.

    Attributes:
        roles: which texts are read.

    """

    name: ClassVar[str] = "personal_data"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "flags e-mail addresses, phone numbers, IP addresses, card numbers and IBANs in any text"
    thresholds: ClassVar[dict[str, str]] = {
        "roles": "all three, as any of them may be published; in 26 million characters of m-ArenaHard, OMGEval and "
        "parallel text 18 phone numbers (all of a phone's form) and 19 e-mail addresses (one of them code) were found"
    }

    roles: tuple[Role, ...] = ("prompt", "chosen", "rejected")

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Reads the texts named in `roles`; flags."""
        for role in self.roles:
            texts = batch.texts(role)
            for row, suspected in enumerate(suspected_kinds(texts)):
                if suspected:
                    for kind in sorted({span.kind for span in find_suspected(texts[row], suspected)}):
                        yield row, Flag(f"pii_{kind}")
