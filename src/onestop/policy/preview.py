"""What people would get: a template's words in each channel and language, and what each message would cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from onestop.core.costs import cost_of
from onestop.core.model import Frozen
from onestop.core.policy import Policy
from onestop.errors import NotFoundError, RequestError, WordingError
from onestop.policy.samples import sample_values
from onestop.policy.templates import ORDER, VARIABLES

__all__ = ["CHANNELS", "Preview", "preview"]

CHANNELS = ("email", "sms", "chat", "post", "phone", "web")
"""The channels that are shown unless others are asked for: the others have the words of one of these."""


class Preview(Frozen):
    """One message as one person would get it."""

    channel: str
    languages: tuple[str, ...]  # that it is asked for in; several: as whoever states no language gets it
    language: str | None = None  # the first that it is in
    form: str | None = None  # the template's form that the words are from
    subject: str = ""
    text: str = ""
    html: str | None = None
    encoding: str | None = None  # of a text message, as are these: gsm7, ucs2
    units: int | None = None
    parts: int | None = None
    pence: float | None = None  # None: council.toml has no costs of the channel
    source: str | None = None  # of the price
    problem: str | None = None  # why there are no words


def preview(
    policy: Policy,
    template: str,
    *,
    channels: Sequence[str] = CHANNELS,
    languages: Sequence[tuple[str, ...]] = (),
    values: Mapping[str, Mapping[str, str]] | None = None,
    given: Mapping[str, str] | None = None,
) -> Iterator[Preview]:
    """
    Give a template's words in each channel, in each language and, in a bilingual council, in all of them together.

    `values` are the variables by language, of a case for example; `given` are variables that are the same in each. What
    neither has is a sample.

    Raises:
        NotFoundError: the policy has no such template.
        RequestError: there is no such channel, the council does not speak a language, or a variable is none.
    """
    if template not in policy.templates:
        raise NotFoundError(f"the policy has no template {template!r}; there are {', '.join(policy.templates)}")
    if unknown := [channel for channel in channels if channel not in ORDER]:
        raise RequestError(f"there is no channel {unknown[0]!r}; there are {', '.join(ORDER)}")
    known = (*VARIABLES, *policy.templates[template].variables)
    if unknown := [name for name in given or {} if name not in known]:
        raise RequestError(f"the template {template!r} has no variable {unknown[0]!r}; it has {', '.join(known)}")
    spoken = policy.council.languages
    if unknown := [each for some in languages for each in some if each not in spoken]:
        raise RequestError(f"the council does not speak {unknown[0]!r}; it speaks {', '.join(spoken)}")
    filled = {
        language: sample_values(policy, template, language) | dict((values or {}).get(language, {})) | dict(given or {})
        for language in spoken
    }
    asked = languages or list(dict.fromkeys([*((each,) for each in spoken), policy.languages_for(None)]))
    return (_one(policy, template, channel, some, filled) for channel in channels for some in asked)


def _one(
    policy: Policy, template: str, channel: str, languages: tuple[str, ...], values: Mapping[str, Mapping[str, str]]
) -> Preview:
    try:
        wording = policy.templates[template].render(channel=channel, languages=languages, values=values)
    except WordingError as error:
        return Preview(channel=channel, languages=languages, form=error.form, problem=str(error))
    price = cost_of(wording.text, channel, {str(name): cost for name, cost in policy.council.costs.items()})
    encoding, units, parts = price.segments or (None, None, None)
    return Preview(
        channel=channel,
        languages=languages,
        language=wording.language,
        form=wording.form,
        subject=wording.subject,
        text=wording.text,
        html=wording.html,
        encoding=encoding,
        units=units,
        parts=parts,
        pence=price.pence,
        source=price.source,
    )
