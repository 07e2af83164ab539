"""The checks of pairs: one file each, one frozen dataclass whose fields are its settings."""
