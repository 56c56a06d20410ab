"""Which analyses a case calls for: those of the plan, and those that run by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from ultrarare.analysis.declaration import Analysis, Need, Parameters
from ultrarare.analysis.registry import analyses
from ultrarare.case.dataset import Dataset
from ultrarare.case.finding import Planned
from ultrarare.case.folder import PLAN, CaseFolder
from ultrarare.case.lock import cohort_digests
from ultrarare.case.plan import Endpoint, PlannedAnalysis
from ultrarare.case.shape import told
from ultrarare.case.yaml_text import dotted, read_plain
from ultrarare.errors import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One analysis with everything it is given, ready to run.

    `missing` holds, for each required role that nothing plays, what is missing; `absent` the
    declared files that are not there, by role; `doubt` why a planned task is post hoc all the same.
    """

    id: str
    analysis: Analysis
    datasets: Mapping[str, tuple[Dataset, ...]]
    missing: tuple[str, ...]
    absent: Mapping[str, tuple[str, ...]]
    endpoint: Endpoint | None
    parameters: Parameters
    seed: int | None
    planned: Planned
    doubt: str | None = None

    @property
    def played(self) -> Mapping[str, tuple[Dataset, ...]]:
        """Its datasets, each in the part that it plays in a role."""
        parts = {need.role: need for need in self.analysis.needs}
        return {
            role: tuple(part for item in items for part in parts[role].playing(item))
            for role, items in self.datasets.items()
        }

    @property
    def caveats(self) -> tuple[str, ...]:
        """What every finding from its datasets has to say.

        Of a role that takes every dataset that fits, the analysis knows which finding rests on
        which, and says it itself.
        """
        return tuple(
            text
            for need in self.analysis.needs
            if not need.many
            for item in self.datasets.get(need.role, ())
            for text in item.caveats
        )

    @property
    def simulated(self) -> tuple[str, ...]:
        """Ids of its datasets that are simulated, which are no evidence."""
        return tuple(
            item.id
            for items in self.datasets.values()
            for item in items
            if item.origin == "simulated"
        )


def plan_tasks(folder: CaseFolder) -> tuple[tuple[Task, ...], tuple[Problem, ...]]:
    """Every task of the case, and what is wrong with the plan's entries."""
    cohorts = cohort_digests(folder.root, folder.case)
    problems: list[Problem] = []
    tasks: list[Task] = []
    for index, entry in enumerate(folder.plan.analyses):
        where = f"{PLAN} analyses[{index}]"
        analysis = analyses().get(entry.analysis)
        if analysis is None:
            allowed = ", ".join(analyses())
            text = f"names {entry.analysis!r}; registered analyses: {allowed}"
            problems.append(Problem(f"{where}.analysis", text, "`ultrarare doctor` lists them"))
            continue
        more = [
            *_input_problems(entry, analysis, folder, where),
            *_parameter_problems(entry, where),
        ]
        problems += more
        if not more:
            tasks.append(_planned_task(folder, entry, analysis, cohorts))
    named = {
        (task.analysis.name, item.id)
        for task in tasks
        for d in task.datasets.values()
        for item in d
    }
    whole = {task.analysis.name for task in tasks}
    for analysis in analyses().values():
        if analysis.by_itself:
            tasks += _automatic_tasks(folder, analysis, named, planned=analysis.name in whole)
    problems += _success_problems(folder)
    return tuple(tasks), tuple(_with_lines(problems, folder.root))


def _planned_task(
    folder: CaseFolder, entry: PlannedAnalysis, analysis: Analysis, cohorts: Mapping[str, str]
) -> Task:
    datasets = {
        need.role: _players(folder, need, entry.inputs.get(need.role)) for need in analysis.needs
    }
    endpoint = next((e for e in folder.plan.endpoints if e.id == entry.endpoint), None)
    planned = folder.lock_state.planned if analysis.plannable else Planned.NOT_APPLICABLE
    doubt = _cohort_doubt(folder, datasets, cohorts) if planned is Planned.LOCKED else None
    if doubt is not None:
        planned = Planned.POST_HOC
    return Task(
        id=entry.id,
        analysis=analysis,
        datasets=datasets,
        missing=tuple(_missing(folder, analysis, datasets)),
        absent={need.role: _absent(folder, need) for need in analysis.needs},
        endpoint=endpoint,
        parameters=analysis.parameters.model_validate(dict(entry.parameters)),
        seed=entry.seed,
        planned=planned,
        doubt=doubt,
    )


def _cohort_doubt(
    folder: CaseFolder, datasets: Mapping[str, tuple[Dataset, ...]], cohorts: Mapping[str, str]
) -> str | None:
    """Why a locked plan does not cover this comparison: its cohort is not the one locked."""
    locked = {} if folder.lock is None else folder.lock.cohorts
    changed = [
        dataset.id
        for items in datasets.values()
        for dataset in items
        if dataset.id in cohorts and locked.get(dataset.id) != cohorts[dataset.id]
    ]
    if not changed:
        return None
    return (
        f"The plan was locked, but not with the cohort {', '.join(changed)} as it is now, so this "
        "is post hoc."
    )


