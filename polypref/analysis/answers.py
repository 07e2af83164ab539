"""The answers and pairs that an audit looks at: of a build's stages, of published ratings, or of the pairs alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq

from ..errors import UserError
from ..files import sql
from ..files.atomic import read_json
from ..files.turns import has_whole_turns, rows_with_texts
from ..release.audit_results import AnswersOf
from ..release.provenance import Provenance

#: The most answers, and pairs, of one language that are looked at: those to some prompts, drawn by a digest.
MOST_ANSWERS, MOST_PAIRS = 20_000, 10_000


class Answer(NamedTuple):
    """One answer.

    Attributes:
        group: of its prompt, the same for its translations.
        prompt: id of the prompt.
        model: who wrote it.
        text: what it says.
    """

    group: str
    prompt: str
    model: str
    text: str


class AnswerPair(NamedTuple):
    """Two answers to a prompt of a group, the chosen and the rejected one."""

    group: str
    chosen: str
    rejected: str


@dataclass(frozen=True)
class AuditFiles:
    """Where an audit finds what it looks at.

    Attributes:
        data: the published files of pairs, or of single answers.
        ratings: the published files of what raters gave; none where they are not published.
        prompts, completions, verdicts: parts of the stages of the build; none where they are not at hand.
    """

    data: Sequence[Path]
    ratings: Sequence[Path] = ()
    prompts: Sequence[Path] = ()
    completions: Sequence[Path] = ()
    verdicts: Sequence[Path] = ()

    @property
    def answers_of(self) -> AnswersOf:
        """Which answers they hold: all of the build, those with ratings, or those of the pairs."""
        if self.completions and self.prompts:
            return "build"
        return "ratings" if self.ratings else "pairs"

    @property
    def every(self) -> list[Path]:
        """All of them."""
        return [*self.data, *self.ratings, *self.prompts, *self.completions, *self.verdicts]


def audit_files(folder: Path, record: Provenance) -> AuditFiles:
    """Where an audit of a dataset finds answers and verdicts: in the build's stages while they are there.

    Args:
        folder: the dataset.
        record: its provenance.

    Returns:
        the published files, and the parts of the stages that its rows came from.
    """
    data = [folder / name for name in sorted(record.files)]
    ratings = [folder / name for name in sorted(record.ratings.files)] if record.ratings else []
    stages = [folder / ".polypref" / name for name in record.rows]
    if not stages or not all(read_json(path / "done.json") for path in stages):
        return AuditFiles(data, ratings)
    return AuditFiles(data, ratings, *(_parts(stages, table) for table in ("prompts", "completions", "verdicts")))


def _parts(stages: Sequence[Path], table: str) -> list[Path]:
    return [part for path in stages for part in sorted(path.glob(f"{table}-*.parquet"))]


_PAIRS = "CREATE TEMP VIEW audit_pairs AS SELECT * FROM {files}"
# Answers to prompts of which a row is published; a reference is no model's answer.
_OF_BUILD = """
CREATE TEMP TABLE audit_answers AS
SELECT DISTINCT ON (c.completion_id) p.response_language AS language, p.group_id, c.prompt_id, c.completion_id, c.model,
       c.text
FROM {completions} c
JOIN (SELECT DISTINCT ON (prompt_id) prompt_id, group_id, response_language FROM audit_pairs) p USING (prompt_id)
WHERE c.route <> 'reference' AND trim(c.text) <> ''
"""
_OF_ANSWERS = """
CREATE TEMP TABLE audit_answers AS
SELECT DISTINCT ON (completion_id) * FROM ({answers}) WHERE text IS NOT NULL AND trim(text) <> ''
"""
_OF_SIDES = """
SELECT response_language AS language, group_id, prompt_id, chosen_id AS completion_id, chosen_model AS model,
       chosen[-1].content AS text FROM audit_pairs
UNION ALL
SELECT response_language, group_id, prompt_id, rejected_id, rejected_model, rejected[-1].content FROM audit_pairs
"""
_OF_RATINGS = """
SELECT response_language AS language, group_id, prompt_id, completion_id, model,
       completion[-1].content AS text FROM {files}
"""
_COUNTS = "SELECT language, model, count(*) FROM audit_answers GROUP BY ALL ORDER BY ALL"
_SOME_ANSWERS = """
SELECT group_id, prompt_id, model, text FROM audit_answers WHERE language = {language}
ORDER BY md5(group_id), group_id, completion_id LIMIT {most}
"""
_SOME_PAIRS = """
SELECT group_id, chosen[-1].content, rejected[-1].content FROM audit_pairs
WHERE response_language = {language} AND chosen IS NOT NULL AND rejected IS NOT NULL
ORDER BY md5(group_id), group_id, pair_id LIMIT {most}
"""


class AuditedAnswers:
    """The answers and pairs of a dataset, language by language; whose memory is that of one."""

    def __init__(self, files: AuditFiles, con: sql.Connection) -> None:
        """Makes tables of them.

        Args:
            files: where they are.
            con: a connection that may read the files.

        Raises:
            UserError: the dataset has no file.
        """
        if not files.data:
            raise UserError("the dataset has no rows to look at; build it again")
        self._con = con
        con.execute(_PAIRS.format(files=rows_with_texts(*files.data)))
        if files.answers_of == "build":
            con.execute(_OF_BUILD.format(completions=sql.parquet(*files.completions)))
        elif files.answers_of == "ratings":
            con.execute(_OF_ANSWERS.format(answers=_OF_RATINGS.format(files=ratings_with_texts(files.ratings))))
        else:
            con.execute(_OF_ANSWERS.format(answers=_OF_SIDES))

    def counts(self) -> dict[str, dict[str, int]]:
        """How many answers there are.

        Returns:
            language -> model -> answers, both in order.
        """
        counted: dict[str, dict[str, int]] = {}
        for language, model, number in self._con.execute(_COUNTS).fetchall():
            counted.setdefault(language, {})[model] = number
        return counted

    def answers(self, language: str) -> list[Answer]:
        """The answers in a language, of so many prompts as MOST_ANSWERS holds.

        Args:
            language: of the answers.

        Returns:
            the same for the same dataset, prompt by prompt.
        """
        query = _SOME_ANSWERS.format(language=sql.quote(language), most=sql.number(MOST_ANSWERS))
        return [Answer(*row) for row in self._con.execute(query).fetchall()]

    def pairs(self, language: str) -> list[AnswerPair]:
        """The published pairs in a language, MOST_PAIRS at most.

        Args:
            language: of the answers.

        Returns:
            the same for the same dataset, prompt by prompt; none of single answers.
        """
        query = _SOME_PAIRS.format(language=sql.quote(language), most=sql.number(MOST_PAIRS))
        return [AnswerPair(*row) for row in self._con.execute(query).fetchall()]


_RATINGS_AS_TEXTS = """(SELECT * REPLACE (
  [struct_pack("role" := json_extract_string(m, '$.role'), content := json_extract_string(m, '$.content'))
   FOR m IN completion] AS completion) FROM {files})"""


def ratings_with_texts(files: Sequence[Path]) -> str:
    """Published files of ratings as a table expression whose answers are {role, content}.

    Args:
        files: of one dataset, whose footers were checked.

    Returns:
        the expression that stands after FROM.
    """
    table = sql.parquet(*files)
    return _RATINGS_AS_TEXTS.format(files=table) if has_whole_turns(pq.read_schema(files[0])) else table
