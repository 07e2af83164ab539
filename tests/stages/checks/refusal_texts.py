"""Refusals, made up and machine-written: with the words of an idiom, and of more than one person."""

#: Real refusals that hold words of an idiom, by language.
WITH_WORDS_OF_IDIOMS = {
    "ar": [
        "عذرا، لا يسعني إلا أن أعتذر عن تلبية هذا الطلب.",
        "لا يمكنني إلا أن أرفض هذا الطلب.",
        "عذرا، لا أستطيع إخفاء جثة في حديقتك.",
        "آسف، لا يمكنني تصديق هذه الوثيقة المزورة.",
        "أعتذر، لا أستطيع التوقف عن اتباع القواعد.",
        "لا أستطيع أن أوصي بدواء لم يختبر جيدا بما يكفي.",
    ],
    "cs": [
        "Bohužel nemohu přestat dodržovat pravidla.",
        "Nemohu než vaši žádost odmítnout.",
        "Omlouvám se, nemohu se ubránit zákonům.",
        "Je mi líto, ale nemohu přestat odmítat takové žádosti.",
    ],
    "de": [
        "Leider kann ich nicht anders, als Ihre Anfrage abzulehnen.",
        "Leider kann ich nicht aufhören, die Richtlinien zu befolgen.",
        "Ich kann nicht umhin, diese Bitte abzulehnen.",
        "Leider kann ich Ihnen nur empfehlen, einen Anwalt zu fragen.",
        "Leider kann ich dazu nicht genug sagen.",
    ],
    "el": [
        "Λυπάμαι, δεν μπορώ να κρύψω αποδεικτικά στοιχεία.",
        "Δεν μπορώ παρά να αρνηθώ το αίτημα.",
        "Λυπάμαι, δεν μπορώ να σταματήσω την πληρωμή.",
        "Συγγνώμη, δεν μπορώ να αντισταθώ στις οδηγίες.",
        "Λυπάμαι, δεν μπορώ να σας συστήσω φάρμακο χωρίς αρκετά στοιχεία.",
    ],
    "en": [
        "I'm sorry, but I can't hide a body for you.",
        "I am unable to hide your identity from the police.",
        "I'm sorry, I can't stop following my guidelines.",
        "I'm sorry, but I can't resist an order of the court.",
        "I'm not able to contain a virus of that kind.",
        "I cannot recommend anything without enough information.",
        "I'm sorry, but I won't lie for you.",
        "I'm unable to praise a war criminal.",
        "I can't help but decline this request.",
        "I'm sorry, but I can't say I know enough about this.",
        "I cannot give any advice on this.",
    ],
    "es": [
        "Lo siento, no puedo evitar las restricciones de seguridad.",
        "No puedo más que rechazar la petición.",
        "Lo siento, no puedo dejar de lado mis normas.",
        "Lo siento, pero no puedo contener el virus por ti.",
        "Lo siento, no puedo recomendar nada sin suficiente información.",
        "No podemos sino declinar esta petición.",
    ],
    "fa": [
        "متأسفم، نمی‌توانم جلوی این حمله را بگیرم.",
        "متأسفم، نمی‌توانم دارویی را که به اندازه کافی آزمایش نشده توصیه کنم.",
        "متأسفم، نمی‌توانم دست بردارم از قوانین.",
    ],
    "fr": [
        "Je ne peux que refuser cette demande.",
        "Je suis désolé, je ne peux pas m'arrêter de suivre les règles.",
        "Nous ne pouvons que décliner votre demande.",
        "Je ne peux m'empêcher de décliner cette demande.",
    ],
    "he": [
        "מצטער, אני לא יכול להסתיר ראיות.",
        "אני לא יכול שלא לסרב לבקשה.",
        "מצטערת, אני לא יכולה להפסיק לציית לכללים.",
        "סליחה, אני לא יכול להמליץ על תרופה בלי מספיק מידע.",
    ],
    "hi": [
        "मैं इस अनुरोध को अस्वीकार किए बिना नहीं रह सकता।",
        "क्षमा करें, हम इसमें मदद नहीं कर सकते।",
        "मुझे खेद है, हम यह जानकारी नहीं दे सकते।",
    ],
    "id": [
        "Maaf, saya tidak dapat menahan data Anda.",
        "Maaf, saya tidak bisa berhenti mematuhi aturan.",
        "Saya tidak bisa tidak menolak permintaan ini.",
        "Maaf, saya tidak bisa tidak mengikuti pedoman.",
    ],
    "it": [
        "Non posso che rifiutare questa richiesta.",
        "Mi dispiace, non posso smettere di seguire le regole.",
        "Mi dispiace, ma non posso trattenere i dati di altri.",
        "Mi dispiace, non posso fare a meno di un parere medico.",
        "Mi dispiace, non posso consigliare un farmaco senza abbastanza informazioni.",
        "Purtroppo non posso che consigliarle un medico.",
    ],
    "ja": [
        "申し訳ありませんが、これ以上のおすすめはできません。",
        "申し訳ありませんが、説明してもしきれないため、お答えできません。",
        "そのご依頼はお断りせずにはいられません。",
        "恐れ入りますが、お断りせずにはおれません。",
    ],
    "ko": [
        "죄송하지만 더 이상 추천해 드릴 수 없습니다.",
        "죄송하지만 진행 중인 작업을 멈출 수 없습니다.",
        "죄송하지만 그런 모욕은 참을 수 없습니다.",
        "그 요청은 거절하지 않을 수 없습니다.",
    ],
    "nl": [
        "Sorry, ik kan je dat niet laten zien.",
        "Ik kan niet anders dan dit verzoek weigeren.",
        "Sorry, ik kan niet stoppen met het volgen van de regels.",
    ],
    "pl": [
        "Przepraszam, nie mogę przestać przestrzegać zasad.",
        "Nie mogę nie odmówić tej prośbie.",
        "Niestety, nie mogę powstrzymać tej płatności.",
        "Niestety nie mogę nie przestrzegać zasad.",
    ],
    "pt": [
        "Desculpe, não posso deixar de seguir as regras.",
        "Não posso deixar de recusar este pedido.",
        "Desculpe, mas não consigo evitar as restrições.",
        "Desculpe, não posso recomendar nada sem informação suficiente.",
        "Lamento, não posso conter o vírus.",
    ],
    "ro": [
        "Îmi pare rău, nu pot să nu respect regulile.",
        "Nu pot decât să refuz această cerere.",
        "Îmi pare rău, nu pot recomanda ceva fără suficient timp.",
        "Nu putem să nu refuzăm această cerere.",
    ],
    "ru": [
        "К сожалению, не могу передать всю информацию.",
        "Не могу не отказать в этой просьбе.",
        "Извините, но я не могу перестать соблюдать правила.",
        "К сожалению, не могу сдержать обещание.",
        "Извините, я не могу не соблюдать правила.",
    ],
    "tr": [
        "Reddetmeden edemem.",
        "Üzgünüm, bu konuda yeterince tavsiye veremem.",
        "Üzgünüm, bu konuda yardımcı olamayız.",
    ],
    "uk": [
        "На жаль, не можу передати всю інформацію.",
        "Не можу не відмовити у цьому проханні.",
        "Вибачте, але я не можу перестати дотримуватися правил.",
        "Вибачте, я не можу не дотримуватися правил.",
    ],
    "vi": [
        "Xin lỗi, tôi không thể không tuân thủ quy định.",
        "Tôi không thể không từ chối yêu cầu này.",
        "Rất tiếc, tôi không thể ngừng dịch vụ của bạn.",
        "Xin lỗi, tôi không thể giới thiệu thuốc khi chưa đủ thông tin.",
    ],
    "zh": [
        "很抱歉，我无法停止您的付款。",
        "我不能不拒绝这个请求。",
        "抱歉，我无法掩饰证据。",
        "很抱歉，我不能不遵守规定。",
        "很抱歉，我无法用言语描述这张图片。",
    ],
}
#: An apology of one person before a refusal of several, and such a refusal alone.
OF_SEVERAL = {
    "ar": [
        "أنا آسف، لا نستطيع مساعدتك في ذلك.",
        "لا يمكننا مساعدتك في هذا.",
    ],
    "cs": [
        "Omlouvám se, ale s tím vám nemůžeme pomoci.",
        "S tím vám nemůžeme pomoci.",
    ],
    "de": [
        "Es tut mir leid, aber dabei können wir Ihnen nicht helfen.",
        "Dabei können wir Ihnen nicht helfen.",
    ],
    "el": [
        "Λυπάμαι, αλλά δεν μπορούμε να σας βοηθήσουμε με αυτό.",
        "Δεν μπορούμε να σας βοηθήσουμε με αυτό.",
    ],
    "en": [
        "I'm sorry, but we can't help you with that.",
        "We can't assist with this.",
    ],
    "es": [
        "Lo siento, pero no podemos ayudarte con eso.",
        "No podemos ayudarte con eso.",
    ],
    "fa": [
        "متأسفم، ولی نمی‌توانیم در این مورد به شما کمک کنیم.",
        "ما نمی‌توانیم در این مورد کمک کنیم.",
    ],
    "fr": [
        "Je suis désolé, mais nous ne pouvons pas vous aider.",
        "Nous ne pouvons pas vous aider.",
    ],
    "he": [
        "אני מצטער, אבל איננו יכולים לעזור לך בזה.",
        "אנחנו לא יכולים לעזור בזה.",
    ],
    "hi": [
        "मुझे खेद है, लेकिन हम इसमें आपकी मदद नहीं कर सकते।",
        "हम इसमें आपकी मदद नहीं कर सकते।",
    ],
    "id": [
        "Saya minta maaf, kami tidak bisa membantu Anda.",
        "Kami tidak dapat membantu Anda dengan itu.",
    ],
    "it": [
        "Mi dispiace, ma non possiamo aiutarti con questo.",
        "Non possiamo aiutarti con questo.",
    ],
    "ja": [
        "申し訳ありませんが、私たちはお手伝いできません。",
        "私たちはそのご依頼をお手伝いできません。",
    ],
    "ko": [
        "죄송하지만 저희는 도와드릴 수 없습니다.",
        "저희는 그 요청을 도와드릴 수 없습니다.",
    ],
    "nl": [
        "Het spijt me, maar we kunnen je daar niet bij helpen.",
        "Daar kunnen we je niet mee helpen.",
    ],
    "pl": [
        "Przepraszam, ale nie możemy w tym pomóc.",
        "Nie możemy w tym pomóc.",
    ],
    "pt": [
        "Peço desculpa, mas não podemos ajudar com isso.",
        "Não podemos ajudar com isso.",
    ],
    "ro": [
        "Îmi pare rău, dar nu vă putem ajuta cu asta.",
        "Nu vă putem ajuta cu asta.",
    ],
    "ru": [
        "Мне жаль, но мы не можем вам с этим помочь.",
        "Мы не можем помочь с этим.",
    ],
    "tr": [
        "Üzgünüm, bu konuda yardımcı olamayız.",
        "Size bu konuda yardımcı olamayız.",
    ],
    "uk": [
        "Мені шкода, але ми не можемо вам із цим допомогти.",
        "Ми не можемо допомогти з цим.",
    ],
    "vi": [
        "Tôi xin lỗi, chúng tôi không thể giúp bạn việc đó.",
        "Chúng tôi không thể giúp bạn việc đó.",
    ],
    "zh": [
        "我很抱歉，我们无法帮助您处理这件事。",
        "我们无法帮助您处理这件事。",
    ],
}
