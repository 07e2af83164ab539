"""Makes the tables of polypref/data/discriminators, which tell a language from close ones.

    pip install wordfreq==3.1.1 brotli
    pip download --no-deps lingua-language-detector==1.4.2
    python benchmarks/close_languages/train.py FOLDER_OF_NTREX WHEEL --out polypref/data/discriminators --lines 632
    python benchmarks/close_languages/train.py FOLDER_OF_NTREX WHEEL --out /tmp/held_out --lines 632 --without msa,glg

Frequencies of words: wordfreq's lists (data CC BY-SA 4.0) for the 20 languages with an alphabet and for those close
ones that it has; for the other close ones, and beside the lists, news sentences of NTREX-128 (CC BY-SA 4.0), the first
`--lines` of each file; for Malay also lingua's models of letters. `--without` leaves out whole languages, so that what
is measured on them was not trained on.
What a word says for a language is its log-likelihood there less that in close languages, each weighted by how much of
it the language's frequent words cover.
"""

import argparse
import functools
import gzip
import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.optimize
import scipy.sparse
import spelling
import wordfreq
from letters import Letters

from polypref import languages
from polypref.languages import discriminators as read
from polypref.text.letters import word_pattern

Frequencies = Mapping[str, float]
MEMBERS = {
    "Latn": "cs de en es fr id it nl pl pt ro tr vi", "Cyrl": "ru uk", "Arab": "ar fa", "Hebr": "he", "Grek": "el",
    "Deva": "hi",
}  # fmt: skip
# Close languages by NTREX's names; what they are called in a table, and in wordfreq where that has them.
NEIGHBOURS = {
    "Latn": "afr aze-Latn bos cat dan est fil fin glg gsw-ZH hrv hun lav ltz msa nno nob slk slv srp-Latn swa swe tuk "
    "uzb",
    "Cyrl": "bel bul kaz mkd srp-Cyrl tat", "Arab": "ckb-Arab pus uig urd", "Hebr": "", "Grek": "", "Deva": "mar nep",
}  # fmt: skip
TAGS = {
    "msa": "ms", "gsw-ZH": "gsw", "ltz": "lb", "afr": "af", "slk": "sk", "glg": "gl", "cat": "ca", "aze-Latn": "az",
    "tuk": "tk", "bul": "bg", "mkd": "mk", "bel": "be", "nep": "ne", "mar": "mr", "hrv": "hr", "srp-Latn": "sr",
}  # fmt: skip
LISTED = {
    "cat": "ca", "dan": "da", "fil": "fil", "fin": "fi", "hun": "hu", "lav": "lv", "msa": "ms", "nob": "nb",
    "slk": "sk", "slv": "sl", "swe": "sv", "srp-Latn": "sh", "bul": "bg", "mkd": "mk", "urd": "ur",
}  # fmt: skip
NTREX_OF = {
    "ar": "arb", "cs": "ces", "de": "deu", "el": "ell", "en": "eng", "es": "spa", "fa": "fas", "fr": "fra", "he": "heb",
    "hi": "hin", "id": "ind", "it": "ita", "nl": "nld", "pl": "pol", "pt": "por", "ro": "ron", "ru": "rus", "tr": "tur",
    "uk": "ukr", "vi": "vie",
}  # fmt: skip
RIVALS = {
    "id": "msa", "de": "gsw-ZH", "nl": "afr", "cs": "slk", "pt": "glg es", "es": "glg cat pt", "tr": "aze-Latn",
    "ru": "bul", "uk": "bel ru", "hi": "nep mar",
}  # fmt: skip
SCRIPT_OF = {tag: script for script, tags in MEMBERS.items() for tag in tags.split()}
# Pairs that two sources must agree on, with lingua's names: lists of Malay words are half Indonesian, and the reverse.
# What they ask for: less than others, as Indonesian of law has more words of Malay than its news; and from which sum on
# a text is told to be in the language.
AGREED, LEAST_AGREED, LEAST_TOLD = {("id", "msa"): ("id", "ms")}, -4.5, -2.0
# Of these, and of languages by rule, a word with a capital may be a name, or stand in a heading.
OF_CAPITALS = 0.5
SPELT: Mapping[str, tuple[str, Callable[[Frequencies], frozenset[str]]]] = {
    "es": ("lad", spelling.ladino),
    "tr": ("gag", spelling.gagauz),
    "en": ("sco", lambda own: frozenset()),
}
VOCABULARY, OF_NEIGHBOURS, ENGLISH, TERMS = 7000, 2500, 2500, 20_000
RIVAL_OWN, RIVAL_OTHER = 5000, 4000
# Of pairs that are agreed on: words of each, how many words the lists stand for beside NTREX's, the share that a word
# has that they lack, what a word may say for the language, and against it by how frequent it is there.
AGREED_WORDS, AGREED_SIZE, AGREED_LEAST, AGREED_MOST = 20_000, 20_000, 1.2e-6, 1.5
AGREED_AGAINST = ((2500, -0.8), (8000, -1.5), (10**9, -3.0))
MOST_FOR, MOST_AGAINST, LEAST_OF_KNOWN = 2.5, -3.0, -1.0


