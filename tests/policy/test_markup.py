"""The HTML of a template is a piece of a page in which no value can leave its place."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onestop.core.model import FrozenMap
from onestop.policy.templates import JinjaTemplate, TemplateData, problems

PAGES = [
    "<p>{{ text }}</p>",
    "<h1>A</h1>\n<ul><li>{{ text }}</li><li>b<br>c<hr/></li></ul>",
    '<a href="https://northport.example/cases/{{ reference }}">{{ text }}</a>',
    '<a href="https://northport.example?q={{ text }}">x</a> <a href="tel:+441632960100">y</a>',
    '<p style="color: #0b0c0c; margin: 0 0 10px" lang="cy" dir="ltr">{{ text }}</p>',
    "<div>{% if text %}<p>{{ text }}</p>{% elif service == 'x' %}b{% else %}<em>c</em>{% endif %}</div>",
    "a > b & c {{ '<b>' if text else '</div>' }}",
]


@pytest.mark.parametrize("source", PAGES)
def test_tags_that_are_closed_and_values_between_them_are_taken(source: str) -> None:
    assert problems(source, form="html") == []


REFUSED = [
    ("<script>{{ text }}</script>", "the tag <script>"),
    ("<style>p {}</style>", "the tag <style>"),
    ('<img src="https://northport.example/x.gif">', "the tag <img>"),
    ("<form></form>", "the tag <form>"),
    ("<{{ text }}>", "not written as"),
    ("<p {{ text }}>x</p>", "not written as"),
    ("<p title={{ text }}>x</p>", "not written as"),
    ("<p title='x'>x</p>", "not written as"),
    ('<p title="x>y</p>', "not written as"),
    ("<!-- {{ text }} --><p>x</p>", "not written as"),
    ("<!DOCTYPE html>", "not written as"),
    ("<P>x</P>", "not written as"),
    ("x < y", "not written as"),
    ("<p>x</p><", "not written as"),
    ('<p title="{{ text }}">x</p>', "in the attribute 'title'"),
    ('<p style="color: {{ text }}">x</p>', "in the attribute 'style'"),
    ('<p style="background: url(https://x.example/y)">x</p>', "a style with brackets"),
    ('<p onclick="x">x</p>', "the attribute 'onclick'"),
    ('<a href="{{ text }}">x</a>', "a link that does not begin"),
    ('<a href="https://{{ text }}">x</a>', "a link that does not begin"),
    ('<a href="https://x.example{{ text }}/y">x</a>', "a link that does not begin"),
    ('<a href="mailto:{{ text }}@x.example">x</a>', "a link that does not begin"),
    ('<a href="javascript:alert(1)">x</a>', "a link that does not begin"),
    ('<a href="http://x.example/">x</a>', "a link that does not begin"),
    ('<p href="https://x.example/">x</p>', "a link that does not begin"),
    ("<p>x", "leaves <p> open"),
    ("x</p>", "closes <p>"),
    ("<p><b>x</p></b>", "closes <p>"),
    ("<p>{% if text %}</p>{% endif %}", "closes <p>"),
    ("{% if text %}<p>{% endif %}x</p>", "leaves <p> open"),
    ("{% if text %}{% if service %}<p>{% endif %}{% endif %}", "leaves <p> open"),
    ("<p{% if text %}>{% endif %}x</p>", "not written as"),
    ("<br>x</br>", "closes <br>"),
]


@pytest.mark.parametrize(("source", "problem"), REFUSED)
def test_a_place_that_escaping_does_not_close_is_refused(source: str, problem: str) -> None:
    found = problems(source, form="html")

    assert any(problem in each for each in found)
    assert all(len(each) <= 250 for each in found)


class Tags(HTMLParser):
    """The tags of a page with their attributes, as a reader of HTML sees them, and the words between them."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.words = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(name for name, _ in attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.found.append((f"/{tag}", ()))

    def handle_comment(self, data: str) -> None:
        self.found.append(("!", ()))

    def handle_data(self, data: str) -> None:
        self.words += data


HOSTILE = st.sampled_from(
    ['"', "'", "<", ">", "&", "&lt;", "</div>", "</p><script>alert(1)</script>", '" onclick="x', "<!--", "-->", "]]>",
     "{{ x }}", "{% if %}", "\u202e", "\x00", "\x1b", "\n", "\ue000", "&#60;b&#62;", "javascript:", "`", "=", "\\"]
)  # fmt: skip


@pytest.mark.parametrize("source", PAGES)
@settings(max_examples=60, deadline=None)
@given(value=st.lists(HOSTILE | st.text(max_size=4), min_size=1, max_size=12).map(lambda parts: "v" + "".join(parts)))
def test_no_value_changes_the_tags_of_a_page(source: str, value: str) -> None:
    made = JinjaTemplate(TemplateData(subject=FrozenMap({"en": "{{ text }}"}), text=FrozenMap({"en": "x"}),
                                      html=FrozenMap({"en": source})), "en")  # fmt: skip

    def tags(text: str) -> list[tuple[str, tuple[str, ...]]]:
        values = {"en": {"text": text, "reference": text, "service": "x"}}
        page = made.render(channel="email", languages=("en",), values=values).html
        return [tag for tag in Tags(page or "").found if tag[0] != "br"]  # lines of a value are lines

    assert tags(value) == tags("x")


def test_a_values_words_are_read_as_they_were_written() -> None:
    made = JinjaTemplate(TemplateData(subject=FrozenMap({"en": "s"}), text=FrozenMap({"en": "x"}),
                                      html=FrozenMap({"en": "<p>{{ text }}</p>"})), "en")  # fmt: skip

    page = made.render(channel="email", languages=("en",), values={"en": {"text": 'Fish & "chips" <b>'}}).html

    assert 'Fish & "chips" <b>' in Tags(page or "").words


def test_the_lines_of_a_value_are_lines_of_a_page_and_spaces_in_a_link() -> None:
    source = '<p>{{ text }}</p><a href="https://x.example/{{ text }}">x</a>'
    made = JinjaTemplate(TemplateData(subject=FrozenMap({"en": "s"}), text=FrozenMap({"en": "x"}),
                                      html=FrozenMap({"en": source})), "en")  # fmt: skip

    page = made.render(channel="email", languages=("en",), values={"en": {"text": "one\r\ntwo"}}).html

    assert page is not None
    assert '<p>one<br>\ntwo</p><a href="https://x.example/one two">x</a>' in page
