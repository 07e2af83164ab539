"""The tiny Llama of `tiny` as one GGUF file, written as llama.cpp's converter writes one."""

from pathlib import Path

from . import tiny

HEADS, SHARED = 2, 1
#: Names of a layer's weights, in transformers and in GGUF.
_LAYER = {
    "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}  # fmt: skip


def llama(file: Path, folder: Path, template: str | None = tiny.TEMPLATE) -> str:
    """Writes `tiny.llama` into a folder, and the same model into a file of float32."""
    import gguf
    from transformers import AutoModelForCausalLM

    network = AutoModelForCausalLM.from_pretrained(tiny.llama(folder, template=template))
    words, config = tiny.tokenizer(template), network.config
    writer = gguf.GGUFWriter(str(file), "llama")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_dimension_count(config.hidden_size // config.num_attention_heads)
    writer.add_vocab_size(len(words))
    vocabulary = sorted(words.get_vocab(), key=words.get_vocab().__getitem__)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(vocabulary)
    writer.add_token_scores([0.0] * len(vocabulary))
    writer.add_token_types([3 if token in tiny.SPECIAL else 1 for token in vocabulary])
    writer.add_eos_token_id(words.eos_token_id)
    writer.add_pad_token_id(words.pad_token_id)
    if template:
        writer.add_chat_template(words.chat_template)
    for name, weight in network.state_dict().items():
        writer.add_tensor(_renamed(name), _turned(name, weight.numpy()))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return str(file)


def _renamed(name: str) -> str:
    whole = {"model.embed_tokens.weight": "token_embd", "model.norm.weight": "output_norm", "lm_head.weight": "output"}
    if name in whole:
        return f"{whole[name]}.weight"
    _, _, layer, part = name.removesuffix(".weight").split(".", 3)
    return f"blk.{layer}.{_LAYER[part]}.weight"


def _turned(name, weight):
    """llama.cpp has the halves of each head's rotary dimensions side by side."""
    heads = {"q_proj": HEADS, "k_proj": SHARED}.get(name.split(".")[-2])
    if heads is None:
        return weight
    halves = weight.reshape(heads, 2, weight.shape[0] // heads // 2, *weight.shape[1:])
    return halves.swapaxes(1, 2).reshape(weight.shape).copy()