@dataclass(frozen=True)
class Texts:
    """NTREX's sentences: a folder, and how many of each file are read."""

    folder: Path
    lines: int

    def of(self, name: str) -> list[str]:
        """The first sentences of a file."""
        with gzip.open(self.folder / f"{name}.txt.gz", "rt", encoding="utf-8") as file:
            return [line.strip() for line in file if line.strip()][: self.lines]

    @functools.cache  # noqa: B019
    def frequencies(self, name: str) -> Frequencies:
        """How frequent words are in a language: a tag of MEMBERS, or NTREX's name of a close one."""
        if name in SCRIPT_OF:
            return in_order(wordfreq.get_frequency_dict(name, wordlist="small"))
        counts = Counter(word for line in self.of(name) for word in words(line, "") if not word.isdigit())
        whole = counts.total()
        own = {word: count / whole for word, count in counts.items()}
        if name not in LISTED:
            return in_order(own)
        listed = wordfreq.get_frequency_dict(LISTED[name], wordlist="small")
        return in_order(
            {word: 0.7 * listed.get(word, 0.0) + 0.3 * own.get(word, 0.0) for word in dict.fromkeys((*listed, *own))}
        )


def words(text: str, tag: str) -> list[str]:
    """The words of a text as tables have them."""
    return [read.lowered(word, tag) for word in word_pattern().findall(text)]


def top(frequencies: Frequencies, number: int) -> list[str]:
    """The most frequent words, no numbers; frequencies come in order."""
    plain = (word for word in frequencies if not word.isdigit() and word_pattern().fullmatch(word))
    return list(itertools.islice(plain, number))


def in_order(frequencies: Frequencies) -> Frequencies:
    """The most frequent words first."""
    return {word: frequencies[word] for word in sorted(frequencies, key=lambda word: (-frequencies[word], word))}


def unknown_share(sentences: Sequence[str], tag: str, vocabulary: frozenset[str]) -> float:
    """Share of the words of sentences, names left out, that a vocabulary has not."""
    plain = [
        read.lowered(word, tag) not in vocabulary
        for line in sentences
        for word in word_pattern().findall(line)
        if not word[0].isupper() and word.isalpha()
    ]
    return sum(plain) / max(1, len(plain))


@dataclass(frozen=True)
class Trained:
    """The general table of one language."""

    weights: Mapping[str, float]
    grams: np.ndarray
    bias: float


def train(tag: str, texts: Texts, without: frozenset[str]) -> Trained:
    """The general table: the language against all others in its script."""
    script = SCRIPT_OF[tag]
    others = [name for name in (MEMBERS[script] + " " + NEIGHBOURS[script]).split() if name not in {tag, *without}]
    own, english = texts.frequencies(tag), set(top(texts.frequencies("en"), ENGLISH))
    english = english if script == "Latn" and tag != "en" else set()
    vocabulary = top(own, VOCABULARY)
    known = frozenset(vocabulary)
    unknown = {name: unknown_share(texts.of(NTREX_OF.get(name, name)), tag, known) for name in others}
    nearness = {name: (1 - unknown[name]) ** 4 * (0.3 if name == "en" else 1.0) for name in others}
    whole = sum(nearness.values()) or 1.0
    nearness = {name: near / whole for name, near in nearness.items()}
    weights = {}
    for word in vocabulary:
        there = sum(near * texts.frequencies(name).get(word, 0.0) for name, near in nearness.items())
        weight = math.log(own[word] / max(there, 0.05 * own[word], 2e-6))
        weights[word] = min(MOST_FOR, max(0.0 if word in english else LEAST_OF_KNOWN, weight))
    weights |= dict.fromkeys(sorted(english - known), 0.0)
    weights |= words_of_neighbours(own, weights, nearness, texts)
    own_unknown = unknown_share(texts.of(NTREX_OF[tag]), tag, known)
    of_others = sum(near * unknown[name] for name, near in nearness.items()) if others else 0.6
    bias = math.log(own_unknown / max(of_others, 1.2 * own_unknown))
    return Trained(weights, letters(own, weights, nearness, texts, english), bias)


