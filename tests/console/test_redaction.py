"""What counts as a secret: by its name, by its value in whatever spelling, by its shape; and what does not."""

import base64
import html
import json
import re
import subprocess
import sys
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from urllib.parse import quote

import pytest

from polypref.console import redaction
from polypref.console.redaction import Public, looks_secret, redacted
from polypref.files.atomic import fingerprint, plain
from polypref.scripting import params
from tests.conftest import ROOT

SECRET = [
    *("mistral_key", "PAT", "my_pat", "gitlabPat", "client_secret", "SECRETS", "db_password", "apiKey", "x-api-key"),
    *("AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID", "hub_token", "Authorization", "user_credentials", "X-Amz-Signature"),
    *("openai_key_2", "my_token2", "db_pass", "aws_creds"),
    *("sig", "proxy_auth", "api_keys", "PGPASSWORD", "REDIS_PWD"),
    *("openai_api_keys", "my_access_keys", "db_private_keys", "my_api_key_id"),
    *("cookie", "Set-Cookie", "auth_cookies", "jwt", "ACCESS_JWT", "sentryDsn", "DATABASE_DSN", "bearer", "api_bearer"),
    *("session", "login_session", "sessionid", "JSESSIONID", "PHPSESSID", "session_id"),
]
NO_SECRET = [
    *(
        "max_tokens",
        "tokenizer",
        "tokens",
        "max_new_tokens",
        "pad_token",
        "eos_token",
        "key",
        "key_env",
        "path",
        "key_1",
        "pass",
    ),
    "chat_template_token",
    *(
        "DESKTOP_SESSION",
        "XDG_SESSION_TYPE",
        "cookie_file",
        "sessions",
        "SESSION_MANAGER",
        "obsession_count",
        "user_id",
    ),
    *("pattern", "author", "design", "monkey", "AWS_REGION", "TOKENIZERS_PARALLELISM", "PWD", "token_count", "keys"),
]


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch):
    monkeypatch.setattr(redaction, "_known", set())


@pytest.mark.parametrize("name", SECRET)
def test_names_of_secrets(name):
    assert looks_secret(name) and redacted({name: "v"}) == {name: "***"} and redacted({name: ""}) == {name: ""}


@pytest.mark.parametrize("name", NO_SECRET)
def test_names_of_what_is_none(name):
    assert not looks_secret(name) and redacted({name: "v"}) == {name: "v"}


VALUE = 'Zq"7/&+ k-PLUM\\9'


@pytest.mark.parametrize(
    "spelt",
    [
        VALUE,
        json.dumps(VALUE),
        quote(VALUE, safe=""),
        html.escape(VALUE),
        repr(VALUE),
        VALUE.encode().hex(),
        *(base64.b64encode(b"x" * n + VALUE.encode() + b"y").decode() for n in range(4)),
        base64.urlsafe_b64encode(VALUE.encode()).decode(),
    ],
)
def test_a_value_is_found_however_it_is_spelt(spelt, monkeypatch):
    monkeypatch.setenv("PLUM_KEY", VALUE)
    text = redaction.redact_text(f"before {spelt} after")
    assert "***" in text and text.startswith("before ") and text.endswith(" after")
    assert not any(part in text for part in ("PLUM", "504c554d", base64.b64encode(VALUE.encode()).decode()[4:14]))


@pytest.mark.parametrize("value", [VALUE, "ключ & <слово>", 'a"very\\long"one'])
@pytest.mark.parametrize(
    "spelling",
    [
        json.dumps,
        lambda value: json.dumps(value, ensure_ascii=False),
        lambda value: f'"{quote(value, safe="")}"',
        lambda value: f'"{html.escape(value)}"',
        lambda value: f'"{value.encode().hex()}"',
    ],
)
def test_of_a_value_nothing_is_left_at_either_end(value, spelling, monkeypatch):
    monkeypatch.setenv("PLUM_KEY", value)
    assert redaction.redact_text(f"before {spelling(value)} after") == 'before "***" after'


