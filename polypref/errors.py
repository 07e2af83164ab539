"""The one error that is the user's to mend."""


class UserError(Exception):
    """Bad input: one sentence that says what is wrong, where, and what to do.

    The command line prints the sentence and exits with code 2; no traceback, nothing half-written.
    """


def missing_extra(what: str, extra: str) -> UserError:
    """What to say where the packages of an extra are not installed.

    The command names the packages themselves, as the installed polypref asks for them: so it works whether polypref was
    installed from a clone, a wheel or a repository, and whether or not an index has it.

    Args:
        what: what needs them, as in `models in this process need torch`.
        extra: the extra of pyproject.toml.

    Returns:
        The error to raise.

    Example:
        >>> print(missing_extra("the detector lingua is not installed", "lingua"))
        the detector lingua is not installed; run: pip install 'lingua-language-detector>=2.1'
    """
    needed = _requirements(extra)
    if not needed:
        return UserError(
            f"{what}; install polypref with its extra: pip install 'FOLDER[{extra}]', FOLDER a clone of it"
        )
    return UserError(f"{what}; run: pip install {' '.join(map(repr, needed))}")


def _requirements(extra: str) -> list[str]:
    """What the installed package's metadata list for an extra; nothing where it was not installed."""
    from importlib.metadata import PackageNotFoundError, requires

    try:
        lines = requires("polypref") or []
    except PackageNotFoundError:
        return []
    parts = [line.split(";") for line in lines if ";" in line]
    return [name.strip() for name, mark in parts if mark.replace('"', "'").strip() == f"extra == '{extra}'"]


def first_line(error: BaseException) -> str:
    """The first line of an error's message, its kind where it has none; at most 200 characters.

    Args:
        error: what was raised.

    Returns:
        One line, never empty.
    """
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
