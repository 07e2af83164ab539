"""Classes of one's own, which a config or the command line names as `module:Name`.

A module is one that Python finds by itself, or a file in the folder of the config. It is code, and runs: it is
imported only where whoever runs the command named it, on the command line or in a config given there, and one line on
standard error says which file that was. Settings that polypref finds stored in a folder, which may be a stranger's,
import nothing.
"""

import hashlib
import importlib
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from ..console.escaping import lines
from ..errors import UserError
from ..text.cleaning import is_label
from .loading import PASSES, how_it_ended, is_async, place_of_error, raised_in_own, takes
from .spelling import closest_name


@dataclass(frozen=True)
class _Lookup:
    """Where modules may come from.

    Attributes:
        folders: looked through after all that Python finds by itself.
        stored: a folder whose stored settings are followed; they may name no class.
        named: words that the command line has beside those settings.
    """

    folders: tuple[Path, ...] = (Path(),)
    stored: Path | None = None
    named: frozenset[str] = frozenset()


_USUAL = _Lookup()
_LOOKUP = ContextVar("lookup", default=_USUAL)


@contextmanager
def modules_from(*folders: Path) -> Iterator[None]:
    """While this is open, modules may also come from these folders; else from the working folder.

    Args:
        folders: of the config, say; none: the working folder.

    Yields:
        Nothing.
    """
    token = _LOOKUP.set(replace(_LOOKUP.get(), folders=folders or (Path(),)))
    try:
        yield
    finally:
        _LOOKUP.reset(token)


@contextmanager
def stored_settings(folder: Path | None, *named: str | None) -> Iterator[None]:
    """While this is open, settings come from a folder, and no class that they name is imported.

    Args:
        folder: the folder; None: settings are the user's own, and nothing changes.
        named: words that the user gave beside them, which may name a class; as in `my_backend:Echo as NAME`.

    Yields:
        Nothing.
    """
    words = frozenset(word.partition(" as ")[0].strip() for word in named if word)
    token = _LOOKUP.set(replace(_LOOKUP.get(), stored=folder, named=words))
    try:
        yield
    finally:
        _LOOKUP.reset(token)


def names_own_class(word: str) -> bool:
    """Whether a word is of the form `module:Name`, as in `my_judges:Polite` or `lab.judges:Polite`.

    Args:
        word: a kind, or who serves a model, as a config gives it.

    Returns:
        Whether it may name a class; whether there is one is not looked at.
    """
    module, colon, name = word.partition(":")
    return bool(colon) and name.isidentifier() and all(part.isidentifier() for part in module.split("."))


def own_class(word: str, role: str) -> type[Any]:
    """The class that a word names; its module is imported.

    Args:
        word: `module:Name`.
        role: what the class is to be, as an error calls it: `judge`, `backend`, `layout`.

    Returns:
        The class.

    Raises:
        UserError: the word stands in settings that a folder holds; there is no such module or class, or the module
            raises.
    """
    lookup = _LOOKUP.get()
    if lookup.stored is not None and word not in lookup.named:
        raise UserError(
            f"the settings stored in {lookup.stored} name code, {word}, as {role}; nothing that stored settings name "
            "is run: read that code, and give the config that names it yourself (config= or --config)"
        )
    name, _, member = word.partition(":")
    module = _imported(name, role, lookup.folders)
    kind = getattr(module, member, None)
    # Modules that are built into Python have no file.
    file = getattr(module, "__file__", None) or f"module {name}"
    if kind is not None and not isinstance(kind, type):
        what = "a function" if inspect.isroutine(kind) else "a module" if inspect.ismodule(kind) else "no class"
        raise UserError(
            f"{role} {word}: {member} of {file} is {what}; name a class, which is called with the settings that stand "
            "beside it"
        )
    if not isinstance(kind, type):
        known = [key for key, value in vars(module).items() if isinstance(value, type) and not key.startswith("_")]
        raise UserError(f"{role} {word}: {file} has no class {member}{did_you_mean(member, known)}")
    if hasattr(module, "__file__"):
        _announce(f"{role} {word} runs {file}")
    return kind


@cache
def _announce(sentence: str) -> None:
    print(lines(sentence), file=sys.stderr)


def source_digest(kind: type[Any]) -> str:
    """Stands for the file that defines a class.

    Args:
        kind: the class.

    Returns:
        The first 12 hexadecimal digits of the file's SHA-256; empty where there is none.
    """
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()[:12] if file else ""


def parameters(kind: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    """What a class is called with, by name.

    Args:
        kind: the class.

    Returns:
        Name -> parameter; one that takes all names, where the class says nothing of itself.
    """
    try:
        return inspect.signature(kind).parameters
    except (TypeError, ValueError):  # A class written in C says nothing of itself; it takes what it takes.
        return {"settings": inspect.Parameter("settings", inspect.Parameter.VAR_KEYWORD)}


def instance_of(kind: Callable[..., Any], called: str, settings: Mapping[str, Any]) -> Any:
    """Calls a class with the settings that a config gives.

    Args:
        kind: the class.
        called: what an error calls it, as in `judge my_judges:Polite`.
        settings: by name.

    Returns:
        The object, of which nothing is checked yet.

    Raises:
        UserError: a setting that it does not take, one that is missing, or what the class raises.
    """
    taken = parameters(kind)
    if not any(one.kind is inspect.Parameter.VAR_KEYWORD for one in taken.values()):
        for name in settings:
            if name not in taken:
                has = f"it has {', '.join(taken)}" if taken else "it has none"
                raise UserError(f"{called} has no setting {name}{did_you_mean(name, taken)}; {has}")
    for name, one in taken.items():
        if one.default is one.empty and name not in settings and one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL):
            raise UserError(f"{called} needs the setting {name}")
    with in_one_sentence(called):
        return kind(**settings)


