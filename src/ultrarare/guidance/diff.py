"""What differs between two packs: rows on one side only, rows changed, and the documents' frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ultrarare.guidance.pack import Pack
from ultrarare.guidance.requirement import Requirement

ROW_FIELDS = (
    "element",
    "section",
    "question",
    "paraphrase",
    "source",
    "tag",
    "modality",
    "due",
    "decides",
    "fail_closed",
    "dispute",
    "note",
    "predicate",
    "remedy",
)
FRAME_FIELDS = ("title", "document", "docket", "jurisdiction", "status", "date", "version")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field that differs; None where a side does not have it."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChange:
    """A row in both packs, and what differs in it."""

    id: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackDiff:
    """What differs between pack `a` and pack `b`.

    Attributes:
        a: id of the first pack.
        b: id of the second pack.
        frame: differences of the documents themselves: status, docket, date.
        scope: differences by topic of the packs' scope.
        only_a: rows that only the first has.
        only_b: rows that only the second has.
        changed: rows of both that differ.
        same: ids of rows that do not.
    """

    a: str
    b: str
    frame: tuple[Change, ...]
    scope: tuple[Change, ...]
    only_a: tuple[Requirement, ...]
    only_b: tuple[Requirement, ...]
    changed: tuple[RowChange, ...]
    same: tuple[str, ...]

    def to_rows(self) -> list[dict[str, Any]]:
        """One flat row for each difference: where, subject, field, and both sides."""
        rows = [_row("document", self.a, change) for change in self.frame]
        rows += [_row("scope", change.field, change) for change in self.scope]
        for row in self.only_a:
            rows.append(
                _row("only in a", row.id, Change(field="", before=row.question, after=None))
            )
        for row in self.only_b:
            rows.append(
                _row("only in b", row.id, Change(field="", before=None, after=row.question))
            )
        rows += [_row("row", row.id, change) for row in self.changed for change in row.changes]
        return rows

    def summary(self) -> str:
        """The differences as text, one a line."""
        lines = [f"{self.a} beside {self.b}"]
        lines += [f"  {c.field}: {_said(c.before)} | {_said(c.after)}" for c in self.frame]
        lines += [f"  {c.field}: {_said(c.before)} | {_said(c.after)}" for c in self.scope]
        for name, rows in ((self.a, self.only_a), (self.b, self.only_b)):
            lines.append(f"only in {name}: {len(rows)} row{'s' if len(rows) != 1 else ''}")
            lines += [f"  {row.id} {row.question}" for row in rows]
        lines.append(f"in both and different: {len(self.changed)}")
        for row in self.changed:
            lines.append(f"  {row.id}: {', '.join(change.field for change in row.changes)}")
        lines.append(f"in both and the same: {len(self.same)}")
        return "\n".join(lines)


def diff(a: Pack, b: Pack) -> PackDiff:
    """Hold two packs against each other, row by row by id."""
    rows_a = {row.id: row for row in a.requirements}
    rows_b = {row.id: row for row in b.requirements}
    shared = [row_id for row_id in rows_a if row_id in rows_b]
    compared = [
        RowChange(id=row_id, changes=_changes(rows_a[row_id], rows_b[row_id])) for row_id in shared
    ]
    return PackDiff(
        a=a.id,
        b=b.id,
        frame=_frame(a, b),
        scope=_scope(a, b),
        only_a=tuple(row for row_id, row in rows_a.items() if row_id not in rows_b),
        only_b=tuple(row for row_id, row in rows_b.items() if row_id not in rows_a),
        changed=tuple(row for row in compared if row.changes),
        same=tuple(row.id for row in compared if not row.changes),
    )


def _changes(one: Requirement, other: Requirement) -> tuple[Change, ...]:
    before, after = one.model_dump(mode="json"), other.model_dump(mode="json")
    return tuple(
        Change(field=name, before=before[name], after=after[name])
        for name in ROW_FIELDS
        if before[name] != after[name]
    )


def _frame(a: Pack, b: Pack) -> tuple[Change, ...]:
    pairs = ((name, getattr(a, name), getattr(b, name)) for name in FRAME_FIELDS)
    return tuple(Change(field=n, before=x, after=y) for n, x, y in pairs if x != y)


def _scope(a: Pack, b: Pack) -> tuple[Change, ...]:
    topics = dict.fromkeys([*a.scope, *b.scope])
    pairs = ((topic, a.scope.get(topic), b.scope.get(topic)) for topic in topics)
    return tuple(Change(field=n, before=x, after=y) for n, x, y in pairs if x != y)


def _row(where: str, subject: str, change: Change) -> dict[str, Any]:
    return {
        "where": where,
        "subject": subject,
        "field": change.field,
        "a": change.before,
        "b": change.after,
    }


def _said(value: Any) -> str:
    return "not said" if value is None else str(value)
