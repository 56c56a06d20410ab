"""Checking a case folder: all problems at once, and what is declared but absent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ultrarare.app.analyse import Progress, silent, survey_analyses
from ultrarare.app.assess import unknown_judgements
from ultrarare.app.success import criterion_warnings
from ultrarare.case.data_path import files_of, is_there
from ultrarare.case.folder import survey_case
from ultrarare.errors import Problem
from ultrarare.guidance.pack import packs


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check found; a folder of records is one of `files`, and its records are counted."""

    case_id: str | None
    files: int
    absent: tuple[tuple[str, str], ...]
    problems: tuple[Problem, ...]
    plan: str
    records: int = 0
    warnings: tuple[str, ...] = ()

    def summary(self) -> list[str]:
        """Lines for a terminal; the problems are printed by whoever raises them."""
        lines = [
            f"absent, will be assessed as missing: {path} ({name})" for name, path in self.absent
        ]
        if not self.problems:
            held = f" ({self.records} records in folders)" if self.records else ""
            lines.append(
                f"{self.case_id}: {self.files} data files read{held}, no problem found. {self.plan}"
            )
        return [*lines, *self.warnings]

    def to_json(self) -> dict[str, Any]:
        """The same as JSON."""
        return {
            "case": self.case_id,
            "files": self.files,
            "records": self.records,
            "absent": [{"dataset": name, "path": path} for name, path in self.absent],
            "problems": [
                {"where": p.where, "problem": p.problem, "remedy": p.remedy} for p in self.problems
            ],
            "plan": self.plan,
            "warnings": list(self.warnings),
        }


def check_case(path: Path | str, *, progress: Progress = silent) -> Checked:
    """Read everything of a case folder that can be read, and report every problem.

    Every declared file of a kind that has a reader is read, whether an analysis runs on it or not.
    The analyses run too, since some files are read by them alone; their findings are thrown away,
    so that a check shows nobody a result.

    Raises:
        NotFound: no case folder.
    """
    folder, problems = survey_case(path)
    if folder is None:
        return Checked(case_id=None, files=0, absent=(), problems=problems, plan="")
    analysed = survey_analyses(folder, progress=progress)
    named = {p for dataset in folder.case.datasets for p in dataset.paths.values()}
    paths = [folder.root / p for p in sorted(named) if is_there(folder.root / p)]
    return Checked(
        case_id=folder.case.id,
        files=len(paths),
        records=sum(len(files_of(path)) for path in paths if path.is_dir()),
        absent=folder.absent,
        problems=tuple(
            dict.fromkeys(
                (
                    *problems,
                    *analysed.problems,
                    *unknown_judgements(folder, tuple(packs().values())),
                )
            )
        ),
        plan=folder.lock_state.reason,
        warnings=criterion_warnings(folder),
    )
