"""Loops: found at the end and all through, in scripts with and without spaces; sound repetition is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.stages.checks.framed_lists import without_framed_lists
from polypref.stages.checks.repetition import (
    RepetitionLoops,
    recurring,
    repeated_share,
    tail_loop,
    without_tables,
)

HEADS = {
    "ar": "السماء زرقاء لأن الضوء يتشتت في الهواء. ",
    "he": "השמיים כחולים משום שהאור מתפזר באוויר. ",
    "fa": "آسمان آبی است زیرا نور در هوا پراکنده می‌شود. ",
    "hi": "आकाश नीला है क्योंकि प्रकाश हवा में बिखरता है। ",
    "zh": "天空是蓝色的，因为光在空气中散射。",
    "ja": "空が青いのは、光が空気中で散乱するからです。",
    "ko": "빛이 공기 중에서 흩어지기 때문에 하늘은 파랗다. ",
    "el": "Ο ουρανός είναι γαλάζιος επειδή το φως σκεδάζεται. ",
    "uk": "Небо блакитне, бо світло розсіюється в повітрі. ",
}
POEM = """Row, row, row your boat,
Gently down the stream.
Merrily, merrily, merrily, merrily,
Life is but a dream.

Row, row, row your boat,
Gently up the creek.
If you see a little mouse,
Don't forget to squeak."""
LIST = "\n".join(f"{i}. {word}: 0.{i}" for i, word in enumerate(["Apfel", "Birne", "Kirsche", "Traube", "Feige"], 1))


def chosen(tag, text):
    return {"language": tag, "chosen": text}


@pytest.mark.parametrize("tag", sorted(HEADS))
def test_the_same_sentence_to_the_end(pairs, outcomes, tag):
    looped = HEADS[tag] * 9
    batch = pairs(chosen(tag, looped), chosen(tag, looped[:-7]), chosen(tag, HEADS[tag]), chosen(tag, HEADS[tag] * 2))
    assert outcomes(RepetitionLoops(), batch) == [(0, "chosen_loop"), (1, "chosen_loop")]


def test_lists_that_only_count_on(pairs, outcomes):
    zh = "材料：\n" + "".join(f"{i}. 游戏\n" for i in range(1, 40))
    he = "הרשימה:\n" + "".join(f"{i}. מלח ופלפל\n" for i in range(1, 40))
    assert outcomes(RepetitionLoops(), pairs(chosen("zh", zh), chosen("he", he))) == [
        (0, "chosen_loop"),
        (1, "chosen_loop"),
    ]


def test_poems_lists_tables_and_rules_are_no_loops(pairs, outcomes):
    table = "| a | b |\n|---|---|\n" + "".join(f"| {w} | ja |\n" for w in ["rot", "grün", "blau", "gelb", "braun"])
    rule = "Titel\n" + "-" * 300
    batch = pairs(*(chosen("en", text) for text in (POEM, LIST, table, rule, "", "No. No. No. No.")))
    assert outcomes(RepetitionLoops(roles=("chosen",)), batch) == []


def test_a_loop_that_ends_in_other_words(pairs, outcomes):
    text = HEADS["uk"] * 8 + "Отже, ось і відповідь на ваше запитання про колір."
    assert tail_loop(text) == (0, 0)
    assert outcomes(RepetitionLoops(), pairs(chosen("uk", text))) == [(0, "chosen_loop")]


def test_share_by_hand():
    # Ten words said three times and ten others: the two joints are inside 5-grams that occur twice only, but all words
    # of the three rounds stand in 5-grams said three times.
    ten = " ".join(f"{c}1" for c in "abcdefghij").replace("1", "")
    others = "k l m n o p q r s t"
    assert repeated_share(f"{ten} {ten} {ten} {others}") == pytest.approx(30 / 40)
    assert repeated_share(f"{ten} {ten} {others}") == 0
    assert repeated_share("字" * 3) == 0
    assert repeated_share(
        "一二三四五六七八九十百千万亿兆" * 3 + "甲乙丙丁戊己庚辛壬癸子丑寅卯辰", spaces=False
    ) == pytest.approx(45 / 60)