def words_of_neighbours(
    own: Frequencies, weights: Mapping[str, float], nearness: Mapping[str, float], texts: Texts
) -> dict[str, float]:
    """Frequent words of close languages that the language seldom has, with what they say against it."""
    met: Counter[str] = Counter()
    for name, near in nearness.items():
        if name == "en":
            continue
        least = 2e-5 if name in SCRIPT_OF or name in LISTED else 2.5 / 15_000
        for word, frequency in texts.frequencies(name).items():
            if frequency >= least and word not in weights and len(word) > 1 and not word.isdigit():
                met[word] += near * frequency
    against = {word: math.log(max(own.get(word, 0.0), 5e-7) / there) for word, there in met.items()}
    telling = [word for word, weight in against.items() if weight < -0.7]
    first = sorted(telling, key=lambda word: (against[word] * met[word], word))[:OF_NEIGHBOURS]
    return {word: max(MOST_AGAINST, against[word]) for word in first}


def letters(
    own: Frequencies, weights: Mapping[str, float], nearness: Mapping[str, float], texts: Texts, english: set[str]
) -> np.ndarray:
    """Weights of runs of letters, by logistic regression on words that the table has not."""
    mine = {word: own[word] ** 0.5 for word in top(own, 25_000) if word not in weights and len(word) > 1}
    theirs: Counter[str] = Counter()
    for name, near in nearness.items():
        if name == "en":
            continue
        frequencies = texts.frequencies(name)
        for word in [one for one in top(frequencies, 7000) if one not in weights and len(one) > 1][:4000]:
            if own.get(word, 0.0) <= 0.3 * frequencies[word] and word not in english:
                theirs[word] += near**0.5 * frequencies[word] ** 0.5
    if len(theirs) < 50:
        return np.zeros(1 << read.GRAM_BITS)
    listed = [*mine, *theirs]
    sign = np.array([1.0] * len(mine) + [-1.0] * len(theirs))
    heavy = np.array([*mine.values(), *theirs.values()])
    heavy[sign > 0] /= heavy[sign > 0].sum()
    heavy[sign < 0] /= heavy[sign < 0].sum()
    heavy *= len(listed) / 2
    places = [read.grams_of(word) for word in listed]
    ends = np.cumsum([0, *map(len, places)])
    values = np.repeat(1 / np.sqrt(np.diff(ends)), np.diff(ends))
    matrix = scipy.sparse.csr_matrix((values, np.concatenate(places), ends), shape=(len(listed), 1 << read.GRAM_BITS))
    matrix.sum_duplicates()
    turned = matrix.T.tocsr()

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (matrix @ weights)
        slope = -heavy * sign / (1 + np.exp(np.minimum(margin, 50)))
        return float((heavy * np.logaddexp(0, -margin)).sum() + weights @ weights / 2), turned @ slope + weights

    start = np.zeros(1 << read.GRAM_BITS)
    fitted: np.ndarray = scipy.optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 25}).x
    return fitted


def rival_weights(tag: str, name: str, texts: Texts) -> dict[str, float]:
    """What words say for a language against one close language."""
    own, there = texts.frequencies(tag), texts.frequencies(name)
    floor = 3e-6 if name in SCRIPT_OF or name in LISTED else 2e-5
    frequent = set(top(own, 2500))
    english = set(top(texts.frequencies("en"), ENGLISH)) if SCRIPT_OF[tag] == "Latn" else set()
    weights = {}
    for word in {*top(own, RIVAL_OWN), *top(there, RIVAL_OTHER)}:
        weight = math.log((own.get(word, 0.0) + floor) / (there.get(word, 0.0) + floor))
        if weight < 0 and word in english and own.get(word, 0.0) < 1e-6:
            continue
        # A frequent word of the language is a word of it, however much more frequent it is elsewhere.
        weight = min(3.0, max(-1.2 if word in frequent else -3.0, weight))
        if abs(weight) >= 0.4:
            weights[word] = weight
    return weights


