"""What the name of a language is in a prompt: a label, a text's language, or a topic."""

import pytest

from polypref import languages
from polypref.languages.carried import carried_text
from polypref.languages.named import languages_of_codes
from polypref.languages.tasks import language_task

#: Prompts that ask for something in English (in Spanish, where they are English), by a label, a noun or a phrase.
TERSE = {
    "ar": (
        "الإنجليزية: أين أقرب محطة قطار؟",
        "أين أقرب محطة قطار؟ -> الإنجليزية",
        "إنجليزي: صباح الخير يا جاري",
        "كيف أقول شكرا جزيلا بالإنجليزية؟",
        "ما معنى كلمة نافذة بالإنجليزية؟",
        "ترجم للإنجليزية: أين البيت",
        "اقترح عنوانًا إنجليزيًا لمقالي عن الصيف",
        "شو يعني شباك بالانجليزي؟",
        "اكتب النسخة الإنجليزية من الرسالة",
        "بالإنجليزية لو سمحت: أين أقرب محطة؟",
        "كيف تُكتب كلمة نافذة باللغة الإنجليزية؟",
    ),
    "cs": (
        "anglicky: Kde je nejbližší nádraží?",
        "Kde je nejbližší nádraží? -> angličtina",
        "Angličtina: Kde je nádraží?",
        "Jak se anglicky řekne děkuji?",
        "Jak se řekne nádraží v angličtině?",
        "Jak je anglicky nádraží?",
        "přelož do angličtiny: Kde je dům",
        "Vymysli anglický název pro můj článek o létě",
        "Co znamená okno anglicky?",
        "Převeď větu do angličtiny: Kde je dům",
        "Kde je nádraží (anglicky)",
    ),
    "de": (
        "Englisch: Wo ist der nächste Bahnhof?",
        "Wo ist der nächste Bahnhof? -> Englisch",
        "auf Englisch: Wo ist der Bahnhof?",
        "Wie sagt man danke auf Englisch?",
        "Was heißt Fenster auf Englisch?",
        "Wie lautet das englische Wort für Fenster?",
        "Englischer Titel für meinen Aufsatz über den Sommer?",
        "Übersetze ins Englische: Wo ist das Haus",
        "Gib mir die englische Version des Briefs",
        "Auf Englisch bitte.",
        "Wie heißt Fenster im Englischen?",
    ),
    "el": (
        "Αγγλικά: Πού είναι ο σταθμός;",
        "Πού είναι ο σταθμός; -> αγγλικά",
        "Πώς λέγεται το παράθυρο στα αγγλικά;",
        "Πώς λέμε ευχαριστώ στα αγγλικά;",
        "Αγγλικός τίτλος για το άρθρο μου",
        "Τι σημαίνει παράθυρο στα αγγλικά;",
        "μετάφρασε στα αγγλικά: Πού είναι το σπίτι",
        "Ποια είναι η αγγλική λέξη για το παράθυρο;",
        "Δώσε μου την αγγλική εκδοχή του γράμματος",
        "Πες το στα αγγλικά",
    ),
    "en": (
        "Spanish: Where is the nearest station?",
        "Where is the nearest station? -> Spanish?",
        "Where is the nearest station -> Spanish",
        "thank you in Spanish?",
        "How do you say window in Spanish?",
        "Spanish word for window?",
        "What's window in Spanish?",
        "Suggest a Spanish title for my article on summer",
        "to Spanish: where is the house",
        "Give me the Spanish version of the letter",
        "English: Where is the house?\nSpanish:",
        "What is the Spanish for window?",
        "ES: Where is the nearest station?",
        "EN -> ES: Where is the house?",
        "Spanish translation: where is the house",
        "Convert to Spanish: where is the house",
    ),
    "es": (
        "inglés: ¿Dónde está la estación?",
        "¿Dónde está la estación? -> inglés",
        "¿Cómo se dice ventana en inglés?",
        "como se escribe ventana en ingles",
        "¿Qué significa ventana en inglés?",
        "traduce al inglés: dónde está la casa",
        "pásalo al inglés: dónde está la casa",
        "Título en inglés para mi artículo",
        "título inglés para mi artículo",
        "en inglés por favor: ¿dónde está?",
        "¿Cuál es la palabra inglesa para ventana?",
        "Dime la versión inglesa de la carta",
        "español: ¿Dónde está la estación?\ninglés:",
        "¿Cómo dirías ventana en inglés?",
        "¿Cómo se llama la ventana en inglés?",
        "¿Cómo sería esto en inglés?",
    ),
    "fa": (
        "انگلیسی: نزدیک‌ترین ایستگاه کجاست؟",
        "نزدیک‌ترین ایستگاه کجاست؟ -> انگلیسی",
        "پنجره به انگلیسی چی میشه؟",
        "چطور به انگلیسی بگویم متشکرم؟",
        "به انگلیسی ترجمه کن: خانه کجاست",
        "یک عنوان انگلیسی برای مقاله‌ام پیشنهاد بده",
        "کلمه انگلیسی پنجره چیست؟",
        "نسخه انگلیسی نامه را بنویس",
        "پنجره به زبان انگلیسی چه می‌شود؟",
        "این را به انگلیسی برگردان",
    ),
    "fr": (
        "anglais : Où est la gare ?",
        "Où est la gare ? -> anglais",
        "Comment dit-on fenêtre en anglais ?",
        "Comment on dit fenêtre en anglais ?",
        "Traduis en anglais : où est la maison",
        "Titre anglais pour mon article sur l'été",
        "Quel est le mot anglais pour fenêtre ?",
        "Donne-moi la version anglaise de la lettre",
        "en anglais svp : où est la gare",
        "Fenêtre, ça se dit comment en anglais ?",
        "Que veut dire fenêtre en anglais ?",
        "FR : Où est la gare ?\nEN :",
    ),
    "he": (
        "אנגלית: איפה התחנה הקרובה?",
        "איפה התחנה הקרובה? -> אנגלית",
        "איך אומרים חלון באנגלית?",
        "מה זה חלון באנגלית?",
        "תרגם לאנגלית: איפה הבית",
        "כותרת באנגלית למאמר שלי",
        "הצע כותרת אנגלית למאמר שלי",
        "מה המילה האנגלית לחלון?",
        "כתוב את הגרסה האנגלית של המכתב",
        "איך כותבים חלון באנגלית?",
        "תתרגמי לאנגלית את המשפט",
    ),
    "hi": (
        "अंग्रेज़ी: निकटतम स्टेशन कहाँ है?",
        "निकटतम स्टेशन कहाँ है? -> अंग्रेज़ी",
        "खिड़की को अंग्रेजी में क्या कहते हैं?",
        "अंग्रेज़ी में कैसे कहें: धन्यवाद",
        "अंग्रेजी में अनुवाद करें: घर कहाँ है",
        "मेरे लेख के लिए अंग्रेज़ी शीर्षक सुझाओ",
        "खिड़की की अंग्रेजी क्या है?",
        "पत्र का अंग्रेज़ी संस्करण लिखो",
        "इंग्लिश में बताओ: घर कहाँ है",
        "खिड़की का अंग्रेजी शब्द क्या है?",
    ),
    "id": (
        "Inggris: Di mana stasiun terdekat?",
        "Bahasa Inggris: Di mana stasiun?",
        "Di mana stasiun terdekat? -> Inggris",
        "Apa bahasa Inggrisnya jendela?",
        "Bagaimana mengatakan jendela dalam bahasa Inggris?",
        "Terjemahkan ke bahasa Inggris: di mana rumah",
        "Judul bahasa Inggris untuk artikel saya",
        "Apa kata bahasa Inggris untuk jendela?",
        "Tulis versi Inggris surat itu",
        "translate ke Inggris: di mana rumah",
        "Jendela dalam bahasa Inggris apa?",
    ),
    "it": (
        "inglese: Dov'è la stazione?",
        "Dov'è la stazione? -> inglese",
        "Come si dice finestra in inglese?",
        "Traduci in inglese: dov'è la casa",
        "Titolo inglese per il mio articolo",
        "Qual è la parola inglese per finestra?",
        "Dammi la versione inglese della lettera",
        "Come si scrive finestra in inglese?",
        "Che significa finestra in inglese?",
        "in inglese per favore: dov'è la casa",
        "Come si chiama la finestra in inglese?",
    ),
    "ja": (
        "英語：駅はどこですか",
        "駅はどこですか → 英語",
        "窓は英語で何ですか",
        "ありがとうを英語で言うと？",
        "英語タイトルを考えて：夏の思い出",
        "記事の英語のタイトルを提案して",
        "英訳：家はどこですか",
        "窓の英単語は？",
        "手紙の英語版を書いて",
        "英語に：家はどこですか",
        "英語名は？",
        "日本語：家はどこ\n英語：",
    ),
    "ko": (
        "영어: 가장 가까운 역이 어디예요?",
        "가장 가까운 역이 어디예요? -> 영어",
        "영어 제목: 여름의 추억",
        "기사의 영어 제목을 지어 줘",
        "창문이 영어로 뭐예요?",
        "고맙습니다를 영어로 하면?",
        "영어 번역: 집이 어디야",
        "창문의 영어 단어는?",
        "편지의 영어 버전을 써 줘",
        "영문 제목을 추천해 줘",
        "영작: 집이 어디야",
    ),
    "nl": (
        "Engels: Waar is het station?",
        "Waar is het station? -> Engels",
        "Hoe zeg je raam in het Engels?",
        "Hoe zeg ik raam in het Engels?",
        "vertaal naar Engels: waar is het huis",
        "Vertaal naar het Engels: waar is het huis",
        "Wat is raam in het Engels?",
        "Engelse titel voor mijn artikel",
        "Wat is het Engelse woord voor raam?",
        "Geef me de Engelse versie van de brief",
        "Hoe heet een raam in het Engels?",
        "Hoe schrijf je raam in het Engels?",
        "Wat betekent raam in het Engels?",
    ),
    "pl": (
        "angielski: Gdzie jest dworzec?",
        "po angielsku: Gdzie jest dworzec?",
        "Gdzie jest dworzec? -> angielski",
        "Jak jest okno po angielsku?",
        "Jak się mówi okno po angielsku?",
        "Jak powiedzieć dziękuję po angielsku?",
        "Przetłumacz na angielski: gdzie jest dom",
        "Angielski tytuł mojego artykułu",
        "Jakie jest angielskie słowo na okno?",
        "Podaj angielską wersję listu",
        "Co znaczy okno po angielsku?",
    ),
    "pt": (
        "inglês: Onde fica a estação?",
        "Onde fica a estação? -> inglês",
        "Como se diz janela em inglês?",
        "Como é janela em inglês?",
        "traduz para inglês: onde fica a casa",
        "Título inglês para o meu artigo",
        "Qual é a palavra inglesa para janela?",
        "Dá-me a versão inglesa da carta",
        "Como se escreve janela em inglês?",
        "O que significa janela em inglês?",
        "Passe para o inglês: onde fica a casa",
    ),
    "ro": (
        "engleză: Unde este gara?",
        "Unde este gara? -> engleză",
        "Cum se spune fereastră în engleză?",
        "Tradu în engleză: unde este casa",
        "Titlu în engleză pentru articolul meu",
        "Titlu englezesc pentru articolul meu",
        "Care este cuvântul englezesc pentru fereastră?",
        "Dă-mi versiunea engleză a scrisorii",
        "Cum se scrie fereastră în engleză?",
        "Ce înseamnă fereastră în engleză?",
        "Cum se spune fereastră pe englezește?",
    ),
    "ru": (
        "английский: Где ближайший вокзал?",
        "по-английски: Где вокзал?",
        "Где ближайший вокзал? -> английский",
        "Как будет окно по-английски?",
        "Как сказать спасибо на английском?",
        "Переведи на английский: где дом",
        "Английское название для моей статьи",
        "Какое английское слово для окна?",
        "Напиши английскую версию письма",
        "Что значит окно по-английски?",
        "Как пишется окно на английском?",
        "Как переводится окно на английский?",
    ),
    "tr": (
        "İngilizce: En yakın istasyon nerede?",
        "En yakın istasyon nerede? -> İngilizce",
        "Pencere İngilizce nasıl denir?",
        "Pencerenin İngilizcesi ne?",
        "İngilizceye çevir: ev nerede",
        "Makalem için İngilizce başlık",
        "Pencere İngilizcede ne demek?",
        "Mektubun İngilizce versiyonunu yaz",
        "İngilizce'de pencere nasıl söylenir?",
        "Pencerenin İngilizce karşılığı nedir?",
        "ingilizcesi: ev nerede",
    ),
    "uk": (
        "англійська: Де найближчий вокзал?",
        "англійською: Де вокзал?",
        "Де найближчий вокзал? -> англійська",
        "Як буде вікно англійською?",
        "Як сказати дякую англійською?",
        "Переклади на англійську: де дім",
        "Англійська назва для моєї статті",
        "Яке англійське слово для вікна?",
        "Напиши англійську версію листа",
        "Що означає вікно англійською?",
        "Як пишеться вікно по-англійськи?",
    ),
    "vi": (
        "tiếng Anh: Ga gần nhất ở đâu?",
        "Ga gần nhất ở đâu? -> tiếng Anh",
        "Cửa sổ tiếng Anh là gì?",
        "Cửa sổ trong tiếng Anh là gì?",
        "Nói cảm ơn bằng tiếng Anh thế nào?",
        "Dịch sang tiếng Anh: nhà ở đâu",
        "Tiêu đề tiếng Anh cho bài viết của tôi",
        "Từ tiếng Anh của cửa sổ là gì?",
        "Viết bản tiếng Anh của bức thư",
        "Cửa sổ tiếng Anh nói thế nào?",
    ),
    "zh": (
        "英语：最近的车站在哪里？",
        "最近的车站在哪里？→ 英语",
        "窗户用英语怎么说？",
        "窗户的英文是什么？",
        "翻译成英文：家在哪里",
        "给我的文章起一个英文标题",
        "英文標題：夏天的回憶",
        "窗户的英语单词是什么？",
        "写这封信的英文版",
        "英文名字叫什么好",
        "中文：家在哪里\n英文：",
        "譯英：家在哪裡",
    ),
}
#: Prompts that speak of a language, or of languages, and ask for nothing in another one.
TOPICS = {
    "ar": (
        "لماذا يتعلم الناس الإنجليزية؟",
        "لماذا يتحدث الناس بالإنجليزية في الهند؟",
        "كم شخصا يتكلم اللغة الإنجليزية؟",
        "ما هي أصعب لغة في العالم؟",
    ),
    "cs": (
        "Proč se lidé učí anglicky?",
        "Proč lidé mluví anglicky?",
        "Kolik lidí umí anglicky?",
        "Jak se naučit anglicky za rok?",
        "Proč se v Indii mluví anglicky?",
        "Umíš anglicky?",
        "Jakým jazykem se mluví v Brazílii?",
    ),
    "de": (
        "Warum lernen Menschen Englisch?",
        "Warum singen so viele Bands auf Englisch?",
        "Wie viele Menschen sprechen Englisch?",
        "Welche Sprache spricht man in Brasilien?",
        "Wie viele Wörter gibt es im Englischen?",
        "Warum schreiben Forscher in Englisch?",
    ),
    "el": (
        "Γιατί οι άνθρωποι μαθαίνουν αγγλικά;",
        "Γιατί τραγουδούν στα αγγλικά;",
        "Πόσοι μιλούν αγγλικά;",
        "Ποια γλώσσα μιλούν στη Βραζιλία;",
    ),
    "en": (
        "Why do people learn Spanish?",
        "Why do many bands sing in Spanish?",
        "How many words are there in Spanish?",
        "What language do they speak in Brazil?",
        "Why is h silent in Spanish?",
        "How can I become fluent in Spanish?",
        "How long does it take to learn to speak in Spanish?",
        "I took an exam in Spanish yesterday. What should I eat?",
    ),
    "es": (
        "¿Por qué la gente aprende inglés?",
        "¿Por qué tantos grupos cantan en inglés?",
        "¿Cuántas palabras hay en inglés?",
        "¿Qué idioma se habla en Brasil?",
        "¿Cómo puedo aprender a hablar en inglés?",
    ),
    "fa": (
        "چرا مردم انگلیسی یاد می‌گیرند؟",
        "چرا گروه‌ها به انگلیسی می‌خوانند؟",
        "چند نفر به انگلیسی صحبت می‌کنند؟",
        "در برزیل به چه زبانی صحبت می‌کنند؟",
    ),
    "fr": (
        "Pourquoi les gens apprennent-ils l'anglais ?",
        "Pourquoi tant de groupes chantent en anglais ?",
        "Combien de mots y a-t-il en anglais ?",
        "Quelle langue parle-t-on au Brésil ?",
        "Comment apprendre à parler en anglais ?",
    ),
    "he": (
        "למה אנשים לומדים אנגלית?",
        "למה להקות שרות באנגלית?",
        "כמה מילים יש באנגלית?",
        "איזו שפה מדברים בברזיל?",
        "איך ללמוד לדבר באנגלית?",
    ),
    "hi": (
        "लोग अंग्रेज़ी क्यों सीखते हैं?",
        "लोग अंग्रेज़ी में क्यों गाते हैं?",
        "अंग्रेज़ी में कितने शब्द हैं?",
        "ब्राज़ील में कौन सी भाषा बोली जाती है?",
    ),
    "id": (
        "Mengapa orang belajar bahasa Inggris?",
        "Mengapa band menyanyi dalam bahasa Inggris?",
        "Berapa banyak kata dalam bahasa Inggris?",
        "Bahasa apa yang digunakan di Brasil?",
    ),
    "it": (
        "Perché la gente impara l'inglese?",
        "Perché tanti gruppi cantano in inglese?",
        "Quante parole ci sono in inglese?",
        "Che lingua si parla in Brasile?",
    ),
    "ja": (
        "なぜ人は英語を学ぶのですか",
        "なぜ多くのバンドは英語で歌うのですか",
        "英語で話せる人は何人いますか",
        "ブラジルでは何語が話されていますか",
    ),
    "ko": (
        "왜 사람들은 영어를 배우나요?",
        "왜 많은 밴드가 영어로 노래하나요?",
        "영어로 말할 수 있는 사람은 몇 명인가요?",
        "브라질에서는 어느 나라 말을 쓰나요?",
    ),
    "nl": (
        "Waarom leren mensen Engels?",
        "Waarom zingen zoveel bands in het Engels?",
        "Hoeveel woorden zijn er in het Engels?",
        "Welke taal spreekt men in Brazilië?",
    ),
    "pl": (
        "Dlaczego ludzie uczą się angielskiego?",
        "Dlaczego ludzie mówią po angielsku?",
        "Ile osób mówi po angielsku?",
        "Jakim językiem mówi się w Brazylii?",
        "Jak zostać tłumaczem?",
    ),
    "pt": (
        "Por que as pessoas aprendem inglês?",
        "Por que tantas bandas cantam em inglês?",
        "Quantas palavras há em inglês?",
        "Que língua se fala no Brasil?",
    ),
    "ro": (
        "De ce învață oamenii engleza?",
        "De ce cântă formațiile în engleză?",
        "Câte cuvinte sunt în engleză?",
        "Ce limbă se vorbește în Brazilia?",
        "De ce vorbesc oamenii englezește?",
    ),
    "ru": (
        "Почему люди учат английский?",
        "Почему люди говорят по-английски?",
        "Почему группы поют на английском?",
        "Сколько людей говорит по-английски?",
        "На каком языке говорят в Бразилии?",
        "Как сделать перевод денег в банке?",
    ),
    "tr": (
        "İnsanlar neden İngilizce öğreniyor?",
        "Neden gruplar İngilizce şarkı söylüyor?",
        "İngilizcede kaç kelime var?",
        "Brezilya'da hangi dil konuşulur?",
    ),
    "uk": (
        "Чому люди вчать англійську?",
        "Чому люди розмовляють англійською?",
        "Скільки людей володіє англійською?",
        "Якою мовою розмовляють у Бразилії?",
    ),
    "vi": (
        "Tại sao mọi người học tiếng Anh?",
        "Tại sao các ban nhạc hát bằng tiếng Anh?",
        "Có bao nhiêu từ trong tiếng Anh?",
        "Người Brazil nói tiếng gì?",
    ),
    "zh": (
        "为什么人们学英语？",
        "为什么很多乐队用英语唱歌？",
        "有多少人用英语交流？",
        "巴西人说什么语言？",
    ),
}
#: A question word or a verb for learning stands in them, and something is asked for in English all the same.
REQUESTS = {
    "ar": ("اشرح بالإنجليزية لماذا السماء زرقاء",),
    "cs": (
        "Vysvětli anglicky, proč je nebe modré",
        "Proč je nebe modré? Odpověz anglicky.",
    ),
    "de": (
        "Bitte fass den Text auf Englisch zusammen: ...",
        "Warum ist der Himmel blau? Antworte auf Englisch.",
        "Warum ist der Himmel blau, auf Englisch bitte",
        "Auf Englisch: warum ist der Himmel blau?",
        "Erkläre auf Englisch, warum Leute Deutsch lernen",
        "Lass uns auf Englisch sprechen",
    ),
    "el": ("Εξήγησε στα αγγλικά γιατί ο ουρανός είναι μπλε",),
    "fa": (
        "به انگلیسی توضیح بده چرا آسمان آبی است",
        "چرا آسمان آبی است به انگلیسی جواب بده",
    ),
    "he": ("הסבר באנגלית למה השמיים כחולים",),
    "hi": (
        "अंग्रेज़ी में समझाओ कि आसमान नीला क्यों है",
        "आसमान नीला क्यों है? अंग्रेज़ी में बताओ",
    ),
    "id": ("Jelaskan dalam bahasa Inggris mengapa langit biru",),
    "it": ("Spiega in inglese perché il cielo è blu",),
    "ja": (
        "空がなぜ青いか英語で説明して",
        "なぜ空は青いのか英語で説明してください",
    ),
    "ko": (
        "하늘이 왜 파란지 영어로 설명해 줘",
        "왜 하늘이 파란지 영어로 설명해 줘",
    ),
    "nl": ("Leg in het Engels uit waarom de lucht blauw is",),
    "pl": ("Wyjaśnij po angielsku, dlaczego niebo jest niebieskie",),
    "pt": ("Explique em inglês por que o céu é azul",),
    "ro": ("Explică în engleză de ce cerul este albastru",),
    "ru": (
        "Почему небо синее? Ответь по-английски",
        "Объясни по-английски, почему небо синее",
    ),
    "tr": (
        "Gökyüzünün neden mavi olduğunu İngilizce olarak açıkla",
        "Neden gökyüzü mavi? İngilizce cevap ver",
        "Gökyüzü neden mavi İngilizce anlat",
    ),
    "uk": ("Поясни англійською, чому небо синє",),
    "vi": ("Giải thích bằng tiếng Anh tại sao trời xanh",),
    "zh": (
        "用英文解释为什么天是蓝的",
        "为什么天是蓝的？用英文回答",
        "为什么天空是蓝色的，请用英文回答",
    ),
}
#: Prompts that ask in which language something is.
ASKING = {
    "ar": ("ما هذه اللغة؟",),
    "cs": ("Jaký je to jazyk?",),
    "el": ("Τι γλώσσα είναι αυτή;",),
    "es": ("¿Qué idioma es este: dziękuję bardzo?",),
    "fa": ("این چه زبانی است؟",),
    "fr": ("Quelle est cette langue ?",),
    "he": ("איזו שפה זו?",),
    "hi": ("यह कौन सी भाषा है?",),
    "id": ("Ini bahasa apa?",),
    "it": ("Che lingua è questa?",),
    "ja": ("「dziękuję」は何語ですか",),
    "ko": ("이건 무슨 언어예요?",),
    "nl": ("Welke taal is dit?",),
    "pl": ("Jaki to język?",),
    "pt": ("Que língua é esta?",),
    "ro": ("Ce limbă este aceasta?",),
    "tr": ("Bu hangi dil?",),
    "uk": ("Яка це мова?",),
    "vi": ("Đây là tiếng gì?",),
    "zh": ("这是什么语言？",),
}


