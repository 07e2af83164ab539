"""What is known of a language: the classes that a file data/languages/TAG.toml is read into.

Every attribute but the names may be missing; `gaps` says what that means.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from ..scripting.bounds import Bounds, OverZero
from ..scripting.declared import checked_call

#: Families of labels that go together in a transcript, and the sides of a conversation.
LABEL_FAMILIES = ("chat", "chat_name", "instruction", "question")
LABEL_SIDES = ("user", "assistant", "system")
#: The letters among which an alphabet is a choice; ASCII is in none, as foreign words and names are everywhere.
LETTER_BLOCKS = {
    "Latn": "à-öø-ɏɐ-ʯḁ-ỿ",
    "Cyrl": "а-џѡ-ԯ",
    "Arab": "ؠ-ؿف-يٮ-ۓۮۯۺ-ۼݐ-ݿ",
    "Hebr": "א-ײ",
    "Grek": "ά-ώϐ-Ͽ",
}
# Scripts in which one character is a syllable or a word.
_DENSE = {"Jpan", "Hans", "Hant", "Kore"}


@checked_call
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


@checked_call
@dataclass(frozen=True)
class AnswerIn:
    """The sentence, in the language, that asks for an answer in another one.

    Attributes:
        sentence: the sentence, with `{language}` where the own name of the other language goes.
        source: who wrote it.
        reviewer: the speaker who confirmed it; empty where none has.
    """

    sentence: str
    source: str
    reviewer: str = ""


@checked_call
@dataclass(frozen=True)
class CloseLanguages:
    """Frequent words and letters that tell a language from those close to it.

    Attributes:
        source: where they are from.
        reviewer: the speaker who confirmed them; empty where none has.
        own: frequent words of the language that are no words of its neighbours; `word~` counts half: a neighbour has
            it too, but seldom.
        other: tag of a neighbour -> its frequent words that are no words of the language.
        own_endings: endings of words that count as words of `own`.
        letters: letters, beyond a to z, that texts in the language use; any other of its script speaks against it.
        own_letters: letters of the language that its neighbours have not.
        script: the script of the letters.
        patterns: whether `own` and `other` are regular expressions: for a language without spaces.
    """

    source: str
    reviewer: str = ""
    own: tuple[str, ...] = ()
    other: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    own_endings: tuple[str, ...] = ()
    letters: str = ""
    own_letters: str = ""
    script: str = "Latn"
    patterns: bool = False


@checked_call
@dataclass(frozen=True)
class TranscriptLabels:
    """What transcripts in the language call the speakers.

    Attributes:
        source: who wrote the labels.
        reviewer: the speaker who confirmed them; empty where none has.
        families: family (`chat`, `chat_name`, `instruction`, `question`) -> side (`user`, `assistant`, `system`) ->
            labels.
        dialogue_words: words, or their beginnings, of a prompt that speaks of a dialogue: one that it quotes, to be
            gone on with or judged, is then no transcript of its own.
    """

    source: str
    reviewer: str = ""
    families: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    dialogue_words: tuple[str, ...] = ()


@checked_call
@dataclass(frozen=True)
class TaskWords:
    """How prompts in the language ask for what an answer has to be judged by otherwise.

    Attributes:
        source: who wrote the phrases.
        reviewer: the speaker who confirmed them; empty where none has.
        correction: phrases, written as those of refusals, of a prompt for whose answer points, capitals or spelling
            count: a sentence to be corrected, commas to be set.
        repetition: phrases of a prompt whose answer may say the same again: a song, a rewrite, a list of translations.
        numbers: numbers and the words for them, as "10 ten", that may stand before one of `times`.
        times: words behind a number that say how often something is asked for, as "times".
        again: phrases for repeating, again and again.
        declining: phrases of a prompt that asks for a text that declines something: a letter of refusal, an apology.
        latin_letters: phrases of a prompt that asks for a text in another script to be written in Latin letters.
        translation: phrases of a prompt that asks for a translation, or which language something is in.
        into_before: words before the name of the language that something is to be in, as "in" and "into".
        into_after: endings of that name, or words after it.
        adjective_endings: endings with which that name may be an adjective before a noun; `*` for any.
        into_followers: words that may stand behind such a name where it is none; any other word makes it one.
        and_words: words between two such names.
        no_language_endings: endings with which it is a country's name, or a people's.
        text_nouns: words for a text or a word that may be in a language, which its name stands beside: an English
            title; `word*` may go on.
        question_words: words that begin a question about a language and ask for nothing in it: why, how many.
        topic_words: words for learning or speaking one, near its name.
    """

    source: str
    reviewer: str = ""
    correction: tuple[str, ...] = ()
    repetition: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    declining: tuple[str, ...] = ()
    latin_letters: tuple[str, ...] = ()
    translation: tuple[str, ...] = ()
    into_before: tuple[str, ...] = ()
    into_after: tuple[str, ...] = ()
    adjective_endings: tuple[str, ...] = ()
    into_followers: tuple[str, ...] = ()
    and_words: tuple[str, ...] = ()
    no_language_endings: tuple[str, ...] = ()
    text_nouns: tuple[str, ...] = ()
    question_words: tuple[str, ...] = ()
    topic_words: tuple[str, ...] = ()


@checked_call
@dataclass(frozen=True)
class StyleCues:
    """Phrases of how an answer speaks, written as those of refusals: what chosen answers may have more of.

    Attributes:
        source: who wrote the phrases.
        reviewer: the speaker who confirmed them; empty where none has.
        hedging: of somebody who is not sure: perhaps, it seems.
        apology: of somebody who is sorry.
        formal: of speaking to a person with distance, as with Sie, vous and usted.
        informal: of speaking to a friend, as with du, tu and tú.
    """

    source: str
    reviewer: str = ""
    hedging: tuple[str, ...] = ()
    apology: tuple[str, ...] = ()
    formal: tuple[str, ...] = ()
    informal: tuple[str, ...] = ()


@checked_call
@dataclass(frozen=True)
class SheetWords:
    """What the row below the head of a review sheet says, in the language; a text that is left out is the English one.

    What reviewers write stays as it is in every language: `A`, `tie`, `not my language`.

    Attributes:
        source: who wrote the texts.
        reviewer: the speaker who confirmed them; empty where none has.
        how: that the row says how a sheet is filled in.
        leave: of a cell that stays as it is.
        prompt, answer_a, answer_b, answer: the same of the prompt, of two answers, and of a single one.
        better: what to write of two answers: A, B, tie, both bad, not my language.
        good: what to write of a single one: good, bad, drop, not my language.
        edited, comment, name: what to write, if one likes, into the last columns.
        conversation, reply, next_message: of a cell of a sheet of turns that stays as it is.
        mark: what to write of such a turn: dissatisfied, satisfied, neither, not my language.
        page: what to do on a dataset's page: keep, flip, drop, tie, and Export.
    """

    source: str
    reviewer: str = ""
    how: str = "how to fill this in"
    leave: str = "leave as it is"
    prompt: str = "leave as it is: what was asked"
    answer_a: str = "leave as it is: one answer"
    answer_b: str = "leave as it is: the other answer"
    answer: str = "leave as it is: the answer"
    better: str = "write A or B for the better answer, tie, both bad, or not my language; leave empty what you skip"
    good: str = "write good or bad, drop (to be taken out of the data), or not my language; leave empty what you skip"
    edited: str = "if you like: the better answer as it should read, corrected by you"
    comment: str = "if you like: why"
    name: str = "your name, or any word for you; it goes no further than this sheet"
    conversation: str = "leave as it is: what stood before the answer"
    reply: str = "leave as it is: the assistant's answer"
    next_message: str = "leave as it is: what the person wrote next"
    mark: str = "what the next message says of the answer: write dissatisfied, satisfied, neither, or not my language"
    page: str = ""


@checked_call
@dataclass(frozen=True)
class Phrase:
    """A phrase of refusals or of AI boilerplate, or one that only looks like them; `stages/checks/refusals.py` says how
    it is written.

    Attributes:
        kind: `refusal`, `boilerplate`, or `idiom`: what has the words of a refusal and is none ("can't wait to").
        text: the phrase.
        source: who wrote it.
        reviewer: the person who confirmed it; empty where none has: it then flags, and never rejects.
    """

    kind: Literal["refusal", "boilerplate", "idiom"]
    text: str
    source: str
    reviewer: str = ""


@checked_call
@dataclass(frozen=True)
class Language:
    """One language.

    Attributes:
        tag: BCP-47 tag as the Hugging Face Hub uses it.
        name: English name.
        native_name: the name in the language itself; the English one where none is known.
        iso639_3: ISO 639-3 code; the macrolanguage's where the tag means one (ara, fas, zho).
        scripts: ISO 15924 codes of the scripts it is written in, the usual one first. Codes for mixtures (Jpan, Kore)
            and variants (Hans, Hant) are kept as such; `polypref.languages.scripts.members` spells them out.
        flores: FLORES-200 / NLLB code of the usual script; empty where there is none.
        codes: the labels of the detectors.
        direction: ltr or rtl.
        spaces: whether words are separated by spaces.
        joshi_class: resource class 0 to 5 of Joshi et al. 2020 (arXiv 2004.09095), None where not known here.
        aliases: other codes and names under which data name it (ISO 639-2/B, single languages of a macrolanguage).
        words_take_endings: whether particles are written onto words, so that a listed phrase may go on at its end.
        capitalised_nouns: whether nouns begin with capitals; two such words in a row then make a name.
        length_factor: characters that the language takes for what English says in one character, measured over
            parallel texts (`benchmarks/quality/run.py factors`); None where not measured.
        usual_lead: by how much py3langid usually puts the language before all others, in log-likelihood per byte,
            measured (`benchmarks/language_id/run.py --usual`); None where not measured.
        margins: label of a neighbour that py3langid cannot tell well from the language -> by how much it may lead.
        characters_of_a_word: how many characters count as one word where words are not separated by spaces; None where
            not measured.
        answer_in: how to ask for an answer in another language.
        close_languages: words and letters that tell it from close languages.
        transcript_labels: what transcripts call the speakers.
        task_words: how prompts ask for what is judged otherwise.
        style_cues: phrases of hedging, apology and register.
        review_sheet: what a review sheet says to whoever fills it in.
        refusals: phrases of refusals and boilerplate.
    """

    tag: str
    name: str
    native_name: str
    iso639_3: str
    scripts: tuple[str, ...]
    flores: str = ""
    codes: DetectorCodes = field(default_factory=DetectorCodes)
    direction: Literal["ltr", "rtl"] = "ltr"
    spaces: bool = True
    joshi_class: Annotated[int, Bounds(0, 5)] | None = None
    aliases: tuple[str, ...] = ()
    words_take_endings: bool = False
    capitalised_nouns: bool = False
    length_factor: OverZero | None = None
    usual_lead: float | None = None
    margins: Mapping[str, float] = field(default_factory=dict, hash=False)
    characters_of_a_word: OverZero | None = None
    answer_in: AnswerIn | None = None
    close_languages: CloseLanguages | None = field(default=None, hash=False)
    transcript_labels: TranscriptLabels | None = field(default=None, hash=False)
    task_words: TaskWords | None = None
    style_cues: StyleCues | None = None
    review_sheet: SheetWords | None = None
    refusals: tuple[Phrase, ...] = ()

    def __hash__(self) -> int:
        # What is kept of a language is looked up for each text; a hash of all its phrases would be made each time.
        return hash(self.tag)

    @property
    def measured(self) -> bool:
        """Whether the project's thresholds were measured on texts in the language."""
        return self.length_factor is not None and self.usual_lead is not None

    @property
    def dense(self) -> bool:
        """Whether one character is a syllable or a word in its usual script."""
        return self.scripts[:1] != () and self.scripts[0] in _DENSE
