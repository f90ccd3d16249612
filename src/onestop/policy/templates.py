"""
Templates: the words of messages, written in a small part of Jinja.

A template may put out variables, through filters that only change letters, and choose by `{% if %}`. Everything else is
refused when the policy is loaded: loops, arithmetic, macros, includes, attributes and calls can grow without bound or
reach beyond the message, and a template that needs them is a program. The sandbox stands behind that as a second wall.

Each channel has a form of its own, and takes the next where it has none in a language; docs/explanation/messages.md
says why language comes before form:

    email               text, with html beside it
    sms                 sms, text
    chat, social        chat, sms, text
    post                letter, text
    phone, in_person    script, text
    web                 text
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from html import escape

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2 import Template as Compiled
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment

from onestop.core.directory import Localised
from onestop.core.model import Frozen, FrozenMap
from onestop.core.policy import Wording
from onestop.core.purposes import Purpose
from onestop.errors import WordingError
from onestop.policy.markup import markup_problems

__all__ = [
    "FORMS",
    "ORDER",
    "SHORT",
    "VARIABLES",
    "JinjaTemplate",
    "TemplateData",
    "problems",
    "refused_variables",
    "used_variables",
]

VARIABLES = ("reference", "service", "services", "council", "text", "expected")
FILTERS = ("capitalize", "lower", "title", "trim", "upper")
FORMS = ("subject", "text", "html", "sms", "chat", "letter", "script")

ORDER: Mapping[str, tuple[str, ...]] = {
    "email": ("text",),
    "sms": ("sms", "text"),
    "chat": ("chat", "sms", "text"),
    "social": ("chat", "sms", "text"),
    "post": ("letter", "text"),
    "phone": ("script", "text"),
    "in_person": ("script", "text"),
    "web": ("text",),
}
"""The forms that a channel takes, the best first."""

SHORT = frozenset({"sms", "chat", "social"})
_TITLED = frozenset({"email", "post"})  # a letter's subject is its heading

SOURCE_LIMIT = 20_000  # characters of one text of a template
OUTPUT_LIMIT = 100_000  # characters of one message: as many as an enquiry may have
SUBJECT_LIMIT = 300  # characters; the reference is put behind them
# What every gateway of texts and chats that we know takes, whatever its alphabet: a limit in parts would leave a Welsh
# text less room than an English one.
SHORT_LIMIT = 1_600
MARKUP_LIMIT = 400_000  # characters: escaping makes five of one
_DEEPEST = 20  # conditions inside conditions
_MOST_VARIABLES = 20

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
_TAKEN = frozenset({*VARIABLES, "true", "false", "none", "and", "or", "not", "if", "else", "in", "is", "elif"})

# Marks that nobody sees, and that change how what stands behind them is read: they let one text look like another.
_BREAK = "\ue000"  # stands for a line break in a value until the HTML around it is known
_HIDDEN = f"{_BREAK}\u00ad\u180e\u200b\u2060\ufeff" + "".join(
    map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
)
_CONTROLS = "".join(map(chr, (*range(0x20), *range(0x7F, 0xA0)))).translate({9: None, 10: None, 0x85: None})
_HARMLESS = str.maketrans(
    dict.fromkeys(_HIDDEN + _CONTROLS, "") | dict.fromkeys("\u2028\u2029\u0085", "\n")
) | dict.fromkeys(range(0xD800, 0xE000), "?")
# Which way a single mark runs is right in a text of Arabic or Hebrew; a subject is one line among others.
_OF_SUBJECTS = str.maketrans(dict.fromkeys("\u200e\u200f\u061c", ""))

_TAG = re.compile("<[^<>]*>")

_ALLOWED: tuple[type[nodes.Node], ...] = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.Name, nodes.Const, nodes.Filter),
    *(nodes.Not, nodes.And, nodes.Or, nodes.Compare, nodes.Operand, nodes.CondExpr),
)


def _environment(*, html: bool) -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(
        autoescape=html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.clear()
    made.tests.clear()
    made.filters = {name: made.filters[name] for name in FILTERS}
    return made


_PLAIN = _environment(html=False)
_HTML = _environment(html=True)


class TemplateData(Frozen):
    """A template as a policy declares it: Jinja by form and language."""

    purpose: Purpose | None = None  # what it is for; None: for any
    variables: tuple[str, ...] = ()  # that it uses beside those that every template may
    subject: Localised
    text: Localised
    html: Localised = FrozenMap()
    sms: Localised = FrozenMap()
    chat: Localised = FrozenMap()
    letter: Localised = FrozenMap()
    script: Localised = FrozenMap()

    @property
    def forms(self) -> Mapping[str, Localised]:
        """The forms that it has, each by language."""
        return {form: texts for form in FORMS if (texts := getattr(self, form))}


def refused_variables(names: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Give what is wrong with the variables that a template declares, each with its place in the list."""
    for number, name in enumerate(names):
        if number >= _MOST_VARIABLES:
            yield number, f"is one of too many: a template declares at most {_MOST_VARIABLES} variables"
            return
        if name in VARIABLES:
            yield number, "is a variable that every template has"
        elif not _NAME.match(name) or name in _TAKEN:
            yield number, "must be a short word of a-z, 0-9 and _, and none of Jinja's own"
        elif name in names[:number]:
            yield number, "is declared before"


