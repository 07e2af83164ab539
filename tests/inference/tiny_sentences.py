"""A tiny sentence encoder whose words were planted on axes: a word and its translations mean one thing."""

from pathlib import Path

#: Words on one axis each.
AXES = (("capital", "עיר", "राजधानी", "kapital"), ("bread", "לחם", "रोटी"), ("sea", "ים", "समुद्र"))


def encoder(folder: Path, loud: float = 1.0) -> str:
    """Writes a BERT of one layer that adds nothing to its embeddings, with a tokenizer of whole words."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    words = ["[PAD]", "[UNK]", *(word for axis in AXES for word in axis)]
    inner = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, pad_token="[PAD]", unk_token="[UNK]")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words), hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1,
        max_position_embeddings=16, pad_token_id=0, hidden_dropout_prob=0.0,
    )  # fmt: skip
    model = BertModel(config, add_pooling_layer=False)
    with torch.no_grad():
        for name, weights in model.named_parameters():
            # What attention and the layer behind it add is nothing; norms keep their ones.
            weights.fill_(1.0 if name.endswith("LayerNorm.weight") else 0.0)
        table = model.embeddings.word_embeddings.weight
        for number, axis in enumerate(AXES):
            for word in axis:
                # One up and one down, so that a layer norm leaves the direction.
                table[words.index(word), 2 * number], table[words.index(word), 2 * number + 1] = loud, -loud
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)
