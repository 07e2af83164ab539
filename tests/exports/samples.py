"""Rows of every kind that a form may stumble over, written by hand, and published files that hold them."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from polypref import schema
from polypref.exports.contract import Row
from polypref.files.turns import json_lists
from polypref.text.messages import compact_json, message_json

WEATHER = {"type": "function", "function": {"name": "wetter", "parameters": {"type": "object", "properties": {}}}}
CALL = {"type": "function", "id": "c1", "function": {"name": "wetter", "arguments": {"ort": "Köln"}}}


def user(text: str, **more: object) -> dict[str, object]:
    return {"role": "user", "content": text, **more}


def assistant(text: str, **more: object) -> dict[str, object]:
    return {"role": "assistant", "content": text, **more}


def system(text: str) -> dict[str, object]:
    return {"role": "system", "content": text}


def pair(
    number: int,
    language: str,
    prompt: list[dict[str, object]],
    chosen: dict[str, object],
    rejected: dict[str, object],
    tools: tuple[dict[str, object], ...] = (),
    scores: tuple[float, float] | None = None,
) -> Row:
    """A row of a pair whose ids end in a number."""
    ids = {name: f"{at}{number:031d}" for at, name in enumerate(("pair_id", "prompt_id", "group_id"))}
    high, low = scores or (None, None)
    values = {
        **ids, "language": language, "response_language": language, "chosen_id": f"a{number:031d}",
        "rejected_id": f"b{number:031d}", "chosen_model": "one", "rejected_model": "two", "chosen_route": "given",
        "rejected_route": "given", "chosen_score": high, "rejected_score": low,
        "score_margin": None if high is None or low is None else high - low, "rater": "people", "origin": "native",
        "translator": None, "source": "rows@1", "licence": "cc0-1.0", "flags": [],
    }  # fmt: skip
    return Row(values, prompt, {"chosen": [chosen], "rejected": [rejected]}, list(tools))


#: By what is special of them: a script from right to left, turns, a system turn, tools, thoughts, speakers out of turn.
PAIRS = {
    "hebrew": pair(
        1, "he", [user("מה שלומך?")], assistant("שלומי טוב, תודה!"), assistant("לא יודע."), scores=(2.5, 1.0)
    ),
    "turns": pair(
        2,
        "de",
        [user("Was ist ein See?"), assistant("Ein stehendes Gewässer."), user("Und ein Teich?")],
        assistant("Ein kleiner, flacher See."),
        assistant("Das weiß ich nicht."),
    ),
    "system": pair(
        3,
        "ar",
        [system("أجب بإيجاز."), user("ما عاصمة مصر؟")],
        assistant("القاهرة."),
        assistant("لا أعرف."),
    ),
    "called": pair(
        4,
        "de",
        [user("Wie ist das Wetter in Köln?")],
        assistant("", tool_calls=[CALL]),
        assistant("Sicher sonnig."),
        tools=(WEATHER,),
    ),
    "answered": pair(
        5,
        "de",
        [
            user("Wie warm ist es in Köln?"),
            assistant("", tool_calls=[CALL]),
            {"role": "tool", "content": '{"grad": 21}', "name": "wetter", "tool_call_id": "c1"},
        ],
        assistant("Es sind 21 Grad."),
        assistant("Es ist kalt."),
        tools=(WEATHER,),
    ),
    "thought": pair(
        6, "ja", [user("高い山は?")], assistant("富士山です。", thinking="日本の山か。"), assistant("知りません。")
    ),
    "unasked": pair(
        7, "fr", [user("Bonjour."), user("Qui es-tu ?")], assistant("Un assistant."), assistant("Personne.")
    ),
    "spaced": pair(8, "fr", [user("Un mot ?")], assistant(" Oui."), assistant("Non.")),
    "named": pair(9, "fr", [user("Qui suis-je ?", name="Anne")], assistant("Anne."), assistant("Paul.")),
    "spoken": pair(
        10, "de", [user("Und das Wetter?")], assistant("Ich sehe nach.", tool_calls=[CALL]), assistant("Nein.")
    ),
    "reminded": pair(
        11, "de", [user("Hallo."), assistant("Hallo."), system("Sei kurz."), user("Wer bist du?")],
        assistant("Ein Modell."), assistant("Ein Mensch."),
    ),
    "dummy": pair(12, "en", [user("Say a word.")], assistant("message"), assistant("No.")),
}  # fmt: skip


def single(number: int, language: str, text: str, label: bool) -> Row:
    """A row of a single labelled answer."""
    values = {
        "completion_id": f"c{number:031d}", "prompt_id": f"1{number:031d}", "group_id": f"2{number:031d}",
        "language": language, "response_language": language, "label": label, "model": "one", "route": "given",
        "rater": "thumbs", "origin": "native", "translator": None, "source": "rows@1", "licence": "cc0-1.0",
        "flags": [],
    }  # fmt: skip
    return Row(values, [user("Was ist Brot?")], {"completion": [assistant(text)]})


def files_of(folder: Path, rows: list[Row], split: str = "train") -> list[Path]:
    """The rows as published files, one a language, whole turns as JSON."""
    form = schema.UNPAIRED_WITH_TURNS if "completion" in rows[0].answers else schema.PREFERENCES_WITH_TURNS
    paths = []
    for language in dict.fromkeys(row.language for row in rows):
        mine = [row for row in rows if row.language == language]
        columns = []
        for column in form:
            if column.name == "tools":
                columns.append(json_lists([list(map(compact_json, row.tools)) or None for row in mine]))
            elif column.type == pa.list_(schema.JSON):
                turns = [row.prompt if column.name == "prompt" else row.answers[column.name] for row in mine]
                columns.append(json_lists([list(map(message_json, one)) for one in turns]))
            else:
                columns.append(pa.array([row.values[column.name] for row in mine], column.type))
        path = folder / "data" / language / f"{split}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_arrays(columns, schema=form), path)
        paths.append(path)
    return paths
