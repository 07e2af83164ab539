"""How people's preference files are read: rows, conversations, verdicts, as declared."""
