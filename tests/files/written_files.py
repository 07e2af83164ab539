"""What tests of files share: rows, and the same rows as bytes of every kind of file."""

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from polypref.files.cells import Bad
from polypref.files.readers import Line, read_file

ROWS = [
    {"prompt": "كيف حالك؟", "answer": 'قال: "بخير", شكرًا'},
    {"prompt": "מה שלומך?", "answer": "טוב,\nתודה"},
    {"prompt": "حال شما چطور است؟", "answer": "می‌روم\tخوب"},
    {"prompt": "आप कैसे हैं?", "answer": "ठीक हूँ।"},
    {"prompt": "你好吗？", "answer": "很好，谢谢。"},
    {"prompt": "元気ですか。", "answer": "はい、「元気」です。\r\nどうも"},
    {"prompt": "잘 지내요?", "answer": "네, 잘 지내요."},
    {"prompt": "Τι κάνεις;", "answer": "Καλά· εσύ;"},
    {"prompt": "Як справи?", "answer": "Добре, м’яко кажучи"},
]


def jsonl(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def table(rows: list[dict[str, Any]], delimiter: str = ",") -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def parquet(rows: list[dict[str, Any]] | pa.Table, **options: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(rows), out, **options)
    return out.getvalue()


def zst(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


CONTENT = {
    ".jsonl": jsonl(ROWS),
    ".ndjson": jsonl(ROWS),
    ".json": json.dumps(ROWS).encode(),
    ".csv": table(ROWS),
    ".tsv": table(ROWS, "\t"),
}
PACK = {"": bytes, ".gz": gzip.compress, ".zst": zst}


def read(folder: Path, name: str, data: bytes, records: str | None = None) -> list[Line]:
    path = folder / name
    path.write_bytes(data)
    return list(read_file(path, records))


def rows_of_lines(lines: list[Line]) -> list[Any]:
    """Rows as they are, bad ones as (reason, detail)."""
    return [(line.row.reason, line.row.detail) if isinstance(line.row, Bad) else line.row for line in lines]


def places(lines: list[Line], folder: Path) -> list[str]:
    return [line.where.removeprefix(f"{folder}/") for line in lines]
