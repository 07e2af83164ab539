"""What the words before a number say that it is: a phone number, or a number of another kind."""

import re
import unicodedata
from enum import Enum


class Naming(Enum):
    """What a number is called."""

    PHONE = "phone"
    OTHER = "other"
    NOTHING = "nothing"


_PHONE = re.compile(
    r"(?:\btel\b|telef|teléf|téléph|tél\b|telepon|\b(?:tele)?phone|\bmobile\b|\bmobil\b|\bcell\b|handy|whatsapp|\bfax\b|"
    r"cellulare|celular|\bm[óo]vil\b|telemóvel|\bgsm\b|natel|\btlf\b|puhelin|komórk|mobiel|"
    r"\bsđt\b|điện thoại|\bno\. hp\b|"
    r"τηλ|κινητό|телефон|тел\.|моб\.|هاتف|جوال|تليفون|تلفن|موبایل|موبائل|טלפון|נייד|फ़ोन|फोन|मोबाइल|ফোন|মোবাইল|"
    r"电话|電話|手机|手機|携帯|전화|휴대폰|연락처)[^\n\d]{0,20}\Z"
)
# Turkish for mobile, and the postal code of Brazil, which has eight digits.
_CEP = re.compile(r"\bcep\b[^\n\d]{0,20}\Z")
_TEN_DIGITS = re.compile(r"(?:\D*\d){10}")

