"""Preference pairs of a file or Hub dataset that is there already, without a script of one's own.

Four ways to say what its columns hold: the name of a layout (`polypref layouts` lists them, `polypref look FILE` shows
which fit), the columns of the chosen and the rejected answer, those of two answers with a winner or with scores, or
that of one answer with a label. Labels are paired within a prompt, or kept with --unpaired.
"""

import csv
import re
from dataclasses import dataclass, replace
from typing import Literal

from polypref import (
    Answer,
    Builder,
    Fields,
    HubDataset,
    Mixture,
    PairRule,
    Source,
    SourceRater,
    Split,
    UserError,
    Verdict,
    languages,
    layout,
    layouts,
    option,
)

#: How fields of declarations are said by the options, for sentences that speak of them.
OPTIONS = {
    "Fields.prompt": "--prompt",
    "Fields.language": "--language-column",
    "Fields.group": "--group",
    "Fields.criterion": "--criterion",
    "Fields.thoughts=kept": "--keep-thoughts",
    "Fields.thoughts=cut": "--cut-thoughts",
    "Fields.tools=read": "--read-tools",
    "Fields.tool_schemas": "--tool-schemas",
    "Files.corrections": "--corrections",
    "Files.language": "--language",
    "HubDataset.language": "--language",
    "Verdict.column": "--winner",
    "Verdict.first": "--first",
    "Verdict.second": "--second",
    "Verdict.tie": "--tie",
    "Verdict.unjudged": "--unjudged",
    "Verdict.annotator": "--annotator",
    "Verdict.join": "--join",
    "Verdict.names_models=False": "--by-place",
    "Verdict.names_models=True": "--model-a and --model-b",
    "Answer.score": "--scores or --label",
    "Answer.decimal": "--decimal-comma",
    "Answer.lower_is_better": "--lower-is-better",
    "Answer.model_column": "--model-a and --model-b, or --model-column,",
}
#: Those of them that may stand beside --layout.
OPTIONS_BESIDE_LAYOUT = {
    field: option
    for field, option in OPTIONS.items()
    if field.startswith(("Files.", "HubDataset.", "Fields.")) and field not in ("Fields.prompt", "Fields.group")
}
#: Who preferred one answer to the other, where the options name columns.
RATER = "source"
#: Options that say what the columns hold, by the way in which they do.
LAYOUT = ("layout", "never")
CHOSEN = ("chosen", "rejected")
WINNER = (
    "a",
    "b",
    "model_a",
    "model_b",
    "winner",
    "first",
    "second",
    "tie",
    "unjudged",
    "by_place",
    "annotator",
    "join",
)
SCORES = ("a", "b", "model_a", "model_b", "scores", "lower_is_better", "decimal_comma")
LABEL = ("completion", "label", "good", "bad", "model_column")
COLUMNS = ("prompt", "group")
JOINS: dict[str, Literal["unanimous", "majority", "each"]] = {
    "": "unanimous",
    "unanimous": "unanimous",
    "majority": "majority",
    "each": "each",
}


