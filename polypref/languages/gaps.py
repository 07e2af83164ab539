"""What is not known of a language, and what that means for data in it: said in one way, wherever it is said."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from . import files
from .facts import Language


def has_detector(language: Language) -> bool:
    """Whether the detector that is always there, py3langid, knows the language."""
    return bool(language.codes.py3langid)


def unchecked(tags: Iterable[str]) -> str:
    """One sentence about languages whose answers the detector cannot check; empty where there are none.

    Args:
        tags: those languages.
    """
    named = ", ".join(sorted(tags))
    return named and (
        f"answers are not language-checked in {named}, which the detector does not know; only other scripts, and text "
        "that is clearly another language, are refused"
    )


def gaps(language: Language) -> list[tuple[str, str]]:
    """What is not known of a language: (what is missing, what that means)."""
    return list(_gaps(language, language.tag))


def _gaps(language: Language, tag: str) -> Iterator[tuple[str, str]]:
    if not has_detector(language):
        yield "label of py3langid", unchecked([tag])
    for detector in ("langdetect", "lingua", "glotlid"):
        if not getattr(language.codes, detector):
            yield f"label of {detector}", f"{detector} cannot be asked about texts in {tag}"
    if language.usual_lead is None:
        yield (
            "usual lead",
            f"the language check has no measured threshold for {tag}: texts in close languages pass more easily",
        )
    if language.close_languages is None:
        yield "words of close languages", f"{tag} is told from its neighbours by the detector alone"
    if language.length_factor is None:
        yield "length factor", f"lengths in {tag} count as English ones"
    if not language.spaces and language.characters_of_a_word is None:
        yield "characters of a word", f"single lines of answers in {tag} are mostly too short to be checked"
    yield from _texts(language, tag)
    if language.joshi_class is None:
        yield "resource class", f"polypref languages shows none for {tag}"
    if not language.flores:
        yield "FLORES-200 code", f"NLLB models cannot translate into {tag}"
    if not Path(files.FOLDER, f"{tag}.jsonl").is_file():
        yield "quickstart rows", f"the quickstart has no prompts in {tag}"


def _texts(language: Language, tag: str) -> Iterator[tuple[str, str]]:
    if not language.refusals:
        yield "refusal phrases", f"refusals in {tag} are not recognised, only English ones"
    elif unread := sum(not phrase.reviewer for phrase in language.refusals):
        yield (
            "reviewer of refusal phrases",
            f"{unread:,} of {len(language.refusals):,} phrases in {tag} can flag an answer, never reject it",
        )
    if language.answer_in is None:
        yield "sentence that asks for an answer", f"cross-lingual prompts in {tag} ask for their language in English"
    elif not language.answer_in.reviewer:
        yield "reviewer of that sentence", f"no speaker has confirmed how prompts in {tag} ask for another language"
    if language.transcript_labels is None:
        yield "transcript labels", f"prompts that are transcripts with labels in {tag} are not recognised"
