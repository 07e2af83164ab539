"""Personal data by form: what is found in many scripts, and what only looks like it."""

import ipaddress
import itertools
import json
import re
import string

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.stages.checks.contract import Batch, Flag
from polypref.stages.checks.personal_data import PersonalData
from polypref.text.personal_data import Span, find_pii, mask_pii

FOUND = [
    ("email", "Write to m.kowalska+pl@poczta-testowa.pl.", "m.kowalska+pl@poczta-testowa.pl"),
    ("email", "연락은 minjun.kim@hanmail.net으로 주세요", "minjun.kim@hanmail.net"),
    ("email", "ご連絡はsuzuki_k@nifty.co.jpまで", "suzuki_k@nifty.co.jp"),
    ("email", "البريد: ahmed.saleh@mail-box.eg، شكرا", "ahmed.saleh@mail-box.eg"),
    ("email", "<mailto:o'neill@tcd.ie>", "o'neill@tcd.ie"),
    ("phone", "Call +49 30 90182736 today", "+49 30 90182736"),
    ("phone", "call (415) 682-9037.", "(415) 682-9037"),
    ("phone", "415-682-9037", "415-682-9037"),
    ("phone", "+1-415-682-9037", "+1-415-682-9037"),
    ("phone", "+972-52-680-4179", "+972-52-680-4179"),
    ("phone", "טלפון: 052-6804179", "052-6804179"),
    ("phone", "جوال ٠٥٣ ٦٨٠ ٤١٧٩", "٠٥٣ ٦٨٠ ٤١٧٩"),
    ("phone", "شماره: ۰۹۱۲۶۸۰۴۱۷۹", "۰۹۱۲۶۸۰۴۱۷۹"),
    ("phone", "मोबाइल: ९८२६८०४१७९", "९८२६८०४१७९"),
    ("phone", "手机：13968041792", "13968041792"),
    ("phone", "電話は090-6804-1792です", "090-6804-1792"),
    ("phone", "전화 010-6804-1792", "010-6804-1792"),
    ("phone", "τηλ. 210 6804179", "210 6804179"),
    ("phone", "Телефонуйте: 067 680-41-79", "067 680-41-79"),
    ("phone", "звоните 8 (916) 680-41-79", "8 (916) 680-41-79"),
    # without its 8 it is one of California
    ("phone", "мой телефон: 8 (916) 713-89-36", "8 (916) 713-89-36"),
    ("phone", "Tel : 06 80 41 79 25", "06 80 41 79 25"),
    ("phone", "Rückruf: 030/6804179", "030/6804179"),
    ("phone", "0532 680 41 79", "0532 680 41 79"),
    ("phone", "番号は０９０－６８０４－１７９２です", "０９０－６８０４－１７９２"),
    ("phone", "মোবাইল, phone: +৮৮০ ১৭১২-৬৮০৪১৭", "+৮৮০ ১৭১২-৬৮০৪১৭"),
    ("phone", "请打 139 6804 1792 找我", "139 6804 1792"),
    ("phone", "ligue (11) 96804-1792", "(11) 96804-1792"),
    ("phone", "Tel. +960 771-2834", "+960 771-2834"),
    ("phone", "from abroad 0049 30 90182736", "0049 30 90182736"),
    ("ip", "from 93.184.216.34 at noon", "93.184.216.34"),
    ("ip", "IP：93.184.216.34。", "93.184.216.34"),
    ("ip", "host 2a00:1450:4001:82b::200e, port 80", "2a00:1450:4001:82b::200e"),
    ("card", "Karte 4556 7375 8689 9855 bis", "4556 7375 8689 9855"),
    ("card", "5425233430109903", "5425233430109903"),
    ("card", "کارت ٤٥٥٦ ٧٣٧٥ ٨٦٨٩ ٩٨٥٥", "٤٥٥٦ ٧٣٧٥ ٨٦٨٩ ٩٨٥٥"),
    ("iban", "IBAN: GR16 0110 1250 0000 0001 2300 695", "GR16 0110 1250 0000 0001 2300 695"),
    ("iban", "auf FR7630006000011234567890189 OK", "FR7630006000011234567890189"),
    ("iban", "UA213223130000026007233566001.", "UA213223130000026007233566001"),
    ("iban", "番号はBE68539007547034です", "BE68539007547034"),
    ("iban", "NL91 ABNA 0417 1643 00 BIJ ABNA", "NL91 ABNA 0417 1643 00"),
]

