"""
How mail programs mark what is quoted, by language: the tables that help `reply`, which goes by shape first.

As Gmail, Outlook, Apple Mail, Thunderbird and Yahoo word it in the languages that are spoken in Britain, with some of
their neighbours. A language that is missing here is still read where its marks have the shape: an address and a date
above quoted lines, a block of labelled lines with both. All is casefolded.
"""

from __future__ import annotations

import re

__all__ = [
    "ATTRIBUTION_START",
    "ATTRIBUTION_VERB",
    "FORWARD",
    "FORWARD_SUBJECT",
    "LABELS",
    "MOBILE",
    "MOBILE_ELSEWHERE",
    "ORIGINAL",
]

ATTRIBUTION_VERB = re.compile(
    r"(?:\bwrote|\bwrites|ysgrifennodd|a écrit|schrieb|escribió|escreveu|napisał(?:\(a\)|a)?|a scris|ha scritto|schreef"
    r"|skrev|kirjoitti|napsal(?:\(a\)|a)?|napísal(?:\(a\)|a)?|napisao|napisala|je napisal|írta|rašė|rakstīja|kirjutas"
    r"|yazdı|έγραψε|пишет|писал|написал(?:\(а\)|а)?|пише|написав|написа|写道|寫道|のメール|작성|كتب|تمت كتابة"
    r"|लिखा|ਲਿਖਿਆ|લખ્યું|লিখেছেন|লিখেছে|لکھا|نوشت|qoray|ka shkruar|đã viết|เขียน|כתב|skrifaði|va escriure)"
)
"""The word of `On 2 March 2026 at 09:30 Jo wrote:`; it stands anywhere in the line."""

ATTRIBUTION_START = re.compile(
    r"(?:on|ar|le|am|el|em|dnia|w dniu|în|in data|il|op|den|dne|dňa|el dia|a|la|в|на|у|στις|vào|em|em seg"
    r"|mon|tue|wed|thu|fri|sat|sun|pon|wt|śr|czw|pt|sob|niedz|lun|mar|mié|mer|jeu|gio|jue|ven|vie|sam|sab|sáb|dim|dom"
    r"|mo|di|mi|do|fr|sa|so|llun|maw|mer|iau|gwe|sad|sul)\b|\d{1,4}[\s./\-年]|<?[^\s<>@]+@"
)
"""How the first line of such a mark begins, since the mark itself may be broken over four lines."""

ORIGINAL = re.compile(
    r"[-_=*\s]{3,}(?:original (?:message|appointment)|neges wreiddiol|message d'origine|message original"
    r"|ursprüngliche nachricht|originalnachricht|mensaje original|mensagem original|messaggio originale"
    r"|oryginalna wiadomość|wiadomość oryginalna|mesaj original|mesajul original|oorspronkelijk bericht"
    r"|originele bericht|ursprungligt meddelande|originalmeddelande|oprindelig meddelelse|opprinnelig melding"
    r"|původní zpráva|pôvodná správa|eredeti üzenet|orijinal ileti|originalus laiškas|исходное сообщение"
    r"|оригінальне повідомлення|оригинално съобщение|原始邮件|原始郵件|元のメッセージ|원본 메시지)[-_=*\s]{3,}\Z"
)

FORWARD = re.compile(
    r"(?:[-_=*\s]{3,}\s*)?(?:(?:begin )?forwarded (?:message|by)|neges wedi'i hanfon ymlaen|neges a anfonwyd ymlaen"
    r"|début du message réexpédié|message transféré|message transmis|weitergeleitete nachricht"
    r"|anfang der weitergeleiteten nachricht|mensaje reenviado|inicio del mensaje reenviado|mensagem encaminhada"
    r"|mensagem reencaminhada|messaggio inoltrato|inizio messaggio inoltrato|wiadomość przekazana"
    r"|przekazana wiadomość|początek przekazywanej wiadomości|mesaj redirecționat|mesaj redirectionat"
    r"|doorgestuurd bericht|begin doorgestuurd bericht|vidarebefordrat meddelande|vidarebefordrat brev"
    r"|videresendt meddelelse|videresendt melding|přeposlaná zpráva|továbbított üzenet|persiųstas laiškas"
    r"|пересылаемое сообщение|переслане повідомлення|препратено съобщение|转发邮件|轉寄郵件|转发的邮件"
    r"|转发的消息|轉寄的郵件|転送メッセージ|전달된 메시지|iletilen ileti|yönlendirilmiş ileti|προωθημένο μήνυμα"
    r"|رسالة معاد توجيهها|رسالة مُعاد توجيهها|فارورڈ کردہ پیغام|ফরওয়ার্ড করা মেসেজ|फ़ॉरवर्ड किया गया संदेश)"
    r"\s*:?(?:\s*[-_=*]{3,})?\s*:?\Z"
)
"""A forwarded mail begins; Outlook has no such line and says it in the subject alone."""