def test_code_counts_only_if_asked():
    text = "Answer\n```\n" + "x = foo(bar, baz, qux, one)\n" * 6 + "```"
    assert repeated_share(text) == 0
    assert repeated_share(text, code=True) > 0.9


def test_a_loop_inside_code(pairs, outcomes):
    code = "Here is the code you asked for:\n```\n" + "    builder.add(first, second, third, fourth)\n" * 60
    assert outcomes(RepetitionLoops(), pairs(chosen("en", code + "```\nDone."))) == [(0, "chosen_loop")]


def test_tail_loop_by_hand():
    assert tail_loop("start " + "abcdefghij klmno " * 4) == (17, 17 * 4 - 1 + 1)
    assert tail_loop("no loop here, only a sentence that goes on and on to its end") == (0, 0)
    assert tail_loop("=" * 200) == (0, 0)
    # The last twenty characters are looked for, in more than twice as many.
    assert tail_loop(".abcdefghij klmnopqrs" + "abcdefghij klmnopqrs") == (20, 40)
    assert tail_loop("abcdefghij klmnopqrs" * 2) == (0, 0)


def test_a_loop_of_three_rounds_and_sixty_characters_is_just_one(pairs, outcomes):
    sound = "Das Wetter wird morgen in Hamburg besser als heute, sagt der Dienst, und am Sonntag scheint die Sonne. "
    rounds = [sound + "abcdefghij klmnopqrs" * 3, sound + "abcdefghij klmnopqr" * 3]
    assert [tail_loop(text) for text in rounds] == [(20, 60), (19, 57)]
    batch = pairs(*({"language": "de", "chosen": text} for text in rounds))
    assert outcomes(RepetitionLoops(roles=("chosen",)), batch) == [(0, "chosen_loop")]


SONGS = {
    "en": ("Write a song about the harbour.", "Oh, the harbour lights are calling me home tonight,\n"),
    "ar": ("اكتب أغنية عن البحر", "يا بحر خذني إلى بيتي القديم هناك معك،\n"),
    "el": ("Γράψε ένα τραγούδι για τη θάλασσα", "Θάλασσα, πάρε με στο σπίτι μου απόψε ξανά,\n"),
    "he": ("כתוב שיר על הים", "הים קורא לי לשוב הביתה הלילה עוד הפעם,\n"),
    "hi": ("समुद्र पर एक गीत लिखो", "ओ सागर मुझे आज रात फिर घर ले चलो,\n"),
    "ja": ("海についての歌詞を書いて", "海よ今夜わたしを家まで連れていっておくれ\n"),
    "ko": ("바다에 대한 노래를 써 줘", "바다야 오늘 밤 나를 다시 집으로 데려가 주렴,\n"),
    "uk": ("Напиши пісню про море", "Море, забери мене сьогодні знову додому,\n"),
    "zh": ("写一首关于大海的歌曲", "大海啊今夜请你带我回到我的家乡去吧\n"),
}


@pytest.mark.parametrize("tag", sorted(SONGS))
def test_a_refrain_ends_a_song_and_a_loop_any_other_answer(pairs, outcomes, tag):
    prompt, refrain = SONGS[tag]
    song = HEADS.get(tag, "The sky is blue today. ") + "\n" + refrain * 4
    endless = HEADS.get(tag, "The sky is blue today. ") + "\n" + refrain * 30
    batch = pairs(
        {"language": tag, "prompt": prompt, "chosen": song},
        {"language": tag, "prompt": prompt, "chosen": endless},
        {"language": tag, "prompt": "?", "chosen": song},
        {"language": tag, "prompt": "Write a song.", "chosen": song},
    )
    assert outcomes(RepetitionLoops(roles=("chosen",)), batch) == [(1, "chosen_loop"), (2, "chosen_loop")]