class NotOwn(Exception):
    """What went wrong in what somebody's own code was given; its cause goes on as it is."""


@contextmanager
def in_one_sentence(called: str) -> Iterator[None]:
    """What somebody's own code raises becomes one sentence, with where it arose.

    Args:
        called: what the sentence calls the code.

    Yields:
        Nothing.

    Raises:
        UserError: for anything else that it raises, `SystemExit` too, but for Ctrl-C and the like.
    """
    try:
        yield
    except UserError as error:
        if not raised_in_own(error):
            raise
        # A sentence of their own says what is wrong, but not whose it is.
        raise UserError(f"{called}, {place_of_error(error)}: {error}") from None
    except PASSES:
        raise
    except NotOwn as error:
        raise error.__cause__ or error from None
    except BaseException as error:
        raise _raised(called, error) from error


def check_has(thing: Any, called: str, methods: Mapping[str, Sequence[str]], texts: Iterable[str] = ()) -> None:
    """Sees that an object has what is asked of it.

    Args:
        thing: the object.
        called: what an error calls it.
        methods: name -> what the method is called with.
        texts: names of attributes that are texts, and not empty.

    Raises:
        UserError: one is missing or is something else.
    """
    for name, given in methods.items():
        with in_one_sentence(called):
            method = getattr(thing, name, None)
        if not callable(method):
            raise UserError(f"{called} has no method {name}; see CONTRIBUTING.md for what is asked of it")
        if is_async(method):
            raise UserError(f"{called}{defined_at(thing, name)}: its {name} is async, and nobody awaits it; write def")
        if not takes(method, given):
            raise UserError(
                f"{called}{defined_at(thing, name)}: its {name} is not to be called with ({', '.join(given)}); write "
                f"def {name}(self, {', '.join(given)})"
            )
    for name in texts:
        with in_one_sentence(called):
            value = getattr(thing, name, None)
        if not isinstance(value, str) or not is_label(value):
            raise UserError(f"{called}: its {name} is {value!r:.80}; give it a text on one line")


def defined_at(thing: object, method: str) -> str:
    """Where a method of somebody's own is written.

    Args:
        thing: the object.
        method: the method's name.

    Returns:
        As `, my_backend.py line 5`; empty where nothing says so.
    """
    code = getattr(getattr(type(thing), method, None), "__code__", None)
    return f", {Path(code.co_filename).name} line {code.co_firstlineno}" if code else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean NEAREST?`, or nothing where no known word is near.

    Args:
        word: what was written.
        known: what could have been.

    Returns:
        The clause, to be put behind the complaint.
    """
    near = closest_name(word, known)
    return f"; did you mean {near}?" if near else ""


class Wrapped:
    """Somebody's own object, all of whose attributes are this one's too, but for what a subclass does about it.

    Args:
        inner: the object.
        called: what errors call it, as in `judge my_judges:Polite`.
    """

    def __init__(self, inner: Any, called: str) -> None:
        self.inner, self.called = inner, called

    def __getattr__(self, name: str) -> Any:
        # Copying and pickling ask for such names before there is an object inside.
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.inner, name)


def _imported(name: str, role: str, folders: tuple[Path, ...]) -> ModuleType:
    more = [str(folder.resolve()) for folder in folders]
    sys.path.extend(more)
    importlib.invalidate_caches()
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and f"{name}.".startswith(f"{error.name}."):
            looked = " and ".join(more)
            raise UserError(f"{role}: there is no module {error.name}, neither in {looked} nor installed") from None
        raise _raised(f"{role}: module {name}", error) from error
    except PASSES:
        raise
    except BaseException as error:
        raise _raised(f"{role}: module {name}", error) from error
    finally:
        # Left there, files of these folders would be taken for packages that are not installed.
        for folder in more:
            del sys.path[len(sys.path) - 1 - sys.path[::-1].index(folder)]
    _check_not_hidden(name.partition(".")[0], role, folders)
    return module


def _check_not_hidden(top: str, role: str, folders: Iterable[Path]) -> None:
    """Sees that a module that lies in a folder is the one that was imported: another of its name would run instead."""
    for folder in folders:
        for file in (folder / f"{top}.py", folder / top / "__init__.py"):
            if file.is_file():
                taken = sys.modules[top].__file__
                if taken is None or Path(taken).resolve() != file.resolve():
                    raise UserError(f"{role}: {file} is hidden by the module {top} of {taken}; give it another name")
                return


def _raised(called: str, error: BaseException) -> UserError:
    place = place_of_error(error)
    return UserError(f"{called}{f', {place},' if place else ''} {how_it_ended(error)}")