FORWARD_SUBJECT = re.compile(
    r"\s*(?:fwd?|fw|tr|wg|rv|enc|i|pd|doorst|vs|vb|ymlaen|továbbítás|转发|轉寄|ilt|πρθ"
    r"|إعادة توجيه|переслано)\s*:",
    re.IGNORECASE,
)

LABELS: dict[str, str] = {
    label: kind
    for kind, labels in {
        "from": "from|oddi wrth|gan|de|von|da|od|de la|expéditeur|remitente|mittente|van|fra|från|feladó|kimden|nuo"
        "|от|від|发件人|寄件者|差出人|보낸 사람|lähettäjä|από|gönderen|من|منجانب|প্রেরক|থেকে|ਵੱਲੋਂ|તરફથી|से|saadja|no",
        "date": "date|sent|anfonwyd|dyddiad|envoyé|envoyé le|gesendet|datum|fecha|enviado|enviado el|enviado em|data"
        "|data de|inviato|wysłano|wysłane|trimis|verzonden|dato|sendt|skickat|odesláno|odoslané|dátum|elküldve"
        "|gönderildi|tarih|išsiųsta|отправлено|дата|надіслано|изпратено|发送时间|寄件日期|日付|送信日時|lähetetty"
        "|tarih|ημερομηνία|στάλθηκε|تاريخ|التاريخ|تم الإرسال|تاریخ"
        "|بھیجا گیا|তারিখ|পাঠানো হয়েছে|ਮਿਤੀ|તારીખ|दिनांक",
        "to": "to|at|i|à|pour|an|para|a|do|către|catre|aan|til|till|komu|címzett|kime|kam|кому|до|收件人|宛先|받는 사람"
        "|vastaanottaja|προς|إلى|بنام|প্রতি|প্রাপক|ਨੂੰ|પ્રતિ|को|alıcı",
        "subject": "subject|pwnc|testun|objet|sujet|betreff|asunto|assunto|oggetto|temat|subiect|onderwerp|emne|ämne"
        "|předmět|predmet|tárgy|konu|tema|тема|относно|主题|主旨|件名|제목|aihe|θέμα|الموضوع|موضوع|বিষয়|ਵਿਸ਼ਾ|વિષય|विषय",
        "other": "cc|bcc|copi|copie|copia|kopia|kopie|dw|reply-to|ateb i|répondre à|antwort an|responder a|importance"
        "|pwysigrwydd|attachments|atodiadau|importance",
    }.items()
    for label in labels.split("|")
}
"""The labels of a header block that stands above quoted text, by what they mean."""

_BRAND = (
    r"(?:iphon|ipad|android|samsung|galaxy|blackberry|huawei|xiaomi|nokia|windows|outlook|yahoo|gmail|aol|hotmail"
    r"|proton|pixel|oneplus|oppo|motorola|xperia|nexus|honor|realme|vodafone)"
)
_DEVICE = (
    _BRAND[:-1] + r"|mail|phone|mobile|smartphone|tablet|handy|handset|ffôn|teléfono|telefon|celular|móvil|wireless)"
)
MOBILE = re.compile(
    rf"(?:sent|posted|get|download|anfonwyd|envoyé|gesendet|enviado|wysłan[oe]|trimis|inviato|verzonden|verstuurd|skickat"
    r"|sendt|laga soo diray|dërguar|odesláno|odoslané|poslano|išsiųsta|nosūtīts|saadetud|elküldve|telefonimden)"
    rf" (?:[^\s,;!?]+ ){{0,5}}[^\s,;!?]*{_DEVICE}[^\s,;!?]*(?: [^\s,;!?]+){{0,4}}\Z"
    rf"|(?:von meinem|diese nachricht wurde von meinem) (?:[^\s,;!?]+ ){{0,4}}(?:gesendet|gesandt)\.?\Z"
    rf"|[^\s,;!?]*{_BRAND}\S*(?: [^\s,;!?]+){{0,3}} (?:gönderildi|küldve)\Z"
)
"""A line that a telephone's mail program adds at the end; a sentence (with a comma, say) is a person's."""

MOBILE_ELSEWHERE = re.compile(rf"(?=[^a-z]*{_BRAND})[^,;!?、。]{{1,80}}\Z")
"""The same in another script: there the maker's name is the one word in Latin letters."""
