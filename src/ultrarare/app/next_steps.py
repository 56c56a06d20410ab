"""What is missing, what next, and what to ask: one answer from a case and its work."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ultrarare import __version__
from ultrarare.app.analyse import Progress, silent
from ultrarare.app.assess import DEFAULT_GUIDANCE, assess_case
from ultrarare.app.cache import Cache
from ultrarare.case.case import Phase
from ultrarare.case.finding import Direction, Finding
from ultrarare.case.work import State, Task, Work, read_work
from ultrarare.draw import Figure
from ultrarare.draw import schedule as draw_schedule
from ultrarare.guidance.agenda import Agenda, agenda
from ultrarare.guidance.assessment import Assessment, Gap
from ultrarare.guidance.meeting import Meeting
from ultrarare.stats.schedule import Activity, Schedule, schedule

SEED = 20260223
_SHOWS = {Direction.SUPPORTS, Direction.CONTRADICTS, Direction.INCONCLUSIVE, Direction.DESCRIBES}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedEvidence:
    """One task with what it is to give, against what is at hand.

    Attributes:
        task: the task.
        at_hand: ids of findings of the kinds it is to give.
        closes: ids of open requirements that wait for these kinds.
        doubt: what does not fit: said to be obtained and not at hand; None if all fits.
    """

    task: Task
    at_hand: tuple[str, ...]
    closes: tuple[str, ...]
    doubt: str | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class NextSteps:
    """What is open by phase, the evidence plan, the critical path, and the questions.

    Attributes:
        assessment: the case's verdicts.
        work: the work; None where none was given.
        evidence: each task against what is at hand.
        unplanned: open requirements that no task's evidence would close.
        course: the schedule; None where no work was given.
        agenda: questions for the meeting asked about.
    """

    assessment: Assessment
    work: Work | None
    evidence: tuple[PlannedEvidence, ...]
    unplanned: tuple[Gap, ...]
    course: Schedule | None
    agenda: Agenda

    @property
    def unplanned_rows(self) -> tuple[str, ...]:
        """Their ids, each once, whichever documents ask."""
        return tuple(dict.fromkeys(gap.requirement for gap in self.unplanned))

    def gaps_by_phase(self) -> list[tuple[Phase, list[Gap]]]:
        """What is open, in the order of phases, and in each by what waits for it."""
        found = []
        for phase in Phase:
            mine = [gap for gap in self.assessment.gaps if gap.due == phase.value]
            if mine:
                found.append((phase, sorted(mine, key=lambda gap: -gap.blocks)))
        return found

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "schema": "ultrarare/next/1",
            "case": self.assessment.case.id,
            "phase": self.assessment.case.phase,
            "gaps": [
                {"phase": phase.value, "gaps": [gap.model_dump(mode="json") for gap in some]}
                for phase, some in self.gaps_by_phase()
            ],
            "evidence": [
                {
                    "task": one.task.id, "name": one.task.name, "state": one.task.state.value,
                    "owner": one.task.owner, "gives": list(one.task.gives),
                    "at_hand": list(one.at_hand), "closes": list(one.closes), "doubt": one.doubt,
                }
                for one in self.evidence
            ],
            "unplanned": None if self.work is None else list(self.unplanned_rows),
            "schedule": None if self.course is None else _schedule_json(self.course),
            "meeting": self.agenda.meeting.value,
            "questions": [one.to_json() for one in self.agenda.questions],
            "questions_left_out": list(self.agenda.left_out),
            "software": f"ultrarare {__version__}",
        }  # fmt: skip

    def summary(self) -> str:
        """A few lines: open by phase, the path, doubts, and how many questions."""
        lines = [
            f"{phase.value}: {len(some)} open; first {some[0].requirement}: {some[0].remedy}"
            for phase, some in self.gaps_by_phase()
        ]
        if self.course is not None and self.work is not None:
            names = {task.id: task.name for task in self.work.tasks}
            path = [names[one.id] for one in self.course.placed if one.slack <= 0]
            low, middle, high = self.course.quantiles
            lines.append(
                f"critical path: {' → '.join(path)}; {self.course.end:.3g} weeks with the likely "
                f"durations; half of the simulated courses end by week {middle:.3g}, 8 of 10 "
                f"between {low:.3g} and {high:.3g}"
            )
            lines += [f"{one.task.name}: {one.doubt}" for one in self.evidence if one.doubt]
            lines.append(f"no task gives evidence for {len(self.unplanned_rows)} open requirements")
        lines.append(
            f"{self.agenda.meeting.value}: {len(self.agenda.questions)} questions"
            + (f", {len(self.agenda.left_out)} more open" if self.agenda.left_out else "")
        )
        return "\n".join(lines)


def next_steps(
    case: Path,
    *,
    work: Path | None = None,
    meeting: Meeting = Meeting.PRE_IND,
    rows: Sequence[str] = (),
    guidance: Sequence[str] | None = None,
    cache: Cache | None = None,
    progress: Progress = silent,
) -> NextSteps:
    """Judge a case and say what comes next.

    Args:
        case: case folder.
        work: a work file; None leaves out evidence plan and path.
        meeting: kind of meeting that questions are made for.
        rows: requirements to ask about, in place of the most pressing.
        guidance: ids or files of packs; both founding documents where not given.
        cache: of analyses.
        progress: told of each step.

    Raises:
        NotFound: no case, pack or work file.
        InputErrors: all that is wrong with them.
    """
    planned = None if work is None else read_work(work)
    names = tuple(guidance) if guidance else DEFAULT_GUIDANCE
    assessment = assess_case(case, guidance=names, cache=cache, progress=progress).assessment
    return steps_of(assessment, planned, meeting=meeting, rows=rows)


def steps_of(
    assessment: Assessment,
    work: Work | None,
    *,
    meeting: Meeting = Meeting.PRE_IND,
    rows: Sequence[str] = (),
) -> NextSteps:
    """What comes next of an assessment and its work."""
    waits = {
        (document.id, row.id): set(row.waits_for)
        for document in assessment.guidance
        for row in document.requirements
    }
    evidence = () if work is None else tuple(_evidence(work, assessment, waits))
    given = set() if work is None else {kind for task in work.tasks for kind in task.gives}
    return NextSteps(
        assessment=assessment,
        work=work,
        evidence=evidence,
        unplanned=tuple(
            gap for gap in assessment.gaps if not waits[gap.guidance, gap.requirement] & given
        ),
        course=None if work is None else course_of(work),
        agenda=agenda(assessment, meeting, rows=rows),
    )


def course_of(work: Work) -> Schedule:
    """The schedule of a work file; its simulation is the same every time."""
    activities = [
        Activity(
            id=task.id, least=task.span.least, likely=task.span.likely, most=task.span.most,
            needs=task.needs, begun=task.begun, done=task.done,
        )
        for task in work.tasks
    ]  # fmt: skip
    return schedule(activities, rng=np.random.default_rng(SEED))


def next_files(steps: NextSteps) -> dict[str, bytes]:
    """The page and the data, by file name."""
    from ultrarare.dossier.next_steps import next_page

    data = json.dumps(steps.to_json(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    return {
        "next.json": data.encode(),
        "next.html": next_page(steps, course_figure(steps)).encode(),
    }


def course_figure(steps: NextSteps) -> Figure | None:
    """The critical path; None where no work was given."""
    if steps.work is None or steps.course is None:
        return None
    low, _middle, high = steps.course.quantiles
    bars = [
        draw_schedule.Bar(
            label=task.name, begin=one.begin, end=one.end, slack=one.slack,
            critical=one.critical, state=task.state.value,
        )
        for task, one in zip(steps.work.tasks, steps.course.placed, strict=True)
    ]  # fmt: skip
    certain = all(task.span.fixed for task in steps.work.tasks)
    return draw_schedule.schedule(
        bars, title=steps.work.title, end=steps.course.end, likely=None if certain else (low, high)
    )


def _evidence(
    work: Work, assessment: Assessment, waits: dict[tuple[str, str], set[str]]
) -> Iterable[PlannedEvidence]:
    open_rows = [(gap.requirement, waits[gap.guidance, gap.requirement]) for gap in assessment.gaps]
    for task in work.tasks:
        kinds = set(task.gives)
        at_hand = [f for f in assessment.findings if f.kind in kinds and _says(f)]
        lacking = sorted(kinds - {f.kind for f in at_hand})
        doubt = None
        if task.state is State.OBTAINED and lacking:
            doubt = f"said to be obtained, and no finding is at hand of {', '.join(lacking)}"
        closes = dict.fromkeys(row for row, waiting in open_rows if waiting & kinds)
        yield PlannedEvidence(
            task=task,
            at_hand=tuple(f.id for f in at_hand),
            closes=tuple(closes),
            doubt=doubt,
        )


def _says(finding: Finding) -> bool:
    return finding.direction in _SHOWS


def _schedule_json(course: Schedule) -> dict[str, Any]:
    return {
        "end": course.end,
        "mean": course.mean,
        "quantiles": dict(zip(("0.1", "0.5", "0.9"), course.quantiles, strict=True)),
        "runs": course.runs,
        "tasks": [
            {
                "task": one.id, "begin": one.begin, "end": one.end, "slack": one.slack,
                "critical": one.critical,
            }
            for one in course.placed
        ],
    }  # fmt: skip