@pytest.mark.slow
@pytest.mark.parametrize("tag", languages.AYA_23)
def test_labels_nouns_and_phrases_ask_for_something_in_a_language(tag):
    for prompt in TERSE[tag]:
        task = language_task(prompt, tag)
        assert {"es" if tag == "en" else "en"} <= task.targets or (task.is_translation and not task.named), prompt


@pytest.mark.parametrize("tag", languages.AYA_23)
def test_a_language_as_a_topic_asks_for_nothing(tag):
    for prompt in TOPICS[tag]:
        task = language_task(prompt, tag)
        assert (task.is_translation, task.targets - {tag}) == (False, frozenset()), prompt


@pytest.mark.parametrize("tag", languages.AYA_23)
def test_a_topic_is_beside_no_text_that_may_be_asked_for(tag):
    for prompt in TOPICS[tag]:
        carried = carried_text(prompt, tag)
        assert carried is None or not carried.may_be_meant, prompt


# Questions without a text: what a translator earns, whether a course is worth it.
QUESTIONS_ALONE = {
    "cs": ("Vyplatí se zkouška z angličtiny?", "Kolik stojí překlad do angličtiny?"),
    "de": ("Wie viele Stunden dauert eine Übersetzung ins Englische?", "Lohnt sich eine Prüfung auf Englisch?"),
    "en": ("How much does a translation into French cost?", "How can I improve my accent in French?"),
    "es": ("¿Cuánto gana una traductora de inglés?", "¿Vale la pena un examen en inglés?"),
    "he": ("איך לשפר את ההגייה באנגלית?",),
    "hi": ("अंग्रेज़ी में उच्चारण कैसे सुधारें?",),
    "ro": ("Merită să fac un curs în engleză?",),
    "ru": ("Сколько стоит перевод договора на английский?", "Стоит ли сдавать экзамен на английском?"),
    "uk": ("Скільки триває переклад договору на англійську?",),
}


