"""Close languages of which no text may be trained on, but that spell or inflect the words of a big one by rules.

Rules and lists (words.toml) are general knowledge of grammars and orthographies: Ladino as Aki Yerushalayim spells it,
Gagauz in its Latin alphabet of 1996, words that Hindi has and Bhojpuri, Magahi, Maithili and Awadhi have not.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

_LISTS: dict[str, str] = tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))
_LADINO = (
    ("á", "a"), ("é", "e"), ("í", "i"), ("ó", "o"), ("[úü]", "u"), ("ch", "§"), ("ph", "f"), ("^h", ""), ("h", ""),
    ("§", "ch"), ("qu(?=[ei])", "k"), ("cc(?=[ei])", "ks"), ("c(?=[ei])", "s"), ("c(?!h)", "k"), ("x", "ks"),
    ("ll", "y"), ("ñ", "ny"), ("bst", "st"),
)  # fmt: skip


def listed(name: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(_LISTS[name].split())


def ladino(frequencies: Mapping[str, float], number: int = 20_000) -> frozenset[str]:
    """Frequent Spanish words as Ladino spells them, and some that are its own."""
    words = set(listed("ladino"))
    for word in list(frequencies)[:number]:
        spelt = word
        for pattern, letters in _LADINO:
            spelt = re.sub(pattern, letters, spelt)
        plain = re.sub("[áéíóúü]", lambda vowel: "aeiouu"["áéíóúü".index(vowel.group())], word)
        if len(spelt) > 2 and spelt not in (word, plain):
            words.add(spelt)
    return frozenset(words) - listed("chat")


def gagauz(frequencies: Mapping[str, float], number: int = 30_000) -> frozenset[str]:
    """Frequent Turkish words as Gagauz has them: ä in endings, no ğ, nn for nl, no y that begins a word before e."""
    words = set(listed("gagauz"))
    for word in list(frequencies)[:number]:
        words |= set(_gagauz_spellings(word))
    return frozenset(word for word in words if len(word) > 2)


def _gagauz_spellings(word: str) -> Iterable[str]:
    spelt = re.sub("nl([ae]r)", r"nn\1", word)
    spelt = re.sub("eği", "ii", spelt)
    spelt = re.sub("([aıoueiöü])ğ[ıiuü]", r"\1\1", spelt)
    spelt = re.sub("([aıoueiöü])ğ", r"\1\1", spelt)
    spelt = re.sub("^ye", "e", spelt)
    if spelt != word:
        yield spelt
    # The vowel of the last ending.
    if ending := re.search("e(?=[rnmkdtls]{0,2}$)", spelt):
        yield f"{spelt[: ending.start()]}ä{spelt[ending.end() :]}"
    # Infinitives: yapmaa for yapmak, gitmää for gitmek.
    if infinitive := re.fullmatch("(.+m)[ae]k", spelt):
        yield infinitive.group(1) + ("aa" if spelt.endswith("ak") else "ää")