def agreed_weights(tag: str, name: str, texts: Texts, letters_of: Letters) -> dict[str, float]:
    """The same where lists of words are mixed: the lesser of what words and letters say, where they agree."""
    own, there = (listed_and_counted(one, texts) for one in (tag, name))
    most_frequent = top(texts.frequencies(tag), 10**9)
    rank = {word: place for place, word in enumerate(most_frequent)}
    english = set(top(texts.frequencies("en"), ENGLISH))
    weights = {}
    for word in sorted({*itertools.islice(own, AGREED_WORDS), *itertools.islice(there, AGREED_WORDS)}):
        by_words = math.log((own.get(word, 0.0) + AGREED_LEAST) / (there.get(word, 0.0) + AGREED_LEAST))
        if not word.isalpha() or (by_words < 0 and word in english and own.get(word, 0.0) < 1e-6):
            continue
        mine, theirs = (letters_of.log_likelihood(word, one) for one in AGREED[tag, name])
        by_letters = mine - theirs
        against = next(least for place, least in AGREED_AGAINST if rank.get(word, 10**8) < place)
        weight = math.copysign(min(abs(by_words), abs(by_letters)), by_words) if by_words * by_letters > 0 else 0.0
        if round((weight := min(AGREED_MOST, max(against, weight))) / read.WORD_STEP):
            weights[word] = weight
    return weights


def listed_and_counted(name: str, texts: Texts) -> Frequencies:
    """Frequencies of wordfreq's list and NTREX's counts together; the most frequent first."""
    listed = wordfreq.get_frequency_dict(LISTED.get(name, name), wordlist="small")
    counts = Counter(word for line in texts.of(NTREX_OF.get(name, name)) for word in words(line, ""))
    whole = counts.total() + AGREED_SIZE
    joined = {word: (counts[word] + AGREED_SIZE * listed.get(word, 0.0)) / whole for word in {*listed, *counts}}
    return in_order(joined)


def pieces(tag: str, texts: Texts) -> Iterator[list[read.Word]]:
    """The words of a language's own sentences and of pieces of them; no table has seen them."""
    for line in texts.of(NTREX_OF[tag]):
        parts = line.split(" ")
        for piece in (line, " ".join(parts[:8]), " ".join(parts[8:16])):
            yield read.spread_words(piece, tag)


def rival(tag: str, name: str, texts: Texts, letters_of: Letters) -> read.Rival:
    """What tells a language from a close one of which there are texts or lists."""
    called = TAGS.get(name, name)
    if (tag, name) in AGREED:
        agreed = steps(agreed_weights(tag, name, texts, letters_of), read.WORD_STEP)
        return read.Rival(called, LEAST_AGREED, agreed, OF_CAPITALS, doubt=LEAST_TOLD)
    weights = steps(rival_weights(tag, name, texts), read.WORD_STEP)
    return read.Rival(called, least_of_members(tag, weights, texts), weights)


def by_rule(tag: str, texts: Texts) -> Iterator[read.Rival]:
    """What tells a language from a close one of which there are none, only rules (spelling.py) and lists."""
    close = languages.get(tag).close_languages
    if tag in SPELT and close:
        called, spelt = SPELT[tag]
        own = texts.frequencies(tag)
        listed = {word.rstrip("~") for word in close.other[called]} - spelling.listed("chat")
        english = texts.frequencies("en")
        rare = [word for word in {*spelt(own), *listed} if max(own.get(word, 0.0), english.get(word, 0.0)) < 2e-6]
        # Of two words at least: another word may have the key of one.
        yield read.Rival(called, -1.9, steps(dict.fromkeys(sorted(rare), -2.0), read.WORD_STEP), OF_CAPITALS, 0.05)
    if tag == "hi" and close:
        against = {word.rstrip("~"): -2.5 for name in ("bho", "awa", "mai", "mag") for word in close.other[name]}
        weights = dict.fromkeys(sorted(spelling.listed("hindi")), 1.5) | against
        yield read.Rival("bho", -2.0, steps(weights, read.WORD_STEP), OF_CAPITALS, -0.2)


def least_of_members(tag: str, weights: Mapping[int, int], texts: Texts) -> float:
    """What two in a thousand of the language's own texts stay below; within bounds."""
    table = read.Rival("", 0.0, weights)
    sums = [read.rival_support(words, table) for words in pieces(tag, texts)]
    return min(-1.0, max(-2.25, float(np.quantile(sums, 0.002)) - 0.25))


