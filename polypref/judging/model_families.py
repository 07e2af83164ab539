"""Which family of models a name belongs to: a judge favours its own."""

import re

#: Words in a model's name that tell its family. A model tuned from another often names both, and is of both families.
FAMILIES = {
    "cohere": ("aya", "command", "cohere", "coherelabs", "cohereforai"),
    "llama": ("llama", "codellama"),
    "qwen": ("qwen", "qwq"),
    "google": ("gemma", "gemini", "shieldgemma"),
    "mistral": ("mistral", "mistralai", "mixtral", "ministral", "magistral"),
    "openai": ("gpt", "chatgpt", "openai"),
    "anthropic": ("claude", "anthropic"),
    "deepseek": ("deepseek",),
    "phi": ("phi",),
}


def families(model: str) -> frozenset[str]:
    """The families that the words of a model's name belong to.

    Args:
        model: a name as on the Hub, with or without its owner.

    Returns:
        Keys of FAMILIES; empty for a model of none of them.

    Example:
        >>> sorted(families("deepseek-ai/DeepSeek-R1-Distill-Llama-8B"))
        ['deepseek', 'llama']
    """
    words = set(re.findall("[a-z]+", model.lower()))
    return frozenset(family for family, names in FAMILIES.items() if words & set(names))
