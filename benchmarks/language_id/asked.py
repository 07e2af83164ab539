"""Texts asked for in a named language, echoes, what a quoted text means, and instructions of a word or two.

    python benchmarks/language_id/asked.py      # counts, and each row that comes out wrong

In each of the 23 languages four prompts ask for a text by its kind and language, one asks why such texts are as they
are, one for a translation into no language, one for a correction, one what a quoted text means, one what a text is
about, and one is an instruction of a word or two before a text. They were written after the rule
(polypref/languages/asked_texts.py); which of them it was changed for, benchmarks/language_id/README.md says. Prompts
are machine-written, unreviewed. The checks are `language` and `line_fidelity`.
"""

from collections import Counter
from collections.abc import Iterator

from tasks import findings
from wordings import SENTENCES

#: What a prompt of each language asks for: four texts (with the language each is to be in), then as above.
ASKED: dict[str, tuple[tuple[tuple[str, str], ...], str, str, str, str, str, str]] = {
    "ar": (
        (
            ("en", "اكتب لي رسالة إنجليزية قصيرة لزبائن متجر المتحف."),
            ("fr", "أحتاج إلى إعلان فرنسي لباب المتجر."),
            ("en", "صغ ثلاث جمل إنجليزية عن متجر"),
            ("fr", "بطاقة فرنسية للزوار من فضلك"),
        ),
        "لماذا تكون الرسائل الإنجليزية الرسمية قصيرة؟",
        "ترجم: {}",
        "صحح الأخطاء إن وجدت: {}",
        'ما معنى "{}"؟',
        "عم يتحدث هذا الإعلان؟ {}",
        "تلخيص: {}",
    ),
    "cs": (
        (
            ("en", "Napiš krátký anglický e-mail návštěvníkům muzea."),
            ("fr", "Potřebuju francouzské oznámení na dveře obchodu."),
            ("de", "Vymysli tři německé věty o obchodě."),
            ("en", "Anglický nápis a omluva, dvě anglické věty"),
        ),
        "Proč jsou anglické dopisy tak krátké?",
        "Přelož: {}",
        "Oprav chyby, jestli tam jsou: {}",
        "Co znamená „{}“?",
        "O čem je tohle oznámení? {}",
        "Shrnutí: {}",
    ),
    "de": (
        (
            ("en", "Verfasse eine kurze englische Mitteilung, also zwei englische Sätze für die Ladentür."),
            ("fr", "Gib mir eine französische Ankündigung für Museumsgäste."),
            ("en", "Ich bräuchte eine höfliche englische E-Mail an unsere Besucher."),
            ("es", "Zwei spanische Sätze über einen Laden"),
        ),
        "Warum klingen englische Briefe immer so freundlich?",
        "Bitte übersetzen: {}",
        "Korrigiere, falls nötig: {}",
        "Was bedeutet „{}“?",
        "Wovon handelt dieser Aushang? {}",
        "Kurzfassung: {}",
    ),
    "el": (
        (
            ("en", "Γράψε μια σύντομη αγγλική επιστολή προς τους επισκέπτες."),
            ("fr", "Χρειάζομαι ένα γαλλικό μήνυμα για την πόρτα του μαγαζιού."),
            ("en", "Φτιάξε δύο αγγλικές προτάσεις για ένα μουσείο."),
            ("fr", "Δύο γαλλικές φράσεις για επισκέπτες"),
        ),
        "Γιατί οι αγγλικές επιστολές είναι τόσο σύντομες;",
        "Μετάφρασε: {}",
        "Διόρθωσε τα λάθη, αν υπάρχουν: {}",
        "Τι σημαίνει «{}»;",
        "Για ποιο πράγμα μιλάει αυτή η ανακοίνωση; {}",
        "Περίληψη: {}",
    ),
    "en": (
        (
            ("fr", "Draft a short French notice, two French sentences, for the shop door."),
            ("de", "I need a polite German email for our museum guests."),
            ("es", "Could you write a Spanish announcement for visitors?"),
            ("fr", "two french example sentences about a shop"),
        ),
        "Why are German letters so formal?",
        "Translate: {}",
        "Correct the mistakes, if any: {}",
        "What does “{}” mean?",
        "What is this notice about? {}",
        "Summary: {}",
    ),
    "es": (
        (
            ("en", "Redacta un mensaje inglés breve para los visitantes."),
            ("fr", "Necesito una carta francesa para los clientes de la tienda."),
            ("en", "Haz dos frases inglesas sobre un museo."),
            ("de", "Dos oraciones alemanas sobre una tienda"),
        ),
        "¿Por qué las cartas inglesas son tan breves?",
        "Traduce: {}",
        "Corrige los errores si los hay: {}",
        "¿Qué significa «{}»?",
        "¿De qué habla este aviso? {}",
        "Resumen: {}",
    ),
    "fa": (
        (
            ("en", "یک نامه انگلیسی کوتاه برای بازدیدکنندگان بنویس."),
            ("fr", "یک پیام فرانسوی برای در فروشگاه می‌خواهم."),
            ("en", "دو جملهٔ انگلیسی دربارهٔ موزه بساز."),
            ("fr", "دو جمله فرانسوی درباره فروشگاه"),
        ),
        "چرا نامه‌های انگلیسی این‌قدر کوتاه‌اند؟",
        "ترجمه کن: {}",
        "غلط‌ها را تصحیح کن: {}",
        "«{}» یعنی چه؟",
        "این اطلاعیه دربارهٔ چیست؟ {}",
        "خلاصه: {}",
    ),
    "fr": (
        (
            ("en", "Rédige un court message anglais pour les visiteurs."),
            ("es", "Il me faut une annonce espagnole pour la porte de la boutique."),
            ("en", "Écris deux phrases anglaises sur un musée."),
            ("de", "Deux phrases allemandes sur une boutique"),
        ),
        "Pourquoi les lettres anglaises sont-elles si courtes ?",
        "Traduis : {}",
        "Corrige les fautes s'il y en a : {}",
        "Que signifie « {} » ?",
        "De quoi parle cette annonce ? {}",
        "Résumé : {}",
    ),
    "he": (
        (
            ("en", "כתוב הודעה אנגלית קצרה למבקרים."),
            ("fr", "אני צריך מכתב צרפתי ללקוחות החנות."),
            ("en", "תן לי שני משפטים אנגליים על מוזיאון."),
            ("fr", "שני משפטים צרפתיים על חנות"),
        ),
        "למה מכתבים אנגליים כל כך קצרים?",
        "תרגם: {}",
        "תקן שגיאות אם יש: {}",
        'מה הפירוש של "{}"?',
        "על מה ההודעה הזאת? {}",
        "סיכום: {}",
    ),
    "hi": (
        (
            ("en", "आगंतुकों के लिए एक छोटा अंग्रेज़ी संदेश लिखिए।"),
            ("fr", "मुझे दुकान के दरवाज़े के लिए एक फ़्रेंच विज्ञापन चाहिए।"),
            ("en", "संग्रहालय पर दो अंग्रेज़ी वाक्य बनाइए।"),
            ("fr", "दुकान पर दो फ़्रेंच वाक्य"),
        ),
        "अंग्रेज़ी पत्र इतने छोटे क्यों होते हैं?",
        "अनुवाद करो: {}",
        "गलतियाँ सुधारो: {}",
        '"{}" का क्या मतलब है?',
        "यह सूचना किस बारे में है? {}",
        "सारांश: {}",
    ),
    "id": (
        (
            ("en", "Buatkan surat bahasa Inggris yang singkat untuk pengunjung."),
            ("fr", "Saya perlu pesan bahasa Prancis untuk pintu toko."),
            ("en", "Tulis dua kalimat bahasa Inggris tentang museum."),
            ("fr", "Dua kalimat bahasa Prancis tentang toko"),
        ),
        "Mengapa surat bahasa Inggris begitu singkat?",
        "Terjemahkan: {}",
        "Perbaiki kesalahannya kalau ada: {}",
        'Apa arti "{}"?',
        "Pengumuman ini tentang apa? {}",
        "Ringkasan: {}",
    ),
    "it": (
        (
            ("en", "Scrivi un breve messaggio inglese per i visitatori."),
            ("fr", "Mi serve una lettera francese per i clienti del negozio."),
            ("en", "Componi due frasi inglesi su un museo."),
            ("de", "Due frasi tedesche su un negozio"),
        ),
        "Perché le lettere inglesi sono così brevi?",
        "Traduci: {}",
        "Correggi gli errori, se ci sono: {}",
        "Cosa significa «{}»?",
        "Di cosa parla questo avviso? {}",
        "Riassunto: {}",
    ),
    "ja": (
        (
            ("en", "来館者への短い英語のメールを書いてください。"),
            ("fr", "店のドアに貼るフランス語の挨拶文を作って。"),
            ("en", "博物館について英語の例文を二つください。"),
            ("fr", "フランス語の例文を二つ"),
        ),
        "なぜ英語の手紙は短いのですか?",
        "訳して:{}",
        "間違いがあれば直して:{}",
        "「{}」とはどういう意味ですか?",
        "このお知らせは何についてですか?{}",
        "要約:{}",
    ),
    "ko": (
        (
            ("en", "방문객에게 보낼 짧은 영어 메일을 써 주세요."),
            ("fr", "가게 문에 붙일 프랑스어 메시지가 필요해요."),
            ("en", "박물관에 관한 영어 문장 두 개 만들어 줘."),
            ("fr", "가게에 관한 프랑스어 예문 두 개"),
        ),
        "왜 영어 편지는 그렇게 짧은가요?",
        "번역해 줘: {}",
        "틀린 곳이 있으면 고쳐 줘: {}",
        '"{}"는 무슨 뜻이에요?',
        "이 안내문은 무슨 내용이에요? {}",
        "요약: {}",
    ),
    "nl": (
        (
            ("en", "Schrijf een korte Engelse mail aan onze bezoekers."),
            ("fr", "Ik heb een Frans bericht nodig voor de winkeldeur."),
            ("en", "Maak twee Engelse zinnen over een museum."),
            ("de", "Twee Duitse zinnen over een winkel"),
        ),
        "Waarom zijn Engelse brieven zo kort?",
        "Vertaal: {}",
        "Verbeter de fouten, als die er zijn: {}",
        "Wat betekent „{}”?",
        "Waar gaat deze mededeling over? {}",
        "Samenvatting: {}",
    ),
    "pl": (
        (
            ("en", "Napisz krótką angielską wiadomość do zwiedzających."),
            ("fr", "Potrzebuję francuskiego ogłoszenia na drzwi sklepu."),
            ("en", "Ułóż dwa angielskie zdania o muzeum."),
            ("de", "Dwa niemieckie zdania o sklepie"),
        ),
        "Dlaczego angielskie listy są takie krótkie?",
        "Przetłumacz: {}",
        "Popraw błędy, jeśli są: {}",
        "Co znaczy „{}”?",
        "O czym jest to ogłoszenie? {}",
        "Streszczenie: {}",
    ),
    "pt": (
        (
            ("en", "Escreva uma mensagem inglesa curta para os visitantes."),
            ("fr", "Preciso de uma carta francesa para os clientes da loja."),
            ("en", "Crie duas frases inglesas sobre um museu."),
            ("es", "Duas frases espanholas sobre uma loja"),
        ),
        "Por que as cartas inglesas são tão curtas?",
        "Traduza: {}",
        "Corrija os erros, se houver: {}",
        "O que significa “{}”?",
        "Sobre o que é este aviso? {}",
        "Resumo: {}",
    ),
    "ro": (
        (
            ("en", "Scrie un mesaj englezesc scurt pentru vizitatori, două propoziții engleze."),
            ("fr", "Am nevoie de o scrisoare franceză pentru clienții magazinului."),
            ("en", "Compune două propoziții englezești despre un muzeu."),
            ("de", "Două fraze germane despre un magazin"),
        ),
        "De ce sunt scrisorile englezești atât de scurte?",
        "Tradu: {}",
        "Corectează greșelile, dacă sunt: {}",
        "Ce înseamnă „{}”?",
        "Despre ce este acest anunț? {}",
        "Rezumat: {}",
    ),
    "ru": (
        (
            ("en", "Напиши короткое английское сообщение для посетителей."),
            ("fr", "Мне нужно французское объявление на дверь магазина."),
            ("en", "Придумай два английских предложения о музее."),
            ("de", "Два немецких предложения о магазине"),
        ),
        "Почему английские письма такие короткие?",
        "Переведи: {}",
        "Исправь ошибки, если есть: {}",
        "Что значит «{}»?",
        "О чём это объявление? {}",
        "Кратко: {}",
    ),
    "tr": (
        (
            ("en", "Ziyaretçiler için kısa bir İngilizce mesaj yaz."),
            ("fr", "Mağaza kapısı için Fransızca bir ilan lazım."),
            ("en", "Müze hakkında iki İngilizce cümle kur."),
            ("fr", "Mağaza hakkında iki Fransızca cümle"),
        ),
        "Neden İngilizce mektuplar bu kadar kısa?",
        "Çevir: {}",
        "Hata varsa düzelt: {}",
        '"{}" ne demek?',
        "Bu duyuru neyle ilgili? {}",
        "Özet: {}",
    ),
    "uk": (
        (
            ("en", "Напиши коротке англійське повідомлення для відвідувачів."),
            ("fr", "Мені потрібне французьке оголошення на двері крамниці."),
            ("en", "Склади два англійські речення про музей."),
            ("de", "Два німецькі речення про крамницю"),
        ),
        "Чому англійські листи такі короткі?",
        "Переклади: {}",
        "Виправ помилки, якщо є: {}",
        "Що означає «{}»?",
        "Про що це оголошення? {}",
        "Стисло: {}",
    ),
    "vi": (
        (
            ("en", "Viết một email tiếng Anh ngắn cho khách tham quan."),
            ("fr", "Mình cần một lá thư tiếng Pháp cho khách của cửa hàng."),
            ("en", "Đặt hai câu tiếng Anh về bảo tàng."),
            ("fr", "Hai câu tiếng Pháp về cửa hàng"),
        ),
        "Tại sao thư tiếng Anh lại ngắn như vậy?",
        "Dịch: {}",
        "Sửa lỗi nếu có: {}",
        '"{}" nghĩa là gì?',
        "Thông báo này nói về điều gì? {}",
        "Tóm tắt: {}",
    ),
    "zh": (
        (
            ("en", "给参观者写一封简短的英文邮件。"),
            ("fr", "我需要一条法语短信贴在店门上。"),
            ("en", "造两个关于博物馆的英语句子。"),
            ("fr", "两个法语例句"),
        ),
        "为什么英文书信这么短?",
        "翻译:{}",
        "如有错误请改正:{}",
        "“{}”是什么意思?",
        "这个通知讲的是什么?{}",
        "概括:{}",
    ),
}


