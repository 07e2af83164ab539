"""The words of a declaration that go into the card and the record of its dataset as they are written."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..layouts.source import Source
from ..raters.contract import Rater, with_combined
from ..text.published_words import LONGEST_SENTENCE, check_words


def check_declared_words(
    name: str,
    sources: Sequence[Source],
    raters: Iterable[Rater],
    notes: Iterable[str],
    citation: Mapping[str, str],
    licences: Mapping[str, str],
) -> None:
    """Sees that what is declared in words can be published: one line, no marks that turn it, no key, no address.

    Args:
        name: of the builder.
        sources, raters, notes, citation, licences: as the builder has them.

    Raises:
        UserError: a text cannot.
    """
    check_words("the builder's name", name)
    for source in sources:
        for what, text in _words_of_source(source):
            check_words(f"source '{source.name[:60]}': {what}", text)
    for rater in raters:
        for one in with_combined(rater):
            check_words(f"rater {type(one).__name__}: its name", one.name)
    for number, note in enumerate(notes):
        check_words(f"notes[{number}]", note, LONGEST_SENTENCE, several_lines=True)
    for field, text in citation.items():
        check_words(f"citation: {field}", text, LONGEST_SENTENCE, ("secret",))
    for part, licence in licences.items():
        check_words("licences: the name of a part", part)
        check_words(f"licences: that of {part!r:.80}", licence)


def _words_of_source(source: Source) -> Iterator[tuple[str, str]]:
    for what in ("name", "revision", "licence"):
        # A revision of the Hub may be left open.
        if isinstance(value := getattr(source, what, None), str):
            yield f"its {what}", value
    for answer in source.fields.answers:
        for what in ("model", "model_column", "revision", "licence", "licence_column", "rater"):
            value = getattr(answer, what)
            if what.endswith("_column"):
                # A column's name stays in the declaration, but for a constant, which is the text itself.
                value = value.removeprefix("=") if (value or "").startswith("=") else ""
            if value:
                yield f"{what} of answer {answer.text!r:.60}", value
    if source.fields.verdict is not None:
        yield "rater of its verdict", source.fields.verdict.rater