VERSES = [
    "The night is long and the wind is cold on my face",
    "I walked to the pier where my father would stand",
    "Ten boats went out and only seven of them returned",
    "My mother kept a candle in the window facing west",
]
CHORUS = (
    "\nSing with me, sing with me, until the morning comes\nwe are the keepers of the light on the northern shore\n"
)


def test_choruses_between_verses_are_a_song_and_verses_that_never_change_are_a_loop(pairs, outcomes):
    song = CHORUS.join([*VERSES, ""])
    stuck = CHORUS.join([VERSES[0]] * 12) + " and so on"
    assert repeated_share(song) > 0.5 and repeated_share(stuck) > 0.5
    assert tail_loop(song) == tail_loop(stuck) == (0, 0)
    lyrics = {"language": "de", "prompt": "Schreib einen Liedtext auf Englisch."}
    batch = pairs(lyrics | {"chosen": song}, lyrics | {"chosen": stuck}, chosen("de", song))
    assert outcomes(RepetitionLoops(roles=("chosen",)), batch) == [(1, "chosen_loop"), (2, "chosen_loop")]


OPENINGS = ["The gulls cry", "The nets are full", "My father waves", "A bell rings out", "The fog rolls in", "We row"]


def test_a_new_line_before_each_chorus_is_a_song_however_short_it_is(pairs, outcomes):
    song = CHORUS.join([*OPENINGS, ""])
    stuck = CHORUS.join([*OPENINGS[:2], *OPENINGS[1:2] * 5, ""])
    assert repeated_share(song) > 0.8 and repeated_share(stuck) > 0.8
    lyrics = {"prompt": "Write the lyrics of a sea song with a chorus."}
    batch = pairs(lyrics | {"chosen": song}, lyrics | {"chosen": stuck}, chosen("en", song))
    assert outcomes(RepetitionLoops(roles=("chosen",)), batch) == [(1, "chosen_loop"), (2, "chosen_loop")]


@pytest.mark.parametrize(
    ("tag", "row"),
    [
        ("de", "{0} mal 7 ist {1}."), ("ja", "7かける{0}は{1}です。"), ("hi", "{0} गुणा 7 बराबर {1} होता है।"),
        ("en", "7 x {0} = {1}"), ("el", "Το {0} επί 7 κάνει {1}."),
    ],
)  # fmt: skip
def test_a_table_of_sums_ends_and_a_number_that_only_counts_does_not(pairs, outcomes, tag, row):
    sums = [row.format(n, 7 * n) for n in range(1, 61)]
    counted = [row.format(n, 7) for n in range(1, 13)]
    same = [row.format(3, 21)] * 12
    parts = [f"{n}. The Long Way Home, part {n + 3}" for n in range(1, 16)]
    lists = (sums[:12], sums, counted, same, parts)
    batch = pairs(*(chosen(tag, "\n".join(lines)) for lines in lists))
    rejected = [(row, "chosen_loop") for row in (1, 2, 3, 4)]
    assert outcomes(RepetitionLoops(roles=("chosen",)), batch) == rejected


def test_a_loop_beside_a_table_is_one(pairs, outcomes):
    table = "\n".join(f"7 x {n} = {7 * n}" for n in range(1, 11))
    looped = table + "\n" + "and so it goes on and on for ever, as I said, " * 12
    assert outcomes(RepetitionLoops(roles=("chosen",)), pairs(chosen("en", looped))) == [(0, "chosen_loop")]
    assert without_tables(looped) == looped[len(table) + 1 :]