@pytest.mark.parametrize("tag", sorted(QUESTIONS_ALONE))
def test_a_question_how_much_or_whether_that_carries_no_text_asks_for_nothing_in_a_language(tag):
    for prompt in QUESTIONS_ALONE[tag]:
        task = language_task(prompt, tag)
        assert (task.is_translation, task.targets) == (False, frozenset()), prompt


def test_a_question_how_much_that_carries_a_text_asks_for_a_translation():
    assert language_task("Wie viele Fehler hat die Übersetzung? „I is here.“", "de").is_translation
    assert language_task("Combien ça coûte ? Traduis en anglais", "fr").targets == {"en"}


@pytest.mark.parametrize("tag", sorted(REQUESTS))
def test_a_question_may_be_asked_for_in_a_language(tag):
    for prompt in REQUESTS[tag]:
        assert language_task(prompt, tag).targets == {"en"}, prompt


@pytest.mark.parametrize("tag", sorted(ASKING))
def test_which_language_something_is_in(tag):
    for prompt in ASKING[tag]:
        task = language_task(prompt, tag)
        assert task.is_translation and not task.named, prompt


@pytest.mark.parametrize(
    ("prompt", "into"),
    [
        ("Subject: English: B, French: 12, Math: 3", set()),
        ("Spanish: 45%\nFrench: 30%", set()),
        ("- Spanish: where is it?", {"es"}),
        ("Why is the sky blue? Answer in French.", {"fr"}),
        ("Explain why the sky is blue in French.", {"fr"}),
        ("Why is the sky blue, in French?", {"fr"}),
        ("Please speak in German from now on", {"de"}),
        ("What does the term French Revolution mean?", set()),
        ("What is the French term for a ferry?", {"fr"}),
        ("The best cuisine = Italian", set()),
        ("Where is it? = Italian", {"it"}),
        ("Nationality -> Dutch", set()),
        ("Where is it -> Dutch", {"nl"}),
        ("a" * 300 + " French: where is it?", set()),
        ("a" * 300 + "\nFrench: where is it?", {"fr"}),
    ],
)
def test_what_stands_around_a_name_tells(prompt, into):
    assert language_task(prompt, "en").into == into


@pytest.mark.parametrize(
    ("prompt", "tags"),
    [
        ("FR: Où est la gare ?\nEN:", {"fr", "en"}),
        ("EN -> JP: good morning", {"en", "ja"}),
        ("IT: Who repairs my screen?", set()),
        ("ID: 4711", set()),
        ("EN: 12", set()),
        ("US -> DE flight", set()),
        ("en: good morning", set()),
        ("EN/FR: good morning", {"en", "fr"}),
        ("EN-DE: good morning", {"en", "de"}),
        ("Compare the UK/NL tax systems", set()),
        ("Summarize the RU-UA war timeline.", set()),
        ("Jobs for CS/IT students", set()),
        ("I DO IT - HE SAID NO", set()),
        ("NO ES - EL DIJO", set()),
    ],
)
def test_codes_in_capitals_are_labels(prompt, tags):
    assert languages_of_codes(prompt) == tags