NOT_FOUND = [
    # addresses that are nobody's, and code
    "john@example.com, jane@mail.example.org, a@b.test, your.name@gmail.com, user@domain.com, test@test.com",
    "esempio@gmail.com beispiel@web.de ejemplo@correo.es voorbeeld@gmail.com john.doe@gmail.com",
    "git clone git@github.com:numpy/numpy.git; @app.route('/'); y = q@k.transpose(1); npm i vue@3.2.1; icon@2x.png",
    # plain numbers, dates, prices, maths, tables, versions, code
    "In 2023 there were 1234567 people, 98.765.432 in all, and 12 345 678 before; $1,234,567.89; 10 000 000 €",
    "2023-11-20 14:30:00, 20.11.2023 - 21.12.2023, 05-12-2023 1430, 01/02/2023, 20231120, 1700438400, 1700438400000",
    "3.14159265358979 + 2.718281828459045 = 5.85987448; 415-682 = -267; 0.0000000123; 6.02214076e23; x+12345678=0",
    "| 01 | 02 | 03 |\n01 02 03 04 05 06 07; 00 25 50 75 100; 0101 1100 0110 1010; 10 20 30 40 50 60 70 80",
    "Version 93.184.216.34, v93.184.216.34, Chrome/93.184.216.34; Section 1.2.3.4; OID 1.3.6.1.4.1.311.21.20",
    "127.0.0.1 192.168.1.17 10.23.45.67 172.16.99.100 169.254.10.99 192.0.2.44 198.51.100.77 203.0.113.99 8.8.8.8",
    "::1 fe80::1ff:fe23:4567:890a 2001:db8::8a2e:370:7334 std::vector<int> a::b 12:30:45 2023:11:20",
    "ISBN 978-3-16-148410-0, ISBN 0306406152, ISSN 2049-3630, doi 10.1000/182, RFC 2822",
    "4111 1111 1111 1111 is the test card; 4242424242424242 too; 4556737586899854 fails the check",
    # right check digits, but no IBAN of that country is so long, and none of its banks has letters there
    "BE36 5390 0754 7034 1234; DE86 ABCD 0044 0532 0130 00",
    # sums of 13 digits; the Maldives (960) have numbers of 7 digits, those of the Netherlands (31) begin with no 0
    "4212883012996; 472547338 +960397912423686; +31 06804179",
    "GB82 WEST 1234 5698 7654 32; DE89 3704 0044 0532 0130 01; AB12 CDEF 3456 7890 1234",
    # numbers that reach nobody
    "+1 (555) 234-5678, 212-555-0147, 123-456-7890, +44 20 7946 0958, 1-800-273-8255, 0800 111 222, 555-555-5555",
    "+49 123 4567890, 010-1234-5678, 06 12 34 56 78, 090-0000-0000, 0123456789, +86 138 0013 8000 000",
    "tel. 900 434 137, +44 800 729 5372, +49 800 6085771",
    # lists, a date and a time, in the groups of French, German and British numbers; one too short
    "05 10 15 20 25; Item 0779 7364 7737; 09-07-1951 1696; 08-11-1985 7436; 09 2019 5300; (0461) 6789",
    # the same in other scripts
    "عام ٢٠٢٣ بلغ العدد ١٢٣٤٥٦٧ نسمة، والسعر ١٠٠٠٠٠٠ دينار",
    "در سال ۱۴۰۲ حدود ۸۵۰۰۰۰۰۰ نفر، تاریخ ۱۴۰۲/۰۸/۲۹",
    "भारत की जनसंख्या १४०००००००० है, दिनांक २०-११-२०२३",
    "中国有1400000000人，2023年11月20日，圆周率3.1415926535",
    "人口は125000000人、2023/11/20、価格は1,234,567円です。",
    "인구는 51780579명이고 2023.11.20 기준입니다.",
    "ב-2023 היו 9842000 תושבים, 20.11.2023",
    "Ο πληθυσμός είναι 10.482.487 (2021), ημερομηνία 20/11/2023",
    "Населення 37 732 836 осіб, 20.11.2023, курс 36,5686",
    "Growth of +20 000 000 a year, +1 500 000 000 in all, +380 000 000 by 2050; 1 000 000 000 000",
]


@pytest.mark.parametrize(("kind", "text", "data"), FOUND)
def test_personal_data_is_found_whole(kind, text, data):
    start = text.index(data)
    assert find_pii(text) == [Span(kind, start, start + len(data))]
    assert mask_pii(text) == text.replace(data, f"[{kind}]")


@pytest.mark.parametrize("text", NOT_FOUND)
def test_what_only_looks_like_it_is_left_alone(text):
    assert [(kind, text[start:end]) for kind, start, end in find_pii(text)] == []
    assert mask_pii(text) == text


def test_several_in_one_text_in_order():
    text = "a.b@web.de or 415-682-9037 or 93.184.216.34, card 5425233430109903; b.c@web.de"
    assert [span.kind for span in find_pii(text)] == ["email", "phone", "ip", "card", "email"]
    assert mask_pii(text) == "[email] or [phone] or [ip], card [card]; [email]"