@pytest.mark.parametrize(("offset", "before"), [(0, 0), (1, 2), (2, 3), (3, 4), (4, 6)])
def test_of_a_value_inside_of_base64_no_character_is_left_that_is_its_own(offset, before, monkeypatch):
    # Each character holds 6 bits: of one byte before the value the first two characters hold bits, of two bytes three.
    monkeypatch.setenv("PLUM_KEY", VALUE)
    text = base64.b64encode(b"x" * offset + VALUE.encode() + b"yy").decode()
    left, stars, right = redaction.redact_text(text).partition("***")
    assert (left, stars) == (text[:before], "***")
    own_bits = 8 * (offset + len(VALUE.encode()))
    assert right == text[-(-own_bits // 6) - (own_bits % 6 > 0) :]


@pytest.mark.parametrize("value", ["true", "false", "on", "12345", "default", "  ", "disabled"])
def test_a_value_that_is_no_secret_cuts_up_no_text(value, monkeypatch):
    monkeypatch.setenv("SOME_TOKEN", value)
    assert redaction.redact_text(f"it is {value} here") == f"it is {value} here"


SHAPES = {
    "GET https://me:pw@host/x?n=1": "GET https://***@host/x?n=1",
    "https://h/x?n=1&api_key=abcd1&sig=efgh2&X-Amz-Signature=ijkl3": "https://h/x?n=1&api_key=***&sig=***&X-Amz-Signature=***",
    "authorization: Token abcd1": "authorization: Token ***",
    '{"Authorization": "Basic dXNlcjpwYXNz"}': '{"Authorization": "Basic ***"}',
    "{'x_key': 'abcd1', 'n': 3}": "{'x_key': '***', 'n': 3}",
    "--mistral-key abcd1 --n 3": "--mistral-key *** --n 3",
    "--mistral_key=abcd1": "--mistral_key=***",
    "x-api-key: abcd1": "x-api-key: ***",
    "Cookie: sid=abcd1; theme=dark": "Cookie: ***",
    "{'Set-Cookie': 'sid=abcd1; Path=/', 'n': 3}": "{'Set-Cookie': '***', 'n': 3}",
    "?session=abcd1&jwt=efgh2 --dsn ijkl3": "?session=***&jwt=*** --dsn ***",
    "Cookie: chocolate": "Cookie: chocolate",
    "ghp_0123456789abcdef and glpat-0123456789ab": "*** and ***",
    "max_tokens=400, tokenizer=abcd, key=abcd": "max_tokens=400, tokenizer=abcd, key=abcd",
    "Basic understanding of tokens: 3": "Basic understanding of tokens: 3",
}


@pytest.mark.parametrize("text", SHAPES)
def test_shapes(text):
    assert redaction.redact_text(text) == SHAPES[text]


@dataclass(frozen=True)
class Params:
    mistral_key: str = ""
    sort_key: str = params.option("length", "no secret", secret=False)
    handle: str = params.option("", "a secret", secret=True)
    pin_token: int = 0
    source: str = ""


@pytest.mark.parametrize("several", [("door-one-4711", "door-two-0815"), ["door-one-4711", "door-two-0815"]])
def test_of_several_secrets_in_one_setting_each_is_remembered(several):
    @dataclass
    class Doors:
        codes: object = field(default=(), metadata={"secret": True})

    (codes,) = fields(Doors)
    assert redaction.shown(codes, several) == "***" and redaction.shown(codes, ()) == ()
    assert redaction.redact_text("by door-two-0815, door-one-4711") == "by ***, ***"
    assert redaction.shown(codes, {"front": "door-three-1"}) == "***"
    assert redaction.redact_text("by door-three-1") == "by door-three-1"  # of a mapping only the whole is gone


def test_a_parameter_says_whether_it_is_a_secret():
    given = params.parse_words(
        Params, ["--mistral-key", "abcdef-1", "--handle", "ghijkl-2", "--source", "x-abcdef-1"], "b.py"
    )
    shown = params.as_dict(given)
    assert shown == {
        "mistral_key": "***",
        "sort_key": "length",
        "handle": "***",
        "pin_token": 0,
        "source": "x-abcdef-1",
    }
    assert isinstance(shown["sort_key"], Public)
    assert redacted(shown) == shown | {"source": "x-***"}
    assert redaction.redact_text("abcdef-1 ghijkl-2") == "*** ***"


def test_a_secret_is_in_no_help_and_no_complaint():
    @dataclass(frozen=True)
    class Careless:
        some_key: str = "careless-default"
        number_token: int = 3

    assert "careless-default" not in params.describe_params(Careless)
    for words in (["--number-token", "abcd-secret"], ["--sme-key", "abcd-secret"], ["--sme-key=abcd-secret"]):
        with pytest.raises(Exception, match=r"b\.py") as caught:
            params.parse_words(Careless, words, "b.py")
        assert "abcd-secret" not in str(caught.value)
    params.parse_words(Careless, [], "b.py")
    assert redaction.redact_text("say careless-default") == "say ***"


@dataclass(frozen=True)
class Backend:
    address: str
    their_key: str
    group_key: str = field(default="a", metadata={"secret": False})


def test_a_change_of_key_changes_no_fingerprint():
    one = Backend("http://h", "key-number-one")
    assert plain(one) == {"class": "Backend", "address": "http://h", "their_key": "***", "group_key": "a"}
    assert fingerprint(one) == fingerprint(replace(one, their_key="key-number-two"))
    assert fingerprint(one) != fingerprint(replace(one, group_key="b"))
    redaction.remember_secret("key-number-one", "key-number-two")
    assert fingerprint(["http://key-number-one"]) == fingerprint(["http://key-number-two"])


SCRIPT = """
from dataclasses import dataclass, replace
from polypref.scripting import params
from tests.conftest import ROOT
from tests.scripts import pairs

@dataclass(frozen=True)
class Params:
    source: str
    deepl_key: str = ""
    handle: str = params.option("", "a secret", secret=True)
    sort_key: str = params.option("length", "none", secret=False)

def build(p):
    made = pairs.build(pairs.Params(p.source))
    return replace(made, notes=(f"asked with {p.deepl_key}",))
"""


@pytest.mark.slow
def test_a_build_writes_none_of_it(tmp_path, polypref):
    from tests.release.helpers import write_pool

    for name in ("builders", "dataset_cards"):
        (tmp_path / name).mkdir()
    (tmp_path / "builders" / "b.py").write_text(SCRIPT, "utf-8")
    (tmp_path / "dataset_cards" / "pool.md").write_bytes((ROOT / "tests/dataset_cards/pool.md").read_bytes())
    pool, out = write_pool(tmp_path / "pool", 6, ("de",)), tmp_path / "out"
    stages: list[set[str]] = []
    for key in ("deepl-0123-abcd", "deepl-9876-wxyz"):
        words = ("--source", pool, "--out", out, "--deepl-key", key, "--handle", "quiet-as-a-mouse", "--workers", 1)
        done = polypref("build", tmp_path / "builders" / "b.py", *words)
        for path in out.rglob("*"):
            if path.is_file():
                data = path.read_bytes()
                assert key.encode() not in data and b"quiet-as-a-mouse" not in data, path
        assert key not in done.stdout + done.stderr
        stages.append({path.name for path in (out / ".polypref").iterdir() if path.is_dir()})
    assert stages[0] == stages[1]
    record = json.loads((out / "provenance.json").read_text("utf-8"))
    assert record["parameters"]["deepl_key"] == record["parameters"]["handle"] == "***"
    assert record["parameters"]["sort_key"] == "length" and "asked with ***" in record["notes"][0]


def test_importing_polypref_still_loads_no_library():
    code = (
        "import sys, polypref.console.redaction; print([m for m in ('pyarrow', 'duckdb', 'yaml') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


COUNTS = {
    "left_out": {"no_key": 7, "judge_doubled_key": 120_345, "chat_template_token": 3, "judge_token": 0.25},
    "tokens_of": {"x_key": None, "y_key": True},
}


def test_counts_and_reasons_are_no_secrets():
    assert redacted(COUNTS) == COUNTS
    for text in (json.dumps(COUNTS), str(COUNTS), "secret=False, my_token=None", "needs hf_transfer, hf_token"):
        assert redaction.redact_text(text) == text


def test_a_number_can_be_a_secret():
    assert redacted({"door_password": 4711, "my_key": 1234567890123}) == {"door_password": "***", "my_key": "***"}
    redaction.remember_secret(471199)
    assert redacted({"my_key": 471199}) == {"my_key": "***"}
    assert redaction.redact_text("--my-key 4711 'my_key': '47114711' {'my_secret': 47114711} hf_tokenABCDEF1") == (
        "--my-key *** 'my_key': '***' {'my_secret': ***} ***"
    )


def test_every_word_that_something_is_counted_by_keeps_its_count():
    package = Path(redaction.__file__).parents[1]
    words = {
        word
        for path in package.rglob("*.py")
        for word in re.findall(r'"([a-z]+(?:_[a-z]+)+)"', path.read_text("utf-8"))
    }
    assert {"no_key", "judge_doubled_key", "chat_template_token"} <= words
    assert {word for word in words if redacted({word: 12_345}) != {word: 12_345}} == set()
