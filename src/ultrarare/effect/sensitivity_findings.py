"""Findings of the sensitivity analysis: one that holds everything, and one an assumption."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from ultrarare.analysis.declaration import computed
from ultrarare.case.finding import Direction, Estimate, Finding
from ultrarare.effect.sensitivity_course import Estimated, Situation, Told

if TYPE_CHECKING:
    from ultrarare.stats.sensitivity.conclusion import Contrast

_SHOWN: Final = {
    "better": "better than expected without treatment",
    "worse": "worse than expected without treatment",
    "none": "not shown to differ from what was expected without treatment",
}


def findings(
    situation: Situation,
    planned: Contrast,
    first: Estimated,
    told: Sequence[Told],
    *,
    caveats: Sequence[str],
    seed: int,
) -> Iterable[Finding]:
    """The summary with its figures' data, then a finding an assumption.

    Args:
        situation: the comparison.
        planned: its contrast.
        first: the same, as the first row of estimates.
        told: what was found; the first of them is the assumption that the figure shows.
        caveats: of the comparison.
        seed: of what is random.
    """
    from ultrarare.stats.sensitivity.conclusion import shown

    endpoint = situation.course.endpoint
    shows = shown(planned, endpoint.improves)
    main = told[0].row
    e_value = next((t.row.tipping for t in told if t.row.analysis == "e-value"), None)
    yield computed(
        name="sensitivity",
        kind="course.sensitivity",
        statement=f"{endpoint.measure} after dosing was {_SHOWN[shows]}: difference "
        f"{planned.value:.3g} {situation.unit} ({planned.lower:.3g} to {planned.upper:.3g}). "
        f"{main.reading}",
        direction=Direction.DESCRIBES,
        estimate=Estimate(
            value=planned.value,
            lower=planned.lower,
            upper=planned.upper,
            level=situation.level,
            unit=endpoint.unit,
        ),
        n=len(situation.course.after),
        n_unit="measurements after dosing",
        caveats=(
            *caveats,
            *main.caveats,
            "Each assumption is varied alone; several may be wrong at once.",
        ),
        attributes={
            "shows": shows,
            "changed": main.changed,
            "tipping": main.tipping,
            "observed_scale": main.observed,
            "flips_at": main.flips_at,
            "e_value": e_value,
        },
        measure=endpoint.measure,
        details=_details(situation, first, told, seed=seed),
    )
    for each in told:
        yield _row(situation, each)


def _row(situation: Situation, told: Told) -> Finding:
    row = told.row
    return computed(
        name=row.analysis.replace(" ", "-"),
        kind="course.sensitivity-row",
        statement=f"{row.analysis}: {row.reading[:1].lower()}{row.reading[1:]}",
        direction=Direction.DESCRIBES,
        caveats=row.caveats,
        attributes={
            "analysis": row.analysis,
            "changed": row.changed,
            "tipping": row.tipping,
            "observed_scale": row.observed,
            "flips_at": row.flips_at,
        },
        measure=situation.course.endpoint.measure,
    )


def _details(
    situation: Situation, first: Estimated, told: Sequence[Told], *, seed: int
) -> dict[str, Any]:
    """Data of two figures, and everything behind the rows."""
    endpoint = situation.course.endpoint
    behind: dict[str, Any] = {}
    for each in told:
        behind.update(each.more)
    return {
        "unit": endpoint.unit,
        "measure": endpoint.measure,
        "improves": endpoint.improves,
        "level": situation.level,
        "tipping": _curve(situation, told[0]),
        "curves": [_curve(situation, t) for t in told[1:] if t.curve is not None],
        "estimates": [row.to_row() for row in (first, *(e for t in told for e in t.estimates))],
        "rows": [t.row.to_row() for t in told],
        "seed": seed,
        **behind,
    }


def _curve(situation: Situation, told: Told) -> dict[str, Any]:
    """The arguments of a tipping-point figure."""
    row, curve = told.row, told.curve
    seen = told.seen
    if seen is None and told.scale is not None and told.scale.sd:
        seen = (-told.scale.sd, told.scale.sd)
    return {
        "assumption": f"{row.changed}, off by ({row.unit})",
        "outcome": f"difference in {situation.course.endpoint.measure}",
        "unit": situation.unit,
        "null": 0.0,
        "tips_at": None if curve is None else curve.tips_at,
        "observed": None if seen is None else list(seen),
        "observed_words": None if told.scale is None else told.scale.what,
        "scale": None if told.scale is None else told.scale.to_json(),
        "curve": [] if curve is None else curve.to_rows(),
    }
