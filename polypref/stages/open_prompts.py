"""Prompts that people wrote, in many languages, for others to use: the openings of OASST2 and the Aya Dataset.

Both are under Apache-2.0, by people who agreed to it (Köpf et al. 2023, arXiv 2304.07327; Singh et al. 2024, arXiv
2402.06619).
"""

from collections.abc import Sequence

from ..languages import AYA_23
from .sources import Fields, Files, HubDataset, Source

# The codes under which the two datasets hold the 23 languages; no other rows are read.
_OASST2 = (*AYA_23, "pt-BR", "uk-UA")
_AYA = (
    *("arb", "ces", "deu", "ell", "eng", "fra", "heb", "hin", "ind", "ita", "jpn", "kor", "nld", "pes", "pol", "por"),
    *("ron", "rus", "spa", "tur", "ukr", "vie", "zho"),
)


def oasst2(revision: str = "", codes: Sequence[str] = _OASST2) -> HubDataset:
    """The first turns of OASST2's conversations, without those that were taken back.

    Args:
        revision: commit or tag; empty for the newest.
        codes: languages, as the dataset names them.
    """
    opening = {"lang": tuple(codes), "role": ("prompter",), "parent_id": (None,), "deleted": (False,)}
    columns = Fields("text", language="lang", group="message_tree_id")
    return HubDataset("OpenAssistant/oasst2", columns, "apache-2.0", revision=revision or None, where=opening)


def aya_dataset(revision: str = "") -> HubDataset:
    """The Aya Dataset's prompts in the 23 languages of Aya 23."""
    columns = Fields("inputs", language="language_code")
    where = {"language_code": _AYA}
    return HubDataset("CohereLabs/aya_dataset", columns, "apache-2.0", revision=revision or None, where=where)


def prompts(path: str, licence: str, oasst2_revision: str = "", aya_revision: str = "") -> tuple[Source, ...]:
    """A file of prompts (columns prompt and language); both datasets where there is none."""
    if path:
        return (Files(path, Fields("prompt", language="language"), "prompts", "given", licence),)
    return oasst2(oasst2_revision), aya_dataset(aya_revision)
