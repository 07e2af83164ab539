"""A dataset of rows of both forms, for tests of several folders: calls of tools, thoughts, and neither."""

import json
from pathlib import Path

import polypref
from polypref import Answer, Builder, Fields, Files, Mixture, PairRule, SourceRater, Split, Verdict

TOOLS = [{"name": "wetter", "parameters": {"type": "object", "properties": {"ort": {"type": "string"}}}}]
CALL = {"id": "c1", "type": "function", "function": {"name": "wetter", "arguments": '{"ort": "Köln am Rhein"}'}}
ASKED = {"role": "user", "content": "Wie ist das Wetter heute in Köln?"}
CALLED = {"role": "assistant", "content": None, "tool_calls": [CALL]}
TWO = (Answer("chosen", model="one", licence="cc0-1.0"), Answer("rejected", model="two", licence="cc0-1.0"))

#: A call against a guess; answers with thoughts, after a tool; a pair of neither; a thought on one side alone.
ROWS = (
    {"prompt": [ASKED], "tools": TOOLS, "chosen": CALLED,
     "rejected": "Heute ist es in Köln sonnig, und es sind ungefähr zwanzig Grad im Schatten."},
    {"prompt": [ASKED, CALLED, {"role": "tool", "tool_call_id": "c1", "content": '{"grad": 21}'}], "tools": TOOLS,
     "chosen": "<think>Das Werkzeug sagt 21 Grad, also ist es warm.</think>In Köln sind es heute angenehme 21 Grad.",
     "rejected": "<think>Das weiß ich leider nicht, also rate ich einfach.</think>In Köln regnet es den ganzen Tag."},
    {"prompt": "Nenne bitte einen tiefen See in Sibirien.", "chosen": "Der Baikalsee ist der tiefste See der Erde.",
     "rejected": "Dort gibt es viele Flüsse, aber ich kenne keinen See mit Namen."},
    {"prompt": "Nenne bitte einen hohen Berg in den Alpen.",
     "chosen": "<think>Mont Blanc?</think>Das ist der Mont Blanc.",
     "rejected": "Die Alpen haben viele Berge, und manche davon sind ziemlich hoch."},
)  # fmt: skip


def builder(folder: Path, rows=ROWS, copies: int = 1, **fields) -> Builder:
    """A builder of these rows, so many times with other questions."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.loads(_other_question(json.dumps(row), n)) for n in range(copies) for row in rows]
    (folder / "rows.jsonl").write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines), "utf-8")
    declared = Fields(
        "prompt",
        TWO,
        verdict=Verdict("people"),
        **{"thoughts": "cut", "tools": "read", "tool_schemas": "tools", **fields},
    )
    source = Files(str(folder / "rows.jsonl"), declared, name="rows", revision="1", licence="cc0-1.0", language="de")
    return Builder(
        name="both", version="0.1.0", card="both.md", sources=(source,), rater=SourceRater("people"),
        pairs=PairRule("given"), split=Split(test=0.0), mixtures=(Mixture("all"),),
    )  # fmt: skip


def _other_question(row: str, number: int) -> str:
    if not number:
        return row
    return row.replace("Wie ist", f"Frage {number}: Wie ist").replace("Nenne bitte", f"Nenne bitte {number + 1}-mal")


def dataset(folder: Path, **settings) -> Path:
    """The folder of the dataset."""
    return polypref.build(builder(folder, **settings), folder / "built", quiet=True).path
