"""Throughput of the in-process backends beside their bare engines, on the same prompts and weights.

    python benchmarks/inference/engines.py transformers [--pairs 7] [--vocabulary 128000]
    python benchmarks/inference/engines.py vllm         # in .venv-vllm, which `make test-vllm` fills

A random Llama answers prompts of several lengths in 64 tokens each, greedily or drawn. Bare transformers:
`model.generate` on left-padded batches of the same shape, decoded. Bare vLLM: one `LLM.chat` over all prompts, in the
very engine that the backend holds. Both render the chat template and count the tokens they made. They take turns, which
one begins changes from pair to pair; the ratio of tokens/s is the median over the pairs. Greedy answers must agree.

The last two comparisons of `transformers` are whole stages through the response log: `complete` beside the bare engine
on the same prompts, and `rate` by a random reward model beside its bare forward pass on the same padded batches.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from polypref.inference import Model, Reply, Request, Sampling, Served  # noqa: E402
from polypref.inference.log import ResponseLog  # noqa: E402
from polypref.inference.transformers import Transformers  # noqa: E402
from polypref.inference.vllm import VLLM  # noqa: E402
from tests.inference import tiny  # noqa: E402

TOKENS, BATCH, WINDOW = 64, 16, 256
PROMPT = "Скажи щось коротке. 你好，世界！ "
#: Texts by prompt, and how many tokens they took.
Answers = tuple[dict[str, str], int]


def made_model(folder: str, width: int, layers: int, vocabulary: int, score: bool = False) -> str:
    """Writes a random Llama whose tokens are bytes; those above the tokenizer's are never in a prompt."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification

    words = tiny.tokenizer()
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=vocabulary or len(words), hidden_size=width, intermediate_size=2 * width, num_hidden_layers=layers,
        num_attention_heads=width // 64, num_key_value_heads=width // 128, max_position_embeddings=512,
        eos_token_id=words.eos_token_id, bos_token_id=None, pad_token_id=words.pad_token_id, initializer_range=0.1,
    )  # fmt: skip
    config.num_labels = 1
    network = (LlamaForSequenceClassification if score else LlamaForCausalLM)(config)
    print(f"{network.num_parameters() / 1e6:.1f} M parameters, {config.vocab_size:,} tokens in the vocabulary")
    network.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def requests(name: str, count: int, temperature: float) -> list[Request]:
    draw = Sampling(temperature, 0.95 if temperature else 1.0, TOKENS, 1)
    texts = [f"{number}: {PROMPT * (1 + number % 4)}" for number in range(count)]
    return [Request(Model(name), (("user", text),), draw) for text in texts]


def ours(backend: Transformers | VLLM, asked: list[Request]) -> Answers:
    return counted(backend.run(asked))


def counted(found: Iterable[tuple[Request, Any]]) -> Answers:
    texts, tokens = {}, 0
    for request, reply in found:
        if isinstance(reply, Reply):
            texts[request.messages[0][1]] = reply.text
            tokens += reply.completion_tokens or reply.prompt_tokens or 0
        elif reply.reason == "empty_answer":  # The tokens were made all the same, but none of them is a byte.
            tokens += int(reply.detail.split()[0])
    return texts, tokens


