"""Recall of the finders of personal data, and what they find in real texts.

    python benchmarks/quality/personal_data.py            recall on planted numbers, by kind and by how they stand
    python benchmarks/quality/personal_data.py --missed   and the planted sentences in which nothing is found
    python benchmarks/quality/personal_data.py --decoys   and how many numbers of other kinds are taken for one
    python benchmarks/quality/personal_data.py --texts    what is found in the real texts below POLYPREF_DATA

The phone numbers have the formats that are usual in 31 countries, written from general knowledge of the numbering plans
with drawn digits: none is taken from anybody or from a library. The IBANs are the examples of the standard's registry.
"""

import argparse
import random
from collections import Counter, defaultdict
from collections.abc import Iterator

import corpora

from polypref.text.personal_data import find_pii

SEED = 2
# A sentence with a word for telephone, and one without, where only the form tells.
SENTENCES = {
    "ar": ("رقم الهاتف: {}، شكرا", "ها هو الرقم {}، شكرا لك"),
    "cs": ("Můj telefon je {}, ozvěte se.", "Ozvěte se mi na {}, děkuji."),
    "de": ("Telefon {}, gern abends.", "Sie erreichen mich unter {}, danke."),
    "el": ("Το τηλέφωνό μου: {}, ευχαριστώ.", "Μπορείτε να με βρείτε στο {}, ευχαριστώ."),
    "en": ("My phone number is {}, thanks.", "You can reach me at {}, thanks."),
    "es": ("Mi teléfono es {}, gracias.", "Me puede encontrar en el {}, gracias."),
    "fa": ("شماره تلفن من {} است", "با من به شماره {} تماس بگیرید"),
    "fr": ("Mon téléphone : {}, merci.", "Vous pouvez me joindre au {}, merci."),
    "he": ("הטלפון שלי: {}, תודה", "אפשר להשיג אותי במספר {}, תודה"),
    "hi": ("मेरा मोबाइल: {}, धन्यवाद", "मुझसे {} पर बात करें, धन्यवाद"),
    "id": ("Nomor telepon saya {}, terima kasih.", "Hubungi saya di {}, terima kasih."),
    "it": ("Il mio telefono è {}, grazie.", "Mi trovate al {}, grazie."),
    "ja": ("携帯は{}です。", "番号は{}です。"),
    "ko": ("전화번호는 {}입니다.", "제 번호는 {}입니다."),
    "nl": ("Mijn mobiel: {}, bedankt.", "U kunt mij bereiken op {}, bedankt."),
    "pl": ("Mój telefon: {}, dziękuję.", "Można mnie złapać pod {}, dziękuję."),
    "pt": ("Meu celular é {}, obrigado.", "Pode me encontrar no {}, obrigado."),
    "ro": ("Telefonul meu: {}, mulțumesc.", "Mă găsiți la {}, mulțumesc."),
    "ru": ("Мой телефон: {}, спасибо.", "Звоните мне по номеру {}, спасибо."),
    "tr": ("Cep: {}, teşekkürler.", "Bana {} numarasından ulaşın."),
    "uk": ("Мій телефон: {}, дякую.", "Дзвоніть мені за номером {}, дякую."),
    "vi": ("Điện thoại của tôi: {}, cảm ơn.", "Hãy gọi cho tôi theo số {}, cảm ơn."),
    "zh": ("我的手机：{}，谢谢。", "请打{}找我，谢谢。"),
}
# X is any digit, N one from 2 to 9.
PHONES = {
    "ar": ("010NXXXXXXX", "05N XXX XXXX", "050-NXX XXXX", "06 NX XX XX XX", "٠٥N XXX XXXX"),
    "cs": ("603 NXX XXX", "224 NXX XXX", "+420 777 NXX XXX"),
    "de": ("0171 NXXXXXX", "030/NXXXXXX", "0151-NXXXXXXX", "(089) NXXXXX", "+49 171 NXXXXXX"),
    "el": ("697N XXX XXX", "210 NXX XXXX"),
    "en": ("(415) NXX-XXXX", "07812 NXXXXX", "020 7NXX XXXX", "0412 NXX XXX", "98NXX XXXXX", "212.NXX.XXXX"),
    "es": ("612 NXX XXX", "91 NXX XX XX", "55 NXXX XXXX"),
    "fa": ("0912 NXX XXXX", "021-88NXXXXX", "۰۹۱۲NXXXXXX"),
    "fr": ("06 NX XX XX XX", "01.42.NX.XX.XX", "+33 6 NX XX XX XX"),
    "he": ("052-NXXXXXX", "03-6NXXXXX"),
    "hi": ("98NXX XXXXX", "९८NXXXXXXX", "011-23NXXXXX"),
    "id": ("0812-NXXX-XXXX", "(021) 5NXXXXX"),
    "it": ("347 NXX XXXX", "06 6NXXXXXX"),
    "ja": ("090-NXXX-XXXX", "03-3NXX-XXXX", "０９０－NXXX－XXXX"),
    "ko": ("010-NXXX-XXXX", "02-7NX-XXXX"),
    "nl": ("06-2NXXXXXX", "020 6NX XX XX"),
    "pl": ("501 NXX XXX", "22 6NX XX XX"),
    "pt": ("(11) 9NXXX-XXXX", "912 NXX XXX"),
    "ro": ("0722 NXX XXX", "021 3NX XX XX"),
    "ru": ("8 (916) NXX-XX-XX", "+7 916 NXX-XX-XX", "8 495 NXX-XX-XX"),
    "tr": ("0532 NXX XX XX", "(0212) 2NX XX XX"),
    "uk": ("067 NXX XX XX", "(044) 2NX-XX-XX"),
    "vi": ("0912 NXX XXX", "024 3NXX XXXX"),
    "zh": ("138 NXXX XXXX", "010-6NXXXXXX", "0912-NXX-XXX"),
}
IBANS = (
    "SA0380000000608010167519", "CZ6508000000192000145399", "AT611904300234573201", "GR1601101250000000012300695",
    "IE29AIBK93115212345678", "ES9121000418450200051332", "AE070331234567890123456", "FR1420041010050500013M02606",
    "IL620108000000099999999", "CH9300762011623852957", "DK5000400440116243", "IT60X0542811101000000123456",
    "BE68539007547034", "SE4550000000058398257466", "NL91ABNA0417164300", "PL61109010140000071219812874",
    "PT50000201231234567890154", "RO49AAAA1B31007593840000", "NO9386011117947", "TR330006100519786457841326",
)  # fmt: skip
CARDS = ("4NXXXXXXXXXXXXX", "51NXXXXXXXXXXXX", "2221NXXXXXXXXXX", "6011NXXXXXXXXXX", "62NXXXXXXXXXXXX")


