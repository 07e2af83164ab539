"""What provenance.json says of a dataset, as a typed object: what went in, what was counted, which files it has.

Its schema is FORMAT. A key that is added under the same schema gets a default, so that what was written before still
loads; keys of a later version that this one does not know stay with the record and are written again with it, those
inside one of its parts are left out. Another schema is refused.
"""

import json
import re
from collections.abc import Callable, Mapping, Sized
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from ..console import redaction
from ..console.escaping import one_line
from ..errors import UserError
from ..files.atomic import fingerprint, json_bytes
from ..files.json_types import Json, JsonObject, mapping_of
from ..files.records import OMIT_DEFAULT, OTHER_KEYS, Count, Tag, Text, decode, encode
from ..pipeline.who_rated import who_rated
from ..raters.calibration import LanguageCalibration
from ..review.agreement import Agreement
from ..review.applying import DecisionsUsed
from ..review.mark_figures import MarkFigures
from ..stages.counts import FunnelRow, NotDrawn, SourceRow, UnknownLanguage
from ..stages.counts import Quota as Quota
from ..stages.vote_agreement import VoteAgreement
from .audit_results import Audit
from .factor_results import Factors
from .facts import Facts, GroupPeople
from .group_factor_results import GroupFactors
from .label_facts import by_config
from .principle_results import Principles
from .ratings_facts import RatingsFacts

FILE = "provenance.json"
#: The schema of provenance.json; raised when an earlier polypref could not make sense of what is written.
FORMAT = "polypref/1"
_ADVICE = "get it from somebody you trust"

ConfigName = Annotated[str, re.compile(r"[^\W_][\w .-]{0,160}")]
Digest = Annotated[str, re.compile(r"[0-9a-f]{0,64}")]
#: Where a data file of a dataset may be: in its folder, or the record is none of ours.
DataPath = Annotated[
    str,
    re.compile(r"data/[A-Za-z0-9][A-Za-z0-9_-]{0,39}/(?:train|test)-[0-9]{8,12}-[0-9]{8,12}\.parquet"),
]
#: The same of a file of ratings.
RatingsPath = Annotated[
    str,
    re.compile(r"data/ratings/[A-Za-z0-9][A-Za-z0-9_-]{0,39}/(?:train|test)-[0-9]{8,12}-[0-9]{8,12}\.parquet"),
]
BibtexField = Annotated[str, re.compile(r"[a-z]{1,20}")]
StageName = Annotated[str, re.compile(r"[a-z]{1,20}-[0-9a-f]{8,64}")]
Version = Annotated[str, re.compile(r"[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}")]


#: Test of what must not be empty.
_FILLED: Callable[[Sized], bool] = bool
Mixtures = Annotated[dict[ConfigName, Annotated[dict[Tag, Quota], _FILLED]], _FILLED]


@dataclass(frozen=True)
class SourcePart:
    """A source of the released rows."""

    name: Text
    revision: Text
    licence: Text
    rows: Count


@dataclass(frozen=True)
class ModelPart:
    """A model whose answers are in the released rows."""

    model: Text
    revision: Text
    licence: Text


@dataclass(frozen=True)
class TranslatorPart:
    """Who translated prompts or answers of the released rows."""

    name: Text
    licence: Text
    rows: Count


@dataclass(frozen=True)
class WayPart:
    """How the prompts of some sources were rated and paired, where a dataset has several ways.

    Attributes:
        rater: whose scores or verdicts count.
        rule: name of the pair rule.
        sources: names of the sources.
        calibration: what the rater did with the answers to prompts of the sources that it rates, by language; empty
            where an earlier way of the same rater has it.
    """

    rater: Text
    rule: Text
    sources: list[Text]
    calibration: list[LanguageCalibration] = field(default_factory=list, metadata=OMIT_DEFAULT)


@dataclass(frozen=True)
class CheckPart:
    """A check of prompts, answers or pairs: what it rejects is left out, what it flags is marked."""

    name: Text
    version: Count
    summary: Text