def test_rewrites_and_lists_of_translations_that_were_asked_for(pairs, outcomes):
    rewrites = "\n".join(
        f"{i}. I would like to reserve a table for two {when} by the window, please{end}"
        for i, (when, end) in enumerate(
            [
                ("tonight", "."),
                ("this evening at eight", "!"),
                ("for tonight", " , if I may."),
                ("now", " — thanks a lot."),
            ]
        )
    )
    polish = "\n".join(
        f"{name}: w tym języku zdanie z pytania brzmi w następujący sposób: {text}"
        for name, text in [
            ("angielski", "good morning"),
            ("niemiecki", "guten Morgen"),
            ("włoski", "buongiorno"),
            ("hiszpański", "buenos días"),
        ]
    )
    rows = [
        {"prompt": "Rephrase this in four ways: I want a table.", "chosen": rewrites},
        {"language": "pl", "prompt": "Przetłumacz na cztery języki: dzień dobry", "chosen": polish},
        {"prompt": "What do you want?", "chosen": rewrites},
        {"language": "pl", "prompt": "Co słychać?", "chosen": polish},
    ]
    # A list with a word of its own in each item is none, whatever the prompt; of the rewrites two say "tonight".
    assert outcomes(RepetitionLoops(roles=("chosen",)), pairs(*rows)) == [(2, "chosen_loop")]
    for row in rows:
        row["chosen"] = "\n".join(row["chosen"].split("\n")[:1] * 4)
    assert outcomes(RepetitionLoops(roles=("chosen",)), pairs(*rows)) == [(2, "chosen_loop"), (3, "chosen_loop")]


def test_japanese_sentences_that_end_alike_go_on_and_the_same_sentence_does_not(pairs, outcomes):
    topics = [
        "毎朝の散歩は、体を目覚めさせるため",
        "読書の習慣は、新しい考えに触れられるため",
        "十分な睡眠は、疲れをためないようにするため",
        "友人との会話は、悩みを一人で抱えずにすむため",
        "庭の手入れは、季節の移り変わりを感じられるため",
    ]
    ending = "心の健康を保つうえで役立つと考えられています。"
    alike = "".join(f"{i}. {topic}、{ending}\n" for i, topic in enumerate(topics, 1))
    same = "".join(f"{i}. {topics[0]}、{ending}\n" for i in range(1, 6)) + "以上です。"
    assert repeated_share(alike, spaces=False) > 0.5 and repeated_share(same, spaces=False) > 0.5
    assert without_framed_lists(alike, spaces=False) != alike
    in_one_line = "".join(f"{topic}、{ending}また、" for topic in topics)
    # In Chinese, whose sentences end in no such phrases, the same text would be one where it is no list.
    batch = pairs(*(chosen(tag, text) for text in (alike, same, in_one_line) for tag in ("ja", "zh")))
    rejected = [(row, "chosen_loop") for row in (2, 3, 5)]
    assert outcomes(RepetitionLoops(roles=("chosen",)), batch) == rejected


def test_forms_are_filled_in_and_a_form_without_end_is_a_loop(pairs, outcomes):
    form = "Bitte ausfüllen:\n\n"
    blanks, slots = "Name: ________ Ort: ________\n", "**[Name des Geräts]** - [Vorteile]\n"
    batch = pairs(*(chosen("de", form + line * times) for line in (blanks, slots) for times in (4, 40)))
    assert outcomes(RepetitionLoops(roles=("chosen",)), batch) == [(1, "chosen_loop"), (3, "chosen_loop")]


def test_a_grid_in_code_is_no_loop(pairs, outcomes):
    grid = "Puzzle:\n```\n+-------+-------+\n" + "| 0 0 5 | 0 1 0 |\n" * 6 + "+-------+-------+\n```\nGood luck."
    assert repeated_share(grid, code=True) > 0.75
    assert outcomes(RepetitionLoops(), pairs(chosen("en", grid))) == []


