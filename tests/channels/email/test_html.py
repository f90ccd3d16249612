"""HTML mails show what their writer says, as the plain ones do."""

import pytest

from .mails import HEAD, parse

FROM = "<b>From:</b> Council &lt;c@northport.example&gt;<br><b>Sent:</b> 2 March 2026 08:00<br><b>To:</b> Jo<br>"
BLOCK = f"{FROM}<b>Subject:</b> Bin</p>"
UNKNOWN = (
    "<b>Ka:</b> Council &lt;c@northport.example&gt;<br><b>La diray:</b> 2 Maarso 2026 08:00<br><b>Ku:</b> Jo<br>"
    "<b>Mawduuca:</b> Warqad</p>"
)
BORDER = "border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"
WROTE = (
    "On Mon, 2 Mar 2026 at 08:00 Council &lt;<a href='mailto:c@northport.example'>c@northport.example</a>&gt; wrote:"
)

REPLIES = {
    "Gmail": f'<div dir="ltr">Still full.</div><br><div class="gmail_quote"><div class="gmail_attr">{WROTE}<br></div>'
    '<blockquote class="gmail_quote"><div>Tomorrow.</div></blockquote></div>',
    "Gmail with a signature": '<div>Still full.</div><span class="gmail_signature_prefix">-- </span><br>'
    '<div class="gmail_signature"><b>Jo</b><br>Clerk</div>',
    "Gmail with a bare signature": '<div>Still full.</div><div class="gmail_signature" '
    'data-smartmail="gmail_signature">Jo</div>',
    "Apple": f'<body>Still full.<br><div><blockquote type="cite"><div>{WROTE}</div><br><div>Tomorrow.'
    "</div></blockquote></div>",
    "Yahoo": f'<div>Still full.</div><div id="ydp1yahoo_quoted" class="yahoo_quoted"><div>{WROTE}'
    "</div><div>Tomorrow.</div></div>",
    "Outlook": '<p>Still full.</p><div id="appendonsend"></div><hr><div id="divRplyFwdMsg">'
    f"<p>{BLOCK}</div><p>Tomorrow.</p>",
    "Outlook in an unknown language": f'<p>Still full.</p><hr><div id="divRplyFwdMsg"><p>{UNKNOWN}'
    "</div><p>Tomorrow.</p>",
    "Outlook with a border": f'<p class=MsoNormal>Still full.</p><div style="{BORDER}"><p '
    f"class=MsoNormal>{UNKNOWN}</div><p>Tomorrow.",
    "Outlook on a telephone": '<div>Still full.</div><div id="ms-outlook-mobile-signature">Get <a href="https://a.example">Outlook'
    f' for iOS</a></div><hr><div id="divRplyFwdMsg"><p>{BLOCK}</div><div>Tomorrow.</div>',
    "Proton": '<div>Still full.</div><div class="protonmail_signature_block"><div>Sent with Proton '
    "Mail secure email.</div></div>"
    f'<div class="protonmail_quote">------- Original Message -------<br>{WROTE}<br>'
    "<blockquote>Tomorrow.</blockquote></div>",
    "Thunderbird": f'<div class="moz-cite-prefix">{WROTE}<br></div><blockquote type="cite">Tomorrow.'
    "</blockquote><p>Still full.</p>",
}


@pytest.mark.parametrize("program", REPLIES)
def test_an_html_reply_is_what_was_written_now(program: str) -> None:
    enquiry = parse(HEAD + b"Content-Type: text/html; charset=utf-8\n\n" + REPLIES[program].encode())

    assert enquiry.text == "Still full."


def test_a_gmail_forward_in_html_says_who_wrote() -> None:
    html = (
        '<div>Please help.</div><div class="gmail_quote"><div class="gmail_attr">---------- '
        "Forwarded message ---------<br>"
    )
    html += (
        "From: <b>Ann</b> &lt;ann@example.org&gt;<br>Date: 2 Mar 2026<br>Subject: Rats<br>To: jo"
        "</div><br>Rats in the yard.</div>"
    )

    enquiry = parse(HEAD + b"Content-Type: text/html; charset=utf-8\n\n" + html.encode())

    assert enquiry.text == "Please help.\n\nRats in the yard."
    assert enquiry.gateway_meta["forwarded_from"] == "mailto:ann@example.org"


@pytest.mark.parametrize(
    "plain",
    [
        "This message is in HTML format.",
        "Your email client cannot read this. Please view the HTML version of this message.",
        "Your mail program does not support HTML.",
        "   \n",
    ],
)
def test_html_is_read_where_the_plain_text_only_stands_for_it(plain: str) -> None:
    frame = (
        "Content-Type: multipart/alternative; boundary=b\n\n--b\n\n{}\n--b\nContent-Type: "
        "text/html\n\n<p>Bin full.\n--b--\n"
    )

    assert parse(HEAD + frame.format(plain).encode()).text == "Bin full."


def test_a_plain_text_that_speaks_of_html_and_has_none_beside_it_is_kept() -> None:
    assert parse(HEAD + b"\nYour mail program shows no HTML.").text == "Your mail program shows no HTML."


@pytest.mark.parametrize(
    "footer",
    [
        "This email and any attachments are confidential and intended solely for the addressee. If "
        "you have received it in "
        "error please notify the sender and delete it. Any disclosure is prohibited.",
        "Mae'r neges hon yn gyfrinachol ac wedi'i bwriadu ar gyfer y derbynnydd. Os daeth y neges "
        "hon atoch drwy gamgymeriad, "
        "dileuwch hi. Mae cynnwys cyfrinachol yn y neges hwn.",
        "Ce message est confidentiel et réservé au destinataire. Si vous l'avez reçu par erreur, merci de le détruire.",
        "Diese E-Mail ist vertraulich und nur für den Empfänger bestimmt. Wenn Sie sie irrtümlich "
        "erhalten haben, löschen Sie sie.",
        "Please consider the environment before printing this email.",
    ],
)
def test_a_lawyers_paragraph_at_the_end_is_left_out(footer: str) -> None:
    assert parse(HEAD + b"\n" + f"Bin full.\n\n{footer}".encode()).text == "Bin full."


def test_a_letter_that_came_to_the_wrong_person_is_no_lawyers_paragraph() -> None:
    words = (
        "I received by mistake a confidential letter of yours that is for my neighbour. What "
        "shall I do with it, please?"
    )

    assert parse(HEAD + b"\n" + f"Hello,\n\n{words}".encode()).text == f"Hello,\n\n{words}"


def test_the_warning_that_our_own_server_puts_on_top_is_left_out() -> None:
    warning = (
        "CAUTION: This email originated from outside of the organisation. Do not click links "
        "unless you know the sender."
    )

    assert parse(HEAD + f"\n{warning}\n\nBin full.".encode()).text == "Bin full."


@pytest.mark.parametrize("name", ["-Jo Bloggs", "/Jo", "–Jo"])
def test_a_dash_and_a_name_at_the_end_are_a_signature(name: str) -> None:
    assert parse(HEAD + f"\nBin full.\n\n{name}".encode()).text == "Bin full."


@pytest.mark.parametrize(
    "words", ["Bring:\n\n-Milk", "Bring this.\n\n- Milk", "Which?\n-Monday\n-Tuesday", "-Jo", "Look.\n\n/etc/hosts"]
)
def test_a_list_is_no_signature(words: str) -> None:
    assert parse(HEAD + f"\n{words}".encode()).text == words
