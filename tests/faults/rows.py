"""Small sound rows in eight languages, as files of every kind."""

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

SAID = {
    "ar": ("كيف حالك اليوم؟", "أنا بخير، شكرًا لك.", "بخير"),
    "de": ("Wie heißt „Straße“ auf Englisch?", 'Das heißt "street";\nso sagt man.', "street"),
    "fa": ("حال شما چطور است؟", "می‌روم به خانه، خوبم.", "خوبم"),
    "he": ("מה שלומך, חבר?", "טוב,\nתודה", "טוב"),
    "hi": ("आप कैसे हैं?", "मैं ठीक हूँ।", "ठीक"),
    "ja": ("元気ですか。", "はい、「元気」です。", "はい"),
    "ko": ("잘 지내요?", "네, 잘 지내요. 👩‍👩‍👧", "네"),
    "uk": ("Як справи, м’яко кажучи?", "Добре, дякую!", "Добре"),
}
ROWS = [
    {"id": f"g{n}", "language": tag, "prompt": asked, "a": long, "b": short, "score_a": n + 0.5, "score_b": n % 3}
    | {"better": "A", "labels": ["x", tag], "model": f"org/m{n % 2}"}
    for n, (tag, (asked, long, short)) in enumerate(SAID.items())
]


def by_schema(rows: list[dict[str, Any]], form: pa.Schema) -> None:
    """Rows are of the schema, hold no null where none may be, and no half characters: a file can hold them."""
    table = pa.Table.from_pylist(rows, form)
    table.validate(full=True)
    for field in form:
        assert field.nullable or not table[field.name].null_count, f"null in {field.name}"
    pq.write_table(table, io.BytesIO())