@dataclass(frozen=True)
class FileFacts:
    """Digest, size and number of rows of a data file."""

    sha256: Digest
    bytes: Count
    rows: Count


@dataclass(frozen=True)
class SplitFiles:
    """The files of one split of a config."""

    split: Tag
    path: list[DataPath]


@dataclass(frozen=True)
class Config:
    """A config as the README's YAML names it: a mixture, or one language of it."""

    config_name: ConfigName
    data_files: list[SplitFiles]
    default: bool = field(default=False, metadata=OMIT_DEFAULT)


@dataclass(frozen=True)
class RatingsSplit:
    """The files of one split of a config of ratings."""

    split: Tag
    path: list[RatingsPath]


@dataclass(frozen=True)
class RatingsConfig:
    """The config of all ratings, or of those of one language."""

    config_name: ConfigName
    data_files: list[RatingsSplit]


@dataclass(frozen=True)
class RatingsPart:
    """What raters gave, as it is published beside the pairs.

    Attributes:
        configs: as in the README; the first is that of all languages.
        files: path -> facts of the data file.
        facts: what was measured on them.
        models, translators: those whose answers are among them and in no pair.
        funnel: what became of all scores and verdicts of the build.
    """

    configs: Annotated[list[RatingsConfig], _FILLED]
    files: Annotated[dict[RatingsPath, FileFacts], _FILLED]
    facts: list[RatingsFacts]
    models: list[ModelPart] = field(default_factory=list)
    translators: list[TranslatorPart] = field(default_factory=list)
    funnel: list[FunnelRow] = field(default_factory=list)


@dataclass(frozen=True)
class MarksPart:
    """How far people agree with a model that read what others wrote, where a rater is such a model.

    Attributes:
        rater: its name, in column `rater`.
        reader: the model, its revision and its prompts.
        wanted: on so many turns people must have said what they find in them, before a release.
        by: who marked, in words; empty where nobody has.
        people: how many they are.
        languages: how far they agree.
        elsewhere: how many turns are marked in the file that this build has not read; they count for nothing.
    """

    rater: Text
    reader: Text
    wanted: Count
    by: Text = ""
    people: Count = 0
    languages: dict[Tag, MarkFigures] = field(default_factory=dict)
    elsewhere: Count = field(default=0, metadata=OMIT_DEFAULT)


