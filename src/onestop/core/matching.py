"""
Matching: which case an enquiry belongs to, if it belongs to one.

The rules, their order and the reasons are written down in docs/explanation/matching.md; the codes in `how` and
`because` are theirs. What they have in common: an enquiry joins a case only on evidence that names that case, or when
nothing else can be meant; where two could be meant it becomes a case of its own that a person looks at, with the others
as candidates. Telling two people's matters to one of them is the one mistake that cannot be taken back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from onestop.core.acting import NOBODY_ELSE, Acting, named_by
from onestop.core.commands import Command
from onestop.core.enquiry import TEXT_LIMIT, Enquiry
from onestop.core.events import Candidate
from onestop.core.opting import command_of
from onestop.core.plan import (
    Answers,
    CaseFacts,
    ContactFacts,
    FindAuthorities,
    FindCases,
    FindContact,
    FindMessageIds,
    FindProfile,
    FindReferences,
    PartyFacts,
    Query,
)
from onestop.core.policy import Policy
from onestop.core.reference import find_references, is_reference
from onestop.core.rules import FALLBACK, Decision
from onestop.core.settling import as_of_today
from onestop.core.words import fold

__all__ = [
    "BECAUSE",
    "HOW",
    "Clues",
    "Verdict",
    "acting_of",
    "clues_of",
    "held_by_another",
    "joining",
    "match_case",
    "names_differ",
]

_CHASER = timedelta(hours=24)  # a text about the same service within a day may be the same matter
_MOST_IDS = 50  # of In-Reply-To and References that are looked up, the newest
_MOST_QUOTED = 5  # references quoted in a text that are looked up
_LONGEST_NAME = 200  # characters of a name that are compared


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which case an enquiry joins; without one it opens its own, and `candidates` says which others may be meant."""

    how: str
    joins: CaseFacts | None = None
    follows: CaseFacts | None = None  # a case closed too long ago to be reopened
    candidates: tuple[Candidate, ...] = ()
    rejected: tuple[Candidate, ...] = ()

    @property
    def looked_at(self) -> tuple[Candidate, ...]:
        """The cases that it does not join, whatever the reason."""
        return (*self.candidates, *self.rejected)


@dataclass(slots=True)
class _Question:
    """The enquiry and everything the verdict is drawn from."""

    enquiry: Enquiry
    decision: Decision
    policy: Policy
    now: datetime
    key: str | None
    contact: ContactFacts
    ids: tuple[str, ...]
    by_token: tuple[CaseFacts, ...]
    by_reference: tuple[CaseFacts, ...]
    by_message_id: Mapping[str, CaseFacts]
    survivors: Mapping[str, CaseFacts]
    acting: Acting
    rejected: list[Candidate] = field(default_factory=list)

    def survivor(self, facts: CaseFacts) -> CaseFacts:
        """Give the case that took a merged one's place."""
        seen = {facts.case.id}
        while (into := facts.case.merged_into) and into in self.survivors and into not in seen:
            facts = self.survivors[into]
            seen.add(into)
        return facts


