"""Reading a case folder: case, plan and lock, judgements, timeline; all problems at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ultrarare.case.case import Case, Course, Modality, Phase
from ultrarare.case.data_path import is_there, why_not_folder
from ultrarare.case.dataset import OtherTable, TimelineTable
from ultrarare.case.declared import FOLDER_ROLE
from ultrarare.case.document import Document, read_document
from ultrarare.case.judgement import Judgement, Judgements
from ultrarare.case.lock import LockState, lock_state, plan_digest
from ultrarare.case.moment import Clock, Moment
from ultrarare.case.plan import Lock, Plan
from ultrarare.case.table import read_table
from ultrarare.case.timeline import Event, EventKind, first_dose, read_timeline
from ultrarare.case.value import Place
from ultrarare.case.yaml_text import dotted
from ultrarare.errors import InputErrors, NotFound, Problem

Model = TypeVar("Model", bound=BaseModel)

CASE, PLAN, LOCK, JUDGEMENTS = "case.yaml", "plan.yaml", "plan.lock", "judgements.yaml"


_STAND_INS: Mapping[str, Any] = {
    "schema": "ultrarare/case/1",
    "id": "unnamed",
    "title": "unnamed",
    "data": "patient",
    "phase": str(Phase.DISCOVERY),
    "patient": {"pseudonym": "unnamed"},
    "disease": {
        "name": "unnamed",
        "id": "MONDO:0000001",
        "gene": "unnamed",
        "course": str(Course.STATIC),
        "course_reason": "not read",
    },
    "product": {"name": "unnamed", "modality": str(Modality.OTHER)},
}
"""What takes the place of a broken required part of case.yaml while the rest is looked through.

It never reaches a dossier: the problem stays, and a case with a problem is not assessed. The clock
has none: on a guessed one every time in the folder could look wrong.
"""


_NO_DISEASE = "MONDO:0000001"
"""The ontology's root, `disease`: what the skeleton holds, and no disease in particular."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFolder:
    """A case as read: typed values, and where the files lie.

    Attributes:
        root: the folder.
        case: what `case.yaml` holds.
        plan: what `plan.yaml` holds; an empty plan where there is none.
        raw_plan: the plan as plain values, for its digest; None where there is none.
        lock: what `plan.lock` holds.
        record: what people decided: judgements, reviews, revocations, advice of agencies.
        timeline: events of every timeline table, in order.
        absent: files that are declared and not there, as (dataset id, path).
    """

    root: Path
    case: Case
    plan: Plan
    raw_plan: Any
    lock: Lock | None
    record: Judgements
    timeline: tuple[Event, ...]
    absent: tuple[tuple[str, str], ...]

    @property
    def judgements(self) -> tuple[Judgement, ...]:
        """The judgements of the record, without what was said of them."""
        return self.record.judgements

    @property
    def first_dose(self) -> Moment | None:
        """When the first dose was given, if the timeline records one."""
        return first_dose(self.timeline)

    @property
    def lock_state(self) -> LockState:
        """Whether the plan was locked before the first dose."""
        timelines = {d.id for d in self.case.datasets if isinstance(d, TimelineTable)}
        return lock_state(
            self.lock,
            self.first_dose,
            has_plan=self.raw_plan is not None,
            has_timeline=not any(name in timelines for name, _ in self.absent),
        )

    def is_absent(self, dataset_id: str) -> bool:
        """Whether a file of the dataset is declared and not there."""
        return any(name == dataset_id for name, _ in self.absent)


def read_case(path: Path | str) -> CaseFolder:
    """Read and check a case folder; the data files themselves are read by the analyses.

    Raises:
        NotFound: no folder, or no case.yaml in it.
        InputErrors: every problem of the documents and of the timeline.
    """
    folder, problems = survey_case(path)
    if problems or folder is None:
        raise InputErrors(problems, where=str(path))
    return folder