def bare_transformers(name: str) -> Callable[[list[Request]], Answers]:
    """Windows sorted by length, batches of 16, `generate`; an answer ends at its first end token."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    words = AutoTokenizer.from_pretrained(name, padding_side="left")
    network = AutoModelForCausalLM.from_pretrained(name).eval()

    def answered(asked: list[Request]) -> Answers:
        draw = asked[0].sampling
        how = {"temperature": draw.temperature, "top_p": draw.top_p, "top_k": 0} if draw.temperature else {}
        texts, tokens = {}, 0
        for begin in range(0, len(asked), WINDOW):
            window = asked[begin : begin + WINDOW]
            said = [
                words.apply_chat_template(r.conversation, tokenize=False, add_generation_prompt=True) for r in window
            ]
            ready = sorted(zip(window, words(said)["input_ids"], strict=True), key=lambda one: -len(one[1]))
            for at in range(0, len(ready), BATCH):
                batch = ready[at : at + BATCH]
                padded = words.pad({"input_ids": [ids for _, ids in batch]}, return_tensors="pt")
                with torch.inference_mode():
                    out = network.generate(**padded, max_new_tokens=TOKENS, do_sample=draw.temperature > 0, **how)
                new = out[:, padded["input_ids"].shape[1] :]
                tokens += int((new != words.pad_token_id).sum())
                for (request, _), text in zip(batch, words.batch_decode(new, skip_special_tokens=True), strict=True):
                    texts[request.messages[0][1]] = text
        return texts, tokens

    return answered


def bare_vllm(llm: Any) -> Callable[[list[Request]], Answers]:
    from vllm import SamplingParams

    def answered(asked: list[Request]) -> Answers:
        how = [
            SamplingParams(
                temperature=r.sampling.temperature, top_p=r.sampling.top_p, max_tokens=TOKENS, seed=r.sampling.seed
            )
            for r in asked
        ]
        outs = llm.chat([r.conversation for r in asked], how, use_tqdm=False)
        texts = {r.messages[0][1]: out.outputs[0].text for r, out in zip(asked, outs, strict=True)}
        return texts, sum(len(out.outputs[0].token_ids) for out in outs)

    return answered


def complete_stage(backend: Transformers, asked: list[Request]) -> Answers:
    """The same prompts as a stage of a build asks them, through a response log of its own."""
    from polypref import schema
    from polypref.stages.asking import ask_models
    from polypref.stages.complete import Complete, Route

    drawn = asked[0].sampling
    stage = Complete((Route(Served(asked[0].model, backend), sampling=drawn),))
    rows = []
    for number, request in enumerate(asked):
        turns = request.conversation
        row = {"prompt_id": schema.prompt_id("en", turns), "group_id": str(number), "language": "en", "sources": []}
        rows.append(row | {"response_language": "en", "prompt": turns, "origin": "native"})
    return logged(stage, rows, [], ask_models)


def rate_stage(backend: Transformers, asked: list[Request]) -> Answers:
    """The same conversations as a reward rater scores them; tokens are those read."""
    from polypref import schema
    from polypref.raters.reward import RewardRater
    from polypref.stages.asking import ask_models

    prompts, answers = [], []
    for number, request in enumerate(asked):
        (_, question), (_, answer) = request.messages
        turns = [{"role": "user", "content": question}]
        key = schema.prompt_id("en", turns)
        row = {"prompt_id": key, "group_id": str(number), "language": "en", "sources": []}
        prompts.append(row | {"response_language": "en", "prompt": turns, "origin": "native"})
        answers.append({"completion_id": str(number), "prompt_id": key, "route": "given", "text": answer})
    return logged(RewardRater(Served(asked[0].model, backend)), prompts, answers, ask_models)


def logged(stage: Any, prompts: list[dict[str, Any]], answers: list[dict[str, Any]], ask: Any) -> Answers:
    import pyarrow as pa

    from polypref import schema
    from polypref.stages.pool import TABLES, Bucket

    empty = {name: form.empty_table() for name, form in list(TABLES.items())[1:]}
    filled = {"completions": pa.Table.from_pylist(answers, schema.COMPLETIONS)} if answers else {}
    bucket = Bucket(pa.Table.from_pylist(prompts, schema.PROMPTS), *(empty | filled).values())
    with tempfile.TemporaryDirectory() as folder, ResponseLog(Path(folder) / "log.sqlite") as log:
        ask("stage", stage, lambda: [bucket], log, quiet=True)
        requests = list(stage.requests(bucket, log.get_many))
        return counted(zip(requests, log.get_many(requests), strict=True))


def bare_scores(name: str) -> Callable[[list[Request]], Answers]:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    words = AutoTokenizer.from_pretrained(name, padding_side="right")
    network = AutoModelForSequenceClassification.from_pretrained(name).eval()

    def answered(asked: list[Request]) -> Answers:
        tokens = 0
        for begin in range(0, len(asked), WINDOW):
            said = [words.apply_chat_template(r.conversation, tokenize=False) for r in asked[begin : begin + WINDOW]]
            ready = sorted(words(said)["input_ids"], key=lambda ids: -len(ids))
            for at in range(0, len(ready), BATCH):
                padded = words.pad({"input_ids": ready[at : at + BATCH]}, return_tensors="pt")
                with torch.inference_mode():
                    network(**padded).logits[:, 0].tolist()
                tokens += int(padded["attention_mask"].sum())
        return {}, tokens

    return answered


def agreement(own: dict[str, str], theirs: dict[str, str]) -> float:
    """Share of the answers that are the same; what is left of a character cut in two does not count."""
    return statistics.mean(own.get(key, "").rstrip("\ufffd") == text.rstrip("\ufffd") for key, text in theirs.items())


def timed(work: Callable[[], Answers]) -> tuple[float, float]:
    """Tokens by second, and by second of this process's CPU (vLLM's engine is another process)."""
    begin, used = time.perf_counter(), time.process_time()
    _, tokens = work()
    return tokens / (time.perf_counter() - begin), tokens / (time.process_time() - used)


def compare(label: str, own: Callable[[], Answers], bare: Callable[[], Answers], pairs: int) -> None:
    """Warms both up, then measures pair by pair and prints a line for each clock."""
    texts, theirs = own()[0], bare()[0]
    alike = agreement(texts, theirs) if theirs else 1.0
    rates = []
    for pair in range(pairs):
        found = {work: timed(work) for work in ((own, bare) if pair % 2 else (bare, own))}
        rates.append((found[own], found[bare]))
    print(f"{label}, {alike:.1%} of the answers the same")
    for clock, name in enumerate(("wall clock", "CPU of this process")):
        ratios = sorted(one[clock] / other[clock] for one, other in rates)
        medians = [statistics.median(pair[side][clock] for pair in rates) for side in (0, 1)]
        spread = f"{statistics.median(ratios):.3f} ({ratios[0]:.3f} to {ratios[-1]:.3f})"
        print(f"  {name}: backend {medians[0]:,.0f} tokens/s, bare {medians[1]:,.0f}; ratio {spread}", flush=True)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("engine", choices=("transformers", "vllm"))
    options.add_argument("--pairs", type=int, default=7)
    options.add_argument("--requests", type=int, default=256)
    options.add_argument("--width", type=int, default=512)
    options.add_argument("--layers", type=int, default=8)
    options.add_argument("--vocabulary", type=int, default=0, help="tokens that the model knows; 0: the bytes alone")
    chosen = options.parse_args()
    print(f"{os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        name = made_model(folder, chosen.width, chosen.layers, chosen.vocabulary)
        backend: Transformers | VLLM
        if chosen.engine == "transformers":
            backend, bare = Transformers(batch=BATCH, window=WINDOW), bare_transformers(name)
        else:
            backend = VLLM(max_length=512, memory=0.3, dtype="float32")
            bare = bare_vllm(backend._loaded(Model(name), "chat"))
        for temperature in (0.0, 1.0):
            asked = requests(name, chosen.requests, temperature)
            label = "drawn" if temperature else "greedy"
            compare(label, lambda a=asked: ours(backend, a), lambda a=asked: bare(a), chosen.pairs)
            if isinstance(backend, Transformers) and not temperature:
                compare("complete", lambda a=asked: complete_stage(backend, a), lambda a=asked: bare(a), chosen.pairs)
    if chosen.engine == "transformers":
        with tempfile.TemporaryDirectory() as folder:
            name = made_model(folder, chosen.width, chosen.layers, 0, score=True)
            answer = PROMPT * 6
            asked = [
                Request(Model(name), (r.messages[0], ("assistant", f"{n} {answer}")), kind="score")
                for n, r in enumerate(requests(name, 2 * chosen.requests, 0.0))
            ]
            backend, scores = Transformers(batch=BATCH, window=WINDOW), bare_scores(name)
            compare("rate", lambda: rate_stage(backend, asked), lambda: scores(asked), chosen.pairs)


if __name__ == "__main__":
    main()