@dataclass(frozen=True)
class Provenance:
    """What provenance.json holds.

    Attributes:
        format: its schema, FORMAT.
        name, version: of the dataset.
        card: name of the file of the card's prose.
        prose: that prose.
        evaluation_set: whether it was built from an evaluation set, and is never to be released.
        notes: what a reader must know first.
        citation: fields of its BibTeX entry that the builder gives.
        parameters: of the builder script.
        settings: all that steered the build.
        packages: package -> version.
        fingerprints: stage -> what stands for all that went into it.
        fingerprint: stands for all that went into the folder; empty where rows were taken out afterwards.
        rater: whose scores or verdicts made the pairs; of several ways all names.
        ways: how the prompts of the sources were rated and paired, where these differ.
        sources, models, translators: the parts of the released rows, with their licences.
        facts: what was measured on the data files.
        mixtures: name -> language -> its quota.
        not_drawn: languages of whose leak groups the hash draws none for test; empty before 0.3.
        unknown_languages: names in the sources that no language goes by.
        not_language_checked: languages of the dataset whose answers no detector can check.
        own_languages: what the builder script says of languages that it registers, by tag.
        funnel: what every stage counted.
        configs: as in the README; the first is the default one.
        files: path -> facts of the data file.
        readme: SHA-256 of README.md.
        rows: stages whose prompts, answers and ratings the rows came from.
        served: model -> the names by which its servers said that they serve it.
        model_notes: model, NAME or NAME@REVISION where one was asked for -> what its chat template does by itself, and
            at which revision it was loaded where none was asked for: sentences, of models that polypref loaded.
        checks: what prompts, answers and pairs were checked for, in order.
        calibration: what the rater did, by language; of several ways each has its own.
        agreement: how far those agree who judged the same answers in the sources.
        group_people: how many people the published groups of who judged are of; empty where none are published.
        read_by_source: what became of the rows of each source when they were read; empty where there is one.
        review: language -> how far reviewers agreed; None without a review.
        decisions_used: language -> what the build did with their decisions; None without a review, or before 0.3.
        factors: what chosen answers have more of; None where nobody asked (polypref factors).
        group_factors: the same by groups of people, one for each group that was asked for (polypref factors --by).
        principles: what an LLM proposed for them, and what votes say; None where nobody asked.
        audit: what answers have in common, by model and language; None where nobody asked (polypref audit).
        ratings: what raters gave, where that is published; None where it is not.
        marks: what people found in turns that a model read, or that nobody has looked yet; None where none did.
        masked: kind of personal data -> how many finds were masked; None where masking was declined; False where the
            texts are as they were built.
        others: keys of a later version.
    """

    name: ConfigName
    version: Version
    prose: Text
    rater: Text
    evaluation_set: bool
    notes: list[Text]
    parameters: JsonObject
    settings: JsonObject
    packages: JsonObject
    fingerprints: dict[Text, Digest]
    fingerprint: Digest
    sources: list[SourcePart]
    models: list[ModelPart]
    translators: list[TranslatorPart]
    facts: Facts
    mixtures: Mixtures
    funnel: list[FunnelRow]
    configs: Annotated[list[Config], _FILLED]
    files: dict[DataPath, FileFacts]
    readme: Digest
    format: Text = FORMAT
    card: Text = field(default="", metadata=OMIT_DEFAULT)
    citation: dict[BibtexField, Text] = field(default_factory=dict, metadata=OMIT_DEFAULT)
    rows: list[StageName] = field(default_factory=list)
    served: dict[str, list[str]] | None = field(default=None, metadata=OMIT_DEFAULT)
    model_notes: dict[str, list[str]] = field(default_factory=dict, metadata=OMIT_DEFAULT)
    checks: list[CheckPart] = field(default_factory=list, metadata=OMIT_DEFAULT)
    ways: list[WayPart] = field(default_factory=list, metadata=OMIT_DEFAULT)
    calibration: list[LanguageCalibration] = field(default_factory=list)
    agreement: list[VoteAgreement] = field(default_factory=list, metadata=OMIT_DEFAULT)
    group_people: list[GroupPeople] = field(default_factory=list, metadata=OMIT_DEFAULT)
    read_by_source: list[SourceRow] = field(default_factory=list, metadata=OMIT_DEFAULT)
    review: dict[Tag, Agreement] | None = None
    decisions_used: dict[Text, DecisionsUsed] | None = field(default=None, metadata=OMIT_DEFAULT)
    not_drawn: list[NotDrawn] = field(default_factory=list, metadata=OMIT_DEFAULT)
    unknown_languages: list[UnknownLanguage] = field(default_factory=list, metadata=OMIT_DEFAULT)
    not_language_checked: list[Tag] = field(default_factory=list, metadata=OMIT_DEFAULT)
    own_languages: JsonObject = field(default_factory=dict, metadata=OMIT_DEFAULT)
    factors: Factors | None = field(default=None, metadata=OMIT_DEFAULT)
    group_factors: list[GroupFactors] = field(default_factory=list, metadata=OMIT_DEFAULT)
    principles: Principles | None = field(default=None, metadata=OMIT_DEFAULT)
    audit: Audit | None = field(default=None, metadata=OMIT_DEFAULT)
    ratings: RatingsPart | None = field(default=None, metadata=OMIT_DEFAULT)
    marks: MarksPart | None = field(default=None, metadata=OMIT_DEFAULT)
    masked: dict[Text, Count] | Literal[False] | None = field(default=False, metadata=OMIT_DEFAULT)
    others: dict[str, Json] = field(default_factory=dict, metadata=OTHER_KEYS)

    def calibrations(self) -> list[tuple[str, list[LanguageCalibration]]]:
        """What each rater did.

        Returns:
            Its name, and a row for each language; no rater of which nothing is known.
        """
        every = [(self.rater, self.calibration), *((way.rater, way.calibration) for way in self.ways)]
        return [(rater, rows) for rater, rows in every if rows]

    @property
    def all_files(self) -> dict[str, FileFacts]:
        """Path -> facts of every data file, those of ratings last."""
        return {**self.files, **(self.ratings.files if self.ratings else {})}

    @property
    def unpaired(self) -> bool:
        """Whether a row is a single answer with a label, and no pair."""
        return bool(self.facts.labels)

    def labels(self) -> dict[str, dict[str, tuple[int, int]]]:
        """The labels of the training rows.

        Returns:
            Mixture -> language -> how many good answers and bad ones; nothing of a dataset of pairs.
        """
        train = {
            one.config_name: [path for part in one.data_files if part.split == "train" for path in part.path]
            for one in self.configs
            if one.config_name in self.mixtures
        }
        return by_config(self.facts.labels, train) if self.unpaired else {}

    @property
    def rated_by(self) -> str:
        """Who rated, in words for a reader: the columns of a source, or a rater's name."""
        ways = [(way.rater, way.rule, way.sources) for way in self.ways]
        return who_rated(mapping_of(self.settings.get("builder")), self.rater, ways)

    def ordered_mixtures(self) -> dict[str, dict[str, Quota]]:
        """The mixtures in the order of the configs; JSON does not keep that of a mapping.

        Returns:
            Name -> language -> its quota.
        """
        names = [one.config_name for one in self.configs if one.config_name in self.mixtures]
        return {name: self.mixtures[name] for name in names}

    def row_count(self) -> int:
        """How many rows its files hold.

        Returns:
            The sum over files; a row that several mixtures have counts once.
        """
        return sum(one.rows for one in self.files.values())

    def tags(self) -> list[str]:
        """The languages with training pairs, sorted.

        Returns:
            Their tags.
        """
        return sorted({tag for quotas in self.mixtures.values() for tag, quota in quotas.items() if quota.given})


