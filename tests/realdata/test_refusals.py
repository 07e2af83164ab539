"""Refusals and boilerplate in answers of models: those that a reader found, and none in sound text."""

import json

from polypref.stages.checks.refusals import Refusals

FOLDERS = {"arabic": "ar", "chinese": "zh", "english": "en", "french": "fr", "russia": "ru", "spanish": "es"}


def rows_with(kind, texts, tongues):
    """Rows in which a phrase of the kind stands, in the first 200 characters for refusals."""
    heads = [text.strip()[:200] for text in texts] if kind == "refusal" else texts
    return {row for row, phrase in enumerate(Refusals().find(kind, heads, tongues)) if phrase}


def test_refusals_of_gpt_3_and_4_in_omgeval(real_data):
    """Each of these answers begins with a refusal, read one by one."""
    starts = {
        "ar": ["عذرًا، كمساعد AI، لا أملك", "أعتذر، ولكنني غير قادر", "عذرا، لكنني لست قادرا"],
        "en": ["As an AI language model, I don't have real-time"],
        "es": ["Lo siento, no puedo proporcionar actualizaciones", "Lamentablemente, como asistente de IA, no puedo"],
        "fr": ["Je suis désolé, mais en tant qu'assistant IA, je ne suis pas", "En tant qu'IA, je ne peux pas"],
        "ru": ["Извините, но как искусственный интеллект, я не имею", "К сожалению, я не могу предоставить"],
        "zh": ["对不起，作为一个人工智能，我无法", "非常抱歉，作为一个AI助手，我无法"],
    }
    for folder, language in FOLDERS.items():
        texts = []
        for model in ("gpt4", "gpt3.5-turbo"):
            path = real_data / "omgeval" / "outputs" / folder / f"{model}.jsonl"
            texts += [json.loads(line)["output"] for line in path.read_text("utf-8").splitlines()]
        rows = rows_with("refusal", texts, [language] * len(texts))
        for start in starts[language]:
            named = {row for row, text in enumerate(texts) if text.startswith(start)}
            assert named and named <= rows, start
        # Sympathy is no refusal.
        assert not any(texts[row].startswith(("I'm sorry to hear", "Lamento mucho", "我很抱歉听到")) for row in rows)


def test_hardly_an_answer_of_m_arena_hard_is_flagged(real_data):
    """Of 4 strong models in 22 languages; as measured, under 3% refuse and under 1% speak as an AI in any language."""
    for folder in sorted((real_data / "m_arena_hard" / "answers").iterdir()):
        texts = []
        for path in folder.glob("*.jsonl"):
            if path.stem != "gpt-4":
                texts += [json.loads(line)["answer"] for line in path.read_text("utf-8").splitlines()]
        tongues = [folder.name] * len(texts)
        assert len(rows_with("refusal", texts, tongues)) <= 0.03 * len(texts), folder.name
        assert len(rows_with("boilerplate", texts, tongues)) <= 0.01 * len(texts), folder.name


def test_sound_text_is_not_flagged(real_data):
    """Human-rights paragraphs, encyclopaedia paragraphs and sentences, 10,614 in 23 languages."""
    texts, tongues = [], []
    for name in ("udhr_23_languages", "xquad_paragraphs_11_languages", "tatoeba_22_languages"):
        for line in (real_data / "parallel_text" / f"{name}.jsonl").read_text("utf-8").splitlines():
            record = json.loads(line)
            texts.append(record.get("text") or record["context"])
            tongues.append(record["language"])
    assert len(texts) > 10_000
    assert len(rows_with("refusal", texts, tongues)) <= 5
    assert rows_with("boilerplate", texts, tongues) == set()
