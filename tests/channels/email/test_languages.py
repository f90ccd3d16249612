"""History is told by its shape, in languages that we know and in those that we don't."""

import pytest

from onestop.channels.email.reply import read_reply, visible

# As Gmail, Apple Mail, Outlook and Yahoo write it; Somali, Tigrinya and Tamil are in no table of ours.
ATTRIBUTIONS = {
    "Welsh": "Ar Llun, 2 Maw 2026 am 09:30 Jo Bloggs <jo@example.org> ysgrifennodd:",
    "Polish": "pon., 2 mar 2026 o 09:30 Jo <jo@example.org> napisał(a):",
    "Arabic": "\u202bفي الاثنين، 2 مارس 2026 في 9:30 ص تمت كتابة ما يلي بواسطة \u202aJo\u202c\u200f "
    "<\u202ajo@example.org\u202c\u200f>:\u202c",
    "Arabic digits": "\u200fبتاريخ ٢ مارس ٢٠٢٦ ٩:٣٠ جاء من Jo <jo@example.org>:",
    "Bengali": "সোম, ২ মার্চ, ২০২৬ তারিখে ৯:৩০ AM টায় Jo <jo@example.org> লিখেছেন:",
    "Urdu": "بروز پیر، 2 مارچ، 2026 کو 9:30 AM بجے Jo <jo@example.org> نے لکھا:",
    "Panjabi": "ਸੋਮ, 2 ਮਾਰਚ 2026 ਨੂੰ 9:30 ਪੂ.ਦੁ. ਵਜੇ Jo <jo@example.org> ਨੇ ਲਿਖਿਆ:",
    "Gujarati": "સોમ, 2 માર્ચ, 2026 એ 09:30 AM વાગ્યે Jo <jo@example.org> એ લખ્યું:",
    "Romanian": "În lun., 2 mar. 2026 la 09:30, Jo <jo@example.org> a scris:",
    "Chinese": "Jo <jo@example.org> 于2026年3月2日周一 09:30写道：",
    "Japanese": "2026年3月2日(月) 9:30 Jo <jo@example.org>:",
    "Ukrainian": "пн, 2 бер. 2026 р. о 09:30 Jo <jo@example.org> пише:",
    "Somali": "Isniin, 2 Maarso 2026, 09:30 Jo <jo@example.org> ayaa qortay:",
    "Turkish": "Jo <jo@example.org>, 2 Mar 2026 Pzt, 09:30 tarihinde şunu yazdı:",
    "Greek": "Στις Δευ 2 Μαρ 2026 στις 9:30 π.μ., ο χρήστης Jo <jo@example.org> έγραψε:",
    "Korean": "2026년 3월 2일 (월) 오전 9:30, Jo <jo@example.org>님이 작성:",
    "Albanian": "Më hën, 2 mars 2026, 09:30 Jo <jo@example.org> ka shkruar:",
    "Tigrinya": "ሰኑይ 2 መጋቢት 2026 09:30 Jo <jo@example.org> ጽሒፉ:",
    "Hungarian": "Jo <jo@example.org> ezt írta (időpont: 2026. márc. 2., H, 9:30):",
    "Tamil": "திங்கள், 2 மார்., 2026 அன்று 09:30 AM அன்று, Jo <jo@example.org> எழுதியது:",
    "Vietnamese": "Vào Th 2, 2 thg 3, 2026 lúc 09:30 Jo <jo@example.org> đã viết:",
}