def survey_case(path: Path | str) -> tuple[CaseFolder | None, tuple[Problem, ...]]:
    """Read a case folder as far as it can be read, with every problem met on the way.

    Returns:
        The folder without its broken parts (None where too little is left), and the problems.

    Raises:
        NotFound: no folder, or no case.yaml in it.
    """
    root = Path(path)
    if not (root / CASE).is_file():
        raise NotFound(
            "holds no case.yaml" if root.is_dir() else "is no folder",
            where=str(path),
            remedy="`ultrarare new FOLDER` writes a commented skeleton",
        )
    case = read_document(root / CASE, Case, name=CASE, stand_ins=_STAND_INS)
    plan = _optional(root, PLAN, Plan)
    judgements = _optional(root, JUDGEMENTS, Judgements)
    lock, problems = _read_lock(root, plan)
    problems = [*case.problems, *_placeholders(case), *_of(plan), *_of(judgements), *problems]
    if case.value is None:
        return None, tuple(problems)
    problems += _dangling(case, case.value.dangling(_left_out(case)))
    problems += _clock_problems(case)
    if plan is not None and plan.value is not None:
        ids = frozenset(dataset.id for dataset in case.value.datasets) | _left_out(case)
        problems += _dangling(plan, plan.value.dangling(ids, _left_out(plan)))
    problems += _record_problems(root, judgements)
    problems += _table_problems(root, case.value)
    problems += _folders(root, case)
    timeline, more = _read_timelines(root, case.value)
    more += _before_birth(case.value, timeline)
    folder = CaseFolder(
        root=root,
        case=case.value,
        plan=_empty_plan() if plan is None or plan.value is None else plan.value,
        raw_plan=None if plan is None else plan.raw,
        lock=lock,
        record=Judgements.empty()
        if judgements is None or judgements.value is None
        else judgements.value,
        timeline=timeline,
        absent=tuple(_absent(root, case.value)),
    )
    return folder, (*problems, *more)


def _placeholders(document: Document[Case]) -> Iterable[Problem]:
    """What `ultrarare new` left to be filled in and nobody has."""
    for path in document.lines:
        value = document.raw
        for part in path:
            value = value[part] if value is not None else None
        root = path == ("disease", "id") and value == _NO_DISEASE
        if root or (isinstance(value, str) and value.startswith("<") and value.endswith(">")):
            yield Problem(
                document.raw_place(*path),
                f"is still the skeleton's {value}",
                "fill it in, or leave an optional field out",
            )


def _folders(root: Path, document: Document[Case]) -> Iterable[Problem]:
    if document.value is None:
        return
    for index, dataset in enumerate(document.value.datasets):
        for role, path in dataset.paths.items():
            where = document.place("datasets", index, role)
            if role == FOLDER_ROLE:
                yield from (Problem(where, text) for text in why_not_folder(root, path))
            elif (root / path).is_dir():
                yield Problem(where, f"found {path}, which is a folder; allowed is a file")


def _record_problems(root: Path, document: Document[Judgements] | None) -> list[Problem]:
    """What is wrong between the entries of the log, and letters of agencies that are not there."""
    if document is None or document.value is None:
        return []
    return [
        *_dangling(document, document.value.dangling(_left_out(document))),
        *(
            Problem(
                document.place("advice", index, "file"),
                f"found {entry.file}, which is not there",
                "put the letter or the minutes there, or leave `file` out",
            )
            for index, entry in enumerate(document.value.advice)
            if entry.file is not None and not (root / entry.file).is_file()
        ),
    ]


def _before_birth(case: Case, timeline: tuple[Event, ...]) -> list[Problem]:
    born = case.patient.born
    if born is None:
        return []
    after_birth = {EventKind.DOSE, EventKind.MEASUREMENT, EventKind.INTERCURRENT}
    return [
        Problem("timeline", f"{event.event} stands at {event.when}, before birth at {born}")
        for event in timeline
        if event.kind in after_birth and event.when.before(born)
    ]


def _optional(root: Path, name: str, model: type[Model]) -> Document[Model] | None:
    path = root / name
    return read_document(path, model, name=name) if path.is_file() else None


