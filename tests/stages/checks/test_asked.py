"""What the prompts of a batch ask for."""

import pyarrow as pa

from polypref.stages.checks.asked import instruction, naming_rows, translation_rows
from polypref.stages.checks.contract import Batch


def test_system_and_user_turns_are_the_instruction_and_each_is_read_in_its_language():
    prompts = [
        [("system", "You translate into French."), ("user", "Good morning."), ("assistant", "Bonjour.")],
        [("user", "Wie sagt man das auf Englisch?")],
        [("user", "Wie spät ist es?")],
    ]
    table = pa.table(
        {
            "language": ["en", "de", "de"],
            "prompt": [[{"role": role, "content": text} for role, text in turns] for turns in prompts],
        }
    )
    batch = Batch(table, subject="answer")
    assert instruction(batch, 0) == "You translate into French.\n\nGood morning."
    assert translation_rows(batch, range(3)) == {0, 1}
    assert translation_rows(batch, [2]) == frozenset()
    assert naming_rows(batch, range(3)) == [0, 1]
    assert naming_rows(batch, [2, 1]) == [1]