def problems(source: str, *, form: str = "text", variables: Sequence[str] = ()) -> list[str]:
    """Give what is wrong with one text of a template; empty when it can be used."""
    if len(source) > SOURCE_LIMIT:
        return [f"must be at most {SOURCE_LIMIT:,} characters"]
    if unseen := _unseen(source):
        return [unseen]
    try:
        tree = _PLAIN.parse(source)
    except TemplateSyntaxError as error:
        return [f"is no template, line {error.lineno}: {(error.message or 'not understood').rstrip('.')}"[:200]]
    except RecursionError:
        return ["has conditions nested too deeply"]
    except ValueError:  # what int() says of numbers with thousands of digits
        return ["holds a number that is too large"]
    found = list(dict.fromkeys(_refused(tree, 0, (*VARIABLES, *variables))))
    return found if found or form != "html" else list(dict.fromkeys(markup_problems(tree)))


def _unseen(text: str) -> str | None:
    """Give what is wrong with the first mark of a text that no message may hold."""
    mark = next((mark for mark in text if mark in _HIDDEN or mark in _CONTROLS or "\ud800" <= mark <= "\udfff"), None)
    return f"holds a mark that nobody sees, U+{ord(mark):04X}" if mark else None


def _refused(node: nodes.Node, depth: int, known: Sequence[str]) -> Iterator[str]:
    if depth > _DEEPEST:
        yield "has conditions nested too deeply"
        return
    match node:
        case nodes.Name() if node.name not in known:
            named = ", ".join(known[:12]) + (" …" if len(known) > 12 else "")
            yield f"uses {node.name[:40]!r}, which `variables` does not declare; known are {named}"[:200]
        case nodes.Filter() if node.name not in FILTERS:
            yield f"uses the filter {node.name[:40]!r}; a template may use {', '.join(FILTERS)}"
        case nodes.Filter() if node.node is None or node.args or node.kwargs or node.dyn_args or node.dyn_kwargs:
            yield f"uses the filter {node.name!r} in a way that is not allowed: it takes a variable and nothing else"
        case nodes.Const() if isinstance(node.value, str) and (unseen := _unseen(node.value)):
            yield unseen  # written as "\u202e"
        case nodes.Operand() if node.op not in ("eq", "ne"):
            yield "compares by more than == and !="
        case _ if not isinstance(node, _ALLOWED):
            yield f"uses {type(node).__name__}; a template may only put out variables and choose by if"
            return
    for child in node.iter_child_nodes():
        yield from _refused(child, depth + 1, known)


# A policy is compiled again and again: what is shipped, and what a council did not change, is the same each time.
@lru_cache(maxsize=2_048)
def _compiled(source: str, *, html: bool) -> Compiled:
    return (_HTML if html else _PLAIN).from_string(source)


@lru_cache(maxsize=2_048)
def used_variables(source: str) -> frozenset[str]:
    """Give the variables that a text names, those of conditions, too; the text has no problems."""
    return frozenset(find_undeclared_variables(_PLAIN.parse(source)))


class _Text:
    """One text of a template: in one form, in one language."""

    __slots__ = ("_compiled", "form", "language", "names")

    def __init__(self, form: str, language: str, source: str) -> None:
        self.form = form
        self.language = language
        self.names = used_variables(source)
        self._compiled = _compiled(source, html=form == "html")

    def written(self, template: str, values: Mapping[str, str]) -> str:
        # All that the text names, whichever way its conditions go: what is lacking is found every time or never.
        for name in self.names:
            if name not in values:
                raise WordingError(
                    f"the template {template!r} needs the variable {name!r}, which was not given",
                    template=template,
                    form=self.form,
                    language=self.language,
                    variable=name,
                )
        given = {name: harmless(values[name]) for name in self.names}
        if self.form != "html":
            return self._compiled.render(given).strip()
        marked = {name: value.replace("\n", _BREAK) for name, value in given.items()}
        return _with_breaks(self._compiled.render(marked).strip())


