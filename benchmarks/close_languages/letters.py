"""Models of letters that come with lingua 1.4.2 (Apache-2.0), counted by its makers in the Leipzig Corpora Collection.

They say how frequent runs of one to five letters are inside the words of a language: another source than lists of words
in which close languages are mixed, as Malay and Indonesian are.
"""

import functools
import json
import math
import zipfile
from dataclasses import dataclass
from pathlib import Path

import brotli

_RUNS = ("unigrams", "bigrams", "trigrams", "quadrigrams", "fivegrams")
# What a shorter run costs for each letter that it lacks, and a letter that the model does not know.
_SHORTER, _UNKNOWN = 0.9, math.log(1e-5)


@dataclass(frozen=True)
class Letters:
    """The models, in lingua's wheel."""

    wheel: Path

    @functools.cache  # noqa: B019
    def shares(self, language: str) -> dict[str, float]:
        """Run of letters -> how often its last letter follows the others."""
        shares = {}
        with zipfile.ZipFile(self.wheel) as files:
            for name in _RUNS:
                packed = files.read(f"lingua/language-models/{language}/{name}.json.br")
                for fraction, runs in json.loads(brotli.decompress(packed))["ngrams"].items():
                    above, below = map(int, fraction.split("/"))
                    shares |= dict.fromkeys(runs.split(" "), above / below)
        return shares

    def log_likelihood(self, word: str, language: str) -> float:
        """Of the letters of a word in a language."""
        shares, whole = self.shares(language), 0.0
        for end in range(1, len(word) + 1):
            longest = min(len(_RUNS), end)
            runs = (word[end - length : end] for length in range(longest, 0, -1))
            known = next((run for run in runs if run in shares), "")
            whole += math.log(shares[known]) - _SHORTER * (longest - len(known)) if known else _UNKNOWN
        return whole