@dataclass(frozen=True)
class Params:
    """Options of this builder."""

    source: str = option("", "a file, a pattern of files ('data/*.jsonl'), or ORG/NAME on the Hub (required)")
    layout: str = option("", "name of a layout, or a file LAYOUT.toml")
    never: str = option("", "with --layout: the answer that no row prefers, `first` or `second`, where that is right")
    prompt: str = option("", "column of the prompt; left out, the turns that both answers' conversations share")
    chosen: str = option("", "column of the better answer; goes with --rejected")
    rejected: str = option("", "column of the worse answer")
    a: str = option("", "column of the first of two answers; goes with --b, and --winner or --scores")
    b: str = option("", "column of the second answer")
    model_a: str = option("", "column of the model that wrote --a; goes with --model-b")
    model_b: str = option("", "column of the model that wrote --b")
    winner: str = option(
        "",
        "column that says which of the two is better; goes with --first, --second and --tie, or names the model, with "
        "--model-a, --model-b and --tie",
    )
    first: str = option(
        "", 'values of --winner that name the first answer, commas between them, "..." round one with a comma'
    )
    second: str = option("", "values of --winner that name the second answer")
    tie: str = option("", "values of --winner that name neither")
    unjudged: str = option("", "values of --winner that say nothing of the two, as skipped; empty cells never do")
    by_place: bool = option(
        False,
        "with --first and --second: their values name the columns --a and --b, though two other columns hold them too, "
        "now one and now the other, as the names of models do",
    )
    annotator: str = option("", "with --winner or --label: column that names who judged, where several people did")
    join: str = option(
        "",
        "with --winner: how several verdicts on the same answers are one: unanimous (left out), majority, or each, a "
        "row a vote; with --unpaired: how several labels of an answer are, unanimous or majority",
    )
    scores: str = option(
        "", "columns of the scores of --a and --b, with a comma between them; the higher is better, row by row"
    )
    lower_is_better: bool = option(False, "with --scores: they are ranks or the like, the lower is better")
    decimal_comma: bool = option(False, "with --scores: a comma stands before the decimals, as in 3,5")
    completion: str = option("", "column of the one answer of a row; goes with --label")
    model_column: str = option("", "with --label: column of the model that wrote --completion; =NAME for all rows")
    label: str = option("", "column that says of --completion whether it is good: true or 1, or bad: false or 0")
    good: str = option("", "values of --label that mean good, where they are others, with commas between them")
    bad: str = option("", "values of --label that mean bad")
    unpaired: bool = option(False, "keep each labelled answer as a row (for KTO), in place of pairs within a prompt")
    language: str = option("", "language of every row, where no column says it")
    language_column: str = option("", "column of each row's language")
    group: str = option("", "column of an id that the translations of a prompt share")
    criterion: str = option(
        "", "column of what a row's verdict or scores go by; it becomes the prompt's system message, and a column"
    )
    criterion_apart: bool = option(False, "with --criterion: leave the prompt as it is, and have the column alone")
    ratings: bool = option(False, "publish all scores and verdicts too, in a config of their own")
    keep_thoughts: bool = option(False, "keep answers with a model's thoughts in them (<think>...), left out otherwise")
    cut_thoughts: bool = option(False, "take a model's thoughts out of answers, into `thinking` of their messages")
    read_tools: bool = option(False, "read calls of tools and what tools answer, left out otherwise")
    tool_schemas: str = option("", "with --read-tools: column of the tools that the model was given")
    records: str = option("", "of a .json file that is no list: the path of the list of rows in it")
    corrections: str = option(
        "",
        "of a file: another with the same columns, whose rows count in place of those with the same prompt and answers "
        "(and --annotator)",
    )
    per_prompt: int = option(
        0, "at most so many pairs of a prompt (of scores: of each row); 0: of scores one, of verdicts all"
    )
    name: str = option("", "the dataset's name; left out, that of the file")
    licence: str = option("unknown", "licence of the file; a public release wants it known")
    answer_licence: str = option(
        "", "licence of the answers, where the layout names none; a public release wants it known too"
    )
    revision: str = option("", "version of the source: a date, a tag, a commit; of the Hub its main branch")
    split: str = option("", "split of a Hub dataset; left out, train")
    config: str = option("", "config of a Hub dataset")
    test: float = option(0.05, "share of the prompts that go to test")
    seed: int = option(0, "seed of splits and ranks")

    def given(self, *names: str) -> list[str]:
        """Which of some options were given.

        Args:
            names: of the parameters.

        Returns:
            the options as they are written.
        """
        return [f"--{name.replace('_', '-')}" for name in names if getattr(self, name)]


def build(params: Params) -> Builder:
    """Declares the dataset.

    Args:
        params: the options.

    Returns:
        The dataset, declared.

    Raises:
        UserError: the options do not say what the columns hold, or say it twice.
    """
    if not params.source:
        raise UserError("pairs needs --source: a file, a pattern of files, or ORG/NAME on the Hub")
    if params.language:
        languages.resolve_at("--language", params.language)
    how = _layout(params)
    stem = params.source.rsplit("/", 1)[-1].split(".")[0]
    name = params.name or re.sub(r"[^\w-]+", "-", stem).strip("-_") or "pairs"
    return Builder(
        name=name,
        version="0.1.0",
        card="pairs.md",
        sources=(_source(params, how, name),),
        rater=SourceRater(how.rater),
        pairs=_rule(params, how),
        split=Split(test=params.test, seed=params.seed),
        mixtures=(Mixture("all"),),
        evaluation_set=how.evaluation_set,
        notes=how.notes_of(params.source),
        ratings=params.ratings,
    )


def _rule(params: Params, how: layouts.NamedLayout) -> PairRule:
    if not params.unpaired:
        if params.join and params.label:
            raise UserError(
                "--join speaks of --winner, or of labels with --unpaired; leave it out, or write --unpaired"
            )
        return PairRule(how.rule, min_margin=how.least_margin, per_prompt=params.per_prompt or None, seed=params.seed)
    if params.per_prompt:
        raise UserError("--per-prompt counts pairs, and --unpaired keeps rows of one answer; leave one of them out")
    if how.rule == "given" or len(how.fields.answers) > 1:
        raise UserError("--unpaired keeps labels of single answers, and these rows compare two; leave --unpaired out")
    joins: dict[str, Literal["unanimous", "majority"]] = {"": "unanimous", "unanimous": "unanimous"}
    joins["majority"] = "majority"
    if params.join not in joins:
        raise UserError(f"--join {params.join}: with --unpaired write unanimous or majority")
    return PairRule("unpaired", join=joins[params.join])


