"""The languages polypref knows: the 23 of Aya, and any other that a builder script registers."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from ..errors import UserError


@dataclass(frozen=True)
class DetectorCodes:
    """The labels under which language detectors know a language; none where a detector does not know it.

    The first label is the one to ask for; a text under any of them is a text in the language.
    """

    py3langid: tuple[str, ...] = ()
    langdetect: tuple[str, ...] = ()
    lingua: tuple[str, ...] = ()
    glotlid: tuple[str, ...] = ()
    cld: tuple[str, ...] = ()


@dataclass(frozen=True)
class Language:
    """One language.

    Attributes:
        tag: BCP-47 tag as the Hugging Face Hub uses it.
        name: English name.
        native_name: the name in the language itself.
        iso639_3: ISO 639-3 code; the macrolanguage's where the tag means one (ara, fas, zho).
        scripts: ISO 15924 codes of the scripts it is written in, the usual one first. Codes for mixtures (Jpan, Kore)
            and variants (Hans, Hant) are kept as such; `polypref.languages.scripts.members` spells them out.
        flores: FLORES-200 / NLLB code of the usual script.
        codes: the labels of the detectors.
        direction: ltr or rtl.
        spaces: whether words are separated by spaces.
        joshi_class: resource class 0 to 5 of Joshi et al. 2020 (arXiv 2004.09095), None where not known here.
        aliases: other codes and names under which data name it (ISO 639-2/B, single languages of a macrolanguage).

    """

    tag: str
    name: str
    native_name: str
    iso639_3: str
    scripts: tuple[str, ...]
    flores: str
    codes: DetectorCodes = field(default_factory=DetectorCodes)
    direction: Literal["ltr", "rtl"] = "ltr"
    spaces: bool = True
    joshi_class: int | None = None
    aliases: tuple[str, ...] = ()


def _aya(
    tag: str,
    name: str,
    native_name: str,
    iso639_3: str,
    flores: str,
    joshi_class: int,
    *,
    scripts: tuple[str, ...] = (),
    aliases: tuple[str, ...] = (),
    py3langid: tuple[str, ...] = (),
    langdetect: tuple[str, ...] = (),
    glotlid: tuple[str, ...] = (),
    cld: tuple[str, ...] = (),
    rtl: bool = False,
    spaces: bool = True,
) -> Language:
    """Returns a language most of whose detectors' labels are its tag, and whose script is that of its FLORES code."""
    codes = DetectorCodes(py3langid or (tag,), langdetect or (tag,), (tag,), glotlid or (flores,), cld or (tag,))
    direction: Literal["ltr", "rtl"] = "rtl" if rtl else "ltr"
    scripts = scripts or (flores[-4:],)
    return Language(tag, name, native_name, iso639_3, scripts, flores, codes, direction, spaces, joshi_class, aliases)


# Egyptian and Moroccan Arabic, which py3langid tells apart, are Arabic here, as the tag means the macrolanguage;
# Cantonese and Wu are not Chinese here, as data in zh mean Mandarin, in either script.
_BUILT_IN = (
    _aya(
        "ar", "Arabic", "العربية", "ara", "arb_Arab", 5,
        aliases=("arb",), rtl=True,
        py3langid=("ar", "arz", "ary"), glotlid=("arb_Arab", "ara_Arab", "arz_Arab", "ary_Arab"),
    ),
    _aya("cs", "Czech", "čeština", "ces", "ces_Latn", 4, aliases=("cze",)),
    _aya("de", "German", "Deutsch", "deu", "deu_Latn", 5, aliases=("ger",)),
    _aya("el", "Greek", "Ελληνικά", "ell", "ell_Grek", 3, aliases=("gre", "Modern Greek")),
    _aya("en", "English", "English", "eng", "eng_Latn", 5),
    _aya("es", "Spanish", "español", "spa", "spa_Latn", 5, aliases=("Castilian",)),
    _aya(
        "fa", "Persian", "فارسی", "fas", "pes_Arab", 4,
        aliases=("pes", "per", "Farsi"), glotlid=("pes_Arab", "fas_Arab"), rtl=True,
    ),
    _aya("fr", "French", "français", "fra", "fra_Latn", 5, aliases=("fre",)),
    _aya("he", "Hebrew", "עברית", "heb", "heb_Hebr", 3, aliases=("iw",), cld=("iw", "he"), rtl=True),
    _aya("hi", "Hindi", "हिन्दी", "hin", "hin_Deva", 4, aliases=("हिंदी",)),
    _aya("id", "Indonesian", "Bahasa Indonesia", "ind", "ind_Latn", 3, aliases=("in",)),
    _aya("it", "Italian", "italiano", "ita", "ita_Latn", 4),
    _aya("ja", "Japanese", "日本語", "jpn", "jpn_Jpan", 5, aliases=("jp",), spaces=False),
    _aya("ko", "Korean", "한국어", "kor", "kor_Hang", 4, scripts=("Kore",), glotlid=("kor_Hang", "kor_Kore")),
    _aya("nl", "Dutch", "Nederlands", "nld", "nld_Latn", 4, aliases=("dut",)),
    _aya("pl", "Polish", "polski", "pol", "pol_Latn", 4),
    _aya("pt", "Portuguese", "português", "por", "por_Latn", 4),
    _aya("ro", "Romanian", "română", "ron", "ron_Latn", 3, aliases=("rum",)),
    _aya("ru", "Russian", "русский", "rus", "rus_Cyrl", 4),
    _aya("tr", "Turkish", "Türkçe", "tur", "tur_Latn", 4),
    _aya("uk", "Ukrainian", "українська", "ukr", "ukr_Cyrl", 3, aliases=("ua",)),
    _aya("vi", "Vietnamese", "Tiếng Việt", "vie", "vie_Latn", 4),
    _aya(
        "zh", "Chinese", "中文", "zho", "zho_Hans", 5,
        scripts=("Hans", "Hant"), aliases=("cmn", "chi", "cn", "zho_Hant", "Mandarin", "zh-Hans", "zh-Hant"),
        langdetect=("zh-cn", "zh-tw"), glotlid=("cmn_Hani", "zho_Hani", "zho_Hans", "zho_Hant"), cld=("zh", "zh-Hant"),
        spaces=False,
    ),
)  # fmt: skip

