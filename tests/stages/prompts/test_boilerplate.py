"""Instructions that many prompts share: the questions behind them are compared."""

import random

import numpy as np
import pytest

from polypref import languages
from polypref.stages.prompts.boilerplate import Shared, by_place, own_grams, own_units, table_bits, windows
from polypref.stages.prompts.near_duplicates import components
from polypref.stages.prompts.shingles import Rows, normal_codes
from polypref.stages.prompts.signatures import NearDuplicates
from tests.stages.prompts.test_near_duplicates import edges, prompts

# An instruction; 21 words; a question with three of them.
FAMILIES = {
    "en": (
        "You are a patient librarian. Read what the visitor asks, think about which shelf could help, and answer in "
        "two short sentences without naming a price. Visitor:",
        "harbour violin planet orchard compass lantern glacier saddle thimble cathedral walnut turbine meadow sculptor "
        "volcano hammock beetle parliament cinnamon tunnel feather",
        "Where do I find a book on how the {} and the {} met the {}?",
    ),
    "ar": (
        "أنت معلم صبور يشرح الأمور لطفل فضولي في العاشرة من عمره. اقرأ السؤال التالي بعناية ثم أجب في ثلاث جمل قصيرة "
        "على الأكثر وبلغة سهلة. السؤال:",
        "البحر القمر النجار الحديقة السفينة المطر الجبل الكتاب الطائر النهر المصباح الجسر الصحراء المعلم القطار الشجرة "
        "الطبيب المدينة الخبز الفراشة الساعة",
        "كيف يساعد {} كلا من {} و {} في الشتاء؟",
    ),
    "hi": (
        "आप एक धैर्यवान शिक्षक हैं जो दस साल के बच्चे को बातें समझाते हैं। नीचे लिखा प्रश्न ध्यान से पढ़िए और अधिक से अधिक तीन "
        "छोटे वाक्यों में सरल भाषा में उत्तर दीजिए। प्रश्न:",
        "समुद्र चाँद बढ़ई बगीचा जहाज बारिश पहाड़ किताब पक्षी नदी दीपक पुल "
        "रेगिस्तान अध्यापक रेलगाड़ी वृक्ष चिकित्सक नगर रोटी तितली घड़ी",
        "सर्दियों में {} को {} और {} से क्या मिलता है?",
    ),
    "zh": (
        "你是一位耐心的老师，正在给一个十岁的孩子讲解事情。请仔细阅读下面的问题，然后用最多三句简短的话回答，不要重复问题。问题：",
        "海洋 月亮 木匠 花园 轮船 雨水 高山 书本 小鸟 河流 台灯 桥梁 沙漠 教师 火车 大树 医生 城市 面包 蝴蝶 钟表",
        "冬天的时候{}究竟怎么帮助{}，又怎么帮助{}过冬呢？",
    ),
}


def family(tag: str, size: int, form: str = "{i} {q}") -> list[str]:
    """Different questions around an instruction: no two of them have two words in common (Bose's triples of 21)."""
    instruction, words, question = FAMILIES[tag]
    pairs = [(x, y) for y in range(7) for x in range(y)]
    triples = [(x + 7 * i, y + 7 * i, (x + y) * 4 % 7 + 7 * ((i + 1) % 3)) for i in range(3) for x, y in pairs]
    asked = [question.format(*(words.split()[place] for place in places)) for places in triples]
    return [form.format(i=instruction, q=one) for one in random.Random(7).sample(asked, size)]


def groups(tmp_path, tag: str, texts: list[str], **settings) -> list[set[str]]:
    """The texts that are joined with another, by component."""
    table = prompts([(tag, text) for text in texts])
    of = dict(zip(table["prompt_id"].to_pylist(), texts, strict=True))
    near = edges(tmp_path, [(tag, text) for text in texts], settings=NearDuplicates(**settings))
    joined: dict[str, set[str]] = {}
    pairs = zip(near["prompt_id_a"].to_pylist(), near["prompt_id_b"].to_pylist(), strict=True)
    for node, root in components(pairs).items():
        joined.setdefault(root, set()).add(of[node])
    return list(joined.values())


@pytest.mark.slow
@pytest.mark.parametrize("form", ["{i} {q}", "{q} {i}", "{i} {q} {i}"])
@pytest.mark.parametrize("tag", sorted(FAMILIES))
def test_questions_behind_one_instruction_are_different_prompts(tmp_path, tag, form):
    assert groups(tmp_path, tag, family(tag, 60, form)) == []


@pytest.mark.parametrize("tag", sorted(FAMILIES))
def test_without_the_rule_they_are_one(tmp_path, tag):
    (one,) = groups(tmp_path, tag, family(tag, 60), many=1_000)
    assert len(one) == 60


@pytest.mark.parametrize("tag", sorted(FAMILIES))
def test_edited_copies_behind_an_instruction_are_joined_with_their_original(tmp_path, tag):
    texts = family(tag, 60)
    question, instruction = texts[0], texts[1]
    in_question = f"{question} OK!"
    in_instruction = instruction[:30] + "XX" + instruction[32:]
    joined = groups(tmp_path, tag, [*texts, in_question, in_instruction])
    assert sorted(map(sorted, joined)) == sorted(map(sorted, [[question, in_question], [instruction, in_instruction]]))