def test_text_with_characters_beyond_the_basic_plane():
    text = "😀" * 30 + " 415-682-9037 " + "𝔘" * 30 + " m.k@poczta.pl 😀"
    assert mask_pii(text) == "😀" * 30 + " [phone] " + "𝔘" * 30 + " [email] 😀"


def test_the_filter_flags_by_kind_and_reads_the_named_texts():
    messages = [[{"role": "user", "content": "mail m.k@poczta.pl"}], [{"role": "user", "content": "hello"}]]
    chosen, rejected = ["none", "415-682-9037, 415-682-9038"], ["93.184.216.34", ""]
    batch = Batch(pa.table({"prompt": messages, "chosen": chosen, "rejected": rejected}))
    assert sorted((row, flag.name) for row, flag in PersonalData()(batch)) == [
        (0, "pii_email"),
        (0, "pii_ip"),
        (1, "pii_phone"),
    ]
    assert list(PersonalData(roles=("chosen",))(batch)) == [(1, Flag("pii_phone"))]
    assert list(PersonalData()(batch.take([]))) == []


PIECES = st.sampled_from(
    [data for _, _, data in FOUND] + ["+1 ", "00", "@", ".", " ", "-", "٤", "x", "a@b.", ":", "é\n", "😀"]
)
TEXTS = st.lists(st.one_of(PIECES, st.text(alphabet=string.printable + "٠١۲३א漢", max_size=6)), max_size=8).map("".join)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_masking_twice_is_masking_once(text):
    masked = mask_pii(text)
    assert mask_pii(masked) == masked
    assert find_pii(masked) == []


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_masking_changes_nothing_else(text):
    # What stands between the masks stood in the text, in this order.
    parts = re.split(r"\[(?:email|phone|ip|card|iban|secret)\]", mask_pii(text))
    if not re.search(r"\[(?:email|phone|ip|card|iban|secret)\]", text):
        assert re.fullmatch("(?s:.+)".join(map(re.escape, parts)), text)
        assert text.startswith(parts[0]) and text.endswith(parts[-1])


@settings(deadline=None)
@given(TEXTS)
def test_spans_are_in_order_and_apart(text):
    spans = find_pii(text)
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))
    assert all(0 <= span.start < span.end <= len(text) for span in spans)


@given(st.ip_addresses(v=4))
def test_addresses_of_private_and_reserved_ranges_are_never_found(address):
    flagged = bool(find_pii(f"host {address} is"))
    assert not flagged or address.is_global
    assert flagged or not address.is_global or address.is_multicast or max(address.packed) <= 20 or str(address) in (
        "8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9",
    )  # fmt: skip


@given(st.integers(0, 2**125 - 1).map(lambda n: ipaddress.IPv6Address(n + (1 << 125))))
def test_global_ipv6_addresses_are_found_in_both_forms(address):
    if address.is_global:
        for written in (str(address), address.exploded):
            assert [s.kind for s in find_pii(f"({written})")] == ["ip"]


MAIL = "m.kowalska@poczta-testowa.pl"


@pytest.mark.parametrize("message", [
    {"content": "Tak.", "thinking": f"To jest {MAIL}."},
    {"content": "", "tool_calls": [{"function": {"name": "f", "arguments": {"a": [{"b": MAIL}]}}}]},
    {"content": "", "tool_calls": [{"function": {"name": "f", "arguments": {MAIL: 1}}}]},
])  # fmt: skip
def test_thoughts_and_arguments_of_tools_are_read(message):
    answers = pa.table({"answer": ["Tak.", "Tak."], "answer_message": [None, json.dumps(message)]})
    assert list(PersonalData()(Batch(answers, subject="answer"))) == [(1, Flag("pii_email"))]
    asked = [[{"role": "user", "content": "Kto?"}]] * 2
    prompts = pa.table({"prompt": asked, "messages": [None, json.dumps([message, {"role": "tool", "content": "x"}])]})
    assert list(PersonalData()(Batch(prompts, subject="prompt"))) == [(1, Flag("pii_email"))]


def test_a_key_of_a_service_is_flagged_and_masked_as_an_address_is():
    key = "hf_" + "qZrTbXkWnVfGhJmLpDsCyAeUoIwRtNzBqM"
    answers = pa.table({"answer": [f"Set HF_TOKEN={key} first.", "Set HF_TOKEN=hf_your_token first."]})
    assert list(PersonalData()(Batch(answers, subject="answer"))) == [(0, Flag("pii_secret"))]
    assert mask_pii(f"{key} or a.b@web.de, {key}") == "[secret] or [email], [secret]"
