"""From a case to its studies: tabulations and what is analysed of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ultrarare.dossier.cdisc.analysis import analysis_records
from ultrarare.dossier.cdisc.assemble import assemble
from ultrarare.dossier.cdisc.dataset import Study
from ultrarare.dossier.cdisc.events import COMMENTED, event_records
from ultrarare.dossier.cdisc.genomics import genomic_records
from ultrarare.dossier.cdisc.measurements import measurement_records
from ultrarare.dossier.cdisc.source import Course, LeftOut, Subject, visits
from ultrarare.dossier.cdisc.subject import subject_records, trial_records

_TAKEN = frozenset("course-series course-summary course-episodes timeline".split())
_READS = frozenset("editing-reads allele-table".split())
_OTHERS = "data on other people"
_WHY: Mapping[str, str] = {
    "reference-sequence": "a reference, no observation of the subject",
    "table": "a table that no analysis reads",
    "cohort-people": "untreated people: --with-cohort writes them as a study of their own",
    "cohort-visits": "untreated people: --with-cohort writes them as a study of their own",
    "cohort-episodes": "untreated people: --with-cohort writes them as a study of their own",
    "cohort-phenopackets": "untreated people: --with-cohort writes them as a study of their own",
    "cohort-fhir": "untreated people: --with-cohort writes them as a study of their own",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """Studies, what stands in none of them, and signs that were written in another way."""

    studies: tuple[Study, ...]
    left_out: tuple[LeftOut, ...]
    replaced: Mapping[str, int]


def map_course(course: Course, subject: Subject) -> Mapped:
    """SDTM and ADaM of the patient."""
    case = course.case
    days = visits(course)
    events, left = event_records(course, subject)
    genomic, not_ours = genomic_records(course, subject)
    records = {
        **trial_records(course),
        **subject_records(course, subject, days),
        **events,
        **measurement_records(course, subject, days),
        "GF": genomic,
    }
    told = f"{case.title} ({case.data} data)"
    first = assemble(
        records, family="SDTM", study=subject.study, title=case.title, description=told
    )
    second = assemble(
        analysis_records(first.study),
        family="ADaM",
        study=subject.study,
        title=case.title,
        description=told,
    )
    return Mapped(
        studies=(first.study, second.study),
        left_out=(
            *_datasets(course),
            *left,
            *not_ours,
            *_statements(course),
            *_times(course, second.study),
        ),
        replaced=first.replaced,
    )


def _datasets(course: Course) -> list[LeftOut]:
    read = {d.id for part in (course.series, course.summaries, course.episodes) for d, _ in part}
    found = []
    for dataset in course.case.datasets:
        what = f"dataset {dataset.id} ({dataset.kind})"
        if dataset.origin == "simulated":
            found.append(LeftOut(what, "simulated data are no observation of the subject"))
        elif dataset.kind in _TAKEN:
            if dataset.kind != "timeline" and dataset.id not in read:
                found.append(LeftOut(what, "its file is declared and absent"))
        elif dataset.kind not in _READS:
            found.append(LeftOut(what, _WHY.get(dataset.kind, _OTHERS)))
    return found


def _times(course: Course, analysis: Study) -> list[LeftOut]:
    dataset = analysis.dataset("ADTTE")
    there = () if dataset is None else dataset.column("PARAM")
    return [
        LeftOut(
            f"time to the first of: {episodes.episode}",
            "needs an exact first dose, episodes with exact days, and observation from then on",
        )
        for episodes, _ in course.episodes
        if not any(f"first of: {episodes.episode} (" in str(name) for name in there)
    ]


def _statements(course: Course) -> list[LeftOut]:
    return [
        LeftOut(f"statement {s.id} ({s.kind})", "says nothing on the subject's course or safety")
        for s in course.case.statements
        if s.kind not in COMMENTED
    ]
