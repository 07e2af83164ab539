"""From a word on the command line to a backend: who serves a model is the user's choice, not a builder script's.

Whoever asks twice for the same gets the same backend: a model that two stages ask is loaded once, and a server sees no
more requests at a time than it was meant to.
"""

import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields
from functools import cache
from importlib import import_module

from ..console.escaping import one_line
from ..errors import UserError
from ..files.hub_names import is_repo_name
from ..scripting import own_classes
from ..scripting.calls import checked_arguments
from ..scripting.params import option
from . import Backend, Model, Served
from .backend import OwnBackend, backend_traits
from .keys import without_keys
from .servers import served_names

# Of what git takes in no name, all but the colon, which a date with its time has.
_NO_REVISION = re.compile(r"[\s\x00-\x1f\x7f~^?*\[\\]|\.\.|@\{")
_LONGEST_REVISION = 200
_KINDS = {"transformers": "Transformers", "vllm": "VLLM", "seq2seq": "Seq2Seq", "batch": "Batches"}
_WAYS = (
    "transformers (or transformers:FOLDER), vllm, seq2seq, or addresses of servers such as http://localhost:8000/v1, "
    "joined by commas, with ' as NAME' after them where they serve the model under another name, or batch: before one "
    "address or a folder, or module:Name, a class of your own"
)


@checked_arguments
def backend(at: str, **options: object) -> Backend:
    """Who serves a model; nothing is loaded or asked yet.

    Args:
        at: `transformers` or `vllm` (in this process), `transformers:FOLDER` (the same, its files from that folder,
            whatever its name), `seq2seq` (a translation model in this process; takes `model`), or the address
            of an OpenAI-compatible server, or several joined by commas that serve the same model, or `batch:ADDRESS`
            (batches of such a server) or `batch:FOLDER` (files of batches), or `module:Name`, a class of one's own (see
            `inference.backend`).
        options: settings of that backend, as in its class; the same settings give the same backend.

    Returns:
        The backend; the same object where it is asked for again.

    Raises:
        UserError: `at` is none of these, an address cannot be one, or the backend has no such setting; a class of one's
            own cannot be loaded, or is not what a backend must be.
    """
    way = at.strip()
    _check_single(options)
    urls = tuple(url.strip() for url in way.split(",") if url.strip())
    kind, _, folder = way.partition(":")
    if kind == "transformers" and folder:
        way, options = kind, options | {"folder": folder}
    if kind == "batch" and folder.strip():
        way, options = kind, options | {"to": folder.strip()}
    if way in _KINDS and (way != "batch" or "to" in options):
        return _backend_of(way, (), tuple(sorted(options.items())))
    if urls and all(url.lower().startswith(("http://", "https://")) for url in urls):
        return _backend_of("openai", urls, tuple(sorted(options.items())))
    if kind not in _KINDS and own_classes.names_own_class(way):
        own: Callable[..., object] = own_classes.own_class(way, "backend")
        return _own_backend(own, way, tuple(sorted(options.items())))
    raise UserError(f"{without_keys(way)!r:.200} is no way to serve a model; give {_WAYS}")


@checked_arguments
def served(
    name: str, at: str, revision: str = "", licence: str = "", *, default: Model | None = None, **options: object
) -> Served:
    """A model and who serves it.

    What is left empty is the default's. But another model has neither its revision nor its licence: both are `unknown`
    until they are given, and an unknown licence stops a public release.

    Args:
        name: Hub id, path, or the name that a server knows it by.
        at, options: as in `backend`; `seq2seq` is told the model by itself. Where servers serve the model under a name
            that is not its own (a quantisation, a deployment), `ADDRESS as NAME`, or the option `served_as`, says so.
        revision: commit, tag or date.
        licence: licence of its output.
        default: what to take where the first three are empty.

    Returns:
        The model, and its backend.

    Raises:
        UserError: there is no name, or as in `backend`.
    """
    known = default if default and name in ("", default.name) else Model(name)
    if not known.name:
        raise UserError("a model has no name; give its Hub id, its path, or the name that its server knows it by")
    _check_revision(known.name, revision)
    model = Model(known.name, revision or known.revision, licence or known.licence)
    at, options = _served_as(known.name, at, options)
    if at.strip() == "seq2seq":
        options["model"] = model
    try:
        return Served(model, backend(at, **options))
    except UserError as error:
        if own_classes.names_own_class(at.strip()) and at.partition(":")[0].strip() not in _KINDS:
            raise  # it names the class
        raise UserError(f"model {model.name}: {error}") from None