@dataclass(frozen=True, slots=True)
class Clues:
    """What an enquiry says of the case it may belong to, as the queries that follow it up."""

    contact: FindContact | None
    token: FindReferences | None
    quoted: FindReferences | None  # references that the citizen wrote
    ids: FindMessageIds | None  # the messages it answers to, the nearest first
    command: Command | None = None  # what it is, when it is nothing but a command …
    ledger: FindProfile | None = None  # … and what was said of its contact point before
    named: FindContact | None = None  # for whom the sender says that they speak
    digest: str | None = None  # of what was sent; None: not worked out yet

    def queries(self) -> tuple[Query, ...]:
        """Give what must be asked before a case can be found."""
        every: tuple[Query | None, ...] = (self.contact, self.token, self.ids, self.quoted, self.ledger, self.named)
        return tuple(query for query in every if query is not None)

    def survivors(self, answers: Answers) -> FindCases | None:
        """Give what must be asked when a case that was found has been merged into another one."""
        merged = {into for facts in self.found(answers) if (into := facts.case.merged_into)}
        return FindCases(tuple(sorted(merged))) if merged else None

    def found(self, answers: Answers) -> tuple[CaseFacts, ...]:
        """Give the cases that the clues led to."""
        written_about = answers.contact(self.contact).cases if self.contact else ()
        named = (*self.by_token(answers), *self.by_reference(answers), *self.by_message_id(answers).values())
        return (*written_about, *named)

    def by_token(self, answers: Answers) -> tuple[CaseFacts, ...]:
        """Give the case that the token names."""
        return answers.cases(self.token) if self.token else ()

    def by_reference(self, answers: Answers) -> tuple[CaseFacts, ...]:
        """Give the cases whose references are quoted."""
        return answers.cases(self.quoted) if self.quoted else ()

    def scoped(self, answers: Answers) -> tuple[CaseFacts, ...]:
        """Give the cases that the scope of the command is, and those that took their place."""
        scope = self.command.scope if self.command else None
        named = tuple(facts for facts in self.by_reference(answers) if facts.case.reference == scope)
        survivors = self.survivors(answers)
        into = {facts.case.merged_into for facts in named} if survivors else set()
        return (*named, *(facts for facts in answers.cases(survivors) if facts.case.id in into)) if survivors else named

    def by_message_id(self, answers: Answers) -> Mapping[str, CaseFacts]:
        """Give the cases of the messages it answers to."""
        return answers.by_message_id(self.ids) if self.ids else {}


def clues_of(enquiry: Enquiry, policy: Policy, digest: str | None = None) -> Clues:
    """Give what an enquiry says of the case it may belong to; who has its digest already may bring it."""
    thread = enquiry.thread
    nearest_first = [thread.in_reply_to, *reversed(thread.references)]
    ids = tuple(dict.fromkeys(message_id for message_id in nearest_first if message_id))[:_MOST_IDS]
    quoted: tuple[str, ...] = ()
    command = command_of(enquiry, policy.vocabulary)
    if enquiry.kind != "auto_reply":  # a machine quotes our own subject back
        written = f"{enquiry.subject or ''}\n{enquiry.text[:TEXT_LIMIT]}"
        quoted = find_references(written, prefix=policy.council.reference_prefix)[:_MOST_QUOTED]
    if command is not None and command.scope is not None and is_reference(command.scope):
        quoted = (command.scope,)  # however it was written
    return Clues(
        contact=_find_contact(enquiry, policy),
        token=FindReferences((thread.token,)) if thread.token else None,
        quoted=FindReferences(quoted) if quoted else None,
        ids=FindMessageIds(ids) if ids else None,
        command=command,
        ledger=FindProfile(key=enquiry.sender.key) if command is not None and enquiry.sender is not None else None,
        named=named_by(enquiry),
        digest=digest,
    )


def acting_of(clues: Clues, enquiry: Enquiry, answers: Answers, now: datetime) -> Acting | FindAuthorities:
    """Give for whom a sender speaks, or what must be known of their authority first: for most senders, nothing."""
    contact = answers.contact(clues.contact) if clues.contact else ContactFacts()
    if all(names_differ(name, enquiry.sender_name) for name in contact.names):
        contact = ContactFacts()  # somebody else at this contact point: they have no part in its holder's authority
    acting = Acting.of(enquiry, contact, answers.contact(clues.named) if clues.named else None, now)
    if acting.holder is None:
        return acting
    survivors = clues.survivors(answers)
    query = acting.asks((*clues.found(answers), *(answers.cases(survivors) if survivors else ())))
    if query is None:
        return acting
    return replace(acting, authorities=answers.authorities(query)) if query in answers else query


def _find_contact(enquiry: Enquiry, policy: Policy) -> FindContact | None:
    """Ask for the sender, and for as many cases as it takes to see that they open too many."""
    if enquiry.sender is None:
        return None
    limit, asks = max(FindContact.LIMIT, policy.council.nuisance.hourly), policy.rules.asks
    needs = enquiry.received_at if "needs" in asks else None
    return FindContact(enquiry.sender.key, enquiry.channel, limit, "repeat" in asks, needs)


