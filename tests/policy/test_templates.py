"""A template writes what it was given and nothing else: no loops, no arithmetic, no reach beyond its variables."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.core.model import FrozenMap
from onestop.errors import RequestError
from onestop.policy.templates import JinjaTemplate, TemplateData, problems

ENGLISH = {"reference": "SM-1", "service": "Graffiti", "council": "Saltmarsh", "text": "Cleaned today."}
WELSH = {"reference": "SM-1", "service": "Graffiti", "council": "Saltmarsh", "text": "Wedi'i lanhau."}
VALUES = {"en": ENGLISH, "cy": WELSH}


def template(text: str | dict[str, str], *, subject: str = "{{ reference }}", sms: str = "") -> JinjaTemplate:
    data = TemplateData(
        subject=FrozenMap({"en": subject}),
        text=FrozenMap({"en": text} if isinstance(text, str) else text),
        sms=FrozenMap({"en": sms} if sms else {}),
    )
    return JinjaTemplate(data, "en")


def test_each_language_comes_in_turn_with_a_blank_line_between() -> None:
    made = template({"en": "Thanks: {{ text }}\n", "cy": "Diolch: {{ text }}"})

    wording = made.render(channel="email", languages=("cy", "en"), values=VALUES)

    assert wording.text == "Diolch: Wedi'i lanhau.\n\nThanks: Cleaned today."
    assert wording.language == "cy"


def test_subjects_of_two_languages_stand_in_one_line() -> None:
    subject = FrozenMap({"en": "About\n{{ service }}", "cy": "Am {{ service }}"})
    made = JinjaTemplate(TemplateData(subject=subject, text=subject), "en")

    wording = made.render(channel="email", languages=("en", "cy"), values=VALUES)

    assert wording.subject == "About Graffiti / Am Graffiti"


def test_a_value_cannot_break_a_subject_into_two_headers() -> None:
    made = template("x", subject="About {{ service }}")
    values = {"en": {**ENGLISH, "service": "x\r\nBcc: eve@example.org"}}

    wording = made.render(channel="email", languages=("en",), values=values)

    assert wording.subject == "About x Bcc: eve@example.org"


@pytest.mark.parametrize(("channel", "expected"), [("sms", "Short SM-1"), ("email", "Long SM-1")])
def test_text_messages_have_words_of_their_own(channel: str, expected: str) -> None:
    made = template("Long {{ reference }}", sms="Short {{ reference }}")

    wording = made.render(channel=channel, languages=("en",), values=VALUES)

    assert wording.text == expected


def test_text_messages_without_words_of_their_own_have_those_of_all() -> None:
    made = template("Long {{ reference }}")

    wording = made.render(channel="sms", languages=("en",), values=VALUES)

    assert wording.text == "Long SM-1"


def test_a_language_without_words_has_those_of_the_first_language_once() -> None:
    made = template("Thanks: {{ text }}")

    wording = made.render(channel="email", languages=("cy", "en"), values=VALUES)

    assert (wording.text, wording.language) == ("Thanks: Cleaned today.", "en")


def test_values_are_words_and_never_a_template() -> None:
    made = template("{{ text }}")
    values = {"en": {**ENGLISH, "text": "<b>{{ reference }}</b> {% raw %}"}}

    wording = made.render(channel="email", languages=("en",), values=values)

    assert wording.text == "<b>{{ reference }}</b> {% raw %}"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{% if text %}{{ text }}{% else %}-{% endif %}", "Cleaned today."),
        ("{% if not text %}a{% elif service == 'Graffiti' and reference != 'x' %}b{% endif %}", "b"),
        ("{{ 'a' if text else 'b' }}", "a"),
        ("{{ council|upper }} {{ council | lower | trim | capitalize | title }}", "SALTMARSH Saltmarsh"),
        ("{# a note #}{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
    ],
)
def test_a_template_may_put_out_and_choose(source: str, expected: str) -> None:
    made = template(source)

    wording = made.render(channel="email", languages=("en",), values=VALUES)

    assert problems(source) == []
    assert wording.text == expected


@pytest.mark.parametrize(
    "source",
    [
        "{{ citizen }}", "{{ self }}", "{{ range }}", "{{ loop }}", "{{ namespace }}", "{{ cycler }}",
        "{{ 'x' * 1000000000 }}", "{{ 10 ** 10 ** 10 }}", "{{ text ~ text }}", "{{ text + text }}", "{{ -1 }}",
        "{% for a in text %}{{ a }}{% endfor %}", "{% set a = text %}{{ a }}", "{% macro m() %}{% endmacro %}",
        "{% block b %}{% endblock %}", "{% include 'x' %}", "{% import 'x' as x %}", "{% extends 'x' %}",
        "{% filter upper %}x{% endfilter %}", "{% call text() %}{% endcall %}", "{% with a = 1 %}{% endwith %}",
        "{{ text.format }}", "{{ text['x'] }}", "{{ text[0] }}", "{{ text() }}", "{{ ''.__class__ }}", "{{ [1] }}",
        "{{ {'a': 1} }}", "{{ (1, 2) }}", "{{ text is defined }}", "{{ text|safe }}", "{{ text|replace('', text) }}",
        "{{ text|center(1000000000) }}", "{{ text|trim('x') }}", "{{ text|title(*text) }}", "{{ text|nothing }}",
        "{% if text < 3 %}{% endif %}", "{% if 3 in text %}{% endif %}", "{{", "{% if text %}", "{% endif %}",
        "{{ " + "9" * 5000 + " }}", "{{ " + "(" * 9000 + " }}", "{% if text %}" * 30 + "{% endif %}" * 30,
        "{{ " + "not " * 4000 + "text }}", "x" * 20_001,
    ],
)  # fmt: skip
def test_a_template_may_do_nothing_else(source: str) -> None:
    found = problems(source)

    assert found
    assert all(len(problem) <= 200 for problem in found)


def test_a_variable_that_was_not_given_is_an_error() -> None:
    made = template("{{ text }}")

    with pytest.raises(RequestError):
        made.render(channel="email", languages=("en",), values={"en": {"reference": "SM-1"}})


def test_a_message_has_an_upper_length() -> None:
    made = template("{{ text }}{{ text }}")
    values = {"en": {**ENGLISH, "text": "x" * 60_000}}

    with pytest.raises(RequestError):
        made.render(channel="email", languages=("en",), values=values)


BITS = "{{ }} {% %} {# #} if else endif text | upper ( ) == ' 9 not - and reference x for in . * [ ] raw endraw ~ None"
WHOLE = ["{{ text }}", "{{ text|title }}", "{% if text %}", "{% elif text == 'x' %}", "{% else %}", "{% endif %}"]
PIECES = st.sampled_from([*BITS.split(), *WHOLE, *WHOLE])


@given(st.lists(PIECES, max_size=25).map(" ".join), st.text(max_size=20))
@settings(max_examples=400, deadline=None)
def test_what_is_accepted_can_be_rendered_and_stays_small(source: str, value: str) -> None:
    given: dict[str, Any] = dict.fromkeys(("reference", "service", "council", "text"), value)
    if problems(source):
        return

    wording = template(source).render(channel="email", languages=("en",), values={"en": given})

    assert len(wording.text) <= len(source) * (3 * len(value) + 1)
