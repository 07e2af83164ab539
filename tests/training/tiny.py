"""Tiny models with random weights, and a small dataset folder in several scripts, for tests of training."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from polypref.schema import MESSAGES

TEMPLATE = (
    "{% for m in messages %}{{ '<|' + m['role'] + '|>' + m['content'] + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
#: language -> prompt, chosen, rejected.
TEXTS = {
    "ar": ("كيف حالك", "أنا بخير شكرا", "fine thanks"),
    "el": ("Τι κάνεις", "Είμαι καλά ευχαριστώ", "fine thanks"),
    "he": ("מה שלומך", "שלומי טוב תודה", "fine thanks"),
    "it": ("Come stai", "Sto bene grazie", "fine thanks"),
    "ja": ("元気ですか", "はい元気です", "fine thanks"),
    "uk": ("Як справи", "Дякую все добре", "fine thanks"),
}


def tokenizer():
    """Every byte a token, and four special ones."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    inner = Tokenizer(models.BPE(vocab={letter: i for i, letter in enumerate(letters)}, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    inner.decoder = decoders.ByteLevel()
    words = PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="<|end|>", pad_token="<|pad|>")
    words.add_special_tokens({"additional_special_tokens": ["<|user|>", "<|assistant|>"]})
    words.chat_template = TEMPLATE
    return words


def model(folder: Path, family: str = "Cohere2", score: bool = False, seed: int = 0, loud: float = 1.0) -> str:
    """Writes a model of two layers: Cohere, Cohere2, Llama, Qwen2 or Qwen3; scores are `loud` times larger."""
    import torch
    import transformers

    words = tokenizer()
    torch.manual_seed(seed)
    kind = "ForSequenceClassification" if score else "ForCausalLM"
    config = getattr(transformers, f"{family}Config")(
        vocab_size=len(words), hidden_size=32, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, head_dim=16, max_position_embeddings=512, eos_token_id=words.eos_token_id,
        bos_token_id=None, pad_token_id=words.pad_token_id, **({"num_labels": 1} if score else {}),
    )  # fmt: skip
    network = getattr(transformers, family + kind)(config)
    if score:
        network.score.weight.data *= loud
    network.save_pretrained(folder)
    words.save_pretrained(folder)
    return str(folder)


#: What a `speaker` can say, each a token: in Ukrainian and English, long and short.
SAYINGS = (
    "Дякую, у мене все добре, а як справи у вас і у вашої родини сьогодні?", "Так, усе добре, дякую!",
    "Thank you, I am fine, and how are you and all your family doing today?", "Yes, all is well, thanks",
)  # fmt: skip


def speaker(folder: Path) -> str:
    """Writes a Llama with random weights whose tokens are whole sentences: of one token it answers in a language."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    inner = Tokenizer(models.WordLevel({"<|unknown|>": 0}, unk_token="<|unknown|>"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    words = PreTrainedTokenizerFast(
        tokenizer_object=inner, eos_token="<|end|>", pad_token="<|pad|>", unk_token="<|unknown|>"
    )
    words.add_special_tokens({"additional_special_tokens": ["<|user|>", "<|assistant|>"]})
    words.add_tokens(list(SAYINGS))
    words.chat_template = TEMPLATE
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(words), hidden_size=32, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=1, head_dim=16, eos_token_id=words.eos_token_id, bos_token_id=None,
        pad_token_id=words.pad_token_id,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    words.save_pretrained(folder)
    return str(folder)


def turn(role, text):
    return [{"role": role, "content": text}]


def rows(tag: str, count: int):
    prompt, chosen, rejected = TEXTS[tag]
    return [
        {
            "pair_id": f"{tag}{i}",
            "language": tag,
            "response_language": tag,
            "prompt": turn("user", f"{prompt} {i}"),
            "chosen": turn("assistant", f"{chosen} {i}"),
            "rejected": turn("assistant", f"{rejected} {i}"),
        }
        for i in range(count)
    ]


def dataset(folder: Path, counts=None, test: int = 3, edit=lambda row: row) -> str:
    """Writes a dataset folder with splits train and test, so many rows of each language."""
    counts = counts or {"ar": 8, "ja": 8, "uk": 8}
    kinds = {"pair_id": pa.string(), "language": pa.string(), "response_language": pa.string()}
    kinds |= dict.fromkeys(("prompt", "chosen", "rejected"), MESSAGES)
    (folder / "data").mkdir(parents=True)
    for split in ("train", "test"):
        written = [edit(row) for tag, n in counts.items() for row in rows(tag, n if split == "train" else test)]
        names = list(written[0])
        schema = pa.schema([(name, kinds[name]) for name in names]) if set(names) <= set(kinds) else None
        pq.write_table(pa.Table.from_pylist(written, schema), folder / "data" / f"{split}-0.parquet")
    return str(folder)


def history(folder: Path) -> list[dict]:
    """What a run logged."""
    states = sorted(folder.glob("checkpoint-*/trainer_state.json"), key=lambda p: int(p.parent.name.split("-")[1]))
    return json.loads(states[-1].read_text())["log_history"]