def _source(params: Params, how: layouts.NamedLayout, name: str) -> Source:
    if params.records:
        how = replace(how, records=params.records)
    how = replace(how, fields=_licensed(params, _whole_turns(params, _by_criterion(params, how.fields))))
    language = params.language or None
    source = how.at(params.source, name, params.licence, params.revision, language, params.split, params.config)
    on_hub = isinstance(source, HubDataset)
    if wrong := params.given("records", "corrections") if on_hub else params.given("split", "config"):
        other = "a file" if on_hub else "a dataset of the Hub"
        raise UserError(f"{' and '.join(wrong)} speaks of {other}, and --source {params.source} is none; leave it out")
    return source if isinstance(source, HubDataset) else replace(source, corrections=params.corrections or None)


def _by_criterion(params: Params, fields: Fields) -> Fields:
    """The fields, with the column of what a row's verdict or scores go by."""
    if params.criterion_apart and not (params.criterion or fields.criterion):
        raise UserError("--criterion-apart goes with --criterion: it says where the criterion is written")
    return replace(
        fields,
        criterion=params.criterion or fields.criterion,
        criterion_in="column" if params.criterion_apart else fields.criterion_in,
    )


def _licensed(params: Params, fields: Fields) -> Fields:
    """The fields, with the licence of answers that say none themselves."""
    if not params.answer_licence:
        return fields
    answers = tuple(
        one if one.licence_column or one.licence != "unknown" else replace(one, licence=params.answer_licence)
        for one in fields.answers
    )
    return replace(fields, answers=answers)


def _whole_turns(params: Params, fields: Fields) -> Fields:
    """The fields, with what becomes of thoughts and of calls of tools."""
    if params.keep_thoughts and params.cut_thoughts:
        raise UserError("--keep-thoughts leaves thoughts in answers, and --cut-thoughts takes them out; leave out one")
    if params.tool_schemas and not params.read_tools:
        raise UserError("--tool-schemas goes with --read-tools: without it calls of tools are left out")
    if params.keep_thoughts or params.cut_thoughts:
        fields = replace(fields, thoughts="kept" if params.keep_thoughts else "cut")
    if params.read_tools:
        fields = replace(fields, tools="read", tool_schemas=params.tool_schemas or fields.tool_schemas)
    return fields


def _layout(params: Params) -> layouts.NamedLayout:
    """The layout that the options name or describe."""
    ways = {
        "--layout NAME (polypref layouts lists them)": LAYOUT[:1],
        "--chosen COLUMN --rejected COLUMN": CHOSEN,
        "--a COLUMN --b COLUMN with --winner or --scores": ("a", "b", "winner", "scores"),
        "--completion COLUMN --label COLUMN": LABEL,
    }
    taken = [way for way, names in ways.items() if params.given(*names)]
    if not taken:
        listed = f"{', '.join(list(ways)[:-1])}, or {list(ways)[-1]}"
        raise UserError(f"say what the columns hold: {listed}; polypref look {params.source} shows the columns")
    if len(taken) > 1:
        raise UserError(f"say what the columns hold in one way, not by {' and by '.join(taken)}")
    if params.layout:
        _refuse(params, "--layout says what all columns hold", *COLUMNS, *WINNER, *SCORES)
        return _spoken(params, _named(params))
    if params.chosen or params.rejected:
        _refuse(params, "--chosen is the better answer in every row", *LAYOUT, *WINNER, *SCORES)
        if not (params.chosen and params.rejected):
            raise UserError("--chosen and --rejected go together; name the column of each")
        return _described(params, (Answer(params.chosen), Answer(params.rejected)), Verdict(RATER))
    if params.given(*LABEL):
        return _by_label(params)
    if not (params.a and params.b):
        raise UserError("--a and --b go together; name the column of each answer")
    if bool(params.winner) == bool(params.scores):
        raise UserError("--a and --b want either --winner COLUMN or --scores COLUMN,COLUMN: which answer is better")
    return _by_winner(params) if params.winner else _by_scores(params)


def _spoken(params: Params, how: layouts.NamedLayout) -> layouts.NamedLayout:
    """The layout, with the column of the language where it has none itself."""
    if not params.language_column:
        return how
    if how.fields.language:
        raise UserError(
            f"layout {params.layout} reads the language from column {how.fields.language}; leave --language-column out"
        )
    return replace(how, fields=replace(how.fields, language=params.language_column), language=None)


