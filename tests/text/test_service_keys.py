"""Keys of services: found whole by prefix and length, and no placeholder taken for one."""

import random
import string

import pytest

from polypref.text.personal_data import Span, find_pii, mask_pii
from polypref.text.service_keys import find_service_keys, may_hold_service_keys

LETTERS = string.ascii_letters + string.digits


def drawn(alphabet, length, seed=7):
    """Characters drawn by lot: no key of anybody."""
    return "".join(random.Random(f"{alphabet}{length}{seed}").choices(alphabet, k=length))


# Beginning, alphabet and length of what follows.
FORMS = {
    "openai": ("sk-", LETTERS, 48),
    "openai-project": ("sk-proj-", LETTERS + "-_", 156),
    "anthropic": ("sk-ant-api03-", LETTERS + "-_", 95),
    "deepseek": ("sk-", "0123456789abcdef", 32),
    "openrouter": ("sk-or-v1-", "0123456789abcdef", 64),
    "hugging-face": ("hf_", string.ascii_letters, 34),
    "github": ("ghp_", LETTERS, 36),
    "github-actions": ("ghs_", LETTERS, 36),
    "gitlab": ("glpat-", LETTERS, 20),
    "aws": ("AKIA", string.ascii_uppercase + "234567", 16),
    "aws-session": ("ASIA", string.ascii_uppercase + "234567", 16),
    "google": ("AIza", LETTERS, 35),
    "slack": ("xoxb-583920174652-", LETTERS, 24),
    "stripe": ("sk_live_", LETTERS, 24),
    "npm": ("npm_", LETTERS, 36),
}


@pytest.mark.parametrize("form", sorted(FORMS))
def test_a_key_is_found_whole_and_masked(form):
    begins, alphabet, length = FORMS[form]
    for seed in range(20):
        key = begins + drawn(alphabet, length, seed).strip("-")
        for text in (key, f"api_key = '{key}'", f"鍵は{key}です。", f"token:{key}\n"):
            start = text.index(key)
            assert find_pii(text) == [Span("secret", start, start + len(key))], text
            assert mask_pii(text) == text.replace(key, "[secret]")


@pytest.mark.parametrize(
    "form", sorted(set(FORMS) - {"openai-project", "anthropic", "github-actions", "slack", "stripe"})
)
def test_what_is_too_short_or_stands_within_a_word_is_none(form):
    begins, alphabet, length = FORMS[form]
    body = drawn(alphabet, length)
    assert list(find_service_keys(f"{begins}{body[: min(length, 20) - 2]}")) == []
    assert list(find_service_keys(f"x{begins}{body}")) == []


def test_a_github_token_of_two_parts():
    key = f"github_pat_{drawn(LETTERS, 22)}_{drawn(LETTERS, 59)}"
    assert mask_pii(f"git clone https://{key}:x") == "git clone https://[secret]:x"


PLACEHOLDERS = [
    "sk-...",
    "sk-your-key-here",
    "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "sk-proj-********************",
    "sk-1234567890abcdef1234567890abcdef",
    "sk-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKL",
    "<sk-...>",
    "sk-your-openai-api-key-goes-here-please-0123",
    "sk-learn-contrib-a-long-name-of-a-package-with-words",
    "sk-YOUR_API_KEY_REPLACE_ME_WITH_A_REAL_1_PLEASE",
    "hf_your_token_here",
    "hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "hf_hub_download",
    "hf_model_repository_with_a_long_name_x",
    "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "ghp_YourTokenHereYourTokenHereYourTokenHe",
    "AKIAIOSFODNN7EXAMPLE",
    "AKIAXXXXXXXXXXXXXXXX",
    "AKIAABCDEFGHIJKLMNOP",
    "AIzaSyYOUR_API_KEY_HERE_1234567890abcde",
    "xoxb-your-token",
    "xoxb-123456789012-123456789012-abcdefghijklmnopqrstuvwx",
    "npm_config_registry",
    "npm_lifecycle_event_of_a_script_that_is_long",
    "sk_live_...",
    "sk_live_xxxxxxxxxxxxxxxxxxxxxxxx",
    "risk-based task-oriented desk-top mask-and-replace disk-usage",
    "ASIAN markets, SLOVAKIA and the Akia river",
]


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_what_stands_for_a_key_is_none(text):
    assert list(find_service_keys(text)) == list(find_service_keys(f'client = Client(api_key="{text}")')) == []
    assert mask_pii(text) == text


def test_most_texts_are_not_looked_at_further():
    assert not may_hold_service_keys("A key opens a door, and a token a gate.")
    assert not may_hold_service_keys("export HF_TOKEN=hf_abc")
    assert may_hold_service_keys("export HF_TOKEN=hf_abcdefghijklmnop")
