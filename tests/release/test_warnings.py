"""What a careful reader is counts of a dataset, and what is counts of each language."""

from polypref.files.records import decode
from polypref.release.provenance import Provenance
from polypref.release.warnings import BY_LANGUAGE, by_head, warnings
from polypref.stages.counts import FunnelRow
from tests import strangers


def quota(given: int, test: int) -> dict[str, int]:
    return {"asked": 5, "available": 5, "given": given, "test": test}


def lines(**change: object) -> list[str]:
    return warnings(decode(Provenance, strangers.minimal(**change), "a test's record"))


def test_languages_without_training_or_test_pairs_are_named_by_mixture() -> None:
    mixtures = {"all": {"de": quota(3, 1), "he": quota(0, 0), "ja": quota(2, 0)}, "few": {"de": quota(1, 1)}}
    assert lines(mixtures=mixtures) == [
        "all: no training pair in he",
        "all: no test pair in ja; add prompts or raise the test share",
    ]


def test_no_test_pairs_are_no_news_where_none_were_asked_for() -> None:
    mixtures = {"all": {"de": quota(3, 0), "he": quota(0, 0)}}
    asked = [{"builder": {"split": {"test": share}}} for share in (0.0, 0, 0.05)]
    assert [lines(mixtures=mixtures, settings=settings) for settings in asked] == [
        ["all: no training pair in he"],
        ["all: no training pair in he"],
        ["all: no training pair in he", "all: no test pair in de; add prompts or raise the test share"],
    ]


def facts(*chosen: tuple[str, int]) -> dict[str, object]:
    models = [{"model": model, "route": "direct", "chosen": number, "rejected": 1} for model, number in chosen]
    return {"languages": {}, "models": models, "flags": [], "origins": [], "raters": []}


def test_a_model_that_gives_nearly_all_chosen_answers_is_named() -> None:
    mixtures = {"all": {"de": quota(3, 1)}}
    assert lines(mixtures=mixtures, facts=facts(("m", 91), ("n", 9))) == [
        "91% of the chosen answers are by m: its style is what is learned"
    ]
    assert lines(mixtures=mixtures, facts=facts(("m", 90), ("n", 10))) == []
    assert lines(mixtures=mixtures, facts=facts(("m", 100))) == []  # there is no other model to learn from


def test_unknown_licences_and_languages_are_named() -> None:
    models = [
        {"model": name, "revision": "1", "licence": licence} for name, licence in (("b", "unknown"), ("a", "mit"))
    ]
    unknown = [{"name": "Elbonian", "rows": 12, "nearest": "Albanian (sq)"}]
    assert lines(mixtures={"all": {"de": quota(3, 1)}}, models=models, unknown_languages=unknown) == [
        "rows left out, as no known language goes by: Elbonian (12 rows; nearest: Albanian (sq))",
        "licence unknown: b",
    ]


def test_models_that_nothing_names_are_not_called_unknown() -> None:
    models = [{"model": name, "revision": "1", "licence": "unknown"} for name in ("unknown", "b")]
    assert lines(mixtures={"all": {"de": quota(3, 1)}}, models=models) == [
        "licence unknown: b, answers of models that are not named"
    ]


def test_where_pairs_come_of_verdicts_prompts_with_a_pair_are_those_with_a_verdict() -> None:
    def row(stage: str, unit: str, outcome: str, rows: int) -> FunnelRow:
        return FunnelRow(stage, unit, "de", outcome, "", rows)

    funnel = [row("index", "prompts", "kept", 9), row("index", "rows", "kept", 50), row("pair", "answers", "kept", 8)]
    funnel += [row("filter", "pairs", "kept", 3), row("filter", "pairs", "flagged", 7), row("filter", "pairs", "in", 4)]
    scored = [*funnel, row("pair", "prompts", "kept", 4), row("pair", "prompts", "pairs_made", 5)]
    counts = {"prompts": 9, "with a pair": 4, "pairs": 5, "kept": 3}
    assert by_head(scored) == dict.fromkeys(BY_LANGUAGE, 0) | counts
    judged = [*funnel, row("verdicts", "prompts", "in", 8), row("verdicts", "prompts", "with_a_pair", 6)]
    assert by_head([*judged, row("pair", "verdicts", "kept", 7), row("pair", "verdicts", "pairs_made", 7)]) == (
        dict.fromkeys(BY_LANGUAGE, 0) | counts | {"with a pair": 6, "pairs": 7}
    )


def test_what_reviewers_removed_and_what_was_taken_back_is_told() -> None:
    def row(stage: str, outcome: str, rows: int) -> FunnelRow:
        return FunnelRow(stage, "pairs", "de", outcome, "", rows)

    counts = by_head(
        [
            row("review", "rejected", 2),
            row("filter", "rejected", 1),
            row("balance", "kept", 9),
            row("retract", "rejected", 4),
        ]
    )
    assert (counts["rejected"], counts["in a mixture"]) == (3, 5)
