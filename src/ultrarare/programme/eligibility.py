"""Who is eligible: every criterion with its trace, exceptions as they were granted.

What is not known never makes eligible, and an exception never stands in for what is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ultrarare.programme.clause import Step, Truth, ask
from ultrarare.programme.criteria import Criteria, Criterion
from ultrarare.programme.patients import GrantedException, Patient


class State(StrEnum):
    """How a patient stands to a criterion."""

    MET = "met"
    NOT_MET = "not met"
    NOT_KNOWN = "not known"
    EXCLUDED = "excluded"
    EXCEPTED = "excepted"


class Eligible(StrEnum):
    """The whole answer."""

    YES = "eligible"
    BY_EXCEPTION = "eligible by exception"
    NOT_KNOWN = "not known"
    NO = "not eligible"


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionAnswer:
    """One criterion for one patient.

    Attributes:
        criterion: as written.
        state: how the patient stands to it.
        trace: the clause with every answer below it.
        exception: the one that counts.
        told: of exceptions that do not count, why not; sentences without a full stop.
    """

    criterion: Criterion
    state: State
    trace: Step
    exception: GrantedException | None
    told: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        granted = self.exception
        return {
            "id": self.criterion.id,
            "kind": self.criterion.kind,
            "text": self.criterion.text,
            "state": self.state.value,
            "trace": self.trace.to_json(),
            "exception": None if granted is None else granted.model_dump(mode="json"),
            "told": list(self.told),
            "source": self.criterion.source,
            "tag": self.criterion.tag,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientAnswer:
    """One patient: the answer, and each criterion."""

    patient: str
    answer: Eligible
    criteria: tuple[CriterionAnswer, ...]

    def in_state(self, *states: State) -> tuple[str, ...]:
        """The criteria that stand so, by id."""
        return tuple(one.criterion.id for one in self.criteria if one.state in states)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "id": self.patient,
            "answer": self.answer.value,
            "not_met": list(self.in_state(State.NOT_MET, State.EXCLUDED)),
            "not_known": list(self.in_state(State.NOT_KNOWN)),
            "excepted": list(self.in_state(State.EXCEPTED)),
            "criteria": [one.to_json() for one in self.criteria],
        }


def eligible(criteria: Criteria, patients: Sequence[Patient]) -> tuple[PatientAnswer, ...]:
    """Hold each patient against each criterion."""
    return tuple(_patient(criteria, one) for one in patients)


def _patient(criteria: Criteria, patient: Patient) -> PatientAnswer:
    answers = tuple(_criterion(criteria, one, patient) for one in criteria.criteria)
    return PatientAnswer(
        patient=patient.id, answer=_together([one.state for one in answers]), criteria=answers
    )


def _together(states: Sequence[State]) -> Eligible:
    if State.NOT_MET in states or State.EXCLUDED in states:
        return Eligible.NO
    if State.NOT_KNOWN in states:
        return Eligible.NOT_KNOWN
    return Eligible.BY_EXCEPTION if State.EXCEPTED in states else Eligible.YES


def _criterion(criteria: Criteria, criterion: Criterion, patient: Patient) -> CriterionAnswer:
    trace = ask(criterion.clause, patient.facts)
    state = _state(criterion, trace.truth)
    granted = [one for one in patient.exceptions if one.criterion == criterion.id]
    doubts = [_doubt(criteria, criterion, state, one) for one in granted]
    counting = next(
        (one for one, doubt in zip(granted, doubts, strict=True) if doubt is None), None
    )
    return CriterionAnswer(
        criterion=criterion,
        state=state if counting is None else State.EXCEPTED,
        trace=trace,
        exception=counting,
        told=tuple(doubt for doubt in doubts if doubt is not None),
    )


def _state(criterion: Criterion, truth: Truth) -> State:
    if truth is Truth.UNKNOWN:
        return State.NOT_KNOWN
    if criterion.kind == "inclusion":
        return State.MET if truth is Truth.TRUE else State.NOT_MET
    return State.EXCLUDED if truth is Truth.TRUE else State.MET


def _doubt(
    criteria: Criteria, criterion: Criterion, state: State, granted: GrantedException
) -> str | None:
    """Why an exception does not count; None where it does."""
    if criterion.exceptions == "never":
        return f"the protocol allows no exception from {criterion.id}"
    if granted.version != criteria.version:
        return (
            f"the exception was granted under version {granted.version}, "
            f"and this is version {criteria.version}"
        )
    if granted.on < criteria.date:
        return "the exception is dated before this version"
    if state is State.NOT_KNOWN:
        return "what is not known is not excepted; find it out first"
    if state is State.MET:
        return "the criterion is met, and the exception is not needed"
    return None
