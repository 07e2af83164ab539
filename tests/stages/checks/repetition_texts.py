"""Prompts that ask for something to be said again and again, made up and machine-written."""

#: By language: what is said, and prompts that ask for it: in words, in digits or other words, and without a number.
ASKED = {
    "ar": (
        "سأكون هادئا في الصف",
        "اكتب عشر مرات: سأكون هادئا في الصف.",
        "اكتب الجملة «سأكون هادئا في الصف» ١٢ مرة.",
        "كرر الجملة التالية: سأكون هادئا في الصف",
    ),
    "cs": (
        "Budu v hodině potichu",
        "Napiš desetkrát: Budu v hodině potichu.",
        "Napiš větu „Budu v hodině potichu“ 12krát.",
        "Opakuj pořád dokola: Budu v hodině potichu",
    ),
    "de": (
        "Ich soll nicht schwatzen",
        "Schreib zehnmal: Ich soll nicht schwatzen.",
        "Schreibe den Satz „Ich soll nicht schwatzen“ 12 Mal auf.",
        "Sag immer wieder: Ich soll nicht schwatzen",
    ),
    "el": (
        "Θα είμαι ήσυχος στην τάξη",
        "Γράψε δέκα φορές: Θα είμαι ήσυχος στην τάξη.",
        "Γράψε τη φράση «Θα είμαι ήσυχος στην τάξη» 12 φορές.",
        "Επανάλαβε: Θα είμαι ήσυχος στην τάξη",
    ),
    "en": (
        "I will be on time",
        'Write "I will be on time." ten times.',
        "Write I will be on time 12x.",
        "Say over and over: I will be on time",
    ),
    "es": (
        "Llegaré a tiempo",
        "Escribe diez veces: Llegaré a tiempo.",
        "Escribe 12 veces la frase «Llegaré a tiempo».",
        "Repite sin parar: Llegaré a tiempo",
    ),
    "fa": (
        "من سر وقت می‌آیم",
        "ده بار بنویس: من سر وقت می‌آیم.",
        "جمله «من سر وقت می‌آیم» را ۱۲ بار بنویس.",
        "این جمله را تکرار کن: من سر وقت می‌آیم",
    ),
    "fr": (
        "Je serai à l'heure",
        "Écris dix fois : Je serai à l'heure.",
        "Écris 12 fois la phrase « Je serai à l'heure ».",
        "Répète sans arrêt : Je serai à l'heure",
    ),
    "he": (
        "אני אגיע בזמן לשיעור",
        "כתוב עשר פעמים: אני אגיע בזמן לשיעור.",
        'כתוב את המשפט "אני אגיע בזמן לשיעור" 12 פעמים.',
        "חזור על המשפט הבא: אני אגיע בזמן לשיעור",
    ),
    "hi": (
        "मैं समय पर आऊँगा",
        "दस बार लिखो: मैं समय पर आऊँगा।",
        '"मैं समय पर आऊँगा" यह वाक्य १२ बार लिखो।',
        "यह वाक्य दोहराओ: मैं समय पर आऊँगा",
    ),
    "id": (
        "Saya akan datang tepat waktu",
        "Tulis sepuluh kali: Saya akan datang tepat waktu.",
        'Tulis kalimat "Saya akan datang tepat waktu" 12 kali.',
        "Ulangi terus-menerus: Saya akan datang tepat waktu",
    ),
    "it": (
        "Sarò puntuale a scuola",
        "Scrivi dieci volte: Sarò puntuale a scuola.",
        "Scrivi 12 volte la frase «Sarò puntuale a scuola».",
        "Ripeti senza fine: Sarò puntuale a scuola",
    ),
    "ja": (
        "私は時間どおりに来ます",
        "「私は時間どおりに来ます」と十回書いてください。",
        "次の文を12回書いて：私は時間どおりに来ます。",
        "「私は時間どおりに来ます」と何度も言って。",
    ),
    "ko": (
        "저는 제시간에 오겠습니다",
        "열 번 써 주세요: 저는 제시간에 오겠습니다.",
        '"저는 제시간에 오겠습니다"를 12번 쓰세요.',
        "다음 문장을 반복하세요: 저는 제시간에 오겠습니다",
    ),
    "nl": (
        "Ik zal op tijd komen",
        "Schrijf tien keer: Ik zal op tijd komen.",
        'Schrijf de zin "Ik zal op tijd komen" 12 maal.',
        "Herhaal steeds weer: Ik zal op tijd komen",
    ),
    "pl": (
        "Będę cicho na lekcji",
        "Napisz dziesięć razy: Będę cicho na lekcji.",
        "Napisz 12 razy zdanie „Będę cicho na lekcji”.",
        "Powtarzaj w kółko: Będę cicho na lekcji",
    ),
    "pt": (
        "Vou chegar a horas",
        "Escreve dez vezes: Vou chegar a horas.",
        'Escreve 12 vezes a frase "Vou chegar a horas".',
        "Repete sem parar: Vou chegar a horas",
    ),
    "ro": (
        "Voi ajunge la timp",
        "Scrie de zece ori: Voi ajunge la timp.",
        "Scrie propoziția „Voi ajunge la timp” de 20 de ori.",
        "Repetă la nesfârșit: Voi ajunge la timp",
    ),
    "ru": (
        "Я буду приходить вовремя",
        "Напиши десять раз: Я буду приходить вовремя.",
        "Напиши предложение «Я буду приходить вовремя» 12 раз.",
        "Повторяй снова и снова: Я буду приходить вовремя",
    ),
    "tr": (
        "Derse zamanında geleceğim",
        "On kez yaz: Derse zamanında geleceğim.",
        '"Derse zamanında geleceğim" cümlesini 12 kere yaz.',
        "Şunu defalarca söyle: Derse zamanında geleceğim",
    ),
    "uk": (
        "Я приходитиму вчасно",
        "Напиши десять разів: Я приходитиму вчасно.",
        "Напиши речення «Я приходитиму вчасно» 12 разів.",
        "Повторюй знову і знову: Я приходитиму вчасно",
    ),
    "vi": (
        "Tôi sẽ đến đúng giờ",
        "Viết mười lần: Tôi sẽ đến đúng giờ.",
        'Viết câu "Tôi sẽ đến đúng giờ" 12 lần.',
        "Lặp lại câu này: Tôi sẽ đến đúng giờ",
    ),
    "zh": ("我会好好学习", "把“我会好好学习。”写八遍。", "请写12次：我会好好学习。", "不停地重复这句话：我会好好学习"),
}
