"""Only what the host's own receiving server wrote counts as proof of who sent a mail."""

import pytest

from onestop.channels.email import Email
from onestop.core.enquiry import Enquiry

from .mails import raw

OURS = "mx.northport.example"
FROM = "From: Jo <jo@example.org>"


def read(*lines: str, authserv_id: str | None = OURS) -> Enquiry:
    body = "\n".join([*lines, "", "Bin full."]).encode()
    (enquiry,) = Email(authserv_id=authserv_id).parse(raw(body))
    assert isinstance(enquiry, Enquiry)
    return enquiry


def results(text: str, by: str = OURS) -> str:
    return f"Authentication-Results: {by}; {text}"


PASS = "dmarc=pass header.from=example.org"


@pytest.mark.parametrize(
    "text",
    [
        PASS,
        "spf=pass smtp.mailfrom=jo@example.org; dkim=none",
        "dkim=pass header.d=example.org header.s=a; spf=fail smtp.mailfrom=relay.example",
        "dkim=fail header.d=example.org; dkim=pass (2048-bit key) header.i=@example.org",
        "spf=softfail smtp.mailfrom=relay.example; dkim=pass header.d=example.org; dmarc=pass "
        "(p=reject) header.from=example.org",
        "DMARC=Pass header.from=EXAMPLE.org",
    ],
)
def test_a_sender_whose_domain_passed_is_proved(text: str) -> None:
    enquiry = read(results(text), FROM)

    assert enquiry.gateway_meta["auth"] == "pass"
    assert "sender_unproved" not in enquiry.defects


@pytest.mark.parametrize(
    ("lines", "verdict"),
    [
        (["Received: from x by y"], "none"),
        ([results("none")], "none"),
        ([results("dmarc=fail header.from=example.org; spf=pass smtp.mailfrom=example.org")], "fail"),
        ([results("spf=fail smtp.mailfrom=example.org")], "fail"),
        ([results("spf=pass smtp.mailfrom=evil.example; dkim=pass header.d=evil.example")], "none"),
        ([results("spf=pass smtp.mailfrom=example.org.evil.example")], "none"),
        ([results("dkim=pass header.d=notexample.org")], "none"),
        ([results("dkim=pass header.d=org")], "none"),
        ([results("dmarc=pass header.from=evil.example")], "none"),
        ([results("dmarc=none; x (dmarc=pass header.from=example.org)")], "none"),
        ([results('spf=none reason="a; dmarc=pass header.from=example.org"')], "none"),
        ([results(PASS, by="mx.evil.example")], "none"),
        ([results(PASS, by="mx.northport.example.evil.example")], "none"),
        ([results("dmarc=fail"), results(PASS)], "fail"),
        ([results("spf=none"), results(PASS)], "none"),
        (["Authentication-Results: dmarc=pass header.from=example.org"], "none"),
        (["Authentication-Results: ;;;=;(((\\"], "none"),
    ],
)
def test_a_sender_whom_our_server_did_not_prove_is_unproved(lines: list[str], verdict: str) -> None:
    enquiry = read(*lines, FROM)

    assert enquiry.gateway_meta["auth"] == verdict
    assert "sender_unproved" in enquiry.defects
    assert enquiry.sender == "mailto:jo@example.org"


def test_a_field_of_another_server_above_ours_changes_nothing() -> None:
    enquiry = read(results("dmarc=fail", by="relay.example"), results(PASS), FROM)

    assert enquiry.gateway_meta["auth"] == "pass"


@pytest.mark.parametrize("lines", [[FROM, "From: ann@example.org"], ["From: jo@example.org, ann@evil.example"]])
def test_of_several_senders_none_is_proved(lines: list[str]) -> None:
    assert "sender_unproved" in read(results(PASS), *lines).defects


def test_the_words_of_each_method_are_kept() -> None:
    meta = read(
        results("spf=softfail smtp.mailfrom=x.example; dkim=pass header.d=example.org; dmarc=pass"), FROM
    ).gateway_meta

    assert (meta["spf"], meta["dkim"], meta["dmarc"]) == ("softfail", "pass", "pass")


def test_without_a_name_of_our_server_nothing_is_said_of_proof() -> None:
    enquiry = read(results(PASS), FROM, authserv_id=None)

    assert "auth" not in enquiry.gateway_meta
    assert "sender_unproved" not in enquiry.defects


def test_a_field_without_a_servers_name_is_read_where_the_host_says_so() -> None:
    line = "Authentication-Results: spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.org; dmarc=pass action=none"

    assert read(line, FROM, authserv_id="").gateway_meta["auth"] == "pass"


@pytest.mark.parametrize(
    ("line", "facts"),
    [
        ("X-Spam-Flag: YES", ("yes", None)),
        ("X-Spam-Status: No, score=-1.9 required=5.0 tests=BAYES_00", ("no", "-1.9")),
        ("X-Spam-Status: Yes, hits=7.25 required=5.0", ("yes", "7.25")),
        ("X-Spamd-Result: default: False [1.50 / 15.00]", ("no", "1.50")),
        ("X-MS-Exchange-Organization-SCL: 6", ("yes", "6")),
        ("X-MS-Exchange-Organization-SCL: -1", ("no", "-1")),
        ("X-Forefront-Antispam-Report: CIP:192.0.2.1;CTRY:GB;LANG:en;SCL:5;SRV:", ("yes", "5")),
        ("X-Spam-Score: 3.1", (None, "3.1")),
        ("X-Spam-Status: maybe", (None, None)),
    ],
)
def test_the_verdict_of_a_spam_filter_is_a_fact_and_drops_nothing(
    line: str, facts: tuple[str | None, str | None]
) -> None:
    enquiry = read(line, FROM)

    assert (enquiry.gateway_meta.get("spam"), enquiry.gateway_meta.get("spam_score")) == facts
    assert enquiry.text == "Bin full."