AYA_23: tuple[str, ...] = tuple(language.tag for language in _BUILT_IN)

_known: dict[str, Language] = {language.tag: language for language in _BUILT_IN}


def known() -> tuple[Language, ...]:
    """Returns all languages known at this moment, sorted by tag."""
    return tuple(_known[tag] for tag in sorted(_known))


def get(tag: str) -> Language:
    """Returns the language with this tag.

    Raises:
        UserError: no known language has the tag; the message names the nearest ones.

    """
    if tag in _known:
        return _known[tag]
    raise UserError(f"Unknown language tag {tag!r}: {_advice(tag)}.")


def resolve(code: str) -> Language:
    """Returns the language that a code or name in somebody's data means, whatever its case.

    Args:
        code: tag (also with region or script: `pt-BR`, `zh_TW`), ISO 639-3, FLORES-200 code, English or native name.

    Raises:
        UserError: no known language goes by it; the message names the nearest ones.

    """
    names = {name: language for language in known() for name in _names(language)}
    wanted = code.strip().casefold().replace("_", "-")
    if wanted in names:
        return names[wanted]
    head, _, rest = wanted.partition("-")
    if rest and head in names:
        return names[head]
    raise UserError(f"Unknown language {code!r}: {_advice(code)}.")


_TAG = re.compile("[A-Za-z0-9]{1,8}(?:[_-][A-Za-z0-9]{1,8}){0,5}")  # it becomes the name of a folder


def register(language: Language) -> Language:
    """Makes another language known to this process, and returns it; the same one twice is no harm.

    Raises:
        UserError: the tag, or another code or name of the language, already means a different language.

    """
    if _known.get(language.tag) == language:
        return language
    if not _TAG.fullmatch(language.tag):
        raise UserError(f"{language.tag!r} is no language tag; give letters, digits and '-', as in gl or sr-Latn")
    for other in _known.values():
        if shared := sorted(set(_names(language)) & set(_names(other))):
            raise UserError(
                f"Cannot register language {language.tag!r} ({language.name}): {shared[0]!r} already means "
                f"{other.name} ({other.tag}); give it a tag and names of its own."
            )
    _known[language.tag] = language
    return language


def _names(language: Language) -> Iterator[str]:
    own = (language.tag, language.iso639_3, language.flores, language.name, language.native_name)
    for name in (*own, *language.aliases):
        if name:
            yield name.casefold().replace("_", "-")


def _advice(code: str) -> str:
    names = {name: language for language in known() for name in _names(language)}
    near = difflib.get_close_matches(code.strip().casefold().replace("_", "-"), names, n=5, cutoff=0.6)
    found = list(dict.fromkeys(f"{names[name].tag} ({names[name].name})" for name in near))[:3]
    if not found:
        found = [f"{language.tag} ({language.name})" for language in known()]
        return "known are " + ", ".join(found) + "; others are added with polypref.languages.register"
    return "the nearest known are " + ", ".join(found) + "; others are added with polypref.languages.register"