def match_case(
    clues: Clues,
    enquiry: Enquiry,
    decision: Decision,
    answers: Answers,
    policy: Policy,
    now: datetime,
    acting: Acting = NOBODY_ELSE,
) -> Verdict:
    """Give the case that an enquiry belongs to; all that the clues ask must have been answered."""
    survivors = clues.survivors(answers)
    question = _Question(
        enquiry=enquiry,
        decision=decision,
        policy=policy,
        now=now,
        # A forged address is nobody's: it makes no one a party, and finds nothing that is theirs.
        key=enquiry.sender.key if enquiry.sender and enquiry.proved else None,
        contact=answers.contact(clues.contact) if clues.contact and enquiry.proved else ContactFacts(),
        ids=clues.ids.message_ids if clues.ids else (),
        by_token=clues.by_token(answers),
        by_reference=clues.by_reference(answers),
        by_message_id=clues.by_message_id(answers),
        survivors={facts.case.id: facts for facts in answers.cases(survivors)} if survivors else {},
        acting=acting,
    )
    for rule in (_by_token, _by_message_id, _by_quoted_reference, _by_contact_point):
        if verdict := rule(question):
            return verdict
    return Verdict("new", rejected=tuple(question.rejected))


# -- the rules, in their order -----------------------------------------------------------------------------------------


def _by_token(question: _Question) -> Verdict | None:
    """Our own signature, or a worker who chose the case: whoever writes, this case is meant."""
    if not question.by_token:
        return None
    if question.enquiry.entered_by:
        return _join(question, question.by_token[0], "chosen")
    facts = question.by_token[0]
    return _without_authority(question, question.survivor(facts)) or _join(question, facts, "token")


def _by_message_id(question: _Question) -> Verdict | None:
    """The nearest message that it answers; only for a party of that case, since a newsletter has many readers."""
    for message_id in question.ids:
        facts = question.by_message_id.get(message_id)
        if facts is None:
            continue
        facts = question.survivor(facts)
        if lacking := _without_authority(question, facts):
            return lacking
        if facts.party_of(question.key):
            return _join(question, facts, "thread")
        if _may_speak(question, facts):
            return _join(question, facts, "authority")
        return _ask(question, [facts], "thread_of_others", "thread_stranger")
    return None


def _by_quoted_reference(question: _Question) -> Verdict | None:
    """A reference that the citizen wrote: it is no secret, so that it counts for a party of that one case only."""
    cases = list({facts.case.id: facts for facts in map(question.survivor, question.by_reference)}.values())
    if not cases:
        return None
    own = [facts for facts in cases if facts.party_of(question.key)]
    if len(cases) == 1 and (lacking := _without_authority(question, cases[0])):
        return lacking
    if len(cases) == 1 and not own and _may_speak(question, cases[0]):
        return _join(question, cases[0], "authority")
    if len(cases) == 1 and own and not _another_person(question, own[0]):
        return _join(question, own[0], "reference")
    return _ask(question, cases, "reference_quoted", "reference_unclear")


def _by_contact_point(question: _Question) -> Verdict | None:
    """What the sender has open with us: a text may continue it, anything else may be about it."""
    if question.enquiry.kind == "auto_reply" or question.contact.shared:
        because = "shared_contact_point" if question.contact.shared else "automatic"
        question.rejected += [_candidate(facts, because) for facts in question.contact.cases]
        return None
    cases = []
    for facts in question.contact.cases:
        if _another_person(question, facts):
            question.rejected.append(_candidate(facts, "another_person"))
        elif lacking := _without_authority(question, facts):
            question.rejected += lacking.candidates
        else:
            cases.append(facts)
    opened = [facts for facts in cases if facts.case.state_type != "closed"]
    if question.enquiry.channel in _CONVERSATIONS:
        return _of_text(question, opened) if opened else _of_late_text(question, cases)
    return _of_letter(question, opened)


_CONVERSATIONS = frozenset({"sms", "chat", "social"})  # short messages, one after another, without a thread


def _of_text(question: _Question, cases: list[CaseFacts]) -> Verdict | None:
    claimed = question.decision.rule != FALLBACK
    service, windows = question.decision.service, question.policy.council.windows
    talks = _conversations(question, cases)
    if len(talks) == 1:
        (facts,) = talks
        if _answers_us(question, facts) and (not claimed or facts.case.service == service):
            return _join(question, facts, "answer")
        if not claimed and question.now - facts.case.last_enquiry_at <= windows.continues:
            return _join(question, facts, "continued")
    if not claimed:
        return _ask(question, cases, "open_case", "several_open" if len(cases) > 1 else "open_or_another")
    same = [facts for facts in cases if facts.case.service == service and _is_recent(question, facts)]
    if same:
        return _ask(question, same, "same_service", "same_or_another")
    question.rejected += [_candidate(facts, "another_matter") for facts in cases]
    return None


