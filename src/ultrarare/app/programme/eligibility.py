"""Criteria and patients in; who is eligible, with a trace for each criterion, out."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ultrarare.app.programme.read import read_criteria, read_patients
from ultrarare.dossier.page import environment, style
from ultrarare.dossier.write import write
from ultrarare.programme.criteria import Criteria
from ultrarare.programme.eligibility import Eligible, PatientAnswer, State, eligible

NOTICE = (
    "What the criteria as written here give for the facts as they are known. Whether a person "
    "enters a trial is for investigators to decide. What is not known never makes eligible."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EligibilityReport:
    """Each patient's answer, and where the page is.

    Attributes:
        criteria: as read.
        data: what the patients are: patient, published or made.
        patients: answers in the order of the file.
        page: None where none was written.
    """

    criteria: Criteria
    data: str
    patients: tuple[PatientAnswer, ...]
    page: Path | None

    @property
    def counts(self) -> dict[str, int]:
        """How many have each answer."""
        found = Counter(one.answer for one in self.patients)
        return {answer.value: found[answer] for answer in Eligible}

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        c = self.criteria
        return {
            "schema": "ultrarare/eligibility-answer/1",
            "criteria": c.id,
            "title": c.title,
            "version": c.version,
            "date": c.date.isoformat(),
            "criteria_are": c.data,
            "data": self.data,
            "notice": NOTICE,
            "notes": list(c.notes),
            "counts": self.counts,
            "patients": [one.to_json() for one in self.patients],
        }

    def summary(self) -> str:
        """Text for a terminal."""
        made = " (made patients)" if self.data == "made" else ""
        c = self.criteria
        lines = [f"{c.title}, version {c.version} of {c.date}{made}", ""]
        for one in self.patients:
            lines.append(f"  {one.patient:<12} {one.answer}")
            for row in one.criteria:
                if row.state is not State.MET:
                    lines.append(f"{'':15}{row.criterion.id} {row.state}: {row.criterion.text}")
                lines += [f"{'':15}{row.criterion.id}: {told}" for told in row.told]
        lines += ["", *c.notes, NOTICE]
        if self.page is not None:
            lines.append(f"page: {self.page}")
        return "\n".join(lines)


def eligibility_of(criteria: Path, patients: Path, *, out: Path | None = None) -> EligibilityReport:
    """Read, answer, and write a page if asked.

    Args:
        criteria: eligibility file.
        patients: YAML or CSV.
        out: folder that receives `eligibility.html` and `eligibility.json`.

    Raises:
        NotFound: no file is there.
        InputErrors: what is wrong with one; nothing is written then.
    """
    read = read_criteria(criteria)
    data, people = read_patients(patients, read)
    page = None if out is None else out / "eligibility.html"
    report = EligibilityReport(criteria=read, data=data, patients=eligible(read, people), page=page)
    if out is not None:
        write(out, eligibility_files(report))
    return report


def eligibility_files(report: EligibilityReport) -> dict[str, bytes]:
    """File name to content: page and JSON."""
    html = (
        environment()
        .get_template("eligibility.html.j2")
        .render(style=style(), r=report, c=report.criteria, notice=NOTICE)
    )
    text = json.dumps(report.to_json(), indent=2, ensure_ascii=False) + "\n"
    return {"eligibility.html": html.encode(), "eligibility.json": text.encode()}
