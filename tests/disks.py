"""What tests need not wait for: nothing here takes the power away, so what is written need not be on the disk."""

import os


def write_without_waiting() -> None:
    """Makes `os.fsync` of this process a matter of nothing; small builds spend a tenth of their time in it."""
    os.fsync = lambda descriptor: None
