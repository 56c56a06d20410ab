"""Reading a case's course as it stands in its files, without ages and without a split."""

from __future__ import annotations

from ultrarare.analysis.declaration import Inputs, Parameters
from ultrarare.app.analyse import Progress, silent, survey_analyses
from ultrarare.app.cache import Cache
from ultrarare.app.data_files import data_problems
from ultrarare.case.amount import Amount
from ultrarare.case.dataset import CourseEpisodes, CourseSeries, CourseSummary, Dataset
from ultrarare.case.folder import CaseFolder
from ultrarare.case.moment import Moment
from ultrarare.case.table import Column, read_table
from ultrarare.dossier.cdisc.source import Course, Episode, Value
from ultrarare.effect.episode_record import observed_span
from ultrarare.effect.summary import read_summaries
from ultrarare.errors import InputErrors

_GENOMIC = ("editing.", "variant.identity")


def read_course(
    folder: CaseFolder, *, cache: Cache | None = None, progress: Progress = silent
) -> Course:
    """The case's course and safety data; analyses run on variants and editing only.

    Simulated data are not read: they are no observation of anybody.

    Raises:
        InputErrors: everything that is wrong with the files of the course or of the reads.
    """
    if problems := data_problems(folder):
        raise InputErrors.of_files(problems)
    analysed = survey_analyses(
        folder,
        cache=cache,
        progress=progress,
        only=lambda task: task.analysis.name.startswith(_GENOMIC) and not task.simulated,
    )
    if analysed.problems:
        raise InputErrors.of_files(analysed.problems)
    inputs = reading(folder)
    there = [d for d in folder.case.datasets if _is_read(folder, d)]
    summaries = tuple((d, read_summaries(inputs, d)) for d in there if isinstance(d, CourseSummary))
    episodes = tuple((d, _episodes(inputs, d)) for d in there if isinstance(d, CourseEpisodes))
    return Course(
        case=folder.case,
        timeline=folder.timeline,
        endpoints=folder.plan.endpoints,
        series=tuple((d, _series(inputs, d)) for d in there if isinstance(d, CourseSeries)),
        summaries=summaries,
        episodes=episodes,
        observed={d.id: observed_span(d, clock=folder.case.clock) for d, _ in episodes},
        findings=tuple(finding for outcome in analysed.outcomes for finding in outcome.findings),
    )


def reading(folder: CaseFolder) -> Inputs:
    """What readers of the analyses need to open the folder's files."""
    return Inputs(
        root=folder.root,
        case=folder.case,
        datasets={},
        timeline=folder.timeline,
        first_dose=folder.first_dose,
        endpoint=None,
        parameters=Parameters(),
    )


def _is_read(folder: CaseFolder, dataset: Dataset) -> bool:
    return dataset.origin != "simulated" and not folder.is_absent(dataset.id)


def _series(inputs: Inputs, dataset: CourseSeries) -> tuple[Value, ...]:
    columns = (Column("time", Moment.parse), Column("value", Amount.parse))
    rows = read_table(inputs.path(dataset.file), columns, name=dataset.file)
    found = [Value(when=row["time"], amount=row["value"]) for row in rows]
    return tuple(sorted(found, key=lambda value: value.when.first))


def _episodes(inputs: Inputs, dataset: CourseEpisodes) -> tuple[Episode, ...]:
    columns = (
        Column("time", Moment.parse),
        Column("severity", str, required=False, may_be_empty=True),
        Column("number", str, required=False, may_be_empty=True),
    )
    path = inputs.path(dataset.file)
    rows = read_table(path, columns, name=dataset.file, rows_needed=False)
    found = [Episode(when=row["time"], severity=row.get("severity")) for row in rows]
    return tuple(sorted(found, key=lambda episode: episode.when.middle))
