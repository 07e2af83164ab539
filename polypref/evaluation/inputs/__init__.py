"""What an evaluation begins with: sets of prompts, stored answers, judgements that others made."""