def _conversations(question: _Question, cases: list[CaseFacts]) -> list[CaseFacts]:
    """
    Leave out the cases that another one's enquiry opened, too: the citizen was told of that one alone.

    Where we wrote to them about one of these since, either may be meant.
    """
    ids = {facts.case.id for facts in cases}
    beside = [facts for facts in cases if facts.case.origin in ids]
    if any(_answers_us(question, facts) for facts in beside):
        return cases
    return [facts for facts in cases if facts not in beside]


def _of_late_text(question: _Question, closed: list[CaseFacts]) -> Verdict | None:
    claimed, service = question.decision.rule != FALLBACK, question.decision.service
    for facts in closed:
        if _answers_us(question, facts) and (not claimed or facts.case.service == service):
            survivor = question.survivor(facts)
            if not survivor.party_of(question.key):
                return _ask(question, [survivor], "survivor", "answer_stranger")
            return _join(question, survivor, "answer")
    return None


def _is_recent(question: _Question, facts: CaseFacts) -> bool:
    return question.now - facts.case.last_enquiry_at <= _CHASER or _answers_us(question, facts)


def _answers_us(question: _Question, facts: CaseFacts) -> bool:
    contact = question.contact
    if contact.last_message_case != facts.case.id or contact.last_message_at is None:
        return False
    return question.now - contact.last_message_at <= question.policy.council.windows.answers


def _of_letter(question: _Question, cases: list[CaseFacts]) -> Verdict | None:
    same = [facts for facts in cases if facts.case.service == question.decision.service]
    question.rejected += [_candidate(facts, "another_service") for facts in cases if facts not in same]
    return _ask(question, same, "same_service", "same_or_another") if same else None


def _may_speak(question: _Question, facts: CaseFacts) -> bool:
    """Say whether the sender, whose matter it is not, has authority from the citizen whose it is."""
    standing = question.acting.in_case(facts)
    return standing is not None and standing.denial is None


def _without_authority(question: _Question, facts: CaseFacts) -> Verdict | None:
    """Give that a person decides where the sender spoke for the citizen, or was to, and may not now."""
    standing = question.acting.in_case(facts)
    if standing is None or standing.denial is None:
        return None
    return _ask(question, [facts], standing.denial, "authority_lacking")


# -- what they share ---------------------------------------------------------------------------------------------------


def _join(question: _Question, facts: CaseFacts, how: str) -> Verdict:
    facts, rejected = question.survivor(facts), tuple(question.rejected)
    return joining(facts, how, question.enquiry, question.policy, question.now, rejected=rejected)


def joining(
    facts: CaseFacts,
    how: str,
    enquiry: Enquiry,
    policy: Policy,
    now: datetime,
    *,
    rejected: tuple[Candidate, ...] = (),
) -> Verdict:
    """Let an enquiry join a case that is meant, or follow it where it was closed too long ago to be opened again."""
    case = facts.case
    if case.state_type == "closed" and enquiry.kind != "auto_reply":
        window = timedelta(days=policy.service(case.service).reopen_days)
        closed_at = case.closed_at or case.updated_at
        reopens = policy.lifecycle(case.service).on_enquiry(as_of_today(case, policy).state)
        if not reopens or now - closed_at > window:
            return Verdict(f"{how}_late", follows=facts, rejected=rejected)
    return Verdict(how, joins=facts, rejected=rejected)


def _ask(question: _Question, cases: list[CaseFacts], because: str, how: str) -> Verdict:
    candidates = tuple(_candidate(facts, because) for facts in cases)
    return Verdict(how, candidates=candidates, rejected=tuple(question.rejected))


def _candidate(facts: CaseFacts, because: str) -> Candidate:
    return Candidate(case=facts.case.id, reference=facts.case.reference, because=because)


