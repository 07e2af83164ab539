"""What is not known of a language, and what that means for data in it: said in one way, wherever it is said."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from . import files, registry
from .close_languages import relations
from .facts import Language


def has_detector(language: Language) -> bool:
    """Whether the detector that is always there, py3langid, knows a language.

    Args:
        language: the language.

    Returns:
        false where answers in it are not language-checked.
    """
    return bool(language.codes.py3langid)


def is_unchecked(tag: str) -> bool:
    """Whether a tag is of a known language that py3langid does not know.

    Args:
        tag: a tag; of an unknown one nothing is said.

    Returns:
        true where answers in it are not language-checked.
    """
    language = registry.find(tag)
    return language is not None and not has_detector(language)


def unchecked(tags: Iterable[str]) -> str:
    """Says of which languages the detector cannot check answers.

    Args:
        tags: those languages.

    Returns:
        one sentence; empty where there are none.
    """
    named = ", ".join(sorted(tags))
    return named and (
        f"answers are not language-checked in {named}, which the detector does not know: those in another script or in "
        "English are recognised, and treated as in every language (never chosen; language_confusion flags pairs that "
        "reject one), those in other languages mostly are not"
    )


def unmeasured(tags: Iterable[str], described: Iterable[str] = ()) -> str:
    """Says in which languages that the detector knows nobody measured the thresholds of the checks.

    Args:
        tags: the languages of some data; of an unknown one nothing is said.
        described: those of them that a builder script describes, which no command can say more of.

    Returns:
        one sentence; empty where there are none.
    """
    languages = (language for tag in sorted(set(tags)) if (language := registry.find(tag)))
    named = [one.tag for one in languages if has_detector(one) and not one.measured]
    more = " (polypref languages --check TAG says what else)" if set(named) - set(described) else ""
    return ", ".join(named) and (
        f"the thresholds of the checks were not measured in {', '.join(named)}: text in close languages passes more "
        f"easily, and lengths count as English ones{more}"
    )


def replaced(tags: Iterable[str]) -> str:
    """Says of which languages a builder script's own description is used although the package has a file.

    Args:
        tags: the languages that the script registers.

    Returns:
        one sentence; empty where the package has a file of none.
    """
    named = ", ".join(sorted(set(tags) & set(files.tags(files.FOLDER))))
    return named and f"the builder script's own description of {named} is used in place of the one of polypref"


def gaps(language: Language) -> list[tuple[str, str]]:
    """Lists what is not known of a language.

    Args:
        language: the language.

    Returns:
        (what is missing, what that means) for each.
    """
    return [*_detection(language, language.tag), *_sizes(language, language.tag), *_texts(language, language.tag)]


def _detection(language: Language, tag: str) -> Iterator[tuple[str, str]]:
    close = ", ".join(sorted(relations(tag) & {one.tag for one in registry.known() if one.usual_lead}))
    if not has_detector(language):
        yield "label of py3langid", unchecked([tag])
        if close and language.close_languages is None:
            yield "words of close languages", f"answers in a language close to {tag} are not refused: {close}"
    for detector in ("langdetect", "lingua", "glotlid"):
        if not getattr(language.codes, detector):
            yield f"label of {detector}", f"{detector} cannot be asked about texts in {tag}"
    if has_detector(language) and language.usual_lead is None:
        yield (
            "usual lead",
            f"the language check has no measured threshold for {tag}: texts in close languages pass more easily",
        )
    if has_detector(language) and language.close_languages is None:
        yield "words of close languages", f"{tag} is told from its neighbours by the detector alone"


def _sizes(language: Language, tag: str) -> Iterator[tuple[str, str]]:
    if language.length_factor is None:
        yield "length factor", f"lengths in {tag} count as English ones"
    if not language.spaces and language.characters_of_a_word is None:
        yield "characters of a word", f"single lines of answers in {tag} are mostly too short to be checked"


def _texts(language: Language, tag: str) -> Iterator[tuple[str, str]]:
    listed = [phrase for phrase in language.refusals if phrase.kind != "idiom"]
    if not listed:
        yield "refusal phrases", f"of refusals in answers in {tag} only those in English are recognised"
    elif unread := sum(not phrase.reviewer for phrase in listed):
        yield (
            "reviewer of refusal phrases",
            f"{unread:,} of {len(listed):,} phrases in {tag} can flag an answer, never reject it",
        )
    if language.answer_in is None:
        yield "sentence that asks for an answer", f"cross-lingual prompts in {tag} ask for their language in English"
    elif not language.answer_in.reviewer:
        yield "reviewer of that sentence", f"no speaker has confirmed how prompts in {tag} ask for another language"
    if language.transcript_labels is None:
        yield "transcript labels", f"prompts that are transcripts with labels in {tag} are not recognised"
    if language.task_words is None:
        yield (
            "task words",
            f"prompts in {tag} that ask for points, capitals or spelling, a song, a rewrite or a translation are known "
            "by English words only",
        )
    if language.style_cues is None:
        yield "style cues", f"polypref factors weighs no hedging, apology or register in {tag}"
    elif not language.style_cues.reviewer:
        yield "reviewer of style cues", f"no speaker has confirmed by what hedging and apology in {tag} are known"
    if language.review_sheet is None:
        yield "words of review sheets", f"review sheets in {tag} say in English what to write"
    elif not language.review_sheet.reviewer:
        yield "reviewer of what sheets say", f"no speaker has confirmed what review sheets in {tag} say"
    if language.joshi_class is None:
        yield "resource class", f"polypref languages shows none for {tag}"
    if not language.flores:
        yield "FLORES-200 code", f"NLLB models cannot translate into {tag}"
    if not Path(files.FOLDER, f"{tag}.jsonl").is_file():
        yield "quickstart rows", f"the quickstart has no prompts in {tag}"
