"""Rows of a dataset in the forms that trainers and evaluators take, with the lines of config that they want.

`table.FORMS` is the one table of forms: what each holds, and which reader of whom it was read from.
"""

#: The names of the forms, in the order of the table: here, so that the command line knows them without loading it.
NAMES = (
    "llama_factory",
    "axolotl",
    "openrlhf",
    "nemo_rl",
    "open_instruct",
    "verl",
    "trl_kto",
    "llama_factory_kto",
    "axolotl_kto",
    "rewardbench",
    "jsonl",
)