def slope_of_members(tag: str, table: read.Table, texts: Texts) -> float:
    """How much a word two in a thousand of the language's own texts stay below, less a fifth; within bounds."""
    sums = [read.word_support(words, table) for words in pieces(tag, texts)]
    slopes = [(one - read.LEAST_OF_SHORT) / (words - read.SHORT_TEXT) for one, words in sums if words > 4]
    return min(1.0, max(0.35, 0.8 * float(np.quantile(slopes, 0.002))))


def steps(weights: Mapping[str, float], step: float) -> dict[int, int]:
    """Weights by the keys of their words, in whole steps; of two words with one key the first counts."""
    kept: dict[int, int] = {}
    for word, weight in weights.items():
        kept.setdefault(read.key_of(word), round(weight / step))
    return dict(sorted(kept.items()))


def write(path: Path, tag: str, table: Trained, texts: Texts, without: frozenset[str], letters_of: Letters) -> None:
    """One file, the same bytes for the same tables."""
    names = [name for name in RIVALS.get(tag, "").split() if name not in without]
    rivals = [*by_rule(tag, texts), *(rival(tag, name, texts, letters_of) for name in names)]
    parts = [steps(table.weights, read.WORD_STEP), *(one.weights for one in rivals)]
    grams = np.clip(np.round(table.grams / read.GRAM_STEP), -127, 127).astype(np.int8)
    bias = round(table.bias, 3)
    slope = slope_of_members(tag, read.Table(parts[0], grams.tolist(), bias, 0.0, ()), texts)
    np.savez_compressed(
        path,
        keys=read.packed_keys([list(part) for part in parts]),
        weights=np.array([weight for part in parts for weight in part.values()], dtype=np.int8),
        sizes=np.array([len(part) for part in parts], dtype=np.int32),
        grams=grams,
        bias_and_slope=np.array([bias, round(slope, 3)], dtype=np.float32),
        rivals=np.array([one.tag for one in rivals], dtype="<U8"),
        least=np.array([round(one.least, 2) for one in rivals], dtype=np.float32),
        capitals=np.array([one.capitals for one in rivals], dtype=np.float32),
        others=np.array([one.others for one in rivals], dtype=np.float32),
        doubts=np.array([round(max(one.least, one.doubt), 2) for one in rivals], dtype=np.float32),
    )


def terms(texts: Texts) -> list[int]:
    """Keys of frequent English words that no other language has more often, and words of programming."""
    english, elsewhere = texts.frequencies("en"), Counter[str]()
    for name in (MEMBERS["Latn"] + " " + NEIGHBOURS["Latn"]).split():
        least = 0.0 if name in SCRIPT_OF or name in LISTED else 2.5 / 15_000
        if name != "en":
            elsewhere |= Counter({word: one for word, one in texts.frequencies(name).items() if one >= least})
    own = (word for word in top(english, TERMS) if len(word) > 1 and elsewhere[word] < english[word])
    return sorted({read.key_of(word) for word in {*own, *spelling.listed("programming")}})


def chosen(tags: str) -> Iterator[str]:
    """The languages to make tables for."""
    yield from tags.split(",") if tags else SCRIPT_OF


def main() -> None:
    """Reads arguments, writes tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("ntrex", type=Path)
    parser.add_argument("lingua", type=Path, help="the wheel of lingua-language-detector 1.4.2")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--lines", type=int, default=10_000, help="of each file; the others are for measuring")
    parser.add_argument("--without", default="", help="close languages to leave out, by NTREX's names")
    parser.add_argument("--only", default="", help="languages to make tables for")
    arguments = parser.parse_args()
    texts, without = Texts(arguments.ntrex, arguments.lines), frozenset(arguments.without.split(","))
    arguments.out.mkdir(parents=True, exist_ok=True)
    keys = terms(texts)
    np.savez_compressed(arguments.out / f"{read.TERMS}.npz", keys=read.packed_keys([keys]))
    for tag in chosen(arguments.only):
        path = arguments.out / f"{tag}.npz"
        write(path, tag, train(tag, texts, without), texts, without, Letters(arguments.lingua))
        print(f"{tag} {path.stat().st_size:,} bytes", flush=True)


if __name__ == "__main__":
    main()
