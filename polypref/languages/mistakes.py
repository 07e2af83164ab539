"""What is wrong with a language although its file can be read; `polypref languages --check` says it."""

from .facts import Language
from .registry import taken_names


def mistakes(language: Language) -> list[str]:
    """Looks for names that are another language's, and for values that contradict each other.

    Args:
        language: a known language.

    Returns:
        a sentence for each, which begins with the key of the language's file; none where all is well.
    """
    key = {"name": language.name, "native_name": language.native_name, "iso639_3": language.iso639_3}
    key |= {"flores": language.flores}
    sentences = []
    for name, other in taken_names(language).items():
        where = next((one for one, value in key.items() if value.strip().casefold() == name), "aliases")
        sentences.append(f"{where}: {name!r} already means {other.name} ({other.tag})")
    if language.spaces and language.characters_of_a_word:
        sentences.append("measured: characters_of_a_word counts words that no spaces separate, but spaces is true")
    close = language.close_languages
    own = {word.rstrip("~") for word in close.own} if close else set()
    for tag, words in close.other.items() if close else ():
        if both := sorted(own & {word.rstrip("~") for word in words}):
            sentences.append(f"close_languages: {both[0]!r} stands in own and in other: {tag}; it tells neither")
    return sentences
