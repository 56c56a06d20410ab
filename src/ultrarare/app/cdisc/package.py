"""`package data`: a case folder in, tabulations and analysis datasets out."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ultrarare import __version__
from ultrarare.app.analyse import Progress, silent
from ultrarare.app.cdisc.course import read_course
from ultrarare.app.cdisc.untreated import read_untreated
from ultrarare.case.folder import CASE, CaseFolder, read_case
from ultrarare.dossier.cdisc.checks import check
from ultrarare.dossier.cdisc.cohort import map_untreated
from ultrarare.dossier.cdisc.dataset import Study
from ultrarare.dossier.cdisc.dataset_json import dataset_json
from ultrarare.dossier.cdisc.define import define_xml
from ultrarare.dossier.cdisc.limits import limit_problems
from ultrarare.dossier.cdisc.mapping import Mapped, map_course
from ultrarare.dossier.cdisc.report import Export
from ultrarare.dossier.cdisc.source import Subject
from ultrarare.dossier.cdisc.specification import specifications
from ultrarare.dossier.cdisc.xpt import xpt
from ultrarare.dossier.write import write
from ultrarare.errors import InputError, InputErrors

_STUDY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", re.ASCII)
_FOLDERS: Final = ("sdtm", "adam", "cohort/sdtm", "cohort/adam")
REPORT: Final = "report.json"
Clock = Callable[[], datetime]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What was written, and where."""

    folder: Path
    export: Export

    def summary(self) -> str:
        """A few lines for a terminal."""
        return "\n".join((*self.export.lines(), f"written: {self.folder}"))


def package_data(
    case: Path,
    out: Path,
    *,
    study_id: str | None = None,
    with_cohort: bool = False,
    created: datetime | None = None,
    clock: Clock = _now,
    progress: Progress = silent,
) -> Package:
    """Write SDTM and ADaM of a case as Dataset-JSON 1.1 and XPT v5, each with its Define-XML 2.1.

    Args:
        case: case folder.
        out: folder to write; never the case's.
        study_id: 1 to 40 letters, digits, `.`, `_` and `-`; the case's id in capitals if not given.
        with_cohort: whether untreated people go out too, as study `STUDY-NH`.
        created: time that stands in the files, with a zone; the same time gives the same bytes.
        clock: gives the time where `created` is not given.
        progress: called with one line as each step begins.

    Raises:
        NotFound: no case folder.
        InputErrors: everything that is wrong with the case's files, or every breach of the limits
            of a transport file; nothing is written then.
        InputError: the study id, the time or the place.
    """
    folder = read_case(case)
    study = _study(study_id, folder)
    _require_place(out)
    when = _when(created if created is not None else clock())
    mapped, folders = _mapped(folder, study, with_cohort=with_cohort, progress=progress)
    progress("checking the limits of the format and the rules")
    if problems := limit_problems([d for s in folders.values() for d in s.datasets]):
        raise InputErrors(problems, where="transport files")
    export = Export(
        case=folder.case.id,
        created=when.isoformat(timespec="seconds"),
        version=__version__,
        folders=folders,
        results=tuple(result for s in folders.values() for result in check(s)),
        left_out=tuple(item for part in mapped for item in part.left_out),
        replaced=dict(sorted(sum((Counter(part.replaced) for part in mapped), Counter()).items())),
    )
    write(out, _files(export, when), owned=owned())
    return Package(folder=out, export=export)


def _study(study_id: str | None, folder: CaseFolder) -> str:
    name = folder.case.id.upper() if study_id is None else study_id
    if _STUDY.fullmatch(name) is None:
        raise InputError(
            f"found {name!r}; allowed are 1 to 40 letters, digits, '.', '_' and '-', no sign first",
            where="--study-id",
        )
    return name


def _require_place(out: Path) -> None:
    if (out / CASE).exists():
        raise InputError(
            "is a case folder; the datasets are not written among its files",
            where=str(out),
            remedy="name a folder for them",
        )
    if out.exists() and not out.is_dir():
        raise InputError("is a file; allowed is a folder", where=str(out), remedy="name another")


def _when(time: datetime) -> datetime:
    if time.tzinfo is None:
        raise InputError(
            f"found {time.isoformat()}, a time without a zone",
            where="--created",
            remedy="write it as 2026-03-01T12:00:00Z",
        )
    return time.astimezone(UTC).replace(microsecond=0)


def _mapped(
    folder: CaseFolder, study: str, *, with_cohort: bool, progress: Progress
) -> tuple[tuple[Mapped, ...], Mapping[str, Study]]:
    progress("reading the course")
    course = read_course(folder, progress=progress)
    own = map_course(course, Subject(study=study, id=folder.case.id.upper()))
    folders = dict(zip(_FOLDERS, own.studies, strict=False))
    if not with_cohort:
        return (own,), folders
    progress("reading the untreated people")
    others = map_untreated(read_untreated(folder), folder.case, f"{study}-NH")
    if others is None:
        raise InputError(
            "the case has no cohort of single people; a published curve is none",
            where="--with-cohort",
            remedy="leave the option away",
        )
    cohorts = ("cohort-people", "cohort-visits", "cohort-episodes")
    written = {
        f"dataset {dataset.id} ({dataset.kind})"
        for dataset in folder.case.datasets
        if dataset.playing(cohorts) and not folder.is_absent(dataset.id)
        and dataset.origin != "simulated"
    }  # fmt: skip
    rest = tuple(item for item in own.left_out if item.what not in written)
    own = Mapped(studies=own.studies, left_out=rest, replaced=own.replaced)
    return (own, others), {**folders, **dict(zip(_FOLDERS[2:], others.studies, strict=True))}


def _files(export: Export, when: datetime) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for folder, study in export.folders.items():
        for dataset in study.datasets:
            files[f"{folder}/{dataset.file}.xpt"] = xpt(dataset, created=when)
            files[f"{folder}/{dataset.file}.json"] = dataset_json(
                dataset, study, created=when, version=__version__
            )
        files[f"{folder}/define.xml"] = define_xml(study, created=when, version=__version__)
    text = json.dumps(export.to_json(), indent=2, ensure_ascii=False)
    files[REPORT] = (text + "\n").encode()
    return files


def owned() -> tuple[str, ...]:
    """Every file that a package of data can have, so that none of an earlier one stays."""
    names = []
    for name, spec in specifications().items():
        names += [name] + ([f"SUPP{name}"] if spec.family == "SDTM" else [])
    files = [f"{name.lower()}.{end}" for name in names for end in ("xpt", "json")]
    return tuple(f"{folder}/{file}" for folder in _FOLDERS for file in (*files, "define.xml"))