# Numbers of other kinds, that nothing should be found in: X and N as above, Y a year, M and D a month and a day.
DECOYS = {
    "thousands behind a plus sign": "+NXX XXX XXX",
    "12 digits behind a plus sign": "+NXXXXXXXXXXX",
    "groups of three, zero-padded": "0XX 0XX XXX",
    "groups of four, zero-padded": "0XXX 0XXX XXXX",
    "ten digits that begin with 0": "0XXXXXXXXX",
    "groups of 3-4-4 digits": "0XX-XXXX-XXXX",
    "groups of 3-2-4 digits": "XXX-XX-XXXX",
    "13 digits": "XXXXXXXXXXXXX",
    "postal code": "0XXXX-XXXX",
    "days": "D.M.Y-D.M.Y",
    "day and time": "Y-M-D 1X:0X",
    "ISBN without the word": "978-X-XXX-XXXXX-X",
    "coordinates": "4X.XXXXXX, 12X.XXXXXX",
    "decimals": "NX.XX 0.XXXXXXXXX X.XX 1XX.XX",
    "seconds": "17XXXXXXXX",
}


def draw(form: str, rng: random.Random) -> str:
    """Returns a number of a form, in the digits in which it begins."""
    zero = next((ord(c) - int(c) for c in form if c.isdecimal()), ord("0"))
    drawn = {"Y": (1900, 2030, 4), "M": (1, 13, 2), "D": (1, 29, 2)}
    form = "".join(f"{rng.randrange(*drawn[c][:2]):0{drawn[c][2]}}" if c in drawn else c for c in form)
    return "".join(chr(zero + rng.randrange(2 if c == "N" else 0, 10)) if c in "NX" else c for c in form)


