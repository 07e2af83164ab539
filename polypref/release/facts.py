"""What a card says of a dataset, measured on its published files: sizes, lengths, models, flags."""

from pathlib import Path
from typing import Any

from ..files import sql

_ROWS = """
CREATE TEMP VIEW rows AS
SELECT *, regexp_extract(filename, '([a-z]+)-[0-9]+-[0-9]+[.]parquet$', 1) AS split,
       length(chosen[-1].content) AS chosen_length, length(rejected[-1].content) AS rejected_length
FROM {files}
"""


def measure(files: list[Path]) -> dict[str, Any]:
    """Counts over all rows of the files.

    Returns:
        `languages`: per language train and test rows, median characters of chosen and rejected, and the share of pairs
        whose chosen answer is the longer one (ties half: what "longer wins" would predict right); `models`: per model
        and route how often it is chosen and rejected; `flags`; `origins`; `raters`.
    """
    con = sql.connect(reads=files)
    con.execute(_ROWS.format(files=sql.parquet(*files, filename=True)))

    def rows(query: str) -> list[dict[str, Any]]:
        found = con.sql(query)
        return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]

    return {
        "languages": {
            row.pop("language"): row
            for row in rows(
                """SELECT language, count(*) FILTER (split = 'train') AS train,
                          count(*) FILTER (split = 'test') AS test,
                          median(chosen_length)::INTEGER AS chosen_characters,
                          median(rejected_length)::INTEGER AS rejected_characters,
                          round(avg(CASE WHEN chosen_length > rejected_length THEN 1
                                         WHEN chosen_length = rejected_length THEN 0.5 ELSE 0 END), 4) AS chosen_longer
                   FROM rows GROUP BY language ORDER BY language"""
            )
        },
        "models": rows(
            """SELECT model, route, sum(won)::BIGINT AS chosen, sum(1 - won)::BIGINT AS rejected
               FROM (SELECT chosen_model AS model, chosen_route AS route, 1 AS won FROM rows
                     UNION ALL SELECT rejected_model, rejected_route, 0 FROM rows)
               GROUP BY ALL ORDER BY model, route"""
        ),
        "flags": rows(
            "SELECT language, flag, count(*) AS rows FROM (SELECT language, unnest(flags) AS flag FROM rows) "
            "GROUP BY ALL ORDER BY flag, language"
        ),
        "origins": rows("SELECT origin, translator, count(*) AS rows FROM rows GROUP BY ALL ORDER BY ALL"),
        "raters": rows("SELECT rater, count(*) AS rows FROM rows GROUP BY ALL ORDER BY ALL"),
    }
