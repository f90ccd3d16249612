"""The policy: everything a council decides beforehand, compiled once and identified by the hash of its content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Protocol

from pydantic import Field

from onestop.core.areas import Areas, PlaceFacts
from onestop.core.calendars import Calendar
from onestop.core.case import Case
from onestop.core.commands import Command, Vocabulary, read_command
from onestop.core.conditions import NOBODY, Circumstances
from onestop.core.contact import Urn
from onestop.core.costs import Cost
from onestop.core.directory import Directory, Localised, Service, localise
from onestop.core.enquiry import Channel, Enquiry
from onestop.core.escalation import Escalation
from onestop.core.flags import Flags
from onestop.core.lifecycle import Lifecycle
from onestop.core.mappings import Mappings
from onestop.core.model import Frozen, FrozenMap
from onestop.core.photos import FileLimits
from onestop.core.purposes import Purpose
from onestop.core.quiet import Zones
from onestop.core.reading import AnswerWords
from onestop.core.rules import Decision, RuleSet
from onestop.core.spoken import listed, spoken
from onestop.core.words import WordList
from onestop.errors import RequestError

__all__ = ["Council", "Nuisance", "Policy", "QuestionLimits", "Template", "Windows", "Wording"]


class Windows(Frozen):
    """How long things belong together, a year at the most; docs/explanation/matching.md says why."""

    repeat_s: int = Field(default=60, ge=0, le=366 * 86_400)
    continue_minutes: int = Field(default=30, ge=0, le=366 * 1_440)
    answer_days: int = Field(default=7, ge=0, le=366)

    @property
    def repeat(self) -> timedelta:
        """Within this time the same content without a source id is a repeat."""
        return timedelta(seconds=self.repeat_s)

    @property
    def continues(self) -> timedelta:
        """Within this time a text that no rule claims continues the sender's one open case."""
        return timedelta(minutes=self.continue_minutes)

    @property
    def answers(self) -> timedelta:
        """Within this time a text answers the one case we last wrote about."""
        return timedelta(days=self.answer_days)


class Nuisance(Frozen):
    """What is set aside, and what never is; docs/explanation/nuisance.md says why."""

    hourly: int = Field(
        default=20, ge=1, le=100
    )  # cases that one contact point opens within an hour; more are set aside
    never: tuple[str, ...] = ("emergency", "safeguarding")  # flags of what is never set aside


class Files(Frozen):
    """How large and how many files may be before a person is told; docs/explanation/photos.md says why."""

    size_mib: int = Field(default=20, ge=1, le=1024)
    megapixels: int = Field(default=64, ge=1, le=1000)
    count: int = Field(default=50, ge=1, le=1000)  # with one enquiry
    recordings: bool = False  # fetch the recordings of calls, as evidence

    @property
    def limits(self) -> FileLimits:
        """What files are held against."""
        return FileLimits(size_bytes=self.size_mib << 20, pixels=self.megapixels * 1_000_000, count=self.count)


class QuestionLimits(Frozen):
    """How citizens are asked what has closed answers; docs/explanation/questions.md says why."""

    daily: int = Field(default=3, ge=0, le=20)  # put to one contact point within a day by itself; 0: nobody is asked
    wait_hours: int = Field(default=48, ge=1, le=366 * 24)  # for an answer; then a person looks
    grace_days: int = Field(default=5, ge=0, le=366)  # in which an answer that came too late is still understood

    @property
    def wait(self) -> timedelta:
        """How long an answer is waited for."""
        return timedelta(hours=self.wait_hours)

    @property
    def grace(self) -> timedelta:
        """How long after that an answer is still understood."""
        return timedelta(days=self.grace_days)


class Council(Frozen):
    """The council itself."""

    name: Localised
    reference_prefix: str = Field(pattern="^[A-Z]{2,4}$")
    region: str = Field(default="GB", pattern="^[A-Z]{2}$")
    time_zone: str = "Europe/London"
    calendar: str = "always"  # of the services whose standard names none
    languages: tuple[str, ...] = Field(default=("en",), min_length=1)
    bilingual: bool = False
    fallback_service: str
    own_addresses: tuple[Urn, ...] = ()
    windows: Windows = Windows()
    nuisance: Nuisance = Nuisance()
    questions: QuestionLimits = QuestionLimits()
    files: Files = Files()
    costs: FrozenMap[Channel, Cost] = FrozenMap()  # what a message costs, by channel; of a text message, a part


class Wording(Frozen):
    """The words of a message, ready to be sent."""

    subject: str  # empty where the channel has none: e-mails and letters have
    text: str  # of a call, what is said; of a letter, what it holds below its heading
    language: str  # the first of the languages it is in
    html: str | None = None  # a whole page, beside the text of an e-mail
    form: str = "text"  # which of the template's forms the words are


