"""Findings as a dossier shows them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ultrarare.case.finding import Finding, Ladder, Origin, Provenance
from ultrarare.dossier import place
from ultrarare.dossier.view import CitationView, FindingView, Link, Number, Origins, Table
from ultrarare.dossier.words import (
    as_given,
    count_word,
    estimate_parts,
    is_share,
    level_word,
    plain,
    planned_word,
    value_word,
    words,
)
from ultrarare.guidance.assessment import Assessment

_DATE = re.compile(r"~?\d{4}-\d{2}")


def number(finding: Finding) -> Number | None:
    """The estimate of a finding as printed; None where it has neither estimate nor count."""
    estimate = finding.estimate
    has_value = estimate is not None and (
        estimate.value is not None or estimate.lower is not None or estimate.upper is not None
    )
    if not has_value and finding.n is None:
        return None
    value, limits, unit = ("", "", "")
    if estimate is not None:
        parts = estimate_parts if finding.origin is Origin.COMPUTED else as_given
        value, limits, unit = parts(estimate, share=is_share(finding))
    return Number(
        value=value,
        interval=limits,
        level=level_word(estimate.level) if estimate is not None and limits else "",
        unit=unit,
        n=count_word(finding.n, finding.n_unit),
        planned=planned_word(finding.planned),
    )


def badges(finding: Finding) -> tuple[str, ...]:
    """How close to the patient or to the variant a finding is."""
    found = []
    if finding.ladder is not None:
        found.append(rung(finding.ladder.value))
    if finding.tier is not None:
        found.append(f"tier: {finding.tier.value}")
    return tuple(found)


def rung(letter: str) -> str:
    """A rung of the ladder in words."""
    return f"ladder {letter}: {Ladder(letter).meaning}"


def unreal(finding: Finding, origins: Mapping[str, str]) -> tuple[str, ...]:
    """Words for a finding that rests on simulated or made data; `origins` is by dataset id."""
    found = {origins.get(dataset) for dataset in finding.datasets}
    return tuple(f"{origin} data" for origin in ("simulated", "made") if origin in found)


def finding_view(
    finding: Finding,
    used_by: Sequence[Link],
    *,
    sources: Mapping[str, str],
    origins: Mapping[str, str],
) -> FindingView:
    """A finding with everything that is known of it.

    Args:
        finding: what is shown.
        used_by: requirements that read it.
        sources: id to citation.
        origins: dataset id to origin.
    """
    return FindingView(
        id=finding.id,
        anchor=place.finding(finding.id),
        kind=finding.kind,
        origin=finding.origin.value,
        statement=finding.statement,
        direction=finding.direction.value,
        number=number(finding),
        planned=planned_word(finding.planned),
        caveats=finding.caveats,
        badges=(*unreal(finding, origins), *badges(finding)),
        would_need=finding.would_need or "",
        attributes=tuple((words(k), value_word(v)) for k, v in finding.attributes.items()),
        tables=tuple(_tables(finding)),
        provenance=_origins(finding.provenance, sources),
        used_by=tuple(used_by),
    )


def users(assessment: Assessment) -> dict[str, list[Link]]:
    """For each finding, the requirements whose verdict rests on it."""
    found: dict[str, list[Link]] = {}
    for document in assessment.guidance:
        for row in document.requirements:
            for finding_id in row.findings:
                link = Link(
                    text=f"{document.id} {row.id}",
                    anchor=place.requirement(document.id, row.id),
                    note=row.roles.get(finding_id, ""),
                )
                found.setdefault(finding_id, []).append(link)
    return found


def _origins(provenance: Provenance, sources: Mapping[str, str]) -> Origins:
    who = provenance.declared_by
    said = f"{who}, {provenance.declared_on or 'date not stated'}" if who is not None else ""
    parameters = dict(provenance.parameters)
    return Origins(
        analysis=provenance.analysis or "",
        version=provenance.version or "",
        parameters=json.dumps(parameters, sort_keys=True, ensure_ascii=False) if parameters else "",
        seed="" if provenance.seed is None else str(provenance.seed),
        digest=provenance.digest or "",
        inputs=tuple((i.dataset, i.path, i.sha256) for i in provenance.inputs),
        citations=tuple(
            CitationView(
                source=Link(
                    text=sources.get(c.source, c.source),
                    anchor=place.source(c.source) if c.source in sources else "",
                ),
                locator=c.locator or "",
                grade=c.grade or "",
            )
            for c in provenance.citations
        ),
        declared=said,
    )


def _tables(finding: Finding) -> list[Table]:
    details = finding.details
    found = []
    if finding.kind == "course.own-control" and "size_table" in details:
        found.append(_size_table(details["size_table"]["rows"]))
    if finding.kind == "variant.classification" and details.get("criteria"):
        found.append(_criteria(details["criteria"]))
    if finding.kind == "course.own-control" and details.get("excluded"):
        found.append(_excluded(details["excluded"]))
    if finding.kind == "course.intercurrent" and details.get("events"):
        found.append(_intercurrent(details["events"]))
    if finding.kind == "therapy.predicted-outcome" and details.get("outcomes"):
        found.append(_outcomes(details["outcomes"]))
    return found


def _percent(value: float | None) -> str:
    return "cannot be formed" if value is None else plain(100 * value, 1)


def _size_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """The simulated error rates that stand beside an own-control result."""
    return Table(
        caption=(
            "How often each analysis finds an effect where there is none, simulated on data like "
            "the case's (nominal 5%). Naive: a before–after t test. Power: for the stated benefit."
        ),
        head=(
            "setting",
            "visits before, after",
            "naive, %",
            "this method, %",
            "Monte Carlo se",
            "false benefit, % (nominal 2.5)",
            "power, %",
            "runs",
        ),
        numeric=(False, True, True, True, True, True, True, True),
        rows=tuple(
            (
                f"{row['course']} course, entry: {row['selection']}, noise: {row['noise']}, "
                f"reliability {row['reliability']:g}, {row['n_people']} people",
                f"{row['n_pre']}, {row['n_post']}",
                _percent(row["naive_type1"]),
                _percent(row["ours_type1"]),
                _percent(row["mc_se"]),
                _percent(row["ours_false_benefit"]),
                f"{plain(100 * row['power'], 0)} (for {row['effect']:g} sd)",
                f"{row['runs']:,}",
            )
            for row in rows
        ),
    )


def _criteria(rows: Sequence[Mapping[str, Any]]) -> Table:
    return Table(
        caption="ACMG/AMP criteria as declared",
        head=("code", "strength", "points", "reason", "by"),
        numeric=(False, False, True, False, False),
        rows=tuple(
            (
                str(row["code"]),
                str(row["strength"]),
                value_word(row.get("points")),
                str(row.get("reason", "")),
                str(row.get("by", "")),
            )
            for row in rows
        ),
    )


def _excluded(rows: Sequence[Mapping[str, Any]]) -> Table:
    return Table(
        caption="Measurements left out of the analysis",
        head=("time", "value", "reason"),
        numeric=(True, True, False),
        rows=tuple((value_word(r["time"]), str(r["text"]), str(r["reason"])) for r in rows),
    )


def _intercurrent(rows: Sequence[Mapping[str, Any]]) -> Table:
    dates = all(_DATE.match(_when(row)) for row in rows)
    return Table(
        caption="Intercurrent events and how the plan handles them",
        head=("date" if dates else "day of life", "event", "strategy"),
        numeric=(True, False, False),
        rows=tuple(
            (
                _when(row).replace("~", "≈"),
                str(row["label"]),
                row["strategy"] or "none planned",
            )
            for row in rows
        ),
    )


def _when(row: Mapping[str, Any]) -> str:
    """The moment as recorded; its first and last day where a finding does not give it."""
    first, last = row["first"], row["last"]
    days = value_word(first) if first == last else f"{value_word(first)}–{value_word(last)}"
    return str(row.get("text") or days)


def _outcomes(rows: Sequence[Mapping[str, Any]]) -> Table:
    return Table(
        caption="Predicted outcomes of the edit",
        head=("edited positions", "protein", "change", "kind"),
        numeric=(False, False, False, False),
        rows=tuple(
            (
                ", ".join(str(p) for p in row.get("positions", ())),
                str(row.get("protein", "")),
                str(row.get("change", "")),
                str(row.get("kind", "")),
            )
            for row in rows
        ),
    )
