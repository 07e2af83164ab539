"""Families of models, by the words of real names."""

import pytest

from polypref.judging.model_families import families


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("CohereLabs/aya-expanse-8b", {"cohere"}),
        ("c4ai-command-r-plus", {"cohere"}),
        ("meta-llama/Llama-3.1-8B-Instruct", {"llama"}),
        ("Qwen/Qwen2.5-72B", {"qwen"}),
        ("google/gemma-2b-it", {"google"}),
        ("gemini-1.5-pro", {"google"}),
        ("mistralai/Ministral-8B", {"mistral"}),
        ("openai/gpt-4o", {"openai"}),
        ("claude-3-haiku", {"anthropic"}),
        ("microsoft/Phi-4", {"phi"}),
        ("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", {"deepseek", "qwen"}),
        ("Skywork/Skywork-Reward-Llama-3.1-8B-v0.2", {"llama"}),
        ("relevance", set()),
        ("philosopher-mayan", set()),
    ],
)
def test_a_models_family_is_told_from_the_words_of_its_name(name: str, expected: set[str]) -> None:
    assert families(name) == expected
