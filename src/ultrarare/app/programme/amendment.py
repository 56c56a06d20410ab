"""Two versions of criteria in; what changed, what is flagged, and whose answer turns, out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ultrarare.app.programme.read import read_criteria, read_patients
from ultrarare.errors import InputErrors, Problem
from ultrarare.programme.amendment import Amendment, amendment, not_an_amendment
from ultrarare.programme.criteria import Criteria
from ultrarare.programme.eligibility import eligible
from ultrarare.words import counted


@dataclass(frozen=True, slots=True)
class Turn:
    """A patient whose answer is another one under the new version."""

    patient: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendmentReport:
    """What changed; `turns` is None where no patients were given."""

    amendment: Amendment
    turns: tuple[Turn, ...] | None

    @property
    def is_flagged(self) -> bool:
        """Whether estimand or control change, or may."""
        return bool(self.amendment.flags)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        turns = self.turns
        return {
            "schema": "ultrarare/amendment/1",
            **self.amendment.to_json(),
            "turns": None
            if turns is None
            else [{"patient": t.patient, "from": t.old, "to": t.new} for t in turns],
        }

    def summary(self) -> str:
        """Text for a terminal."""
        a = self.amendment
        lines = [f"{a.new.title}: version {a.old.version} to {a.new.version}"]
        if a.new.amends is not None:
            lines.append(f"  {a.new.amends.reason} ({a.new.amends.by}, {a.new.amends.on})")
        lines += ["", counted(len(a.changes), "change")]
        lines += [f"  {c.how} {c.on} {c.id}".rstrip() for c in a.changes]
        lines += ["", "Flagged" if a.flags else "Nothing is flagged"]
        lines += [f"  {f.on}{' (silently)' if f.silent else ''}: {f.text}" for f in a.flags]
        if self.turns is not None:
            lines += ["", counted(len(self.turns), "answer") + " turned"]
            lines += [f"  {t.patient}: {t.old}, now {t.new}" for t in self.turns]
        return "\n".join(lines)


def amend(old: Path, new: Path, *, patients: Path | None = None) -> AmendmentReport:
    """Compare two versions of the same criteria.

    Args:
        old: the earlier file.
        new: the later file.
        patients: whose answers are given under both.

    Raises:
        NotFound: no file is there.
        InputErrors: a file is wrong, or the later one does not amend the earlier one.
    """
    first, second = read_criteria(old), read_criteria(new)
    problems = [
        Problem(f"{new.name} {field}", text) for field, text in not_an_amendment(first, second)
    ]
    if problems:
        raise InputErrors(problems, where=new.name)
    turns = None if patients is None else tuple(_turns(patients, first, second))
    return AmendmentReport(amendment=amendment(first, second), turns=turns)


def _turns(path: Path, first: Criteria, second: Criteria) -> list[Turn]:
    both = [
        eligible(one, read_patients(path, one, also=other)[1])
        for one, other in ((first, second), (second, first))
    ]
    return [
        Turn(a.patient, a.answer.value, b.answer.value)
        for a, b in zip(*both, strict=True)
        if a.answer != b.answer
    ]
