"""What is compared of prompts: hashed shingles of their normal forms, MinHash signatures of these, and their bands."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version as package_version
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from ...errors import UserError
from ...scripting.bounds import Count, Natural, Share
from ...scripting.declared import check_fields
from .shingles import Hashes, Rows, by_kind, character_grams, normal_codes, syllabic, whole

#: Characters a shingle; Chinese, Japanese and Korean characters carry about twice as much as letters.
SHINGLE, SHORT_SHINGLE = 5, 3


@dataclass(frozen=True)
class NearDuplicates:
    """Settings of the search.

    Attributes:
        threshold: least Jaccard similarity of an edge.
        permutations: length of a signature.
        bands: into how many bands a signature is cut; two prompts that agree in one band are candidates.
        shortest: prompts with fewer shingles are near-duplicates only of prompts with the same normal form.
        neighbours: buckets of up to so many prompts and one more are compared pair by pair; in a larger one each prompt
            meets only the bucket's first and the next, so that n templated prompts are 2 * n candidates, not n * n.
        seed: seed of the MinHash.
        many: what so many prompts of a language share word by word, and each goes on from otherwise, is an instruction.

    """

    version: ClassVar[int] = 4
    threshold: Share = 0.7
    permutations: Count = 128
    bands: Count = 25
    shortest: Natural = 5
    neighbours: Natural = 16
    seed: int = 20240702
    many: Count = 20

    def __post_init__(self) -> None:
        check_fields(self)
        # Without a value in it every band of every prompt would be the same.
        if self.bands > self.permutations:
            raise UserError(
                f"NearDuplicates(permutations={self.permutations}, bands={self.bands}): a band is cut from the "
                "permutations; write at most as many bands"
            )


def shingles(texts: Sequence[str], languages: Sequence[str], codes: Rows | None = None) -> tuple[Rows, Hashes]:
    """Hashed shingles of texts, and a hash of each one's whole normal form.

    Texts with nothing but punctuation are compared by their characters as they are.

    Args:
        texts: prompts.
        languages: tag of each.
        codes: the texts in normal form, where that is known already.

    Returns:
        hashes of the shingles, a row a text, and a hash a text, shape (texts,).
    """
    codes = normal_codes(texts) if codes is None else codes
    exact = whole(codes)
    for i in np.flatnonzero(np.diff(codes.offsets) == 0).tolist():
        raw = np.frombuffer(texts[i].strip().encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
        # Moved out of the range of code points, so that no normal form can equal it.
        exact[i] = whole(Rows(raw + np.uint64(1 << 32), np.array([0, len(raw)])))[0]
    short = np.array([syllabic(tag) for tag in languages], bool)
    return by_kind(
        short, codes, partial(character_grams, size=SHORT_SHINGLE), partial(character_grams, size=SHINGLE)
    ), exact


def signed_by() -> str:
    """Names what makes the signatures, with its version: another one may find other candidates.

    Returns:
        as in `rensa 0.4.2`.
    """
    return f"rensa {package_version('rensa')}"


def bands(signed: npt.NDArray[np.uint32], settings: NearDuplicates | None = None) -> Hashes:
    """A hash of each band of each signature.

    Args:
        signed: signatures, shape (texts, permutations).
        settings: the search's settings; None for the defaults.

    Returns:
        shape (texts, bands); equal only for the same band with the same values.
    """
    settings = settings or NearDuplicates()
    n, width = len(signed), settings.permutations // settings.bands
    used = signed[:, : settings.bands * width].astype(np.uint64).reshape(-1, width)
    numbered = np.column_stack([np.tile(np.arange(settings.bands, dtype=np.uint64), n), used])
    ends = np.arange(0, numbered.size + 1, width + 1, dtype=np.int64)
    return whole(Rows(numbered.reshape(-1), ends)).reshape(n, settings.bands)


def jaccard(one: Hashes, other: Hashes) -> float:
    """Jaccard similarity of two sets.

    Args:
        one: sorted hashes without repetitions.
        other: sorted hashes without repetitions.

    Returns:
        0 to 1; 0 where either is empty.

    Example:
        >>> jaccard(np.array([1, 2, 3], np.uint64), np.array([2, 3, 4], np.uint64))
        0.5
    """
    if not len(one) or not len(other):
        return 0.0
    both = np.sort(np.concatenate([one, other]))
    shared = int(np.count_nonzero(both[1:] == both[:-1]))
    return shared / (len(one) + len(other) - shared)


def signed(grams: Rows, settings: NearDuplicates) -> npt.NDArray[np.uint32]:
    """MinHash signatures of shingles.

    Fast Similarity Sketching (Dahlgaard, Knudsen and Thorup 2017, arXiv 1704.04370) as rensa does it. They are for
    one run: another version of rensa may give other signatures.

    Args:
        grams: a row a text.
        settings: the search's settings.

    Returns:
        shape (texts, permutations).
    """
    from rensa import RMinHash

    matrix = RMinHash.digest_matrix_from_flat_token_hashes(
        grams.values, grams.offsets.astype(np.uint64), settings.permutations, settings.seed
    )
    return np.array(matrix.to_rows(), np.uint32).reshape(len(grams), settings.permutations)
