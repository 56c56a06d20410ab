"""Reading the declared data files that no analysis may come to read.

A patient's series stands in the case before the plan does. Whether a file of it is broken must not
depend on whether an analysis runs on it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from ultrarare.analysis.declaration import Inputs, Parameters
from ultrarare.case.dataset import (
    ComparisonTable,
    CourseEpisodes,
    CourseSeries,
    CourseSummary,
    GoalTable,
    GroupSummaries,
    MatchedSets,
    OutcomeTable,
    PublishedSurvival,
    TreatedEpisodes,
    TreatedPeople,
)
from ultrarare.case.folder import CaseFolder
from ultrarare.errors import InputError, InputErrors, NotComputable, Problem


def data_problems(folder: CaseFolder) -> tuple[Problem, ...]:
    """What is wrong with each file of the patient's course and of the comparisons.

    Cohorts, sequences, reads and timelines are not among them: they are read in every run.
    """
    inputs = Inputs(
        root=folder.root,
        case=folder.case,
        datasets={},
        timeline=folder.timeline,
        first_dose=folder.first_dose,
        endpoint=None,
        parameters=Parameters(),
    )
    found: list[Problem] = []
    for dataset in folder.case.datasets:
        read = _READERS.get(type(dataset))
        if read is not None and not folder.is_absent(dataset.id):
            found += _problems_of(read, inputs, dataset)
    return tuple(dict.fromkeys(found))


def _problems_of(
    read: Callable[[Inputs, Any], object], inputs: Inputs, dataset: Any
) -> Iterable[Problem]:
    try:
        read(inputs, dataset)
    except InputErrors as error:
        problems: Iterable[Problem] = error.problems
    except InputError as error:
        problems = [Problem(error.where, error.problem, error.remedy)]
    except NotComputable:
        return
    else:
        return
    own = tuple(dataset.paths.values())
    for problem in problems:
        where = problem.where.replace(f"{inputs.root}{os.sep}", "")
        if not where.startswith((*own, "dataset ")):
            where = f"{own[0]} {where}".rstrip()
        yield Problem(where, problem.problem, problem.remedy)


def _series(inputs: Inputs, dataset: CourseSeries) -> None:
    from ultrarare.effect.series import read_series

    read_series(inputs, dataset, unit="d")


def _summary(inputs: Inputs, dataset: CourseSummary) -> None:
    from ultrarare.effect.summary import read_summaries

    read_summaries(inputs, dataset)


def _episodes(inputs: Inputs, dataset: CourseEpisodes) -> None:
    from ultrarare.effect.episode_record import read_patient_episodes

    read_patient_episodes(inputs.path(dataset.file), dataset, clock=inputs.case.clock)


def _comparison(inputs: Inputs, dataset: ComparisonTable) -> None:
    from ultrarare.effect.external_control_table import ArmColumns, read_arm

    columns = ArmColumns(
        outcome=dataset.outcome,
        covariates=dataset.covariates,
        exact=dataset.exact,
        event=dataset.event,
    )
    read_arm(inputs.path(dataset.file), columns, name=dataset.file)


def _groups(inputs: Inputs, dataset: GroupSummaries) -> None:
    from ultrarare.effect.borrowing_groups import read_groups

    read_groups(inputs.path(dataset.file), dataset.scale, name=dataset.file)


def _outcomes(inputs: Inputs, dataset: OutcomeTable) -> None:
    from ultrarare.effect.endpoints_table import read_endpoint_table

    read_endpoint_table(inputs.path(dataset.file), dataset.endpoints, name=dataset.file)


def _goals(inputs: Inputs, dataset: GoalTable) -> None:
    from ultrarare.effect.endpoints_goals import read_goals

    read_goals(inputs.path(dataset.file), name=dataset.file)


def _matched(inputs: Inputs, dataset: MatchedSets) -> None:
    from ultrarare.effect.sensitivity_spec import PairsSpec, read_sets

    read_sets(inputs.path(dataset.file), name=dataset.file, asked=PairsSpec(), improves="higher")


def _treated(inputs: Inputs, dataset: TreatedPeople) -> None:
    from ultrarare.effect.treated_people import read_treated

    read_treated(inputs.path(dataset.file), name=dataset.file)


def _treated_episodes(inputs: Inputs, dataset: TreatedEpisodes) -> None:
    from ultrarare.history.cohort import read_episodes

    read_episodes(
        inputs.path(dataset.file),
        inputs.path(dataset.follow_up),
        events_name=dataset.file,
        follow_up_name=dataset.follow_up,
    )


def _curve(inputs: Inputs, dataset: PublishedSurvival) -> None:
    from ultrarare.effect.treated_people import read_published_curve

    path: Path = inputs.path(dataset.file)
    read_published_curve(path, people=dataset.people, name=dataset.file, level=0.95)


_READERS: Final[Mapping[type, Callable[[Inputs, Any], object]]] = {
    CourseSeries: _series,
    CourseSummary: _summary,
    CourseEpisodes: _episodes,
    ComparisonTable: _comparison,
    GroupSummaries: _groups,
    OutcomeTable: _outcomes,
    GoalTable: _goals,
    MatchedSets: _matched,
    TreatedPeople: _treated,
    TreatedEpisodes: _treated_episodes,
    PublishedSurvival: _curve,
}