@pytest.mark.parametrize("tag", sorted(FAMILIES))
def test_edited_copies_of_one_prompt_are_one_however_many_there_are(tmp_path, tag):
    original, dice = family(tag, 1)[0], random.Random(3)
    places = [dice.randrange(5, len(original) - 5) for _ in range(300)]
    copies = {original[:place] + "xq"[place % 2] + original[place + 1 :] for place in places}
    (one,) = groups(tmp_path, tag, [original, *copies])
    assert one == {original, *copies}


def test_few_prompts_with_one_instruction_stay_one_group(tmp_path):
    (one,) = groups(tmp_path, "en", family("en", 19))
    assert len(one) == 19


def test_equal_questions_behind_an_instruction_are_equal_prompts(tmp_path):
    texts = family("en", 40)
    assert groups(tmp_path, "en", [*texts, texts[3].upper() + "!"]) == [{texts[3], texts[3].upper() + "!"}]


@pytest.mark.parametrize(
    ("tag", "before", "behind"),
    [
        ("de", "Schreibe ein Gedicht mit vier Zeilen über", "und verwende dabei mindestens zwei Metaphern."),
        ("en", "Please write a short poem of six lines about", "and make sure that every second line rhymes."),
        ("fa", "لطفاً یک شعر کوتاه شش سطری درباره", "بنویس و در آن دست کم دو استعاره بیاور."),
    ],
)
def test_one_word_within_an_instruction_is_the_question(tmp_path, tag, before, behind):
    words = "sonne mond wasser feuer wald wiese berge meer stadt dorf liebe zeit herbst winter musik tanz katzen hunde"
    texts = [f"{before} {word} {behind}" for word in [*words.split(), *(one[::-1] for one in words.split())]]
    assert groups(tmp_path, tag, texts) == []
    assert groups(tmp_path, tag, [*texts, f"{texts[4].upper()} !"]) == [{texts[4], f"{texts[4].upper()} !"}]


def test_short_questions_do_not_join_all_others(tmp_path):
    instruction = FAMILIES["en"][0]
    sums = [f"{instruction} {one} + {other}?" for one in range(12, 20) for other in range(31, 37)]
    assert groups(tmp_path, "en", [*sums, *family("en", 40)]) == []


def test_what_translations_of_one_prompt_share_is_no_instruction_in_any_language(tmp_path):
    # The same code in 21 languages, each with its own question of three words, and one copy of one of them edited.
    code = "def total of rows return sum of row price times row count for each row in rows if row count is above zero"
    asked = [(tag, f"{code} un{tag} deux{tag} trois{tag}") for tag in languages.AYA_23 if languages.get(tag).spaces]
    assert len(asked) == 21
    edited = ("de", f"{code} unde zwei troisde")
    table = prompts([*asked, edited])
    text_of = dict(zip(table["prompt_id"].to_pylist(), [*asked, edited], strict=True))
    (edge,) = edges(tmp_path, [*asked, edited]).to_pylist()
    assert {text_of[edge["prompt_id_a"]], text_of[edge["prompt_id_b"]]} == {
        ("de", f"{code} unde deuxde troisde"),
        edited,
    }


def test_windows_are_others_in_every_language():
    texts, bits = ["a b c d e f g h i"] * 3, table_bits(30)
    places = windows(normal_codes(texts), ["de", "fr", "de"], bits)
    assert places.row(0).tolist() == places.row(2).tolist()
    assert not set(places.row(0).tolist()) & set(places.row(1).tolist())


def own_of(shared: Shared, row):
    return own_units(shared.counts[row], shared.opens[row], shared.closes[row], shared.many, spaces=True)


def test_own_words_by_hand():
    # Twenty prompts of eight shared words and two of their own; a prompt of ten words has six windows.
    texts = [f"a b c d e f g h own{n} word{n}" for n in range(20)]
    codes, bits = normal_codes(texts), table_bits(60)
    places = windows(codes, ["en"] * 20, bits)
    shared = Shared.of(20, bits)
    shared.add(*by_place(places))
    shared.add(*by_place(Rows(places.values[:3], np.array([0, 3]))))
    assert shared.counts[places.row(4)].tolist() == [21, 21, 21, 20, 1, 1]
    shared.count_ends(places)
    own = own_of(shared, places.row(4))
    assert own is not None and own.tolist() == [False] * 8 + [True, True]
    # The ninth word begins behind eight letters and eight spaces.
    assert own_grams(codes.row(4), own, spaces=True, size=5).tolist() == [n >= 15 for n in range(22)]


def test_less_than_half_shared_leaves_a_prompt_whole():
    texts = [f"a b c d e f g h {' '.join(f'w{n}x{m}' for m in range(12))}" for n in range(20)]
    codes, bits = normal_codes(texts), table_bits(300)
    places = windows(codes, ["en"] * 20, bits)
    shared = Shared.of(20, bits)
    shared.add(*by_place(places))
    shared.count_ends(places)
    assert own_of(shared, places.row(0)) is None
