"""Which model a folder holds, whatever its path: a digest of its weights, tokenizer, template and settings."""

from pathlib import Path

from ..errors import UserError
from ..files.atomic import file_digest, fingerprint
from .adapters import adapted_model
from .gguf import gguf_in

#: JSON files beside a model that change no answer.
_NOT_MODEL = {"trainer_state.json", "training_provenance.json", "trained.json", "learned.json"}


def weights_digest(folder: Path) -> str:
    """Stands for a local model: its weights (of an adapter its model's too), tokenizer, template and settings.

    Args:
        folder: of the model; or a GGUF file, which holds all of it.

    Returns:
        The first 12 hexadecimal digits of a digest over the names and contents of these files.

    Raises:
        UserError: the folder has no weights in safetensors and no GGUF file.
    """
    if file := gguf_in(str(folder)):
        return file_digest(file)[:12]
    if not any(folder.glob("*.safetensors")):
        raise UserError(f"{folder} holds no weights (*.safetensors, or a *.gguf); give the folder that training wrote")
    files = sorted(file for file in folder.iterdir() if file.suffix in (".safetensors", ".json", ".jinja", ".model"))
    parts = [(file.name, file_digest(file)) for file in files if file.name not in _NOT_MODEL]
    base = adapted_model(folder)
    if base and Path(base).is_dir():
        parts.append(("", weights_digest(Path(base))))
    return fingerprint(*parts)[:12]