def _of(document: Document[Model] | None) -> tuple[Problem, ...]:
    return () if document is None else document.problems


def _empty_plan() -> Plan:
    return Plan(schema="ultrarare/plan/1")


def _left_out(document: Document[Any]) -> frozenset[str]:
    """Ids that may be named although their entries could not be read."""
    return document.ids() if document.problems else frozenset()


def _dangling(document: Document[Any], places: Iterable[Place]) -> list[Problem]:
    return [Problem(document.place(*path), text) for path, text in places]


def _read_lock(root: Path, plan: Document[Plan] | None) -> tuple[Lock | None, list[Problem]]:
    path = root / LOCK
    if not path.is_file():
        return None, []
    way_out = "write it with `ultrarare plan lock`"
    try:
        lock = Lock.model_validate(json.loads(path.read_bytes()))
    except ValidationError as error:
        return None, [
            Problem(
                f"{LOCK} {dotted(failure['loc'])}".rstrip(),
                f"is no lock: {failure['msg']}",
                way_out,
            )
            for failure in error.errors(include_url=False)
        ]
    except ValueError as error:
        return None, [Problem(LOCK, f"is no lock: {error}", way_out)]
    if plan is not None and plan.raw is None:
        return None, []  # what is wrong with the plan is said where it stands
    if plan is None:
        return None, [Problem(LOCK, "locks a plan that is not there", "restore plan.yaml")]
    if (found := plan_digest(plan.raw)) != lock.plan_sha256:
        return None, [
            Problem(
                LOCK,
                f"does not match plan.yaml: locked {lock.plan_sha256}, found {found}",
                "restore the plan that was locked, or lock the changed plan anew; "
                "its analyses are then post hoc if a dose came before",
            )
        ]
    return lock, []


def _clock_problems(document: Document[Case]) -> list[Problem]:
    """Every moment of the case must be on the clock that the case names."""
    case = document.value
    if case is None:
        return []
    moments: list[tuple[tuple[str | int, ...], Moment | None]] = [
        (("patient", "born"), case.patient.born),
        (("patient", "diagnosed"), case.patient.diagnosed),
        *((("statements", i, "when"), item.when) for i, item in enumerate(case.statements)),
    ]
    return [
        Problem(
            document.place(*path),
            f"found {moment.text!r}, a {moment.clock}; this case's clock is: {case.clock}",
        )
        for path, moment in moments
        if moment is not None and moment.clock is not case.clock
    ]


def _absent(root: Path, case: Case) -> Iterable[tuple[str, str]]:
    for dataset in case.datasets:
        for path in dataset.paths.values():
            if not is_there(root / path):
                yield dataset.id, path


def _table_problems(root: Path, case: Case) -> Iterable[Problem]:
    """What is wrong with the tables that are part of the record and that no analysis reads."""
    for dataset in case.datasets:
        if isinstance(dataset, OtherTable) and (root / dataset.file).is_file():
            try:
                read_table(root / dataset.file, (), name=dataset.file, extra=True)
            except InputErrors as error:
                yield from error.problems


def _read_timelines(root: Path, case: Case) -> tuple[tuple[Event, ...], list[Problem]]:
    events: list[Event] = []
    problems: list[Problem] = []
    for dataset in case.datasets:
        if not isinstance(dataset, TimelineTable) or not (root / dataset.file).is_file():
            continue
        try:
            found = read_timeline(root / dataset.file, name=dataset.file)
        except InputErrors as error:
            problems += error.problems
            continue
        problems += [
            Problem(
                f"{dataset.file}:{event.line}",
                f"found {event.when.text!r} ({event.event}), a {event.when.clock}; "
                f"this case's clock is: {case.clock}",
            )
            for event in found
            if event.when.clock is not case.clock
        ]
        events += found
    key = {Clock.DAY_OF_LIFE: 0, Clock.ISO_DATE: 1}
    return tuple(sorted(events, key=lambda e: (key[e.when.clock], e.when.first))), problems
