"""The log of decisions of a case: what stands in it and how, and new entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ultrarare.app.analyse import Progress, silent
from ultrarare.app.assess import DEFAULT_GUIDANCE, assess_case
from ultrarare.case.folder import JUDGEMENTS, survey_case
from ultrarare.case.judgement import Advice, Judgement, Judgements, Review, Revocation
from ultrarare.case.log import write_entry
from ultrarare.errors import InputError, InputErrors, NotFound, Problem
from ultrarare.guidance.assessment import Assessment, RequirementVerdict, Verdict
from ultrarare.guidance.pack import find_pack

Entry = TypeVar("Entry", bound=BaseModel)

_HEAD = (
    "# Decisions of people: a log, to which entries are added and in which none is changed.\n"
    "schema: ultrarare/judgements/1\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """What people decided on a case, and the rows that still wait for them."""

    assessment: Assessment

    def rows(self) -> tuple[tuple[str, RequirementVerdict], ...]:
        """Rows that wait for people, or that people decided on, with their documents."""
        return tuple(
            (document.id, row)
            for document in self.assessment.guidance
            for row in document.requirements
            if row.judgements or row.advice or row.verdict is Verdict.NEEDS_JUDGEMENT
        )

    def to_json(self) -> dict[str, Any]:
        """The same as JSON."""
        return {
            "case": self.assessment.case.id,
            "rows": [
                {
                    "guidance": document,
                    "requirement": row.id,
                    "question": row.question,
                    "verdict": row.verdict.value,
                    "generic": None if row.generic is None else row.generic.value,
                    "basis": row.basis,
                    "advice": row.advice and row.advice.model_dump(mode="json"),
                    "judgements": [one.model_dump(mode="json") for one in row.judgements],
                }
                for document, row in self.rows()
            ],
        }

    def summary(self) -> str:
        """Text for a terminal."""
        lines: list[str] = []
        for document, row in self.rows():
            lines += [f"{row.id} ({document}): {row.verdict.value}", f"  {row.question}"]
            if row.advice is not None:
                lines.append(
                    f"  advice {row.advice.id}: {row.advice.agency}, {row.advice.on}, "
                    f"{row.advice.effect}: {row.advice.advice}"
                )
                if row.generic is not None:
                    lines.append(f"  without it: {row.generic.value}")
            lines += [
                f"  {one.id or 'judgement'}: {one.verdict} by {one.by}, {one.on}; {one.standing}. "
                f"{one.why}"
                for one in row.judgements
            ]
            lines.append(f"  basis: {row.basis}")
        return "\n".join(lines) or "No row waits for people, and nobody has decided on any."


def show_decisions(
    path: Path, *, guidance: Sequence[str] | None = None, progress: Progress = silent
) -> Decisions:
    """The decisions of a case and how they stand.

    Raises:
        NotFound: no case folder, or no such pack.
        InputErrors: the case cannot be read.
    """
    assessed = assess_case(path, guidance=guidance or DEFAULT_GUIDANCE, progress=progress)
    return Decisions(assessment=assessed.assessment)


def add_judgement(
    path: Path, fields: Mapping[str, Any], *, today: date, progress: Progress = silent
) -> Judgement:
    """Add a judgement on what the case shows now; its basis is taken from the assessment.

    Args:
        path: case folder.
        fields: guidance, requirement, verdict, by, reason, interests; on and id if wanted.
        today: the day it is made, where `fields` does not say.
        progress: see `assess_into`.

    Raises:
        NotFound: no such pack or row.
        InputErrors: a field is wrong, or the case cannot be read.
    """
    pack = find_pack(str(fields["guidance"]))
    seen = show_decisions(path, guidance=[str(fields["guidance"])], progress=progress)
    (document,) = seen.assessment.guidance
    row = next((r for r in document.requirements if r.id == fields["requirement"]), None)
    if row is None:
        raise NotFound(
            f"{pack.id} has no row {fields['requirement']!r}",
            where="requirement",
            remedy=f"its rows are: {', '.join(sorted(r.id for r in pack.requirements))}",
        )
    record = _record(path)
    known = {one.id for one in record.judgements}
    entry = {
        **_given(fields),
        "guidance": document.id,
        "id": fields.get("id") or _free(f"{row.id.lower()}-", known),
        "on": fields.get("on") or today.isoformat(),
        "basis": row.basis,
    }
    return _add(path, "judgements", entry, Judgement)


def add_review(path: Path, fields: Mapping[str, Any], *, today: date) -> Review:
    """Add what a second person holds of a judgement.

    Raises:
        InputErrors: a field is wrong, the same person made the judgement, or there is none.
    """
    entry = {**_given(fields), "on": fields.get("on") or today.isoformat()}
    return _add(path, "reviews", entry, Review)


def revoke(path: Path, fields: Mapping[str, Any], *, today: date) -> Revocation:
    """Take a judgement back; it stays in the log.

    Raises:
        InputErrors: a field is wrong, or there is no such judgement.
    """
    entry = {**_given(fields), "on": fields.get("on") or today.isoformat()}
    return _add(path, "revocations", entry, Revocation)


def add_advice(path: Path, fields: Mapping[str, Any]) -> Advice:
    """Add advice of an agency on one row.

    Raises:
        NotFound: no such pack.
        InputErrors: a field is wrong, or the row or the file is not there.
    """
    pack = find_pack(str(fields["guidance"]))
    if fields["requirement"] not in {row.id for row in pack.requirements}:
        raise NotFound(
            f"{pack.id} has no row {fields['requirement']!r}",
            where="requirement",
            remedy=f"its rows are: {', '.join(sorted(r.id for r in pack.requirements))}",
        )
    known = {one.id for one in _record(path).advice}
    entry = {**_given(fields), "id": fields.get("id") or _free("advice-", known)}
    return _add(path, "advice", entry, Advice)


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}


def _free(stem: str, known: set[Any]) -> str:
    number = 1
    while f"{stem}{number}" in known:
        number += 1
    return f"{stem}{number}"


def _record(path: Path) -> Judgements:
    folder, problems = survey_case(path)
    wrong = [problem for problem in problems if problem.where.startswith(JUDGEMENTS)]
    if folder is None or wrong:
        raise InputErrors(wrong or problems, where=str(path))
    return folder.record


def _add(path: Path, key: str, entry: Mapping[str, Any], model: type[Entry]) -> Entry:
    """Validate the entry alone and among the others, then write it; nothing is written before."""
    record = _record(path)
    try:
        value = model.model_validate(dict(entry))
    except ValidationError as error:
        raise InputErrors(
            [
                Problem(
                    ".".join(str(part) for part in failure["loc"]),
                    str(failure["msg"]).removeprefix("Value error, "),
                )
                for failure in error.errors(include_url=False)
            ]
        ) from None
    longer = record.model_copy(update={key: (*getattr(record, key), value)})
    number = len(getattr(longer, key)) - 1
    before = set(record.dangling())
    problems = [
        Problem(".".join(str(part) for part in place[2:]) or key, text)
        for place, text in longer.dangling()
        if (place, text) not in before and place[:2] == (key, number)
    ]
    file = getattr(value, "file", None)
    if file is not None and not (path / file).is_file():
        problems.append(Problem("file", f"found {file}, which is not in the case folder"))
    if problems:
        raise InputErrors(problems, where=JUDGEMENTS)
    shown = {k: v for k, v in value.model_dump(mode="json").items() if v is not None}
    target = path / JUDGEMENTS
    if target.is_symlink():
        raise InputError("is a link; allowed is a file", where=str(target))
    write_entry(target, _HEAD, key, shown)
    return value
