"""What is wrong with a language although its file can be read; `polypref languages --check` says it."""

from .contradictions import contradictions
from .facts import Language
from .registry import borrowed_labels, disputed_names, folded


def mistakes(language: Language) -> list[str]:
    """Looks for names that are another language's, and for values that contradict each other.

    Args:
        language: a known language.

    Returns:
        a sentence for each, which begins with the key of the language's file; none where all is well.
    """
    key = {
        "tag": language.tag,
        "name": language.name,
        "native_name": language.native_name,
        "iso639_3": language.iso639_3,
    }
    key |= {"flores": language.flores}
    sentences = []
    for name, other in disputed_names(language).items():
        where = next((one for one, value in key.items() if folded(value) == name), "aliases")
        sentences.append(f"{where}: {name!r} already means {other.name} ({other.tag})")
    return [*sentences, *contradictions(language), *borrowed_labels(language)]