def _check_single(options: Mapping[str, object]) -> None:
    """Refuses lists where a setting is one value: what asks twice for the same is known by its settings.

    Raises:
        UserError: a setting is a list or the like.
    """
    for name, value in options.items():
        if not isinstance(value, Hashable) and name != "served_as":
            # The values may be secrets, as in a header.
            kind = "keys and values" if isinstance(value, Mapping) else "several values"
            raise UserError(f"its setting {name} has {kind}; give one value")


def _check_revision(name: str, revision: str) -> None:
    """Refuses a revision, beside a model's name or behind an @ in it, that no commit, tag or date can be.

    Raises:
        UserError: one has spaces, or signs that git takes in no name.
    """
    repo, mark, pin = name.partition("@")
    pins = [pin] if mark and is_repo_name(repo) else []
    for one in [*pins, *([revision] if revision else [])]:
        if not one or len(one) > _LONGEST_REVISION or _NO_REVISION.search(one):
            raise UserError(
                f"model {one_line(name)[:100]}: '{one_line(one)[:80]}' is no revision; give a commit, a tag or a date, "
                "without spaces"
            )


def _served_as(model: str, at: str, options: dict[str, object]) -> tuple[str, dict[str, object]]:
    """Where a model is served, without the name that it is served by, which goes into the options."""
    at, _, name = (part.strip() for part in at.partition(" as "))
    served_as = name or options.get("served_as")
    if served_as is None or served_as == "":
        return at, {key: value for key, value in options.items() if key != "served_as"}
    names = served_names({model: served_as} if isinstance(served_as, str) else served_as)
    return at, options | {"served_as": tuple(sorted(names.items()))}


@checked_arguments
def from_params(params: object, role: str, default: Model, **vllm: object) -> Served:
    """The model of a role that a builder script's parameters name, and who serves it.

    Args:
        params: with the fields ROLE, ROLE_revision, ROLE_licence and ROLE_at.
        role: what the fields begin with.
        default: as in `served`.
        vllm: settings that only a model in this process by vLLM has.

    Returns:
        The model, and its backend.

    Raises:
        UserError: as in `served`, with the parameter's name.
    """
    name, revision, licence, at = (getattr(params, role + part) for part in ("", "_revision", "_licence", "_at"))
    try:
        return served(name, at, revision, licence, default=default, **(vllm if at.strip() == "vllm" else {}))
    except UserError as error:
        raise UserError(f"{role}_at (--{role.replace('_', '-')}-at): {error}") from None


@checked_arguments
def place(default: str = "vllm") -> str:
    """The parameter of a builder script that says who serves a model; no part of what the build is.

    Args:
        default: who does where nothing is said.

    Returns:
        The field, as `polypref.option` gives it; to whoever reads the parameters it is a text.
    """
    ways = "vllm, transformers, transformers:FOLDER" + (", seq2seq" if default == "seq2seq" else "")
    field: str = option(
        default,
        f"who serves it: {ways}, addresses of servers ('ADDRESS as NAME'), batch:ADDRESS, or module:Class",
        settings=False,
    )
    return field


@checked_arguments
def revision(default: Model) -> str:
    """The parameter of a builder script that says at which revision a model is asked; empty for the default's.

    Args:
        default: the model of which its line of help speaks.

    Returns:
        The field, as `place`.
    """
    field: str = option("", f"its revision ({default.revision}; of another model: unknown)")
    return field


@checked_arguments
def licence(default: Model) -> str:
    """The parameter of a builder script that says which licence a model's output has; empty for the default's.

    Args:
        default: the model of which its line of help speaks.

    Returns:
        The field, as `place`.
    """
    field: str = option("", f"its licence ({default.licence}; of another model: unknown)")
    return field


@cache
def _own_backend(kind: Callable[..., object], word: str, options: tuple[tuple[str, object], ...]) -> Backend:
    called = f"backend {word}"
    instance = own_classes.instance_of(kind, called, dict(options))
    own_classes.check_has(instance, called, {"run": ("requests",)})
    backend = OwnBackend(instance, called)
    backend_traits(backend)
    return backend


@cache
def _backend_of(way: str, urls: tuple[str, ...], options: tuple[tuple[str, object], ...]) -> Backend:
    kind = getattr(import_module(f".{way}", __package__), _KINDS.get(way, "OpenAI"))
    settings = dict(options)
    known = [field.name for field in fields(kind) if field.name not in ("urls", "usage")]
    if wrong := sorted(settings.keys() - set(known)):
        near = own_classes.did_you_mean(wrong[0], known)
        raise UserError(f"{way} has no setting {wrong[0]}{near}; it has {', '.join(known)}")
    if way == "seq2seq" and "model" not in settings:
        raise UserError("seq2seq must be told its model: it is loaded for one only")
    instance: Backend = kind(urls, **settings) if urls else kind(**settings)
    return instance
