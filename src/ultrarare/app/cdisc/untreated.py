"""Reading the untreated people of a case, whatever their files are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ultrarare.analysis.declaration import Inputs
from ultrarare.app.cdisc.course import reading
from ultrarare.case.folder import CaseFolder
from ultrarare.dossier.cdisc.cohort import Untreated
from ultrarare.errors import InputError, InputErrors, Problem


def read_untreated(folder: CaseFolder) -> Untreated:
    """Every cohort of single people, simulated ones left out.

    Raises:
        InputErrors: everything that is wrong with their files.
    """
    from ultrarare.history.cohort_reader import episodes_of, people_of, visits_of

    inputs = reading(folder)
    problems: list[Problem] = []

    def each(kind: str, read: Callable[[Inputs, Any], Any]) -> Iterable[tuple[Any, Any]]:
        for dataset in folder.case.datasets:
            if dataset.origin == "simulated" or folder.is_absent(dataset.id):
                continue
            for part in dataset.playing((kind,)):
                try:
                    yield part, read(inputs, part)
                except InputErrors as error:
                    problems.extend(error.problems)
                except InputError as error:
                    problems.append(Problem(error.where, error.problem, error.remedy))

    found = Untreated(
        people=tuple(each("cohort-people", people_of)),
        visits=tuple(each("cohort-visits", visits_of)),
        episodes=tuple(each("cohort-episodes", episodes_of)),
    )
    if problems:
        raise InputErrors.of_files(dict.fromkeys(problems))
    return found
