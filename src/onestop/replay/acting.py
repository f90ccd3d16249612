"""What people do in a recorded day, as calls of the desk: to cases, to citizens, to the outbox and its questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeVar

from onestop.core.actor import Actor
from onestop.desk import Desk
from onestop.errors import NotFoundError
from onestop.replay.day import Step

__all__ = ["Acting"]

_Value = TypeVar("_Value")
_WAITING = {"done": ("task",), "take_back": ("queued", "task", "in_doubt")}


class Acting:
    """Does what a step of people says; labels become references, and a case that is split off gets its label."""

    def __init__(self, desk: Desk, reference: Callable[[str], str], name: Callable[[str, str], None]) -> None:
        self._desk = desk
        self._reference = reference
        self._name = name

    def do(self, step: Step) -> None:
        """
        Do it.

        Raises:
            OnestopError: whatever the desk says of it.
        """
        by = _given(step.by)
        if not (
            self._to_sender(step, by)
            or self._to_citizen(step, by)
            or self._to_contact_point(step, by)
            or self._between_citizens(step, by)
            or self._relink(step, by)
            or self._to_message(step, by)
        ):
            self._to_case(step, by)

    # -- citizens --

    def _to_sender(self, step: Step, by: Actor) -> bool:
        """Restrict a sender, or lift that; False when the step does neither."""
        if step.restrict is not None:
            self._desk.restrict(step.restrict, until=_given(step.until), reason=_given(step.reason), by=by)
        elif step.lift is not None:
            self._desk.lift(step.lift, by=by)
        else:
            return False
        return True

    def _to_citizen(self, step: Step, by: Actor) -> bool:
        """Keep what is stated of somebody; False when the step states nothing."""
        citizens = self._desk.citizens
        if step.record_need is not None:
            citizens.record_need(step.record_need, _given(step.need), by=by, until=step.until)
        elif step.drop_need is not None:
            citizens.drop_need(step.drop_need, _given(step.need), by=by)
        elif step.describe is not None:
            if step.name is not None:
                citizens.name(step.describe, step.name, by=by)
            if step.language is not None:
                citizens.language(step.describe, step.language, by=by)
        elif step.prefer is not None:
            citizens.prefer(
                step.prefer,
                _given(step.channels),
                by=by,
                purpose=step.purpose,
                service=step.service,
                case=self._reference(step.case) if step.case is not None else None,
                until=step.until,
            )
        elif step.quiet is not None:
            citizens.quiet_hours(step.quiet, _given(step.hours), by=by, until=step.until)
        else:
            return False
        return True

    def _to_contact_point(self, step: Step, by: Actor) -> bool:
        """Keep what is known of a contact point; False when the step is about none."""
        citizens = self._desk.citizens
        if step.consent is not None:
            citizens.consent(
                step.consent,
                given=_given(step.given),
                by=by,
                on=step.channel,
                purpose=step.purpose,
                service=step.service,
            )
        elif step.add_contact_point is not None:
            citizens.add_contact_point(_given(step.of), step.add_contact_point, by=by)
        elif step.verify is not None:
            citizens.verify(step.verify, by=by)
        elif step.mark_shared is not None:
            citizens.mark_shared(step.mark_shared, step.users, by=by)
        else:
            return False
        return True

    def _between_citizens(self, step: Step, by: Actor) -> bool:
        """Let somebody act for another, or two be one, or end that; False when the step is about one."""
        citizens = self._desk.citizens
        if step.grant is not None:
            citizens.grant(
                step.grant,
                _given(step.subject),
                role=_given(step.role),
                by=by,
                services=step.services,
                until=step.until,
                proof=step.proof,
            )
        elif step.end_authority is not None:
            holder, subject = citizens.get(step.end_authority).id, citizens.get(_given(step.subject)).id
            granted = [
                each for each in citizens.authorities(holder) if (each.holder, each.subject) == (holder, subject)
            ]
            if not granted:
                raise NotFoundError("the one was never let act for the other")
            citizens.end_authority(granted[-1].id, by=by)
        elif step.merge_citizens is not None:
            citizens.merge(step.merge_citizens, into=_given(step.into), by=by)
        elif step.unmerge_citizens is not None:
            citizens.unmerge(step.unmerge_citizens, by=by)
        else:
            return False
        return True

    # -- cases --

    def _to_case(self, step: Step, by: Actor) -> None:
        case, desk = self._reference(_given(step.case)), self._desk
        if step.act is not None:
            fields = dict(step.fields)
            if "into" in fields:
                fields["into"] = self._reference(fields["into"])
            desk.act(case, step.act, by=by, **fields)
        elif step.reroute is not None:
            desk.reroute(case, service=step.reroute, by=by, reason=step.reason)
        elif step.note is not None:
            desk.note(case, step.note, by=by)
        elif step.ask is not None:
            desk.questions.ask(case, step.ask, by=by, options=step.options, until=step.until)
        elif step.answer is not None:
            desk.questions.answer(case, self._open_question(case), step.answer, by=by)
        elif step.belongs_to is not None:
            desk.questions.resolve(case, belongs_to=self._reference(step.belongs_to), by=by)
        else:
            desk.reply(case, by=by, text=step.reply, template=step.template, purpose=step.purpose or "service_update")

    def _open_question(self, case: str) -> str:
        asked = self._desk.questions.open(case)
        if not asked:
            raise NotFoundError("nothing was asked about this case that waits for an answer")
        return asked[0].id

    def _relink(self, step: Step, by: Actor) -> bool:
        """Tie a case to another one, split or merge it, or undo that; False when the step is none of these."""
        if step.case is None:
            return False
        case, desk = self._reference(step.case), self._desk
        if step.link is not None:
            desk.link(case, self._reference(step.link), kind=_given(step.kind), by=by)
        elif step.unlink is not None:
            desk.unlink(case, self._reference(step.unlink), by=by, kind=step.kind)
        elif step.split is not None:
            kind: Literal["related", "child"] = "child" if step.kind == "child" else "related"
            made = desk.split(case, service=step.split, by=by, text=step.text, kind=kind)
            self._name(_given(step.opens), made.reference)
        elif step.unsplit:
            desk.unsplit(case, by=by)
        elif step.merge is not None:
            desk.merge(case, into=self._reference(step.merge), by=by, **step.fields)
        elif step.unmerge:
            desk.unmerge(case, by=by)
        else:
            return False
        return True

    # -- messages --

    def _to_message(self, step: Step, by: Actor) -> bool:
        """Say what became of a case's task, or take its message back; False when the step does neither."""
        if step.done is not None:
            self._desk.outbox.done(self._waiting(step), step.done, by=by, note=step.remark)
        elif step.take_back:
            self._desk.outbox.cancel(self._waiting(step), by=by)
        else:
            return False
        return True

    def _waiting(self, step: Step) -> str:
        reference, states = self._reference(_given(step.case)), _WAITING[step.verb]
        for waiting in self._desk.outbox.waiting():
            if waiting.reference == reference and waiting.state in states:
                return waiting.message
        raise NotFoundError("no such message about this case waits")


def _given(value: _Value | None) -> _Value:
    """Give what a step has, since its verb needs it: loading the day held it to that."""
    assert value is not None
    return value
