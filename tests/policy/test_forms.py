"""Each channel has a form of a template; what is lacking is told by name, and Welsh has what English has."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop import Policy, load_policy
from onestop.core.model import FrozenMap
from onestop.errors import PolicyError, RequestError, WordingError
from onestop.policy import compile_policy, read_policy
from onestop.policy.files import default_templates
from onestop.policy.templates import FORMS, ORDER, JinjaTemplate, TemplateData, harmless, problems

NORTHPORT = Path(__file__).parents[2] / "examples" / "northport" / "policy"
ENGLISH = {"reference": "SM-1", "service": "Graffiti", "council": "Saltmarsh", "text": "Done."}
VALUES = {"en": ENGLISH, "cy": {**ENGLISH, "text": "Wedi'i wneud."}}


def template(*variables: str, **forms: str | dict[str, str]) -> JinjaTemplate:
    texts: dict[str, Any] = {"subject": "{{ reference }}", "text": "text", **forms}
    given = {form: FrozenMap({"en": said} if isinstance(said, str) else said) for form, said in texts.items()}
    return JinjaTemplate(TemplateData(variables=variables, **given), "en", "news")


ALL = {form: form for form in ("text", "html", "sms", "chat", "letter", "script")}


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        ("email", "text"), ("sms", "sms"), ("chat", "chat"), ("social", "chat"), ("post", "letter"),
        ("phone", "script"), ("in_person", "script"), ("web", "text"), ("carrier_pigeon", "text"),
    ],
)  # fmt: skip
def test_each_channel_has_its_form(channel: str, expected: str) -> None:
    made = template(**ALL)

    wording = made.render(channel=channel, languages=("en",), values=VALUES)

    assert (wording.text, wording.form) == (expected, expected)


@pytest.mark.parametrize("channel", ORDER)
def test_a_form_that_is_missing_is_the_text(channel: str) -> None:
    wording = template().render(channel=channel, languages=("en",), values=VALUES)

    assert (wording.text, wording.form, wording.html) == ("text", "text", None)


def test_a_chat_is_short_where_nothing_else_is_said() -> None:
    wording = template(sms="sms").render(channel="chat", languages=("en",), values=VALUES)

    assert (wording.text, wording.form) == ("sms", "sms")


def test_ones_own_language_comes_before_ones_own_form() -> None:
    made = template(text={"en": "text", "cy": "testun"}, letter="letter")

    wording = made.render(channel="post", languages=("cy",), values=VALUES)

    assert (wording.text, wording.language) == ("testun", "cy")


@pytest.mark.parametrize("channel", ["email", "post"])
def test_e_mails_and_letters_have_a_subject(channel: str) -> None:
    assert template().render(channel=channel, languages=("en",), values=VALUES).subject == "SM-1"


@pytest.mark.parametrize("channel", ["sms", "chat", "phone", "web"])
def test_other_messages_have_no_subject(channel: str) -> None:
    assert template().render(channel=channel, languages=("en",), values=VALUES).subject == ""


def test_html_stands_beside_the_text_each_language_marked_as_what_it_is() -> None:
    made = template(text={"en": "text", "cy": "testun"}, html={"en": "<p>text</p>", "cy": "<p>testun</p>"})

    wording = made.render(channel="email", languages=("cy", "en"), values=VALUES)

    assert wording.text == "testun\n\ntext"
    assert wording.html is not None
    assert '<html lang="cy">' in wording.html
    assert '<div lang="cy">\n<p>testun</p>\n</div>\n<hr>\n<div lang="en">\n<p>text</p>\n</div>' in wording.html


def test_no_language_is_shown_better_than_another() -> None:
    made = template(text={"en": "text", "cy": "testun"}, html="<p>text</p>")

    wording = made.render(channel="email", languages=("en", "cy"), values=VALUES)

    assert (wording.text, wording.html) == ("text\n\ntestun", None)


@pytest.mark.parametrize("channel", sorted(ORDER.keys() - {"email"}))
def test_only_e_mails_have_html(channel: str) -> None:
    assert template(**ALL).render(channel=channel, languages=("en",), values=VALUES).html is None


# -- what is lacking, what is too much --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "channel"),
    [
        ("text", "email"), ("html", "email"), ("subject", "post"), ("sms", "sms"), ("chat", "chat"),
        ("letter", "post"), ("script", "phone"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "source", ["{{ code }}", "{% if text == 'no' %}{{ code }}{% endif %}", "{% if code %}x{% endif %}"]
)
def test_a_variable_that_was_not_given_is_named_with_its_text(form: str, channel: str, source: str) -> None:
    made = template("code", **{form: source})

    with pytest.raises(WordingError) as refused:
        made.render(channel=channel, languages=("en",), values=VALUES)

    error = refused.value
    assert (error.template, error.form, error.language, error.variable) == ("news", form, "en", "code")
    assert "'news'" in str(error)
    assert "'code'" in str(error)
    assert isinstance(error, RequestError)


@pytest.mark.parametrize(("channel", "limit"), [("sms", 1_600), ("chat", 1_600), ("email", 100_000), ("post", 100_000)])
def test_each_channel_takes_so_many_characters_and_no_more(channel: str, limit: int) -> None:
    made = template(text="{{ text }}")

    wording = made.render(channel=channel, languages=("en",), values={"en": {**ENGLISH, "text": "x" * limit}})

    assert len(wording.text) == limit
    with pytest.raises(WordingError) as refused:
        made.render(channel=channel, languages=("en",), values={"en": {**ENGLISH, "text": "x" * (limit + 1)}})
    assert refused.value.variable is None
    assert "xxx" not in str(refused.value)  # it may be somebody's words


def test_a_long_subject_is_cut() -> None:
    made = template(subject="{{ text }}")

    wording = made.render(channel="email", languages=("en",), values={"en": {**ENGLISH, "text": "x" * 5_000}})

    assert (len(wording.subject), wording.subject[-1]) == (300, "…")


# -- hostile values ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a\u202egnp.exe", "agnp.exe"), ("a\u2066b\u2069", "ab"), ("a\u200bb\ufeffc\u00add", "abcd"),
        ("\x1b[2Jx\x00\x7f", "[2Jx"), ("a\r\nb\rc\u2028d\x85e", "a\nbc\nd\ne"), ("a\tb", "a\tb"),
        ("👩\u200d🚀", "👩\u200d🚀"), ("\u200fשלום", "\u200fשלום"), ("Tŷ", "Tŷ"), ("x\ud800", "x?"),
    ],
)  # fmt: skip
def test_a_value_loses_what_could_change_how_others_are_read(value: str, expected: str) -> None:
    assert harmless(value) == expected


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_a_subject_is_one_line_whatever_is_in_it(value: str) -> None:
    made = template(subject="A {{ text }} B")

    subject = made.render(channel="email", languages=("en",), values={"en": {**ENGLISH, "text": value}}).subject

    assert len(subject.splitlines()) == 1
    assert subject.encode("utf-8").decode() == subject


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u200b", "\x00", "\x1b", "\r"])
def test_a_template_holds_no_mark_that_nobody_sees(form: str, mark: str) -> None:
    assert problems(f"a{mark}b", form=form) == [f"holds a mark that nobody sees, U+{ord(mark):04X}"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("mark", ["\\u202e", "\\x00", "\\r", "\\ud800", "\\ue000"])
def test_nor_does_it_make_one(form: str, mark: str) -> None:
    code = ord(mark.encode().decode("unicode_escape"))

    assert problems(f'{{{{ "a{mark}" }}}}', form=form) == [f"holds a mark that nobody sees, U+{code:04X}"]


# -- the sandbox, in every form ---------------------------------------------------------------------------------------

HEAVY = [
    "{{ 'a' * 999999999 }}", "{{ 9 ** 9 ** 9 ** 9 }}", "{% for a in range(999999999) %}x{% endfor %}",
    "{{ text|center(999999999) }}", "{{ '%0999999999d'|format(1) }}", "{{ ('a' * 9999) * 99999 }}",
    "{{ 'a'.ljust(999999999) }}", "{{ text.__class__.__mro__ }}", "{{ 'a' ~ 'a' }}", "{% set x = 'a' * 99999999 %}",
    "{{ lipsum(n=999999) }}", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "{% include 'x' %}",
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("source", HEAVY)
def test_what_could_grow_without_bound_is_refused_in_every_form_before_it_runs(form: str, source: str) -> None:
    assert problems(source, form=form)
    with pytest.raises(PolicyError, match=rf"templates\.toml: update\.{form}\.cy: uses|is no template"):
        compile_policy(_with({form: {"en": "x", "cy": source}}))


def _with(forms: dict[str, Any], **keys: Any) -> dict[str, Any]:
    """A small policy with the template `update`, in some forms."""
    document: dict[str, Any] = {
        path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
        for path in sorted((Path(__file__).parent / "good").glob("*.toml"))
    }
    document["templates"]["update"] |= {**forms, **keys}
    return document


def mistakes(document: dict[str, Any]) -> list[str]:
    with pytest.raises(PolicyError) as refused:
        compile_policy(document)
    return [str(mistake) for mistake in refused.value.mistakes]


# -- what is declared -------------------------------------------------------------------------------------------------


def test_a_declared_variable_may_be_used_in_every_form() -> None:
    policy = compile_policy(_with(dict.fromkeys(FORMS, "{{ code }}"), variables=["code"]))

    assert policy.templates["update"].variables == ("code",)


@pytest.mark.parametrize("form", FORMS)
def test_an_undeclared_variable_is_refused_with_file_template_form_and_language(form: str) -> None:
    [told] = mistakes(_with({form: {"en": "x", "cy": "{{ code }}"}}))

    assert told.startswith(f"templates.toml: update.{form}.cy: uses 'code', which `variables` does not declare")


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        (["text"], "is a variable that every template has"), (["if"], "none of Jinja's own"), (["_x"], "must be"),
        (["Code"], "must be"), (["code", "code"], "declared before"), (["x" * 41], "must be"), ([""], "must be"),
        ([f"v{n}" for n in range(21)], "at most 20"),
    ],
)  # fmt: skip
def test_a_variable_has_a_name_of_its_own(names: list[str], problem: str) -> None:
    [told] = mistakes(_with({}, variables=names))

    assert problem in told


def test_a_template_that_onestop_uses_is_given_no_variables_but_its_own() -> None:
    document = _with({})
    document["templates"]["one_time_code"] = {"subject": "x", "text": "{{ pin }}", "variables": ["pin"]}

    [told] = mistakes(document)

    assert told == (
        "templates.toml: one_time_code.variables[0]: is not given to the template 'one_time_code', "
        "which onestop uses: it is given code"
    )


def test_a_template_that_goes_out_by_itself_needs_nothing_that_nobody_gives() -> None:
    document = _with({})
    document["templates"]["acknowledgement"] |= {"variables": ["code"], "text": "{{ code }}"}

    told = mistakes(document)

    assert any(
        "acknowledge: uses the template 'acknowledgement', whose variables nobody gives here" in each for each in told
    )


def test_a_template_for_one_purpose_is_not_used_for_another() -> None:
    document = _with({})
    document["templates"]["acknowledgement"]["purpose"] = "marketing"

    told = mistakes(document)

    assert any(
        "uses the template 'acknowledgement' for acknowledgement, and it is for marketing" in each for each in told
    )


def test_a_purpose_is_one_that_there_is() -> None:
    [told] = mistakes(_with({}, purpose="news"))

    assert told.startswith("templates.toml: update.purpose: must be one of 'service_update'")


def test_a_text_message_that_no_gateway_takes_is_refused_when_the_policy_is_loaded() -> None:
    [told] = mistakes(_with({"sms": "x" * 1_601}))

    assert told.startswith("templates.toml: update.sms.en: gives too many words for sms")


def test_a_long_text_is_for_e_mails_and_letters_unless_it_goes_out_by_itself() -> None:
    letter, acknowledgement = _with({"text": "x" * 1_601}), _with({})
    acknowledgement["templates"]["acknowledgement"] = {"subject": "x", "text": "x" * 1_601}

    policy = compile_policy(letter)
    [told] = mistakes(acknowledgement)

    assert len(policy.templates["update"].render(channel="post", languages=("en",), values=VALUES).text) == 1_601
    assert told.startswith("templates.toml: acknowledgement.text.en: gives too many words for sms")


# -- what is shipped --------------------------------------------------------------------------------------------------

SHIPPED = ("opted_out", "opted_in", "preference_noted", "help", "which_case", "not_understood", "asked_again",
           "one_time_code", "call_back", "relay_call", "letter")  # fmt: skip


@pytest.fixture(scope="module")
def northport() -> Policy:
    return load_policy(NORTHPORT)


def test_what_every_council_says_is_shipped() -> None:
    assert tuple(default_templates()) == SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_template_has_each_form_in_english_and_welsh(name: str) -> None:
    forms = [texts for form, texts in default_templates()[name].items() if form in FORMS]

    assert forms
    assert all(list(texts) == ["en", "cy"] for texts in forms)


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("channel", ORDER)
def test_a_shipped_template_can_be_said_before_there_is_a_case(northport: Policy, name: str, channel: str) -> None:
    made = northport.templates[name]
    empty = dict.fromkeys(("reference", "service", "services", "expected"), "")
    values = {
        language: {**empty, "council": "C", "text": "T", **dict.fromkeys(made.variables, "V")}
        for language in ("en", "cy")
    }

    wording = made.render(channel=channel, languages=("cy", "en"), values=values)

    assert wording.text.strip()
    assert wording.language == "cy"


def test_a_councils_own_takes_the_place_of_the_shipped_one() -> None:
    document = _with({})
    document["templates"]["help"] = {"subject": "Ours", "text": "Our own words"}

    policy = compile_policy(document)

    wording = policy.templates["help"].render(channel="sms", languages=("en",), values={"en": {}})
    assert wording.text == "Our own words"


@pytest.mark.parametrize("path", ["templates.toml"])
def test_northports_templates_have_every_form_in_both_languages(path: str) -> None:
    templates = tomllib.loads((NORTHPORT / path).read_text(encoding="utf-8"))

    lacking = [
        (name, form)
        for name, template in templates.items()
        for form in FORMS
        if form in template and list(template[form]) != ["en", "cy"]
    ]

    assert lacking == []


def test_a_source_from_before_templates_were_shipped_says_what_it_said() -> None:
    document = json.loads(compile_policy(_with({})).source)
    for name in default_templates():
        del document["templates"][name]
    source = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

    policy = read_policy(source)

    assert list(policy.templates) == ["acknowledgement", "update"]
    assert policy.source == source