def _another_person(question: _Question, facts: CaseFacts) -> bool:
    parties, name = facts.parties_of(question.key), question.enquiry.sender_name
    return bool(parties) and all(
        names_differ(party.name, name) or held_by_another(party, question.contact) for party in parties
    )


def held_by_another(party: PartyFacts, contact: ContactFacts) -> bool:
    """Say whether a contact point was a party's, and is that citizen's no longer."""
    return not contact.shared and party.citizen is not None and not contact.is_citizen(party.citizen)


def names_differ(one: str | None, other: str | None) -> bool:
    """
    Say whether two names are given and are two people's: they have no word in common, or only that of a family.

    >>> names_differ("Mary Jones", "Tom Price"), names_differ("Mrs M. Jones", "Mary Jones"), names_differ("Mary", None)
    (True, False, False)
    >>> names_differ("Mary Jones", "Tom Jones"), names_differ("Jo Jones", "Joanna Jones")  # one telephone, one family
    (True, False)
    """
    if not one or not other or one == other:
        return False
    first, second = _name_words(one), _name_words(other)
    whole, other_whole = ({word for word in words if len(word) > 1} for words in (first, second))
    if not whole or not other_whole:
        return False
    common = whole & other_whole
    if not common or len(first) < 2 or len(second) < 2 or common != {first[-1]} or first[-1] != second[-1]:
        return not common
    given, other_given = first[0], second[0]
    return not (given.startswith(other_given) or other_given.startswith(given))  # an initial, or the short form


_TITLES = frozenset(
    {"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "rev", "revd", "sir", "dame", "lady", "lord", "cllr", "cyng"}
)


def _name_words(name: str) -> list[str]:
    return [word for word in fold(name.partition("@")[0][:_LONGEST_NAME]) if word not in _TITLES]


HOW: Mapping[str, str] = {
    "new": "nothing ties it to a case that there is",
    "command": "it is nothing but a command, which was done: kept where we last wrote to them, or by itself",
    "token": "it answers with the signed token that we gave out for this case",
    "chosen": "a worker chose the case",
    "thread": "it answers a message of this case, and its sender is of the case",
    "thread_stranger": "it answers a message of a case that its sender is not of: a person decides",
    "call": "it is another event of a call that is there",
    "reference": "its sender, who is of the case, quotes the case's reference",
    "authority": "its sender may act for the citizen whose case it names",
    "authority_lacking": "its sender may not act for the citizen of the case, or may no longer: a person decides",
    "reference_unclear": "it quotes several references, or one of a case its sender is not of: a person decides",
    "answer": "we last wrote to this contact point about this case, and nothing else of theirs is open",
    "continued": "it came shortly after their last one, names no other matter, and nothing else of theirs is open",
    "several_open": "it names no matter, and several cases of theirs are open: a person decides",
    "open_or_another": "it names no matter, and their one open case is too old to be sure of: a person decides",
    "answer_stranger": "we last wrote to them about a case that was merged into one they are not of: a person decides",
    "question": "it answers a question of ours",
    "question_again": "it answers a question that was answered before, or that nobody waits for any more",
    "question_unclear": "we asked about this case, and it names no other matter: it may be meant for an answer",
    "question_unsure": "it may answer a question of ours, and says more, or another person wrote it: a person decides",
    "same_or_another": "they have a case at the same service, which it may be about or not: a person decides",
}
"""What the codes of `Match.how` say; with `_late` behind: that case was closed too long ago, a new one follows it."""

BECAUSE: Mapping[str, str] = {
    "thread_of_others": "it answers a message of this case",
    "reference_quoted": "it quotes this case's reference",
    "authority_expired": "it names this case, and its sender's authority to act for the citizen has ended",
    "no_authority": "it names this case, and its sender's authority to act for the citizen is for something else",
    "open_case": "it is open, of the same contact point",
    "same_service": "it is open, of the same contact point, at the same service",
    "asked": "we asked this contact point about it, or it is what the answer would name",
    "survivor": "it took the place of the case that we last wrote to this contact point about",
    "another_person": "its party at this contact point is another citizen, or has another name",
    "shared_contact_point": "several people use this contact point",
    "automatic": "an automatic answer joins by token or thread only",
    "another_matter": "the words are about something else",
    "another_service": "it is at another service",
}
"""What the codes of `Candidate.because` say."""
