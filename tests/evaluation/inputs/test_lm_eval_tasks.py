"""Languages of tasks, by their names in lm-evaluation-harness."""

import pytest

from polypref.evaluation.inputs.lm_eval_tasks import language, language_and_rest


@pytest.mark.parametrize(
    ("task", "tag"),
    [
        ("xcopa_id", "id"), ("xcopa_zh", "zh"), ("xstorycloze_ar", "ar"), ("xwinograd_jp", "ja"),
        ("xwinograd_fr", "fr"), ("m_mmlu_de", "de"), ("m_mmlu_uk", "uk"), ("mgsm_direct_ru", "ru"),
        ("mgsm_native_cot_ja", "ja"),
        ("mgsm_en_cot_es", "es"), ("global_mmlu_full_he_stem", "he"), ("belebele_ell_Grek", "el"), ("arc_ko", "ko"),
        ("xcopa_qu", "qu"), ("xcopa", ""), ("mmlu_anatomy", ""), ("hellaswag", ""), ("arc_easy", ""),
    ],
)  # fmt: skip
def test_languages_of_tasks(task, tag):
    assert language(task) == tag


def test_what_is_left_of_a_task_is_the_same_in_all_languages():
    names = ("global_mmlu_full_he_law", "global_mmlu_full_de_law", "belebele_ell_Grek", "belebele_deu_Latn", "gsm8k")
    assert [language_and_rest(name)[1] for name in names] == [
        "global_mmlu_full_law", "global_mmlu_full_law", "belebele", "belebele", "gsm8k"
    ]  # fmt: skip
