"""Figures of courses and of what explains a change, from the details of findings."""

from __future__ import annotations

from collections.abc import Iterator

from ultrarare import draw
from ultrarare.case.finding import Finding
from ultrarare.dossier.details import level, marks, p_words, percent, points
from ultrarare.dossier.words import unit_word
from ultrarare.draw import Figure, Renderer


def regression(finding: Finding, _dates: bool, renderer: Renderer) -> Iterator[Figure]:  # noqa: FBT001
    """What is left of the change beyond regression to the mean, by the route that says how much."""
    data = finding.details
    methods = data.get("methods") or ()
    if not any(row["estimate"] is not None for row in methods):
        return
    measure = data.get("measure") or finding.measure or "outcome"
    yield draw.estimates(
        quantity=f"change in {measure} beyond regression to the mean",
        unit=unit_word(str(data["unit"])),
        rows=[
            draw.MethodEstimate(
                label=str(row["label"]),
                value=row["estimate"],
                lower=row["lower"],
                upper=row["upper"],
                note=p_words(row.get("p_value"), row.get("floor")),
                primary=bool(row["primary"]),
            )
            for row in methods
        ],
        null=0.0,
        level=percent(1 - 2 * data["alpha"]),
        better=data.get("improves"),
        renderer=renderer,
    )


def surrogate(finding: Finding, _dates: bool, renderer: Renderer) -> Iterator[Figure]:  # noqa: FBT001
    """The effect on the outcome against that on the marker, a point for each variant."""
    data = finding.details
    if not data.get("points"):
        return
    said, here = data.get("prediction"), data.get("achieved")
    yield draw.scatter(
        [draw.VariantEffect(**row) for row in data["points"]],
        line=[draw.LinePoint(**row) for row in data.get("line") or ()],
        marker=str(data["marker"]),
        marker_unit=unit_word(str(data["marker_unit"])),
        outcome=str(data["measure"]),
        unit=unit_word(str(data["unit"])),
        verdict=f"{data['verdict']}: {data['reason']}",
        achieved=here,
        predicted=None if said is None or here is None else draw.LinePoint(marker=here, **said),
        level=level(finding),
        renderer=renderer,
    )


def single_case(finding: Finding, dates: bool, renderer: Renderer) -> Iterator[Figure]:  # noqa: FBT001
    """Both phases of the patient's series, with the doses between them."""
    data = finding.details
    rows = data.get("points") or ()
    if not rows:
        return
    yield draw.course(
        measure=str(data.get("measure") or finding.measure or "value"),
        unit=unit_word(str(data["unit"])),
        before=points([row for row in rows if row["phase"] == "A"]),
        after=points([row for row in rows if row["phase"] != "A"]),
        doses=marks(data.get("doses", ())),
        dates=dates,
        renderer=renderer,
    )


def trajectory(finding: Finding, _dates: bool, renderer: Renderer) -> Iterator[Figure]:  # noqa: FBT001
    """Where an untreated person who was not seen yet is expected, over the visits of those seen."""
    data = finding.details
    if not data.get("prediction"):
        return
    visits = data.get("points") or ()
    yield draw.fan(
        measure=finding.measure or "value",
        unit=unit_word(str(data["unit"])),
        clock=unit_word(str(data["time_unit"])),
        prediction=[
            draw.Prediction(
                time=row["time"], mean=row["mean"], lower=row["lower"], upper=row["upper"]
            )
            for row in data["prediction"]
        ],
        visits=[
            draw.Point(time=v["time"], value=v["value"], limit=_LIMITS.get(v["censoring"]))
            for v in visits
        ],
        people=len({v["person"] for v in visits}),
        left_out=int(data.get("points_left_out") or 0),
        level=percent(data.get("level")),
        renderer=renderer,
    )


_LIMITS = {"left": "below", "right": "above", "interval": "between"}


def borrowing(finding: Finding, _dates: bool, renderer: Renderer) -> Iterator[Figure]:  # noqa: FBT001
    """The effect by how much the earlier groups weigh."""
    data = finding.details
    curve = data.get("curve") or ()
    if len(curve) < 2:
        return
    measure = data.get("measure") or finding.measure or "outcome"
    unit = "" if finding.estimate is None else str(finding.estimate.unit)
    yield draw.tipping(
        [
            draw.Shifted(shift=c["shift"], value=c["value"], lower=c["lower"], upper=c["upper"])
            for c in curve
        ],
        assumption="prior weight of the earlier groups",
        outcome=f"effect on {measure}",
        unit="" if unit == "1" else unit_word(unit),
        null=float(data["null"]),
        tips_at=data["tips_at"],
        varied="weight",
        level=level(finding),
        renderer=renderer,
    )