def redacted(record: Provenance) -> Provenance:
    """The same without what is a secret, or looks like one.

    Args:
        record: a provenance.

    Returns:
        Another one with stars in place of secrets.

    Raises:
        UserError: a secret stands where only a name or number can, and the rest says nothing without it.
    """
    values = redaction.redacted(encode(record))
    return decode(Provenance, values, "what the build would say of its dataset cannot be written down")


def to_bytes(record: Provenance) -> bytes:
    """A provenance as its file holds it, with its seal.

    Args:
        record: a provenance.

    Returns:
        JSON; the same record gives the same bytes.
    """
    values = encode(record)
    return json_bytes(values | {"seal": seal_record(values)})


def seal_record(values: Mapping[str, Json]) -> str:
    """Stands for all that a provenance says, so that a change by hand is noticed.

    Args:
        values: what the file says; a `seal` in it is left out.

    Returns:
        16 hexadecimal digits.
    """
    return fingerprint({key: value for key, value in values.items() if key != "seal"})


def read_provenance(path: Path) -> Provenance:
    """Reads provenance.json, which may be a stranger's; nothing that it names is looked at.

    Args:
        path: the file.

    Returns:
        The provenance, every value of its type.

    Raises:
        OSError: there is no such file.
        UserError: it is damaged, was changed by hand, is of another schema, or does not describe a dataset.
    """
    try:
        values = json.loads(path.read_text("utf-8"))
        sealed = isinstance(values, dict) and values.get("seal") == seal_record(values)
    except (ValueError, RecursionError, TypeError):
        values = None
    if not isinstance(values, dict) or not values:
        raise UserError(f"{path} is damaged; delete it and build again, or download the dataset again")
    if values.get("format") != FORMAT:
        schema = one_line(str(values.get("format"))[:40])
        raise UserError(
            f"{path.parent} was written by another polypref ({schema}), and this one reads {FORMAT}; build it again, "
            "or install the polypref that wrote it"
        )
    if not sealed:
        raise UserError(f"{path} was changed by hand; edit the builder script, delete it, and build again")
    del values["seal"]
    return decode(Provenance, values, f"{path} does not describe a polypref dataset", _ADVICE)
