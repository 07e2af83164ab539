"""Tiny random Llamas with a byte-level tokenizer and a chat template, written to a folder in a second."""

from pathlib import Path

TEMPLATE = (
    "{% for m in messages %}{% if m['role'] == 'system' %}{{ SYSTEM }}{% endif %}"
    "{{ '<|' + m['role'] + '|>' + m['content'] + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
NO_SYSTEM = TEMPLATE.replace("{{ SYSTEM }}", "{{ raise_exception('System role not supported') }}")
IGNORES_SYSTEM = TEMPLATE.replace(
    "{% for m in messages %}", "{% for m in messages if m['role'] != 'system' %}"
).replace("{{ SYSTEM }}", "")
SPECIAL = ["<|end|>", "<|pad|>", "<|user|>", "<|assistant|>", "<|system|>"]


def tokenizer(template: str | None = TEMPLATE):
    """Every byte a token, and the five special ones."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    inner = Tokenizer(models.BPE(vocab={letter: i for i, letter in enumerate(letters)}, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    inner.decoder = decoders.ByteLevel()
    words = PreTrainedTokenizerFast(tokenizer_object=inner, eos_token=SPECIAL[0], pad_token=SPECIAL[1])
    words.add_special_tokens({"additional_special_tokens": SPECIAL[2:]})
    words.chat_template = template and template.replace("{{ SYSTEM }}", "")
    return words


def llama(folder: Path, score: bool = False, labels: int = 1, template: str | None = TEMPLATE, pad: bool = True) -> str:
    """Writes a model of two layers with random weights; the same every time."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification

    words = tokenizer(template)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(words), hidden_size=64, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=512, eos_token_id=words.eos_token_id, bos_token_id=None,
        pad_token_id=words.pad_token_id if pad else None, initializer_range=0.5,
        **({"num_labels": labels} if score else {}),
    )  # fmt: skip
    (LlamaForSequenceClassification if score else LlamaForCausalLM)(config).save_pretrained(folder)
    words.save_pretrained(folder)
    return str(folder)