# The names of other numbers that need no word for "number".
_CODES = "|".join(
    (
        r"isbn(?:[ -]1[03])?|issn|doi|iban|isin|arxiv|rfc|imei|iccid|ean|gtin|upc|asin|sku|pmid|"
        r"pmcid|oclc|lccn|viaf|gnd|clause|section|§",
        r"(?:page ?|wikipedia[ -]?|user ?|old|rev)id|revision|commit|merge|build|firmware|"
        r"version|versión|versione|versão|wersja|версия|версія|版本|バージョン|버전|الإصدار",
        r"rp\.?|rs\.?|usd|eur|inr|r\$|₹|₽|¥|〒|zip|postal code|code postal|código postal|codice postale|"
        r"plz|blz|postcode|cep|psč",
        # Of taxes and firms
        r"siret|siren|cuit|cuil|dni|cnpj|cpf|partita iva|codice fiscale|nip|regon|pesel|ičo|dič|инн|кпп|огрн|"
        r"снилс|єдрпоу|npwp|αφμ",
        r"(?:artikel|bestell|auftrags|kunden|rechnungs|serien|konto|vertrags|sendungs|produkt|material|teile|modell|referenz|"
        r"vorgangs|ticket|steuer|versicherungs|ausweis|personal|mitglieds|fahrgestell|patent|chargen|inventar|beleg|buchungs|"
        r"bestel|order|klant|rekening|factuur|serie|kund|faktura|vare|ordre|kunde|tilaus|tuote)[ -]?num[mb]er|"
        r"(?:artikel|art|bestell|auftrags|kunden|rechnungs|serien|konto|best|kd)\.?[ -]?nr\.?",
        r"ref(?:erence|\.)|invoice|patent|référence|réf\.|referencia|referência|riferimento|"
        r"артикул|κωδικός|kode pos|posta kodu|पिन कोड",
        r"الرقم التسلسلي|الرمز البريدي|کد (?:پستی|ملی|رهگیری|کالا)|מק\"ט|מיקוד",
        r"(?:订单|訂單|编|編|货|貨|单|單|序列|账|賬|帳|身份证|身分證|发票|發票|型|批|案)[号號]|订单编号|邮编|郵遞區號|邮政编码",
        r"(?:注文|商品|製品|管理|受付|会員|口座|伝票|郵便|製造|シリアル|追跡|請求書|予約)番号|品番|型番",
        r"(?:주문|제품|상품|송장|일련|계좌|등록|우편|모델|운송장|고객|예약)\s?번호|품번",
    )
)
# What is numbered, where a word for "number" stands before or behind it: order number, n. d'ordine, номер заказа.
_NUMBERED = "|".join(
    (
        "order|tracking|serial|model|part|item|article|product|case|account|customer|reference|ticket|patent|"
        "licence|license|passport|policy|booking|confirmation|shipment|batch|lot|claim|routing",
        "commande|facture|série|dossier|client|compte|suivi",
        "pedido|factura|fatura|serie|expediente|cuenta|conta|cliente|artículo|artigo|seguimiento|rastreio|rastreamento",
        "ordine|fattura|pratica|conto|articolo|comandă|comenzii|factură|facturii|cont|produs",
        "zamówienia|faktury|konta|klienta|seryjny|katalogowy|artykułu|objednávky|účtu|zákazníka|sériové|výrobku",
        "заказа|заказ|сч[её]та|договора|накладной|паспорта|замовлення|рахунку|договору|накладної",
        "παραγγελίας|τιμολογίου|λογαριασμού|σειράς",
        "sipariş|fatura|seri|müşteri|hesap|vergi|takip|ürün|đơn hàng|vận đơn|sản phẩm|tài khoản|hóa đơn",
        "pesanan|seri|rekening|resi|faktur|referensi|pelanggan|ऑर्डर|खाता|बिल|सीरियल|ग्राहक",
        "الطلب|الطلبية|المنتج|الحساب|الفاتورة|المرجع|التتبع|العميل|سفارش|حساب|سریال|فاکتور|پیگیری|مشتری",
        "הזמנה|ההזמנה|סידורי|חשבון|לקוח|חשבונית|מעקב",
    )
)
_NUMBER_BEFORE = (
    r"(?:num[eé]ro|número|num\.?|núm\.?|numărul|număr|numer|nummer|number|nr\.?|no\.?|n[.º°]{1,2}|№|číslo|номер|αριθμός|αρ\.|"
    r"mã|số|nomor|رقم|شماره|מספר)\s(?:(?:de|del|do|da|di|of|van|der) |d['’]|dell['’])?(?:(?:la|the|het) |l['’])?"
)
_NUMBER_BEHIND = r"\s?(?:numbers?|num\.?|no\.?|nr\.?|n[.º°]{1,2}|nº|code|kodu|id|#|№|numaras[ıi]|नंबर|संख्या)"
# Scripts that write no spaces between words.
_BEGINS = r"(?:(?<![^\W_])|(?<=[\u2e80-\u9fff\uac00-\ud7af]))"
# Directly before the number, but for signs and a word for "is".
_OTHER = re.compile(
    rf"{_BEGINS}(?:(?:{_CODES})(?:{_NUMBER_BEHIND})?|{_NUMBER_BEFORE}(?:{_NUMBERED})|(?:{_NUMBERED}){_NUMBER_BEHIND})"
    r"[\s:：=#\"'«»“”*_`|(–—-]{0,4}(?:(?:is|was|ist|war|lautet|est|es|è|é|är|er|jest|je|este)\s)?\Z"
)
# A number of something that is not said.
_UNNAMED = re.compile(r"(?:(?:\b|_)id|№|#)[^\n\d]{0,4}\Z")
_CAMEL_CASE = re.compile(r"[a-z]I[dD]\W{0,4}\Z")


def name_before(line: str, number: str) -> Naming:
    """What a number is called by the words before it.

    Args:
        line: what stands before the number in its line.
        number: as it is written, in digits of ASCII.

    Returns:
        OTHER where the name of another number stands directly before it; PHONE where a word for telephone is within 20
        characters; NOTHING else.
    """
    before = unicodedata.normalize("NFC", line[-60:]).casefold()
    if _CEP.search(before) and _TEN_DIGITS.match(number):
        return Naming.PHONE
    if _OTHER.search(before):
        return Naming.OTHER
    if _PHONE.search(before):
        return Naming.PHONE
    return Naming.OTHER if _UNNAMED.search(before) or _CAMEL_CASE.search(line[-10:]) else Naming.NOTHING
