"""What `polypref inspect` prints of labels that are kept unpaired: how many are good, by mixture and language."""

from collections.abc import Iterator, Mapping

from rich.table import Table

from ..console.terminal import safe
from ..release.provenance import Provenance

#: By whether a dataset is unpaired, what its answers are called where they are shown.
SIDES: Mapping[bool, Mapping[str, str]] = {
    False: {"chosen": "chosen", "rejected": "rejected"},
    True: {"chosen": "good", "rejected": "bad"},
}


def labels_tables(record: Provenance) -> Iterator[Table]:
    """The labels of the training rows, by language.

    Args:
        record: provenance of a dataset.

    Yields:
        A table for each mixture; none of a dataset of pairs.
    """
    for mixture, of_language in record.labels().items():
        table = Table("language", title=safe(f"labels of {mixture}, training rows"))
        for name in ("true", "false", "share true"):
            table.add_column(name, justify="right")
        for tag, (good, bad) in of_language.items():
            table.add_row(safe(tag), f"{good:,}", f"{bad:,}", f"{good / (good + bad):.0%}")
        yield table
