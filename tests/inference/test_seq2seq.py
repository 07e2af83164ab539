"""Translation models, on tiny ones with random weights made here."""

import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from polypref.errors import UserError
from polypref.inference import Failure, Model, Reply, Request, Sampling
from polypref.inference.seq2seq import Seq2Seq
from polypref.inference.transformers import Transformers

from . import tiny

torch = pytest.importorskip("torch", reason="needs torch: pip install -e '.[dev]', or make test")
transformers = pytest.importorskip("transformers", reason="needs transformers: pip install -e '.[dev]', or make test")

TEXTS = {
    "en": "Put the book on the table.",
    "ar": "ضع الكتاب على الطاولة",
    "he": "שים את הספר",
    "fa": "کتاب را بگذار",
    "hi": "किताब मेज पर रखो",
    "zh": "把书放在桌子上",
    "ja": "本を机に置いて",
    "ko": "책을 놓아",
    "el": "Βάλε το βιβλίο",
    "uk": "Поклади книгу",
}
LETTERS = sorted({"▁", *"</s>2de_Latn"} | {c for text in TEXTS.values() for c in text if c != " "})
SMALL = Sampling(max_tokens=8)


@pytest.fixture(scope="module")
def nllb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nllb")
    vocabulary = {token: i for i, token in enumerate(["<s>", "<pad>", "</s>", "<unk>", *LETTERS])}
    tokenizer = transformers.NllbTokenizer(vocab=vocabulary, merges=[])
    tokenizer.save_pretrained(folder)
    torch.manual_seed(3)
    model = transformers.M2M100ForConditionalGeneration(
        transformers.M2M100Config(
            tie_word_embeddings=False, vocab_size=len(tokenizer),
            d_model=32, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
            decoder_attention_heads=2, encoder_ffn_dim=64, decoder_ffn_dim=64, max_position_embeddings=128,
            decoder_start_token_id=2, bos_token_id=0, pad_token_id=1, eos_token_id=2, init_std=1.0,
        )
    )  # fmt: skip
    # So that it says letters, and not the names of languages.
    with torch.no_grad():
        model.lm_head.weight[[token for token in tokenizer.all_special_ids if token != 2]] = 0
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def madlad(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("madlad")
    pieces = ["<pad>", "</s>", "<unk>", "<2de>", "<2iw>", *LETTERS]
    tokenizer = transformers.T5Tokenizer(vocab=[(piece, -1.0) for piece in pieces], extra_ids=0)
    tokenizer.add_tokens(["<2de>", "<2iw>"])
    tokenizer.save_pretrained(folder)
    torch.manual_seed(3)
    transformers.T5ForConditionalGeneration(
        transformers.T5Config(
            vocab_size=len(tokenizer), d_model=32, d_kv=16, d_ff=64, num_layers=1, num_heads=2, pad_token_id=0,
            eos_token_id=1, decoder_start_token_id=0, initializer_factor=5.0,
        )
    ).save_pretrained(folder)  # fmt: skip
    return folder


def backend(folder: Path, **settings: Any) -> Seq2Seq:
    return Seq2Seq(Model(str(folder)), **{"beams": 2, "batch": 4, "device": "cpu"} | settings)


def request(text: str, source: str = "en", target: str = "de", sampling: Sampling = SMALL) -> Request:
    return Request(Model("translator"), (("user", text),), sampling, task=(source, target))


def answers(translator: Seq2Seq, *requests: Request) -> dict[Request, Reply | Failure]:
    pairs = list(translator.run(requests))
    assert len(pairs) == len(requests)
    return dict(pairs)


def drawn_alone(folder: Path, source: str, target: str, text: str) -> str:
    """The way of the model's documentation: src_lang, one text, forced_bos_token_id."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, src_lang=source)
    model = transformers.AutoModelForSeq2SeqLM.from_pretrained(folder)
    inputs = tokenizer(text, return_tensors="pt")
    bos = tokenizer.convert_tokens_to_ids(target)
    drawn = model.generate(**inputs, forced_bos_token_id=bos, num_beams=2, max_new_tokens=8, do_sample=False)
    return tokenizer.decode(drawn[0], skip_special_tokens=True)


@pytest.mark.slow
def test_nllb_says_what_its_documentation_says_whatever_else_is_in_the_batch(nllb):
    codes = {"en": "eng_Latn", "ar": "arb_Arab", "fa": "pes_Arab", "zh": "zho_Hans", "uk": "ukr_Cyrl"}
    requests = [request(TEXTS[tag], tag, to) for tag in codes for to in ("ja", "el")]
    translated = answers(backend(nllb), *requests)
    for asked, reply in translated.items():
        target = {"ja": "jpn_Jpan", "el": "ell_Grek"}[asked.task[1]]
        assert reply.text == drawn_alone(nllb, codes[asked.task[0]], target, asked.messages[0][1])
    # The model tells both languages apart, or nothing was shown.
    for tag in codes:
        assert len({translated[request(TEXTS[tag], tag, to)].text for to in ("ja", "el")}) == 2
    assert translated[requests[0]].text != answers(backend(nllb), request(TEXTS["en"], "hi", "ja")).popitem()[1].text


@pytest.mark.slow
def test_madlad_gets_its_target_in_front_of_the_text(madlad):
    tokenizer = transformers.AutoTokenizer.from_pretrained(madlad)
    model = transformers.AutoModelForSeq2SeqLM.from_pretrained(madlad)
    for target, token in (("de", "<2de>"), ("he", "<2iw>")):
        asked = request(TEXTS["el"], "el", target)
        inputs = tokenizer(f"{token} {TEXTS['el']}", return_tensors="pt")
        assert inputs["input_ids"][0].tolist().count(tokenizer.convert_tokens_to_ids(token)) == 1
        drawn = model.generate(**inputs, num_beams=2, max_new_tokens=8, do_sample=False)
        reply = answers(backend(madlad), asked)[asked]
        assert reply.text == tokenizer.decode(drawn[0], skip_special_tokens=True)
        assert reply.prompt_tokens == inputs["input_ids"].shape[1]


def test_every_request_is_answered_once_and_no_more_is_read_than_a_window(nllb):
    read = 0

    def requests() -> Iterator[Request]:
        nonlocal read
        for number, text in enumerate([*TEXTS.values()] * 2):
            read += 1
            yield request(text, "en", ("de", "fr", "ko")[number % 3], Sampling(max_tokens=2 + number % 2))

    run = backend(nllb, window=6, batch=2).run(requests())
    got = [next(run)[0]]
    assert read == 6
    got += [asked for asked, _ in run]
    assert sorted(asked.key for asked in got) == sorted(asked.key for asked in requests())


@pytest.mark.slow
def test_special_tokens_that_a_text_spells_out_never_end_it(nllb, madlad):
    asked = request("deu_Latn</s>")
    tokenizer = transformers.AutoTokenizer.from_pretrained(nllb)
    tokens = backend(nllb)._encoded(asked)
    special = [token for token in tokens if token in tokenizer.all_special_ids]
    assert special == [tokenizer.convert_tokens_to_ids("eng_Latn"), tokenizer.eos_token_id]
    # T5's vocabulary holds "</s>" as a piece like any other.
    assert answers(backend(madlad), asked)[asked] == Failure("special_token")


def test_what_cannot_be_translated_is_a_failure_of_its_row_alone(nllb):
    long, empty, torn, fine = (request(text) for text in ("table " * 20, " \n", "a\ud800b", "table"))
    translated = answers(backend(nllb, longest=40), long, empty, torn, fine)
    assert translated[long].reason == "context_too_long" and "40 fit" in translated[long].detail
    assert translated[empty].reason == "empty_prompt"
    assert translated[torn].reason == "lone_surrogate"
    assert isinstance(translated[fine], Reply)


@pytest.mark.slow
def test_an_answer_cut_at_its_last_token_says_so(nllb):
    reasons = {}
    for most in (1, 3, 60):
        asked = request(TEXTS["en"], sampling=Sampling(max_tokens=most))
        reply = answers(backend(nllb, beams=1), asked)[asked]
        reasons[most] = reply.finish_reason
        assert reply.completion_tokens <= most
    assert reasons[1] == reasons[3] == "length"


def test_memory_that_does_not_suffice_halves_the_batch(nllb, monkeypatch):
    translator, sizes = backend(nllb, batch=4), []
    generate = Seq2Seq._generate

    def short_of_memory(self, batch):
        sizes.append(len(batch))
        if len(batch) > 1 or "把" in batch[0][0].messages[0][1]:
            raise torch.OutOfMemoryError
        return generate(self, batch)

    monkeypatch.setattr(Seq2Seq, "_generate", short_of_memory)
    # What the batch had taken is given back each time before its halves are tried.
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: sizes.append(0))
    translator._loaded
    sizes.clear()
    requests = [request(TEXTS[tag], tag) for tag in ("en", "zh", "ko", "hi")]
    translated = answers(translator, *requests)
    assert sizes == [4, 0, 2, 0, 1, 1, 2, 0, 1, 1]
    assert [isinstance(translated[asked], Reply) for asked in requests] == [True, False, True, True]
    assert translated[requests[1]].reason == "out_of_memory"


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        (request("a", "xx"), "Unknown language tag 'xx'"),
        (Request(Model("m"), (("user", "a"),)), "only translates"),
        (Request(Model("m"), (("system", "b"), ("user", "a")), task=("en", "de")), "only translates"),
        (Request(Model("m"), (("user", "a"),), kind="score", task=("en", "de")), "only translates"),
    ],
)
def test_requests_that_are_no_translation_stop_with_a_sentence(nllb, asked, complaint):
    with pytest.raises(UserError, match=complaint):
        answers(backend(nllb), asked)


def test_a_language_that_the_model_lacks_is_named(madlad):
    with pytest.raises(UserError, match=r"does not know French \(fr\): it has none of <2fr>"):
        answers(backend(madlad), request("a", "de", "fr"))


@pytest.mark.slow
def test_models_that_cannot_be_loaded_stop_with_a_sentence(nllb, tmp_path):
    with pytest.raises(UserError, match="cannot load the translation model"):
        answers(backend(tmp_path / "none"), request("a"))
    transformers.AutoTokenizer.from_pretrained(nllb).save_pretrained(tmp_path)
    model = transformers.AutoModelForSeq2SeqLM.from_pretrained(nllb)
    model.config.save_pretrained(tmp_path)
    torch.save(model.state_dict(), tmp_path / "pytorch_model.bin")
    with pytest.raises(UserError, match="safetensors=False"):
        answers(backend(tmp_path), request("a"))
    assert isinstance(answers(backend(tmp_path, safetensors=False), request("a")).popitem()[1], Reply)


def test_the_commit_of_a_translation_model_is_noted(madlad, monkeypatch):
    monkeypatch.setattr("polypref.inference.seq2seq.revision_note", lambda model: [f"{model.name} was loaded"])
    translator = backend(madlad)
    answers(translator, request("a"))
    assert translator.model_notes.notes == {Model(str(madlad)): [f"{madlad} was loaded"]}


@pytest.mark.slow
def test_models_of_this_process_make_room_for_each_other(nllb, tmp_path):
    translator, chat = backend(nllb), Transformers(device="cpu")
    asked = request(TEXTS["en"])
    question = Request(Model(tiny.llama(tmp_path)), (("user", "hi"),), SMALL)
    before = answers(translator, asked)
    translating = weakref.ref(translator._loaded[1])
    assert len(list(chat.run([question]))) == 1
    assert translating() is None
    chatting = weakref.ref(chat._loaded(question.model, "chat")[1])
    assert answers(translator, asked) == before
    assert chatting() is None
