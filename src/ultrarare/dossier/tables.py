"""The dossier's tables as CSV: full precision, one row a thing, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ultrarare.case.finding import Finding
from ultrarare.dossier.source import DossierInput
from ultrarare.guidance.assessment import Assessment

NAMES = (
    "alleles.csv",
    "course.csv",
    "course-periods.csv",
    "elements.csv",
    "episodes.csv",
    "error-rates.csv",
    "findings.csv",
    "gaps.csv",
    "literature.csv",
    "routes.csv",
    "survival.csv",
    "timeline.csv",
    "turning.csv",
    "verdicts.csv",
)
"""Every file name that `tables` may give; what is not given any more is removed by these names."""

Row = Mapping[str, Any]


def tables(source: DossierInput) -> dict[str, str]:
    """File name to CSV text, for every table that has a row.

    Args:
        source: what the dossier is made from.
    """
    assessment = source.assessment
    found: dict[str, Iterable[Row]] = {
        "findings.csv": map(_finding, assessment.findings),
        "verdicts.csv": _verdicts(assessment),
        "elements.csv": _elements(assessment),
        "gaps.csv": (gap.model_dump(mode="json") for gap in assessment.gaps),
        "turning.csv": (
            {"first": pair.a, "second": pair.b, **turn.model_dump(mode="json")}
            for pair in assessment.turning
            for turn in pair.turns
        ),
        "routes.csv": (
            {
                "route": one.id,
                "title": one.title,
                "answer": one.answer,
                **condition.model_dump(mode="json", exclude={"paraphrase", "verdict"}),
            }
            for one in assessment.routes
            for condition in one.conditions
        ),
        "timeline.csv": map(_event, source.timeline),
        **{name: _details(assessment, *how) for name, how in _DETAILS.items()},
    }
    listed = {name: list(rows) for name, rows in found.items()}
    return {name: csv_text(rows) for name, rows in sorted(listed.items()) if rows}


def csv_text(rows: Sequence[Row]) -> str:
    """Rows as CSV, each cell safe in a spreadsheet; columns in the order of their first use."""
    head = list(dict.fromkeys(key for row in rows for key in row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([cell(row.get(key)) for key in head] for row in rows)
    return out.getvalue()


def cell(value: Any) -> str:
    """A value as a cell; a text that a spreadsheet would take for a formula gets an apostrophe.

    Numbers, also negative ones, stay as they are; what is not known is empty.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list | tuple):
        return cell("; ".join(str(item) for item in value))
    text = str(value)
    return (
        f"'{text}"
        if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") and not _number(text)
        else text
    )


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.strip() == text and "_" not in text


def _finding(finding: Finding) -> Row:
    estimate, made = finding.estimate, finding.provenance
    return {
        "id": finding.id,
        "kind": finding.kind,
        "origin": finding.origin.value,
        "direction": finding.direction.value,
        "statement": finding.statement,
        "value": None if estimate is None else estimate.value,
        "lower": None if estimate is None else estimate.lower,
        "upper": None if estimate is None else estimate.upper,
        "level": None if estimate is None else estimate.level,
        "unit": None if estimate is None else estimate.unit,
        "n": finding.n,
        "n_unit": finding.n_unit,
        "planned": finding.planned.value,
        "ladder": None if finding.ladder is None else finding.ladder.value,
        "tier": None if finding.tier is None else finding.tier.value,
        "measure": finding.measure,
        "caveats": finding.caveats,
        "would_need": finding.would_need,
        "analysis": made.analysis,
        "version": made.version,
        "seed": made.seed,
        "digest": made.digest,
        "inputs": [f"{i.path} {i.sha256}" for i in made.inputs],
        "citations": [f"{c.source} {c.locator or ''}".strip() for c in made.citations],
        "declared_by": made.declared_by,
        "declared_on": made.declared_on,
    }


def _verdicts(assessment: Assessment) -> Iterable[Row]:
    for document in assessment.guidance:
        strict = {row.id: row.verdict.value for row in document.readings.strict.requirements}
        for row in document.readings.as_written.requirements:
            yield {
                "guidance": document.id,
                "requirement": row.id,
                "element": None if row.element is None else row.element.value,
                "question": row.question,
                "tag": row.tag,
                "our_deduction": row.ours,
                "as_written": row.verdict.value,
                "strict": strict.get(row.id),
                "brief": row.brief,
                "reason": row.reason,
                "fail_closed": row.fail_closed,
                "due": row.due,
                "findings": [f"{i} ({row.roles.get(i, '')})" for i in row.findings],
                "remedy": row.remedy,
                "judgements": [
                    f"{j.verdict} by {j.by} on {j.on} ({j.standing})" for j in row.judgements
                ],
                "advice": "" if row.advice is None else f"{row.advice.effect}: {row.advice.advice}",
                "basis": row.basis,
                "source": row.source,
            }


def _elements(assessment: Assessment) -> Iterable[Row]:
    for document in assessment.guidance:
        both = (
            ("as written", document.readings.as_written),
            ("strict", document.readings.strict),
        )
        for name, reading in both:
            for element in reading.elements:
                yield {
                    "guidance": document.id,
                    "reading": name,
                    "element": element.id.value,
                    "verdict": element.verdict.value,
                    "reason": element.reason,
                    "ladder": element.ladder,
                    "tier": element.tier,
                    "deciding": element.deciding,
                    "findings": element.findings,
                }


def _event(event: Any) -> Row:
    return {
        "time": event.when.text,
        "clock": event.when.clock.value,
        "event": event.event,
        "kind": event.kind.value,
        "value": event.value,
        "unit": event.unit,
        "grade": event.grade,
        "note": event.note,
    }


def _details(assessment: Assessment, kind: str, *places: tuple[str, ...]) -> Iterable[Row]:
    """Rows that lie in the details of findings of a kind, at each of the places."""
    for finding in assessment.findings:
        if finding.kind != kind:
            continue
        for place in places:
            value: Any = finding.details
            for key in place:
                value = value.get(key) if isinstance(value, Mapping) else None
            for row in _rows(value):
                part = {"part": place[-1]} if len(places) > 1 else {}
                unit = finding.details.get("unit")
                yield {"finding": finding.id, **part, **row, **({"unit": unit} if unit else {})}


def _rows(value: Any) -> Iterable[Row]:
    """A list of rows, or columns of equal length as rows."""
    if isinstance(value, Mapping):
        columns = {k: v for k, v in value.items() if isinstance(v, list | tuple)}
        yield from (
            dict(zip(columns, items, strict=True)) for items in zip(*columns.values(), strict=True)
        )
        return
    for row in value or ():
        yield row if isinstance(row, Mapping) else {"time": row}


_DETAILS: Mapping[str, tuple[Any, ...]] = {
    "alleles.csv": ("engagement.any-edit", ("alleles", "rows")),
    "course.csv": ("course.own-control", ("pre",), ("post",), ("excluded",), ("prediction",)),
    "course-periods.csv": ("course.summary", ("periods",)),
    "episodes.csv": ("course.episodes", ("events",)),
    "error-rates.csv": ("course.own-control", ("size_table", "rows")),
    "literature.csv": ("history.conflict", ("values",)),
    "survival.csv": ("history.survival", ("curve",), ("censored_at",)),
}
