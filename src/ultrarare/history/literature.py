"""Published values of one quantity, held against each other. A conflict is shown, never settled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

from ultrarare.analysis.declaration import Analysis, Inputs, computed
from ultrarare.case.finding import Citation, Direction, Estimate, Finding
from ultrarare.case.unit import conversion


def disagree(a: Estimate, b: Estimate) -> bool:
    """Whether two published values of one quantity cannot both be read as right.

    A value disagrees with another's interval when it does not lie strictly inside it. Two values
    without any interval disagree when they differ at all; their precision is not known, so their
    agreement cannot be claimed beyond equality.
    """
    if a.value is None or b.value is None or a.value == b.value:
        return False
    if _has_interval(a) and _has_interval(b):
        return not (_inside(a.value, b) or _inside(b.value, a))
    if _has_interval(a):
        return not _inside(b.value, a)
    if _has_interval(b):
        return not _inside(a.value, b)
    return True


def _has_interval(estimate: Estimate) -> bool:
    return estimate.lower is not None and estimate.upper is not None


def _inside(value: float, estimate: Estimate) -> bool:
    lower, upper = estimate.lower, estimate.upper
    return lower is not None and upper is not None and lower < value < upper


def _compute(inputs: Inputs) -> Iterable[Finding]:
    """One finding a quantity with two published values or more.

    Raises:
        InputError: two values of one quantity are in units that measure different things.
    """
    values = [f for f in inputs.cited if f.kind == "history.literature" and f.estimate is not None]
    measures = dict.fromkeys(f.measure for f in values if f.measure is not None)
    for index, measure in enumerate(measures):
        group = [f for f in values if f.measure == measure]
        if len(group) > 1:
            yield _held_together(f"literature-{index + 1}", measure, group)


def _held_together(name: str, measure: str, group: Sequence[Finding]) -> Finding:
    pairs = [(a, b) for a, b in combinations(group, 2) if _disagree(a, b)]
    shown = "; ".join(_said(finding) for finding in group)
    verdict = (
        f"published values disagree ({shown}); both stand, with their population and era"
        if pairs
        else f"published values agree within their intervals ({shown})"
    )
    return computed(
        name=name,
        kind="history.conflict",
        statement=f"{measure[:1].upper()}{measure[1:]}: {verdict}.",
        direction=Direction.DESCRIBES,
        n=len(group),
        n_unit="published values",
        attributes={"agree": not pairs},
        measure=measure,
        details={"values": [_value(finding) for finding in group], "unit": _unit(group)},
    )


def _disagree(a: Finding, b: Finding) -> bool:
    if a.estimate is None or b.estimate is None:
        return False
    factor = conversion(b.estimate.unit, a.estimate.unit, where=f"measure {a.measure!r} of {b.id}")
    return disagree(a.estimate, _scaled(b.estimate, factor, a.estimate.unit))


def _scaled(estimate: Estimate, factor: float, unit: str) -> Estimate:
    """The same estimate in another unit."""
    limits = (estimate.value, estimate.lower, estimate.upper)
    value, lower, upper = (None if number is None else factor * number for number in limits)
    return Estimate(value=value, lower=lower, upper=upper, level=estimate.level, unit=unit)


def _unit(group: Sequence[Finding]) -> str | None:
    return next((f.estimate.unit for f in group if f.estimate is not None), None)


def _said(finding: Finding) -> str:
    estimate = finding.estimate
    if estimate is None or estimate.value is None:
        return "no value"
    scale, sign = (100.0, " %") if estimate.unit == "1" else (1.0, f" {estimate.unit}")
    text = f"{scale * estimate.value:g}{sign}"
    if estimate.lower is not None and estimate.upper is not None:
        text += f" ({scale * estimate.lower:g}–{scale * estimate.upper:g}{sign})"
    sources = ", ".join(citation.source for citation in finding.provenance.citations)
    return f"{text}, {sources}"


def _place(citation: Citation) -> str:
    return ", ".join(part for part in (citation.source, citation.locator) if part is not None)


def _value(finding: Finding) -> dict[str, object]:
    estimate = finding.estimate or Estimate()
    return {
        "finding": finding.id,
        "label": ", ".join(citation.source for citation in finding.provenance.citations),
        "value": estimate.value,
        "lower": estimate.lower,
        "upper": estimate.upper,
        "population": finding.details.get("population"),
        "era": finding.details.get("era"),
        "citation": "; ".join(_place(citation) for citation in finding.provenance.citations),
        "grade": next((c.grade for c in finding.provenance.citations), None),
    }


LITERATURE = Analysis(
    name="history.literature-conflict",
    summary="Published values of one quantity held against each other.",
    method="literature",
    needs=(),
    gives=("history.conflict",),
    compute=_compute,
    by_itself=True,
    plannable=False,
)