def _automatic_tasks(
    folder: CaseFolder, analysis: Analysis, named: set[tuple[str, str]], *, planned: bool
) -> Iterable[Task]:
    """One task a dataset of the first need, or one in all where it takes many or none."""
    status = Planned.POST_HOC if analysis.plannable else Planned.NOT_APPLICABLE
    leading = analysis.needs[0] if analysis.needs else None
    if leading is None or leading.many:
        if not planned:
            yield _automatic(folder, analysis, analysis.name, {}, status)
        return
    for dataset in folder.case.datasets:
        if dataset.playing(leading.kinds) and (analysis.name, dataset.id) not in named:
            task_id = f"{analysis.name}/{dataset.id}"
            yield _automatic(folder, analysis, task_id, {leading.role: dataset.id}, status)


def _automatic(
    folder: CaseFolder, analysis: Analysis, task_id: str, chosen: Mapping[str, str], status: Planned
) -> Task:
    datasets = {need.role: _players(folder, need, chosen.get(need.role)) for need in analysis.needs}
    return Task(
        id=task_id,
        analysis=analysis,
        datasets=datasets,
        missing=tuple(_missing(folder, analysis, datasets)),
        absent={need.role: _absent(folder, need) for need in analysis.needs},
        endpoint=None,
        parameters=analysis.parameters(),
        seed=None,
        planned=status,
    )


def _players(folder: CaseFolder, need: Need, chosen: str | None) -> tuple[Dataset, ...]:
    """The datasets that play a role: the named one, all of many, or the only one that fits."""
    fitting = tuple(d for d in folder.case.datasets if need.takes(d))
    if chosen is not None:
        fitting = tuple(dataset for dataset in fitting if dataset.id == chosen)
    elif not need.many and len(fitting) > 1:
        fitting = ()
    return tuple(dataset for dataset in fitting if not folder.is_absent(dataset.id))


def _absent(folder: CaseFolder, need: Need) -> tuple[str, ...]:
    fitting = {dataset.id for dataset in folder.case.datasets if need.takes(dataset)}
    return tuple(path for name, path in folder.absent if name in fitting)


def _missing(
    folder: CaseFolder, analysis: Analysis, datasets: Mapping[str, tuple[Dataset, ...]]
) -> Iterable[str]:
    for need in analysis.needs:
        if not need.required or datasets[need.role]:
            continue
        absent = _absent(folder, need)
        kinds = " or ".join(need.kinds)
        fitting = [d.id for d in folder.case.datasets if need.takes(d)]
        if absent:
            yield f"the declared file {', '.join(absent)}, which is not there"
        elif len(fitting) > 1:
            yield f"the plan to say which of {', '.join(fitting)} plays the role {need.role!r}"
        else:
            yield f"a dataset of kind {kinds}"


def _input_problems(
    entry: PlannedAnalysis, analysis: Analysis, folder: CaseFolder, where: str
) -> Iterable[Problem]:
    roles = {need.role: need for need in analysis.needs}
    declared = {dataset.id: dataset for dataset in folder.case.datasets}
    for role, dataset in entry.inputs.items():
        if role not in roles:
            allowed = ", ".join(roles) or "none"
            yield Problem(
                f"{where}.inputs.{role}", f"is no role of {analysis.name}; it has: {allowed}"
            )
        elif dataset in declared and not declared[dataset].playing(roles[role].kinds):
            wanted = " or ".join(roles[role].kinds)
            text = f"names {dataset!r} of kind {declared[dataset].kind}; allowed: {wanted}"
            yield Problem(f"{where}.inputs.{role}", text)


def _parameter_problems(entry: PlannedAnalysis, where: str) -> Iterable[Problem]:
    model = analyses()[entry.analysis].parameters
    try:
        model.model_validate(dict(entry.parameters))
    except ValidationError as error:
        for failure in error.errors(include_url=False):
            place = failure["loc"]
            text = told(failure, model)
            if failure["type"] == "extra_forbidden" and len(place) == 1:
                allowed = ", ".join(model.model_fields) or "none"
                text = f"is no parameter of {entry.analysis}; it has: {allowed}"
            yield Problem(
                f"{where}.parameters.{dotted(place)}".rstrip("."),
                text,
                f"docs/reference/analyses.md spells out the parameters of {entry.analysis}",
            )


def _with_lines(problems: Iterable[Problem], root: Path) -> Iterable[Problem]:
    """The problems with the line of the plan on which each one stands."""
    found = tuple(problems)
    if not found or not (root / PLAN).is_file():
        return found
    lines = read_plain(root / PLAN, PLAN).lines
    keys = {dotted(path): line for path, line in lines.items()}
    return tuple(_with_line(problem, keys) for problem in found)


def _with_line(problem: Problem, lines: Mapping[str, int]) -> Problem:
    place = problem.where.removeprefix(f"{PLAN} ")
    near = place
    while near and near not in lines:
        near = near[: max(near.rfind("."), near.rfind("["), 0)]
    if not near or place == problem.where:
        return problem
    return Problem(f"{PLAN}:{lines[near]} {place}", problem.problem, problem.remedy)


def _success_problems(folder: CaseFolder) -> Iterable[Problem]:
    from ultrarare.case.vocabulary import why_unknown

    for index, criterion in enumerate(folder.plan.success):
        if (why := why_unknown(criterion.finding, criterion.field)) is not None:
            yield Problem(f"{PLAN} success[{index}]", why)