BLOCKS = {
    "English": "From: Jo <jo@example.org>\nSent: 02 March 2026 09:30\nTo: Northport\nSubject: Bin",
    "Welsh": "Oddi wrth: Jo <jo@example.org>\nAnfonwyd: 02 Mawrth 2026 09:30\nAt: Northport\nPwnc: Bin",
    "Somali": "Ka: Jo <jo@example.org>\nLa diray: 2 Maarso 2026 09:30\nKu: Northport\nMawduuca: Bin",
    "Arabic": "من: Jo <jo@example.org>\nتاريخ الإرسال: 2 مارس 2026 09:30\nإلى: Northport\nالموضوع: Bin",
    "Bengali": "প্রেরক: Jo <jo@example.org>\nপাঠানো: ২ মার্চ ২০২৬ ৯:৩০\nপ্রতি: Northport\nবিষয়: Bin",
    "Tigrinya": "ካብ: Jo <jo@example.org>\nዕለት: 2 መጋቢት 2026 09:30\nናብ: Northport\nዛዕባ: Re: Bin",
    "Urdu": "منجانب: Jo <jo@example.org>\nبھیجا گیا: 2 مارچ 2026 09:30\nبنام: Northport\nموضوع: Bin",
    "Panjabi": "ਵੱਲੋਂ: Jo <jo@example.org>\nਭੇਜਿਆ: 2 ਮਾਰਚ 2026 09:30\nਨੂੰ: Northport\nਵਿਸ਼ਾ: Bin",
    "Gujarati": "તરફથી: Jo <jo@example.org>\nમોકલેલ: 2 માર્ચ 2026 09:30\nપ્રતિ: Northport\nવિષય: Bin",
    "Vietnamese": "Từ: Jo <jo@example.org>\nĐã gửi: 2 tháng 3, 2026 09:30\nĐến: Northport\nChủ đề: Bin",
    "Turkish": "Kimden: Jo <jo@example.org>\nGönderildi: 2 Mart 2026 09:30\nKime: Northport\nKonu: Bin",
    "Ukrainian": "Від: Jo <jo@example.org>\nНадіслано: 2 березня 2026 р. 09:30\nКому: Northport\nТема: Bin",
    "Chinese": "发件人: Jo <jo@example.org>\n发送时间: 2026年3月2日 9:30\n收件人: Northport\n主题: Bin",
}

TELEPHONES = [
    "iPhone'umdan gönderildi",
    "Στάλθηκε από το iPhone μου",
    "Надіслано з iPhone",
    "发自我的iPhone",
    "iPhoneから送信",
    "나의 iPhone에서 보냄",
    "ਮੇਰੇ iPhone ਤੋਂ ਭੇਜਿਆ ਗਿਆ",
    "આ iPhone થી મોકલ્યું",
    "আমার iPhone থেকে পাঠানো",
    "أُرسلت من الـ iPhone",
    "میرے iPhone سے بھیجا گیا",
    "ከ iPhone የተላከ",
    "Laga soo diray iPhone-kayga",
    "Dërguar nga iPhone im",
    "Elküldve az iPhone-omról",
    "Odesláno z iPhonu",
    "Skickat från min iPhone",
]


@pytest.mark.parametrize("language", ATTRIBUTIONS)
@pytest.mark.parametrize("history", ["\n\n> Yesterday.\n> We come.", "\n\nYesterday.\nWe come."])
def test_an_attribution_of_any_language_begins_history(language: str, history: str) -> None:
    assert visible(f"My words.\n\n{ATTRIBUTIONS[language]}{history}") == "My words."


@pytest.mark.parametrize("language", ATTRIBUTIONS)
def test_an_attribution_that_is_broken_inside_its_address_begins_history(language: str) -> None:
    broken = ATTRIBUTIONS[language].replace("<", "<\n", 1)

    assert visible(f"My words.\n\n{broken}\n> Yesterday.") == "My words."


@pytest.mark.parametrize("language", BLOCKS)
def test_a_header_block_of_any_language_begins_history(language: str) -> None:
    assert visible(f"My words.\n\n{BLOCKS[language]}\n\nHistory.", "Re: Bin") == "My words."


@pytest.mark.parametrize("language", BLOCKS)
def test_a_header_block_below_a_forwarding_subject_says_who_wrote(language: str) -> None:
    reply = read_reply(f"My words.\n\n{BLOCKS[language]}\n\nTheirs.", "Fw: Bin")

    assert reply.text == "My words.\n\nTheirs."
    assert reply.forwarded is not None
    assert "jo@example.org" in reply.forwarded.sender


@pytest.mark.parametrize("line", TELEPHONES)
def test_the_mark_of_a_telephone_is_left_out_in_any_language(line: str) -> None:
    assert visible(f"My words.\n\n{line}") == "My words."


@pytest.mark.parametrize(
    "text",
    [
        "Name: Jo Bloggs\nEmail: jo@example.org\nDate: 2 March 2026 09:30\nPlace: High Street\n\nA bin is on fire.",
        "Email: jo@example.org\nWhen: 2 March 2026 09:30\nWhere: High Street\nWhat: a bin\n\nPlease come.",
        "Please write to jo@example.org before 17:00 with:\n- the day\n- the bin",
        "The hearing is on 3 May 2026 at 10:00:\nplease be there.",
        "نحن نسكن في شارع العالي منذ ٢٠٢٠:\nلا أحد يأتي.",
        "我的手机是 iPhone, 它坏了。",
    ],
)
def test_a_form_and_a_sentence_with_address_and_time_are_a_persons_words(text: str) -> None:
    assert visible(text, "Bin on fire") == text