def with_check_digit(number: str) -> str:
    """Returns a card number: the digits and the one that makes their Luhn sum a multiple of ten."""
    digits = [int(d) * (2 - at % 2) for at, d in enumerate(reversed(number))]
    return number + str(-sum(d // 10 + d % 10 for d in digits) % 10)


def grouped(number: str, sign: str) -> str:
    """Returns the number in groups of four."""
    return sign.join(number[at : at + 4] for at in range(0, len(number), 4))


def plants() -> Iterator[tuple[str, str, str, str, str]]:
    """Yields (kind, how it stands, language, sentence, number)."""
    rng = random.Random(SEED)
    for tag, forms in PHONES.items():
        for form in forms:
            number = draw(form, rng)
            abroad = number.startswith("+")
            for sentence, how in zip(SENTENCES[tag], ("after a word for telephone", "by its form alone"), strict=True):
                yield "phone", "international" if abroad else how, tag, sentence.format(number), number
    tags = list(SENTENCES)
    for at, number in enumerate(IBANS):
        written = grouped(number, " ") if at % 2 else number
        yield "iban", "", tags[at], SENTENCES[tags[at]][1].format(written), written
    for at in range(20):
        number = with_check_digit(draw(CARDS[at % len(CARDS)], rng))
        written = (number, grouped(number, " "), grouped(number, "-"))[at % 3]
        yield "card", "", tags[at], SENTENCES[tags[at]][1].format(written), written


def recall(missed: bool) -> None:
    """Prints how many planted numbers are found whole, as their kind."""
    planted, hits = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for kind, how, tag, sentence, number in plants():
        planted[kind, how] += 1
        if [(span.kind, sentence[span.start : span.end]) for span in find_pii(sentence)] == [(kind, number)]:
            hits[kind, how] += 1
        elif missed:
            print(tag, kind, sentence)
    for (kind, how), number in planted.items():
        print(f"{kind:6} {how:28} {hits[kind, how]:3} of {number}")


def decoys() -> None:
    """Prints the share of numbers of other kinds in which something is found."""
    rng = random.Random(SEED)
    for kind, form in DECOYS.items():
        share = sum(bool(find_pii(f"The value {draw(form, rng)} is here")) for _ in range(2000)) / 2000
        print(f"{kind:28} {share:6.1%}")


def texts() -> None:
    """Prints how much of each kind stands in questions, answers and parallel texts, and where."""
    sources = {
        "m-ArenaHard questions": [(f"{tag}:{name}", text) for tag, name, text in corpora.questions()],
        "m-ArenaHard answers": [(f"{tag}:{name}:{model}", text) for tag, model, name, text in corpora.arena()],
        "OMGEval answers": [(f"{tag}:{name}", text) for tag, name, text in corpora.omgeval("gpt4")],
        "parallel texts": [(f"{tag}:{name}", text) for tag, name, _, text in corpora.parallel()],
        "UDHR": [(f"{tag}:{name}", text) for tag, name, text in corpora.udhr()],
    }
    for source, rows in sources.items():
        kinds: dict[str, list[str]] = defaultdict(list)
        for name, text in rows:
            for span in find_pii(text):
                kinds[span.kind].append(name)
        print(f"{source}, {len(rows)} texts: " + ("; ".join(f"{k} {', '.join(v)}" for k, v in kinds.items()) or "none"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--missed", action="store_true", help="print the sentences in which the number is not found")
    parser.add_argument("--decoys", action="store_true", help="look at numbers of other kinds")
    parser.add_argument("--texts", action="store_true", help="look at the real texts")
    arguments = parser.parse_args()
    if arguments.texts:
        texts()
    elif arguments.decoys:
        decoys()
    else:
        recall(arguments.missed)