class Template(Protocol):
    """The words of a message by language and channel, checked when the policy was loaded."""

    @property
    def purpose(self) -> Purpose | None:
        """What it is for; None: for any."""
        ...

    @property
    def variables(self) -> tuple[str, ...]:
        """What it must be given beside what every template may use (`Policy.values`, and `text`)."""
        ...

    def render(self, *, channel: str, languages: tuple[str, ...], values: Mapping[str, Mapping[str, str]]) -> Wording:
        """
        Give the words, once for each language in turn; `values` are the variables of each language.

        Raises:
            WordingError: a variable that the words use was not given, or they are longer than the channel takes.
        """
        ...


@dataclass(frozen=True, slots=True)
class Policy:
    """A compiled policy; safe to share between threads. Made by `onestop.load_policy`."""

    hash: str  # hexadecimal SHA-256 of the source
    source: bytes  # the files as one JSON document, kept by hash with the decisions they made
    council: Council
    directory: Directory
    rules: RuleSet
    lifecycles: Mapping[str, Lifecycle]
    templates: Mapping[str, Template]
    word_lists: Mapping[str, WordList]
    vocabulary: Vocabulary
    answers: AnswerWords
    flags: Flags
    calendars: Mapping[str, Calendar]  # always has "always"
    zone: tzinfo  # the council's, in which dates are told
    zones: Zones  # the council's and, by their names, those of citizens
    escalation: tuple[Escalation, ...]  # of services that have no steps of their own
    areas: Areas = field(default_factory=Areas)
    mappings: Mappings = field(default_factory=Mappings)

    @property
    def own_keys(self) -> frozenset[str]:
        """The keys of the council's own addresses."""
        return frozenset(urn.key for urn in self.council.own_addresses)

    def decide(self, enquiry: Enquiry, circumstances: Circumstances = NOBODY) -> Decision:
        """Give the service, priority and flags of an enquiry, with the reasons."""
        place = self.areas.of(enquiry.location)
        return self._assigned(self.rules.decide(enquiry, self.hash, circumstances, place), place)

    def reproduce(self, decision: Decision) -> Decision:
        """
        Give a decision again from its trace and the policy alone: whoever checks it need not see the enquiry.

        Raises:
            RequestError: the decision was made by another policy.
        """
        if decision.policy != self.hash:
            raise RequestError("the decision was made by another policy: the store keeps it by its hash")
        return self.rules.reproduce(decision)

    def provider_for(self, service: str, place: PlaceFacts) -> tuple[str, tuple[str, ...]]:
        """Give who delivers a service at a place, and why: no reasons for the service's own provider."""
        return self.service(service).provider_for(place)

    def _assigned(self, decision: Decision, place: PlaceFacts) -> Decision:
        """Give a decision with who is responsible for it at the place, and for each further service."""
        provider, facts = self.provider_for(decision.service, place)
        update: dict[str, object] = {"provider": provider, "provider_facts": facts, "areas": place.codes}
        if decision.also:
            update["also"] = tuple(
                also.model_copy(update={"provider": provider, "provider_facts": facts})
                for also in decision.also
                for provider, facts in (self.provider_for(also.service, place),)
            )
        return decision.model_copy(update=update)

    def command(self, text: str) -> Command | None:
        """Give the command that a text is: "STOP. Thank you" is one, "please stop the dumping" is none."""
        return read_command(text, self.vocabulary)

    def service(self, code: str) -> Service:
        """Give a service, or what took its place; the fallback service where the directory has neither."""
        services = self.directory.services
        if code in services:
            return services[code]
        return services[self.mappings.services.get(code, self.council.fallback_service)]

    def lifecycle(self, service: str) -> Lifecycle:
        """Give the lifecycle of a service's cases."""
        return self.lifecycles[self.service(service).lifecycle]

    def escalation_of(self, code: str) -> tuple[Escalation, ...]:
        """Give the steps of escalation of a service's cases: its own, or the council's."""
        standard = self.service(code).standard
        return self.escalation if standard is None or standard.escalate is None else standard.escalate

    def languages_for(self, language: str | None) -> tuple[str, ...]:
        """Give the languages an automatic message is written in for a citizen of this language (None: unknown)."""
        known = self.council.languages
        base = (language or "").partition("-")[0].lower()
        if base in known:
            return (base,)
        return known if self.council.bilingual else known[:1]

    def values(self, case: Case, language: str, now: datetime, beside: Sequence[Case] = ()) -> dict[str, str]:
        """
        Give what a template may say of a case, in a language; `beside` has the other cases that its enquiry opened.

        `services` names the service, and theirs but for those that answer nobody by themselves, for whose safety.
        `expected` is when the citizen may expect all of it to be done, empty where nobody can say or the date is past.
        """
        named = (case, *(other for other in beside if self.service(other.service).acknowledge))
        dates = [each.expected_at for each in named if each.expected_at and each.expected_at > now]
        promised = max(dates) if len(dates) == len(named) else None
        names = [localise(self.service(each.service).name, language, self.council.languages[0]) for each in named]
        return {
            "services": listed(list(dict.fromkeys(names)), language),
            "reference": case.reference,
            "service": localise(self.service(case.service).name, language, self.council.languages[0]),
            "council": localise(self.council.name, language, self.council.languages[0]),
            "expected": spoken(promised, self.zone, language) if promised else "",
        }