def _with_breaks(page: str) -> str:
    """Give a value's lines as lines, and as spaces inside a tag, where a tag would end what it stands in."""
    if _BREAK not in page:
        return page
    # All that begins with < is the template's own tag: values are escaped.
    page = _TAG.sub(lambda tag: tag[0].replace(_BREAK, " "), page)
    return page.replace(_BREAK, "<br>\n")


class JinjaTemplate:
    """
    The words of one message, compiled; safe to share between threads.

    A language without words of its own gets those of the council's first language; words that two languages share come
    once.
    """

    __slots__ = ("_default", "_texts", "name", "purpose", "variables")

    def __init__(self, data: TemplateData, default_language: str, name: str = "") -> None:
        self.name = name
        self.purpose = data.purpose
        self.variables = data.variables
        self._default = default_language
        self._texts: Mapping[str, Mapping[str, _Text]] = {
            form: {language: _Text(form, language, source) for language, source in texts.items()}
            for form, texts in data.forms.items()
        }

    def render(self, *, channel: str, languages: tuple[str, ...], values: Mapping[str, Mapping[str, str]]) -> Wording:
        """
        Give the words, once for each language in turn; `values` are the variables of each language.

        There is HTML where each of the languages has it: one that is shown plainly while another is not would be the
        lesser.

        Raises:
            WordingError: a variable that the words use was not given, or they are longer than the channel takes.
        """
        chosen = self._chosen(ORDER.get(channel, ("text",)), languages)
        parts = [text.written(self.name, _of(values, text.language)) for text in chosen]
        words = "\n\n".join(parts)
        self._refuse_longer(chosen[0], words, SHORT_LIMIT if channel in SHORT else OUTPUT_LIMIT)
        title = self._title(languages, values) if channel in _TITLED else ""
        return Wording.model_construct(
            subject=title,
            text=words,
            language=chosen[0].language,
            html=self._page(title, chosen, values) if channel == "email" else None,
            form=chosen[0].form,
        )

    def _chosen(self, order: Sequence[str], languages: tuple[str, ...]) -> list[_Text]:
        """Give one text for each language: its own in the best form that it has, or else another language's."""
        found: dict[str, _Text] = {}
        for language in languages or (self._default,):
            text = self._spoken(order, language)
            found.setdefault(text.language, text)
        return list(found.values())

    def _spoken(self, order: Sequence[str], language: str) -> _Text:
        for wanted in (language, self._default):
            for form in order:
                if (text := self._texts.get(form, {}).get(wanted)) is not None:
                    return text
        return next(iter(self._texts[order[-1]].values()))

    def _title(self, languages: tuple[str, ...], values: Mapping[str, Mapping[str, str]]) -> str:
        chosen = self._chosen(("subject",), languages)
        parts = [text.written(self.name, _of(values, text.language)) for text in chosen]
        # A line break in a subject would begin another header.
        title = " / ".join(" ".join(part.translate(_OF_SUBJECTS).split()) for part in parts)
        return title if len(title) <= SUBJECT_LIMIT else f"{title[: SUBJECT_LIMIT - 1]}…"

    def _page(self, title: str, chosen: Sequence[_Text], values: Mapping[str, Mapping[str, str]]) -> str | None:
        own = self._texts.get("html", {})
        texts = [own[text.language] for text in chosen if text.language in own]
        if not texts or len(texts) < len(chosen):
            return None
        parts = [(text.language, text.written(self.name, _of(values, text.language))) for text in texts]
        body = "\n<hr>\n".join(f'<div lang="{escape(language)}">\n{part}\n</div>' for language, part in parts)
        page = (
            f'<!DOCTYPE html>\n<html lang="{escape(parts[0][0])}">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width">\n'
            f"<title>{escape(title)}</title>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
        )
        self._refuse_longer(texts[0], page, MARKUP_LIMIT)
        return page

    def _refuse_longer(self, text: _Text, words: str, limit: int) -> None:
        if len(words) > limit:
            raise WordingError(
                f"the words of the template {self.name!r} are longer than {limit:,} characters",
                template=self.name,
                form=text.form,
                language=text.language,
            )


def _of(values: Mapping[str, Mapping[str, str]], language: str) -> Mapping[str, str]:
    """Give the variables of a language, or those of the first that has any."""
    return values.get(language) or next(iter(values.values()), {})


def harmless(value: str) -> str:
    """
    Give a value without what could change how the words around it are read; its letters stay.

    >>> harmless("x\\u202egnp\\x1b[2J\\u200b\\r\\n")
    'xgnp[2J\\n'
    """
    if value.isascii() and value.isprintable():
        return str.__str__(value)
    return str.translate(value.replace("\r\n", "\n"), _HARMLESS)