def planted() -> Iterator[tuple[str, str, str, str, bool]]:
    """Yields (kind, language, prompt, answer, whether it is to be kept)."""
    for tag, (texts, topic, translate, correct, meaning, about, short) in ASKED.items():
        own, other = SENTENCES[tag], "de" if tag == "en" else "en"
        foreign, third = SENTENCES[other], SENTENCES["it" if tag not in ("it", "es") else "pl"]
        for language, prompt in texts:
            yield "text asked for: right", tag, prompt, SENTENCES[language], True
            yield "text asked for: third language", tag, prompt, third, False
        yield "only spoken of: in that language", tag, topic, foreign, False
        yield "translation into none: right", tag, translate.format(own), foreign, True
        yield "translation into none: copy", tag, translate.format(own), own, False
        yield "correction: copy", tag, correct.format(own), own, True
        yield "correction in another language: copy", tag, correct.format(foreign), foreign, True
        said = {"de": "Das heißt so viel wie: Wer zu spät kommt, muss ohne seine Bücher nach Hause gehen."}
        said |= {"en": "It tells you that whoever comes too late will have to go home without any of the books."}
        yield "meaning: in its own", tag, meaning.format(foreign), f"{own} ({foreign.split(',')[0]})", True
        yield "meaning: in the other", tag, meaning.format(foreign), said[other], False
        yield "meaning: third language", tag, meaning.format(foreign), third, False
        for kind, prompt in (("about", about), ("short", short)):
            yield f"{kind}: in its own", tag, prompt.format(foreign), own, True
            yield f"{kind}: copy", tag, prompt.format(foreign), foreign, False
            yield f"{kind}: third language", tag, prompt.format(foreign), third, False


def main() -> None:
    """Prints how many rows of each kind come out wrong, and which."""
    rows = list(planted())
    outcomes = {
        int(one["prompt_id"])
        for one in findings([row[1] for row in rows], [row[2] for row in rows], [row[3] for row in rows])
        if one["outcome"] == "reject"
    }
    wrong: Counter[str] = Counter()
    for number, (kind, tag, prompt, answer, kept) in enumerate(rows):
        if (number not in outcomes) != kept:
            wrong[kind] += 1
            print(f"{kind} ({tag}): {prompt[:90]!r} {answer[:40]!r}")
    for kind, number in Counter(row[0] for row in rows).items():
        print(f"{kind}: {wrong[kind]} of {number} wrong")


if __name__ == "__main__":
    main()
