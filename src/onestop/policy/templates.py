"""
Templates: the words of messages, written in a small part of Jinja.

A template may put out variables, through filters that only change letters, and choose by `{% if %}`. Everything else is
refused when the policy is loaded: loops, arithmetic, macros, includes, attributes and calls can grow without bound or
reach beyond the message, and a template that needs them is a program. The sandbox stands behind that as a second wall.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from jinja2 import StrictUndefined, TemplateSyntaxError, UndefinedError, nodes
from jinja2 import Template as Compiled
from jinja2.sandbox import ImmutableSandboxedEnvironment

from onestop.core.directory import Localised
from onestop.core.model import Frozen, FrozenMap
from onestop.core.policy import Wording
from onestop.errors import RequestError

__all__ = ["VARIABLES", "JinjaTemplate", "TemplateData", "problems"]

VARIABLES = ("reference", "service", "services", "council", "text", "expected")
FILTERS = ("capitalize", "lower", "title", "trim", "upper")

SOURCE_LIMIT = 20_000  # characters of one template
OUTPUT_LIMIT = 100_000  # characters of one message: as many as an enquiry may have
_DEEPEST = 20  # conditions inside conditions

_ALLOWED: tuple[type[nodes.Node], ...] = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.Name, nodes.Const, nodes.Filter),
    *(nodes.Not, nodes.And, nodes.Or, nodes.Compare, nodes.Operand, nodes.CondExpr),
)


def _environment() -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(
        autoescape=False,  # messages are plain text; a channel that sends HTML escapes them itself
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.clear()
    made.tests.clear()
    made.filters = {name: made.filters[name] for name in FILTERS}
    return made


_ENVIRONMENT = _environment()


class TemplateData(Frozen):
    """A template as a policy declares it: Jinja by language."""

    subject: Localised
    text: Localised
    sms: Localised = FrozenMap()


def problems(source: str) -> list[str]:
    """Give what is wrong with one text of a template; empty when it can be used."""
    if len(source) > SOURCE_LIMIT:
        return [f"must be at most {SOURCE_LIMIT:,} characters"]
    try:
        tree = _ENVIRONMENT.parse(source)
    except TemplateSyntaxError as error:
        return [f"is no template, line {error.lineno}: {(error.message or 'not understood').rstrip('.')}"[:200]]
    except RecursionError:
        return ["has conditions nested too deeply"]
    except ValueError:  # what int() says of numbers with thousands of digits
        return ["holds a number that is too large"]
    return list(dict.fromkeys(_refused(tree, 0)))


def _refused(node: nodes.Node, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        yield "has conditions nested too deeply"
        return
    match node:
        case nodes.Name() if node.name not in VARIABLES:
            yield f"uses {node.name[:40]!r}; a template may use {', '.join(VARIABLES)}"
        case nodes.Filter() if node.name not in FILTERS:
            yield f"uses the filter {node.name[:40]!r}; a template may use {', '.join(FILTERS)}"
        case nodes.Filter() if node.node is None or node.args or node.kwargs or node.dyn_args or node.dyn_kwargs:
            yield f"uses the filter {node.name!r} in a way that is not allowed: it takes a variable and nothing else"
        case nodes.Operand() if node.op not in ("eq", "ne"):
            yield "compares by more than == and !="
        case _ if not isinstance(node, _ALLOWED):
            yield f"uses {type(node).__name__}; a template may only put out variables and choose by if"
            return
    for child in node.iter_child_nodes():
        yield from _refused(child, depth + 1)


class JinjaTemplate:
    """
    The words of one message, compiled; safe to share between threads.

    A language without words of its own gets those of the council's first language; words that two languages share come
    once.
    """

    __slots__ = ("_default", "_sms", "_subject", "_text")

    def __init__(self, data: TemplateData, default_language: str) -> None:
        self._default = default_language
        self._subject = _compiled(data.subject)
        self._text = _compiled(data.text)
        self._sms = _compiled(data.sms)

    def render(self, *, channel: str, languages: tuple[str, ...], values: Mapping[str, Mapping[str, str]]) -> Wording:
        """
        Give the words, once for each language in turn; `values` are the variables of each language.

        Raises:
            RequestError: a variable that the template uses was not given, or the message is too long.
        """
        texts = self._sms if channel == "sms" and self._sms else self._text
        subject = self._each(self._subject, languages, values) if channel == "email" else {}
        text = self._each(texts, languages, values)
        words = "\n\n".join(part.strip() for part in text.values())
        if len(words) > OUTPUT_LIMIT:
            raise RequestError(f"a message has at most {OUTPUT_LIMIT:,} characters")
        # A line break in a subject would begin another header.
        titles = " / ".join(" ".join(part.split()) for part in subject.values())
        return Wording.model_construct(subject=titles, text=words, language=next(iter(text)))

    def _each(
        self, texts: dict[str, Compiled], languages: tuple[str, ...], values: Mapping[str, Mapping[str, str]]
    ) -> dict[str, str]:
        said: dict[str, str] = {}
        for language in languages or (self._default,):
            spoken = self._spoken(texts, language)
            if spoken not in said:
                given = values.get(spoken) or values.get(language) or next(iter(values.values()), {})
                said[spoken] = _rendered(texts[spoken], given)
        return said

    def _spoken(self, texts: dict[str, Compiled], language: str) -> str:
        for wanted in (language, self._default):
            if wanted in texts:
                return wanted
        return next(iter(texts))


def _compiled(texts: Localised) -> dict[str, Compiled]:
    return {language: _ENVIRONMENT.from_string(source) for language, source in texts.items()}


def _rendered(template: Compiled, values: Mapping[str, str]) -> str:
    try:
        return template.render(values)
    except UndefinedError as error:
        raise RequestError(f"a message needs each variable that its template uses: {', '.join(VARIABLES)}") from error
