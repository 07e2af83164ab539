"""Prompts that people wrote, in many languages, for others to use: the openings of OASST2 and the Aya Dataset.

Both are under Apache-2.0, by people who agreed to it (Köpf et al. 2023, arXiv 2304.07327; Singh et al. 2024, arXiv
2402.06619).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ..languages import AYA_23
from ..layouts.sources import Fields, Files, HubDataset, Source
from ..scripting.calls import checked_arguments
from ..scripting.params import option

# The codes under which the two datasets hold the 23 languages; no other rows are read.
_OASST2 = (*AYA_23, "pt-BR", "uk-UA")
_AYA = (
    *("arb", "ces", "deu", "ell", "eng", "fra", "heb", "hin", "ind", "ita", "jpn", "kor", "nld", "pes", "pol", "por"),
    *("ron", "rus", "spa", "tur", "ukr", "vie", "zho"),
)


@checked_arguments
def oasst2(revision: str = "", codes: Sequence[str] = _OASST2) -> HubDataset:
    """The first turns of OASST2's conversations, without those that were taken back.

    Args:
        revision: commit or tag; empty for the newest.
        codes: languages, as the dataset names them.

    Returns:
        a source of prompts, under Apache-2.0.
    """
    opening = {"lang": tuple(codes), "role": ("prompter",), "parent_id": (None,), "deleted": (False,)}
    columns = Fields("text", language="lang", group="message_tree_id")
    return HubDataset("OpenAssistant/oasst2", columns, "apache-2.0", revision=revision or None, where=opening)


@checked_arguments
def aya_dataset(revision: str = "") -> HubDataset:
    """The Aya Dataset's prompts in the 23 languages of Aya 23.

    Args:
        revision: commit or tag; empty for the newest.

    Returns:
        a source of prompts, under Apache-2.0.
    """
    columns = Fields("inputs", language="language_code")
    where = {"language_code": _AYA}
    return HubDataset("CohereLabs/aya_dataset", columns, "apache-2.0", revision=revision or None, where=where)


@dataclass(frozen=True)
class PromptParams:
    """Options of a builder script that takes prompts: a file, or both datasets where there is none."""

    prompts: str = option("", "JSONL file of prompts (columns prompt, language); empty for OASST2 and Aya Dataset")
    prompts_licence: str = option("unknown", "licence of the prompts in that file")
    oasst2_revision: str = option("", "commit or tag of OpenAssistant/oasst2; empty for the newest")
    aya_revision: str = option("", "commit or tag of CohereLabs/aya_dataset; empty for the newest")

    @property
    def prompt_sources(self) -> tuple[Source, ...]:
        """Where the prompts come from."""
        if self.prompts:
            columns = Fields("prompt", language="language")
            return (Files(self.prompts, columns, "prompts", "given", self.prompts_licence),)
        return oasst2(self.oasst2_revision), aya_dataset(self.aya_revision)