# A script for a film, as a weak writer of each language would have it: two sentences come three times, and it ends.
RESTATED = {
    "en": (
        "The lighthouse was built by the fishermen of the northern harbour.",
        "It has guided every ship through the narrow strait since the great storm.",
        "Welcome to this short film about the coast and its people.",
        "Today it stands for the courage of everybody who lives there.",
        "Thank you for watching, and see you again next week.",
    ),
    "ja": (
        "灯台は北の港の漁師たちによって大昔に建てられました。",
        "大嵐の日からずっと、狭い海峡を通るすべての船を導いてきました。",
        "海辺の町とその人々をご紹介するこの動画へようこそ。",
        "今ではそこに暮らすみなさんの勇気のしるしとなっています。",
        "ご覧いただきありがとうございました。また来週お会いしましょう。",
    ),
    "ar": (
        "بنى صيادو الميناء الشمالي هذه المنارة القديمة قبل مئة عام.",
        "وهي ترشد كل سفينة عبر المضيق الضيق منذ العاصفة الكبرى.",
        "أهلا بكم في هذا الفيلم القصير عن الساحل وأهله الطيبين.",
        "واليوم صارت رمزا لشجاعة كل من يسكن تلك القرى البعيدة.",
        "شكرا لكم على المشاهدة وإلى اللقاء في الأسبوع القادم.",
    ),
    "hi": (
        "यह प्रकाशस्तंभ उत्तरी बंदरगाह के मछुआरों ने बहुत पहले बनाया था।",
        "बड़े तूफ़ान के बाद से यह हर जहाज़ को संकरे जलमार्ग से निकालता है।",
        "तट और वहाँ के लोगों पर बनी इस छोटी फ़िल्म में आपका स्वागत है।",
        "आज यह वहाँ रहने वाले सभी लोगों के साहस की निशानी बन चुका है।",
        "देखने के लिए आपका बहुत धन्यवाद, अगले हफ़्ते हम फिर मिलेंगे।",
    ),
    "ru": (
        "Этот маяк давным-давно построили рыбаки северной гавани.",
        "Со времён большой бури он проводит каждый корабль через узкий пролив.",
        "Добро пожаловать на просмотр фильма о береге и его людях.",
        "Сегодня он говорит о мужестве всех, кто живёт в этих местах.",
        "Спасибо за внимание и до встречи на следующей неделе.",
    ),
}


@pytest.mark.parametrize("tag", sorted(RESTATED))
def test_points_said_three_times_in_an_answer_that_goes_on_are_no_loop(pairs, outcomes, tag):
    first, second, welcome, today, thanks = RESTATED[tag]
    glue = "" if tag == "ja" else " "
    script = glue.join([welcome, first, second, today, first, second, thanks, first, second, thanks[::-1]])
    # Once more is a loop, and so is an answer with nothing new at its end.
    oftener = glue.join([welcome, first, second, first, today, second, first, second, thanks, first, second])
    to_the_end = glue.join([welcome, first, second, today, first, second, thanks, first, second, today])
    for text in (script, oftener, to_the_end):
        assert repeated_share(text, tag != "ja") > 0.5
    batch = pairs(*(chosen(tag, text) for text in (script, oftener, to_the_end)))
    assert outcomes(RepetitionLoops(roles=("chosen",)), batch) == [(1, "chosen_loop"), (2, "chosen_loop")]


@pytest.mark.parametrize(
    ("tag", "name", "sentences"),
    [
        (
            "en",
            "Lumo Night Reading Lamp with Three Colours and a Timer for Children",
            "The {} gives warm light. Parents love the {} because it turns itself off. Order the {} today and sleep.",
        ),
        (
            "el",
            "λάμπα ανάγνωσης Lumo με τρία χρώματα και χρονοδιακόπτη για παιδιά",
            "Η {} δίνει ζεστό φως. Οι γονείς αγαπούν τη {} γιατί σβήνει μόνη της. Παραγγείλετε τη {} σήμερα κιόλας.",
        ),
        (
            "ko",
            "아이들을 위한 세 가지 색과 시간 조절 기능이 있는 루모 독서 램프",
            "{} 하나면 방이 따뜻해집니다. 부모님은 {} 덕분에 편히 쉽니다. 오늘 {} 주문하고 편안한 밤을 맞으세요.",
        ),
    ],
)
def test_a_long_name_in_every_sentence_is_no_loop(pairs, outcomes, tag, name, sentences):
    text = sentences.format(name, name, name)
    assert repeated_share(text) > 0.5
    assert outcomes(RepetitionLoops(), pairs(chosen(tag, text))) == []


