"""The one error that is the user's to mend."""


class UserError(Exception):
    """Bad input: one sentence that says what is wrong, where, and what to do.

    The command line prints the sentence and exits with code 2; no traceback, nothing half-written.
    """
