"""A Cohere2 model of some 1.3 million parameters, from nothing, and its supervised training with confusion planted."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from polypref.evaluation.inputs.bundled_questions import Line, is_confused

#: The form of Cohere's own template: turns between special tokens.
TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}<|START_OF_TURN_TOKEN|>"
    "{{ '<|USER_TOKEN|>' if m['role'] == 'user' else '<|CHATBOT_TOKEN|>' }}{{ m['content'] }}<|END_OF_TURN_TOKEN|>"
    "{% endfor %}{% if add_generation_prompt %}<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>{% endif %}"
)
SPECIAL = (
    "<PAD>", "<BOS_TOKEN>", "<|END_OF_TURN_TOKEN|>", "<|START_OF_TURN_TOKEN|>", "<|USER_TOKEN|>", "<|CHATBOT_TOKEN|>",
)  # fmt: skip
#: What byte pairs are not merged across. Marks belong to their letters: GPT-2's own pattern cuts Hindi at every vowel
#: sign. Where no spaces are written, a whole clause would be one word, so its signs stay apart.
WORDS = r"[\p{Han}\p{Hiragana}\p{Katakana}ー]| ?[\p{L}\p{M}]+| ?\p{N}+| ?[^\s\p{L}\p{M}\p{N}]+|\s+(?!\S)|\s+"


def tokenizer(texts: list[str], size: int) -> Any:
    """A byte-level BPE learned from these texts, with Cohere's chat form.

    Args:
        texts: what to learn from.
        size: entries at most.

    Returns:
        A PreTrainedTokenizerFast.
    """
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    fast: Any = PreTrainedTokenizerFast
    inner: Any = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    inner.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    inner.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=size, special_tokens=list(SPECIAL), initial_alphabet=alphabet, show_progress=False
        ),
    )
    words = fast(tokenizer_object=inner, pad_token=SPECIAL[0], bos_token=SPECIAL[1], eos_token=SPECIAL[2])
    words.add_special_tokens({"additional_special_tokens": list(SPECIAL[3:])})
    words.chat_template = TEMPLATE
    return words


def network(words: Any, seed: int, hidden: int) -> Any:
    """A Cohere2 model with random weights, the same for the same seed.

    Args:
        words: its tokenizer.
        seed: of the weights.
        hidden: width of its four layers.

    Returns:
        A Cohere2ForCausalLM.
    """
    import torch
    from transformers import Cohere2Config, Cohere2ForCausalLM

    torch.manual_seed(seed)
    # Cohere's own scale of the logits, 0.0625, is for far wider models; a narrow one hardly learns with it.
    config: Any = Cohere2Config(
        vocab_size=len(words), hidden_size=hidden, intermediate_size=3 * hidden, num_hidden_layers=4,
        num_attention_heads=4, num_key_value_heads=4, max_position_embeddings=256, sliding_window=256, logit_scale=1.0,
        bos_token_id=words.bos_token_id, eos_token_id=words.eos_token_id, pad_token_id=words.pad_token_id,
    )  # fmt: skip
    return Cohere2ForCausalLM(config)


def train_model(
    folder: Path,
    lines: list[Line],
    share: float,
    seed: int,
    epochs: int,
    hidden: int,
    size: int,
    say: Callable[[str], None] = lambda text: None,
) -> dict[str, float]:
    """Makes a model, trains it on every answer, some of them in the wrong language, and writes it to a folder.

    Args:
        folder: of the model; written last is `learned.json`, so that a half-written one is told.
        lines: what to learn from.
        share: of the questions whose answer is in the wrong language.
        seed: of the weights, the order, and which answers are confused.
        epochs: passes over the lines.
        hidden: width of the model.
        size: entries of its tokenizer.
        say: is told how far it is.

    Returns:
        Last loss (nats a token, of the answers) and number of parameters.
    """
    import torch

    words = tokenizer([text for line in lines for text in (line.prompt, line.answer)], size)
    model = network(words, seed, hidden)
    examples = [_encoded(words, line, is_confused(seed, line, share)) for line in lines]
    order = torch.Generator().manual_seed(seed)
    passes = [list(_batches([len(ids) for ids, _ in examples], order)) for _ in range(epochs)]
    plan = [part for one in passes for part in one]
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=2e-3, total_steps=len(plan), pct_start=0.1)
    model.train()
    loss: Any = torch.zeros(())
    for done, part in enumerate(plan, 1):
        ids, labels = _padded([examples[i] for i in part], words.pad_token_id)
        mask = (ids != words.pad_token_id).long()
        states = model.model(input_ids=ids, attention_mask=mask).last_hidden_state
        # The vocabulary is most of the work, so it is done for the answers alone.
        answer = labels[:, 1:] != -100
        scores = model.lm_head(states[:, :-1][answer]) * model.logit_scale
        loss = torch.nn.functional.cross_entropy(scores, labels[:, 1:][answer])
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if done % len(passes[0]) == 0:
            say(f"pass {done // len(passes[0])} of {epochs}, loss {loss.item():.3f}")
    facts = {"loss": round(loss.item(), 4), "parameters": model.num_parameters()}
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    (folder / "learned.json").write_text(json.dumps(facts), "utf-8")
    return facts


def _batches(lengths: list[int], order: Any, size: int = 32, heap: int = 512) -> Iterator[list[int]]:
    """Batches of one epoch in random order, each of examples of like length, so that little of it is padding."""
    import torch

    shuffled: Any = torch.randperm(len(lengths), generator=order)
    for part in shuffled.split(heap):
        near = sorted(part.tolist(), key=lengths.__getitem__)
        batches = [near[i : i + size] for i in range(0, len(near), size)]
        yield from (batches[i] for i in torch.randperm(len(batches), generator=order).tolist())


def _encoded(words: Any, line: Line, confused: bool) -> tuple[list[int], list[int]]:
    """Token ids, and the same as labels with the question left out."""
    asked = [{"role": "user", "content": line.prompt}]
    answer = [{"role": "assistant", "content": line.confused if confused else line.answer}]
    begin = words.apply_chat_template(asked, add_generation_prompt=True, tokenize=False)
    whole = words.apply_chat_template(asked + answer, tokenize=False)
    ids = words(whole, add_special_tokens=False)["input_ids"]
    prompt = len(words(begin, add_special_tokens=False)["input_ids"])
    return ids, [-100] * prompt + ids[prompt:]


def _padded(rows: list[tuple[list[int], list[int]]], pad: int) -> tuple[Any, Any]:
    import torch

    width = max(len(ids) for ids, _ in rows)
    ids = [ids + [pad] * (width - len(ids)) for ids, _ in rows]
    labels = [labels + [-100] * (width - len(labels)) for _, labels in rows]
    return torch.tensor(ids), torch.tensor(labels)