def test_one_sentence_three_times_is_most_of_a_short_answer_and_a_loop(pairs, outcomes):
    same = "The colours of the picture are filled with light and a sense of movement."
    text = f"The picture is stunning. {same} {same} {same} That is all."
    assert outcomes(RepetitionLoops(), pairs(chosen("en", text))) == [(0, "chosen_loop")]


@pytest.mark.parametrize("tag", ["en", "ru", "ar"])
def test_a_tag_said_a_few_times_ends_a_short_text(pairs, outcomes, tag):
    word = {"en": "#SchoolGardenDay2030", "ru": "#ДеньШкольногоСада", "ar": "#يوم_حديقة_المدرسة_الكبير"}[tag]
    texts = [HEADS.get(tag, "The garden opens today. ") + " ".join([word] * times) for times in (4, 6)]
    assert all(tail_loop(text)[1] >= 60 for text in texts)
    items = HEADS.get(tag, "The garden opens today. ") + "\n".join([word] * 4)
    batch = pairs(*(chosen(tag, text) for text in (*texts, items)))
    assert outcomes(RepetitionLoops(roles=("chosen",)), batch) == [(1, "chosen_loop"), (2, "chosen_loop")]


def test_a_list_of_one_name_with_years_that_count_on_is_no_table(pairs, outcomes):
    films = "Her films:\n1. The Harbour (1995)\n" + "".join(f"{i}. The Lamp ({2016 + i})\n" for i in range(2, 15))
    sums = "The three times table:\n" + "".join(f"{i}. 3 x {i} = {3 * i}\n" for i in range(1, 13))
    batch = pairs(chosen("en", films), chosen("en", sums))
    assert outcomes(RepetitionLoops(roles=("chosen",)), batch) == [(0, "chosen_loop")]


def test_the_roles_are_a_setting(pairs, outcomes):
    batch = pairs({"chosen": "Fine.", "rejected": HEADS["el"] * 9, "language": "el"})
    assert outcomes(RepetitionLoops(roles=("chosen",)), batch) == []
    assert outcomes(RepetitionLoops(roles=("rejected",), action="flag"), batch) == [(0, "rejected_loop")]


@given(st.text(min_size=1, max_size=40), st.booleans())
def test_a_text_three_times_over_recurs_and_a_share_is_a_share(text, spaces):
    assert 0 <= repeated_share(text * 3, spaces) <= 1
    if len(text) >= 25:
        assert recurring(text * 3, spaces, 12, 3)


@pytest.mark.parametrize(
    ("text", "recurs"),
    [
        ("abcdefghijkl" + "0123456789" + "abcdefghijkl", True),
        ("abcdefghijkl" + "0123456789" + "abcdefghijkm", False),
        ("abcdefghijkl" * 2, True),
        ("abcdefghijkl" + "abcdefghijk", False),
    ],
)
def test_the_first_and_the_last_stretch_are_among_those_that_are_taken(text, recurs):
    # Stretches of twelve where words are not separated: of two, the first begins the text and the other ends it.
    assert recurring(text, False, 2, 2) == recurs


@pytest.mark.parametrize("sign", ["啊", "x"])
def test_a_stretch_that_occurs_again_a_character_further_does_occur_again(sign):
    run, other = sign * 13, "bcdefghijklmnopqrstu"
    assert recurring(run + other, False, 2, 1) and recurring(other + run, False, 2, 1)
    assert not recurring(run[:12] + other, False, 2, 1) and not recurring(other + run[:12], False, 2, 1)
