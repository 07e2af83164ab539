"""Translation tasks in wordings that no list holds: what is kept and what is rejected.

    python benchmarks/language_id/wordings.py      # counts, and each row that comes out wrong

Four wordings in each of the 23 languages name a language, or the people whose it is, beside one sentence; right answers
are the sentence in that language, wrong ones the sentence as it stands and in a third language, as they are and in
JSON. They were written after the rule (polypref/languages/carried.py) and not used to set it. Wordings and sentences
are machine-written, unreviewed. The checks are `language` and `line_fidelity`.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from tasks import findings

SENTENCES = {
    "en": "The museum shop closes half an hour before the museum, so please pay for your books in time.",
    "fr": "La boutique du musée ferme une demi-heure avant le musée, veuillez donc payer vos livres à temps.",
    "de": (
        "Der Museumsladen schließt eine halbe Stunde vor dem Museum, bezahlen Sie Ihre Bücher also bitte rechtzeitig."
    ),
    "es": "La tienda del museo cierra media hora antes que el museo, así que paguen sus libros a tiempo, por favor.",
    "it": "Il negozio del museo chiude mezz'ora prima del museo, quindi vi preghiamo di pagare i libri in tempo.",
    "pt": "A loja do museu fecha meia hora antes do museu, por isso paguem os vossos livros a tempo, por favor.",
    "nl": "De museumwinkel sluit een half uur voor het museum, dus reken uw boeken alstublieft op tijd af.",
    "pl": (
        "Sklep muzealny zamykamy pół godziny przed muzeum, dlatego prosimy zapłacić za książki odpowiednio wcześniej."
    ),
    "cs": "Obchod v muzeu zavírá půl hodiny před muzeem, zaplaťte proto prosím své knihy včas.",
    "ro": (
        "Magazinul muzeului se închide cu o jumătate de oră înaintea muzeului, așa că vă "
        "rugăm să plătiți cărțile la timp."
    ),
    "ru": "Магазин музея закрывается за полчаса до музея, поэтому, пожалуйста, оплатите книги вовремя.",
    "uk": "Крамниця музею зачиняється за пів години до музею, тож, будь ласка, оплатіть книжки вчасно.",
    "el": (
        "Το κατάστημα του μουσείου κλείνει μισή ώρα πριν από το μουσείο, γι' αυτό "
        "παρακαλούμε πληρώστε τα βιβλία σας εγκαίρως."
    ),
    "tr": (
        "Müze mağazası müzeden yarım saat önce kapanıyor, bu yüzden lütfen kitaplarınızın ücretini zamanında ödeyin."
    ),
    "id": "Toko museum tutup setengah jam sebelum museum, jadi mohon bayar buku Anda tepat waktu.",
    "vi": "Cửa hàng của bảo tàng đóng cửa trước bảo tàng nửa tiếng, vì vậy xin quý khách thanh toán sách đúng giờ.",
    "ar": "يغلق متجر المتحف قبل المتحف بنصف ساعة، لذا يرجى دفع ثمن كتبكم في الوقت المناسب.",
    "he": "חנות המוזיאון נסגרת חצי שעה לפני המוזיאון, לכן אנא שלמו על הספרים שלכם בזמן.",
    "fa": "فروشگاه موزه نیم ساعت پیش از موزه بسته می‌شود، پس لطفاً پول کتاب‌های خود را به موقع بپردازید.",
    "hi": "संग्रहालय की दुकान संग्रहालय से आधा घंटा पहले बंद होती है, इसलिए कृपया अपनी किताबों का भुगतान समय पर करें।",
    "zh": "博物馆商店比博物馆早半小时关门，所以请及时为您的书付款。",
    "ja": "ミュージアムショップは閉館の三十分前に閉まりますので、本のお支払いはお早めにお願いします。",
    "ko": "박물관 상점은 박물관보다 삼십 분 먼저 문을 닫으니 책값은 제때 계산해 주시기 바랍니다.",
}
#: Language of the prompt -> language that is asked for, prompt.
WORDINGS = {
    "en": (
        ("de", "{} What would a German visitor want that sign to read?"),
        ("de", "My guests only know German. Sign for the door: {}"),
        ("it", "Gimme this in proper Italian, cheers: {}"),
        ("es", "“{}” – the Spaniards at reception need that too."),
    ),
    "de": (
        ("fr", "{} Wie würde das ein Franzose formulieren?"),
        ("fr", "Auf dem Schild soll es auch französisch stehen: {}"),
        ("es", "Mach mir da mal Spanisch draus: {}"),
        ("it", "„{}“ So ein Aushang, bloß für italienische Gäste."),
    ),
    "fr": (
        ("de", "{} Et pour un visiteur allemand, ça donne quoi ?"),
        ("es", "Il me faudrait ceci pour nos hôtes espagnols : {}"),
        ("en", "Mets-moi ça en anglais, stp : {}"),
        ("it", "« {} » Version pour les Italiens, merci."),
    ),
    "es": (
        ("fr", "{} ¿Cómo lo diría un francés?"),
        ("de", "Este cartel lo necesito para los visitantes alemanes: {}"),
        ("en", "Ponme esto en inglés, porfa: {}"),
        ("it", "«{}» Lo mismo, pero para italianos."),
    ),
    "it": (
        ("fr", "{} Un francese come lo direbbe?"),
        ("de", "Il cartello deve capirlo anche chi parla solo tedesco: {}"),
        ("en", "Mettimelo in inglese, dai: {}"),
        ("es", "«{}» Serve anche per gli spagnoli."),
    ),
    "pt": (
        ("fr", "{} Como é que um francês diria isto?"),
        ("de", "Preciso deste aviso para os visitantes alemães: {}"),
        ("en", "Põe-me isto em inglês, se faz favor: {}"),
        ("es", "«{}» O mesmo para os espanhóis."),
    ),
    "nl": (
        ("fr", "{} Hoe zou een Fransman dat zeggen?"),
        ("de", "Dit bordje moet ook voor Duitse gasten: {}"),
        ("en", "Doe mij dit even in het Engels: {}"),
        ("es", "“{}” Graag ook voor de Spanjaarden."),
    ),
    "pl": (
        ("fr", "{} A Francuz by to jak ujął?"),
        ("de", "Ta tabliczka ma być też dla Niemców: {}"),
        ("en", "Daj mi to po angielsku: {}"),
        ("es", "„{}” To samo dla hiszpańskich gości."),
    ),
    "cs": (
        ("fr", "{} Jak by to řekl Francouz?"),
        ("de", "Tu cedulku potřebuju i pro německé hosty: {}"),
        ("en", "Hoď mi to do angličtiny: {}"),
        ("es", "„{}“ Totéž pro Španěly."),
    ),
    "ro": (
        ("fr", "{} Cum ar spune un francez?"),
        ("de", "Am nevoie de anunțul ăsta pentru vizitatorii germani: {}"),
        ("en", "Dă-mi asta pe englezește: {}"),
        ("es", "„{}” Același lucru pentru spanioli."),
    ),
    "ru": (
        ("fr", "{} А француз как бы это сказал?"),
        ("de", "Табличка нужна и для немцев: {}"),
        ("en", "Дай-ка мне это по-английски: {}"),
        ("es", "«{}» То же самое для испанских гостей."),
    ),
    "uk": (
        ("fr", "{} А француз як би це висловив?"),
        ("de", "Табличка потрібна й для німців: {}"),
        ("en", "Дай мені це англійською: {}"),
        ("es", "«{}» Те саме для іспанських гостей."),
    ),
    "el": (
        ("fr", "{} Πώς θα το έλεγε ένας Γάλλος;"),
        ("de", "Την πινακίδα τη θέλω και για τους Γερμανούς: {}"),
        ("en", "Γύρισέ μου το στα αγγλικά: {}"),
        ("es", "«{}» Το ίδιο για τους Ισπανούς."),
    ),
    "tr": (
        ("fr", "{} Bir Fransız bunu nasıl derdi?"),
        ("de", "Bu tabela Alman misafirler için de lazım: {}"),
        ("en", "Şunun İngilizcesini ver bana: {}"),
        ("es", "“{}” Aynısı İspanyollar için."),
    ),
    "id": (
        ("fr", "{} Bagaimana orang Prancis mengatakannya?"),
        ("de", "Papan ini perlu juga untuk tamu Jerman: {}"),
        ("en", "Tolong Inggriskan ini dong: {}"),
        ("es", "“{}” Sama, tetapi untuk orang Spanyol."),
    ),
    "vi": (
        ("fr", "{} Người Pháp sẽ nói câu này thế nào?"),
        ("de", "Tôi cần biển báo này cho khách người Đức: {}"),
        ("en", "Cho mình câu này tiếng Anh với: {}"),
        ("es", "“{}” Cũng vậy nhưng cho người Tây Ban Nha."),
    ),
    "ar": (
        ("fr", "{} كيف سيقولها الفرنسي؟"),
        ("de", "أحتاج هذه اللافتة للزوار الألمان: {}"),
        ("en", "هات لي هذه بالإنجليزي: {}"),
        ("es", "«{}» الشيء نفسه للإسبان."),
    ),
    "he": (
        ("fr", "{} ואיך צרפתי היה אומר את זה?"),
        ("de", "השלט הזה נחוץ גם לגרמנים: {}"),
        ("en", "תן לי את זה באנגלית: {}"),
        ("es", "«{}» אותו דבר בשביל הספרדים."),
    ),
    "fa": (
        ("fr", "{} یک فرانسوی این را چطور بیان می‌کرد؟"),
        ("de", "این تابلو را برای آلمانی‌ها هم لازم دارم: {}"),
        ("en", "اینو انگلیسیش کن: {}"),
        ("es", "«{}» همین را برای اسپانیایی‌ها می‌خواهم."),
    ),
    "hi": (
        ("fr", "{} कोई फ्रांसीसी इसे किस तरह कहेगा?"),
        ("de", "यह सूचना जर्मन मेहमानों के लिए भी चाहिए: {}"),
        ("en", "इसकी इंग्लिश बना दो: {}"),
        ("es", "“{}” यही स्पेनिश लोगों के लिए।"),
    ),
    "zh": (
        ("fr", "{}法国人会怎么表达？"),
        ("de", "这块牌子也要给德国客人看：{}"),
        ("en", "给我来个英文的：{}"),
        ("es", "“{}”西班牙客人也要一份。"),
    ),
    "ja": (
        ("fr", "{}フランス人ならどう言いますか。"),
        ("de", "この案内をドイツ人のお客様にも出したいです：{}"),
        ("en", "これ、英語でちょうだい：{}"),
        ("es", "「{}」スペイン人のお客様用もお願いします。"),
    ),
    "ko": (
        ("fr", "{} 프랑스 사람이라면 이걸 어떻게 말할까요?"),
        ("de", "이 안내문이 독일 손님용으로도 필요해요: {}"),
        ("en", "이거 영어로 좀: {}"),
        ("es", "“{}” 스페인 사람들한테도 필요해요."),
    ),
}
#: Prompts that name the French and ask for nothing in their language.
NAMES = (
    ("en", "What does the term French Revolution mean?"),
    ("en", "The best cuisine = French"),
    ("en", "Nationality -> French"),
    ("en", "I love French food. What shall I cook for my guests tonight?"),
    ("de", "Was bedeutet der Ausdruck Französische Revolution?"),
    ("de", "Ich mag französische Küche. Was soll ich heute Abend für meine Gäste kochen?"),
    ("es", "¿Qué significa el término Revolución francesa?"),
    ("ru", "Что такое французская революция?"),
    ("it", "Mi piace la cucina francese. Che cosa preparo stasera per i miei ospiti?"),
    ("pl", "Co oznacza pojęcie rewolucja francuska?"),
    ("ja", "フランス革命とは何ですか。"),
    ("zh", "法国大革命是什么？"),
)
FRENCH = (
    "Elle commence en 1789, quand le peuple de Paris prend la Bastille. "
    "Le roi perd son pouvoir, et une république est proclamée trois ans plus tard. "
    "De nombreux nobles quittent le pays, et les lois changent beaucoup pour les paysans, les bourgeois et le clergé."
)
FORMATS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "JSON": lambda text: json.dumps({"text": text}, ensure_ascii=False),
}


def planted() -> Iterator[tuple[str, str, str, str]]:
    """Yields (kind, language, prompt, answer)."""
    for tag, wordings in WORDINGS.items():
        for target, wording in wordings:
            third = next(one for one in ("pl", "it") if one not in (tag, target))
            prompt = wording.format(SENTENCES[tag])
            for kind, language in (("right", target), ("copy", tag), ("third", third)):
                for form, written in FORMATS.items():
                    yield f"{kind}, {form}", tag, prompt, written(SENTENCES[language])
    for tag, prompt in NAMES:
        yield "French, where it is only named", tag, prompt, FRENCH


def main() -> None:
    """Prints how many answers of each kind are rejected."""
    kinds, tags, prompts, answers = zip(*planted(), strict=True)
    outcomes = findings(list(tags), list(prompts), list(answers))
    rejected = {int(one["prompt_id"]) for one in outcomes if one["outcome"] == "reject"}
    counts = Counter(kinds[number] for number in rejected)
    wrong: dict[str, list[str]] = defaultdict(list)
    for number, kind in enumerate(kinds):
        if (number in rejected) == kind.startswith("right"):
            wrong[kind].append(f"{tags[number]}: {prompts[number]}")
    print("| answers | rejected |\n|---|---|")
    for kind, answers_of_it in Counter(kinds).items():
        print(f"| {kind} | {counts[kind]} of {answers_of_it} |")
    for kind, rows in wrong.items():
        for row in rows:
            print(f"wrong, {kind}: {row}")


if __name__ == "__main__":
    main()