def _named(params: Params) -> layouts.NamedLayout:
    how = layout(params.layout)
    if not how.fields.answers:
        raise UserError(f"layout {params.layout} reads prompts without answers, and pairs are made of answers")
    if not params.never:
        return how
    if params.never not in ("first", "second"):
        raise UserError(f"--never {params.never}: write first or second, the answer that no row prefers")
    verdict = how.fields.verdict
    if isinstance(verdict, layouts.Scale):
        verdict = replace(verdict, never="first" if params.never == "first" else "second")
    elif isinstance(verdict, Verdict) and verdict.columns:
        verdict = replace(verdict, first=()) if params.never == "first" else replace(verdict, second=())
    else:
        raise UserError(f"--never speaks of values that name an answer, and layout {params.layout} has none; leave it")
    return replace(how, fields=replace(how.fields, verdict=verdict))


def _by_winner(params: Params) -> layouts.NamedLayout:
    _refuse(params, "--winner says which answer is better", "never", "lower_is_better", "decimal_comma")
    sides = _listed(params.first), _listed(params.second), _listed(params.tie)
    # Where nothing says which values name an answer, and the models are known, they are the models' names.
    by_model = bool(params.model_a) and not (params.first or params.second)
    if params.by_place and not (params.first or params.second):
        raise UserError("--by-place speaks of the values of --first and --second; name them")
    if params.join not in JOINS:
        raise UserError(f"--join {params.join}: write unanimous, majority or each")
    who = params.annotator or None
    names_models = True if by_model else False if params.by_place else None
    verdict = Verdict(
        RATER,
        params.winner,
        *sides,
        unjudged=_listed(params.unjudged),
        names_models=names_models,
        annotator=who,
        join=JOINS[params.join],
    )
    return _described(params, _two_answers(params), verdict)


def _by_scores(params: Params) -> layouts.NamedLayout:
    of_winner = [name for name in WINNER if name not in (*SCORES, "winner")]
    _refuse(params, "--scores say which answer is better", "never", *of_winner)
    columns = _listed(params.scores)
    if len(columns) != 2:
        raise UserError(f"--scores {params.scores}: name two columns with a comma between them, that of --a first")
    lower = True if params.lower_is_better else None
    answers = tuple(
        replace(answer, score=score, rater=RATER, lower_is_better=lower, decimal="," if params.decimal_comma else ".")
        for answer, score in zip(_two_answers(params), columns, strict=True)
    )
    how = _described(params, answers, None)
    # Two scores say which of the row's own answers is better: nobody compared them with those of another row.
    return replace(how, fields=replace(how.fields, occasion="=row"))


def _by_label(params: Params) -> layouts.NamedLayout:
    of_two = [name for name in (*WINNER, *SCORES) if name not in ("annotator", "join")]
    _refuse(params, "--label says whether an answer is good", "never", *of_two)
    if not (params.completion and params.label):
        raise UserError("--completion and --label go together; name the column of each")
    if bool(params.good) != bool(params.bad):
        raise UserError("--good and --bad go together; write the values of each")
    good, bad = _listed(params.good) or ("true", "1"), _listed(params.bad) or ("false", "0")
    if both := [value for value in good if value in bad]:
        raise UserError(f"--good and --bad both name {both[0][:60]!r}; a value means one of the two")
    means = ((good, 1.0), (bad, 0.0))
    answer = Answer(
        params.completion,
        model_column=params.model_column or None,
        score=params.label,
        rater=RATER,
        score_labels={value: number for values, number in means for value in values},
    )
    how = _described(params, (answer,), None)
    return replace(how, fields=replace(how.fields, occasion=params.annotator or None))


def _two_answers(params: Params) -> tuple[Answer, Answer]:
    if bool(params.model_a) != bool(params.model_b):
        raise UserError("--model-a and --model-b go together; name the column of each answer's model")
    one, other = params.model_a or None, params.model_b or None
    return Answer(params.a, model_column=one), Answer(params.b, model_column=other)


def _described(params: Params, answers: tuple[Answer, ...], verdict: Verdict | None) -> layouts.NamedLayout:
    fields = Fields(
        params.prompt or None,
        answers,
        language=params.language_column or None,
        group=params.group or None,
        verdict=verdict,
    )
    return layouts.NamedLayout(fields, rater=RATER, rule="given" if verdict else "best_vs_worst")


def _refuse(params: Params, why: str, *names: str) -> None:
    if wrong := params.given(*dict.fromkeys(names)):
        raise UserError(f"{why}, so {' and '.join(wrong)} cannot say it too; leave out one of them")


def _listed(text: str) -> tuple[str, ...]:
    """The values of an option; one that holds a comma or a line break stands in double quotes, as in a CSV file."""
    try:
        values = next(csv.reader([text], skipinitialspace=True, strict=False), []) if text.strip() else []
    except csv.Error:
        raise UserError(
            f"{text[:60]!r} is no list of values: put commas between them, and double quotes round one that holds a "
            "comma or a line break"
        ) from None
    return tuple(one.strip() for one in values if one.strip())
