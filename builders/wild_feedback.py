"""Pairs from conversations in which a person was dissatisfied: the answer before is rejected, the one after chosen.

After WildFeedback (Shi et al. 2024, arXiv 2408.15549). An LLM reads what people wrote after each answer, in their own
languages: whether they were dissatisfied, whether the next answer mends it, and whether that would be an answer to the
request by itself. docs/wild_feedback.md says what is read, what is left out, and what people mark before a release.
"""

from dataclasses import dataclass

from polypref import (
    Answer,
    Builder,
    FeedbackRater,
    Fields,
    Mixture,
    Model,
    PairRule,
    Source,
    Split,
    UserError,
    Verdict,
    layouts,
    models,
    option,
)

# The judge of multilingual_ultrafeedback.py, which says more of it; Apache-2.0.
READER = Model("google/gemma-4-31B-it", licence="apache-2.0")


@dataclass(frozen=True)
class Params:
    """Options of this builder."""

    conversations: str = option("", "a file, a pattern of files ('data/*.jsonl'), or ORG/NAME on the Hub (required)")
    turns: str = option("conversation", "column of the list of messages")
    replies: str = option("", "in place of --turns, of trees: column of the list of replies to a message")
    root: str = option("", "with --replies: path to the first message of a tree, where that is not the row itself")
    deleted: str = option("", "column of a message: true where it was deleted; it and what follows it are left out")
    accepted: str = option("", "column of a message: false where reviewers did not accept it; left out as --deleted")
    records: str = option("", "of a .json file that is no list: the path of the list of rows in it")
    language: str = option("", "language of every conversation, where no column says it")
    language_column: str = option("", "column of each conversation's language")
    answered_by: str = option("unknown", "model that wrote the answers, where no column says it")
    answered_by_column: str = option("", "column of the model that wrote the answers")
    answer_licence: str = option("unknown", "licence of the answers; a public release wants it known")
    licence: str = option("unknown", "licence of the conversations; a public release wants it known")
    revision: str = option("", "version of the source: a date, a tag, a commit; of the Hub its main branch")
    split: str = option("train", "split of a Hub dataset")
    name: str = option("wild-feedback", "the dataset's name")
    model: str = option(READER.name, "LLM that reads what people wrote")
    model_revision: str = models.revision(READER)
    model_licence: str = models.licence(READER)
    model_at: str = models.place()
    context: int = option(16_384, "tokens of a conversation that vllm makes room for")
    attempts: int = option(2, "how often a reply that cannot be read is asked for")
    marks: str = option("", "what people marked, from polypref review marks; a release wants it")
    marks_wanted: int = option(100, "turns that people must have marked before a release")
    test: float = option(0.05, "share of the conversations that go to test")
    seed: int = option(0, "seed of splits and ranks")


def build(params: Params) -> Builder:
    """Declares the dataset.

    Args:
        params: the options.

    Returns:
        The dataset, declared.

    Raises:
        UserError: no conversations are named.
    """
    if not params.conversations:
        raise UserError("wild_feedback needs --conversations: a file, a pattern of files, or ORG/NAME on the Hub")
    reader = models.from_params(params, "model", READER, max_length=params.context)
    return Builder(
        name=params.name,
        version="0.1.0",
        card="wild_feedback.md",
        sources=(_source(params),),
        rater=FeedbackRater(reader, attempts=params.attempts, marks_wanted=params.marks_wanted),
        pairs=PairRule("given", seed=params.seed),
        split=Split(test=params.test, seed=params.seed),
        mixtures=(Mixture("all"),),
        marks=params.marks or None,
    )


def _source(params: Params) -> Source:
    """The conversations, a row for each answer that a person wrote something after and that was followed by another."""
    answer = Answer(
        "answer",
        model=params.answered_by,
        model_column=params.answered_by_column or None,
        licence=params.answer_licence,
    )
    later = Answer("later_answer", model=answer.model, model_column=answer.model_column, licence=answer.licence)
    fields = Fields(
        "turns",
        (answer, later),
        language=params.language_column or None,
        group="conversation_id",
        verdict=Verdict("reactions", "side", second=("later_answer",), each="reactions", rationale="text"),
    )
    how = layouts.NamedLayout(
        fields,
        where={"request": True, "reaction": True, "answer_to_it": True},
        records=params.records or None,
        tree=layouts.Reactions(
            "" if params.replies else params.turns, params.replies, params.root, params.deleted, params.accepted
        ),
        rater="reactions",
    )
    language = params.language or None
    return how.at(params.conversations, params.name, params.licence, params.revision, language, params.split)
