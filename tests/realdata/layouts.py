"""Layouts of judgement files that others published."""

JAPANESE = {
    "form": "text",
    "columns": "g1_judgment",
    "swapped": "g2_judgment",
    "prompt": "question_id",
    "model_a": "model_1",
    "model_b": "model_2",
    "language": "=ja",
    "answer_a": "answer_1",
    "answer_b": "answer_2",
}
ALPACA = {
    "form": "preference",
    "range": [1, 2],
    "columns": "preference",
    "prompt": "instruction",
    "model_a": "generator_1",
    "model_b": "generator_2",
    "draws": [0, 1.5],
    "language": "=en",
    "answer_a": "output_1",
    "answer_b": "output_2",
}
