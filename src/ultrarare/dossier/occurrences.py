"""Figures of events that come again, and of ends by cause, from the details of findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ultrarare import draw
from ultrarare.case.finding import Finding
from ultrarare.dossier.details import level, p_words, percent
from ultrarare.dossier.words import unit_word
from ultrarare.draw import Figure, Renderer


def recurrent(finding: Finding, _dates: bool, renderer: Renderer) -> Iterator[Figure]:  # noqa: FBT001
    """Mean events by time, the people one by one, and the rate ratio by every model."""
    data = finding.details
    if not data.get("curves"):
        return
    unit, episode = unit_word(str(data["unit"])), str(data["episode"])
    groups = sorted(data["curves"], key=lambda curve: curve["group"] == "treated")
    if any(curve["time"] for curve in groups):
        yield draw.curves(
            [_mean(curve) for curve in groups],
            title=f"Mean number of {episode} by time",
            quantity=f"{episode} a person",
            unit=unit,
            level=percent(groups[0]["level"]),
            renderer=renderer,
        )
    yield draw.lanes(
        [_lane(row) for row in data["lanes"]],
        event=episode[:1].upper() + episode[1:],
        unit=unit,
        left_out=int(data["lanes_left_out"]),
        renderer=renderer,
    )
    if any(row["log_rate_ratio"] is not None for row in data["models"]):
        yield _ratios(data, renderer)


def _mean(curve: Mapping[str, Any]) -> draw.StepCurve:
    treated = curve["group"] == "treated"
    return draw.StepCurve(
        label="treated people" if treated else "untreated people",
        kind="treated" if treated else "untreated",
        time=curve["time"],
        value=curve["mean"],
        lower=curve["lower"],
        upper=curve["upper"],
        n=int(curve["n"]),
        last=float(curve["last"]),
    )


def _lane(row: Mapping[str, Any]) -> draw.Lane:
    return draw.Lane(
        label=str(row["label"]),
        kind="treated" if row["kind"] == "treated" else "untreated",
        spans=tuple((float(a), float(b)) for a, b in row["spans"]),
        events=tuple(float(t) for t in row["events"]),
        ended=row["ended"],
    )


def _ratios(data: Mapping[str, Any], renderer: Renderer) -> Figure:
    """The ratio of rates by every model; one that has none keeps its row."""
    return draw.estimates(
        quantity="rate ratio",
        unit="",
        rows=[
            draw.MethodEstimate(
                label=str(row["label"]),
                value=row["rate_ratio"]["value"],
                lower=row["rate_ratio"]["lower"],
                upper=row["rate_ratio"]["upper"],
                note=p_words(row["p_value"]),
                primary=bool(row["primary"]),
            )
            for row in data["models"]
        ],
        null=1.0,
        ratio=True,
        level=percent(data["models"][0]["level"]),
        better="lower",
        renderer=renderer,
    )


def incidence(finding: Finding, _dates: bool, renderer: Renderer) -> Iterator[Figure]:  # noqa: FBT001
    """The share of untreated people that one cause has ended, by time."""
    data = finding.details
    if not data.get("time"):
        return
    group = data.get("group")
    cause = str(data["label"])
    yield draw.curves(
        [
            draw.StepCurve(
                label="untreated people" if group is None else str(group),
                kind="untreated",
                time=data["time"],
                value=data["value"],
                lower=data["lower"],
                upper=data["upper"],
                n=int(data["n"]),
                start=float(data["start"]),
                last=data.get("last"),
            )
        ],
        title=f"Cumulative incidence of {cause}",
        quantity=f"ended by {cause}",
        unit=unit_word(str(data["unit"])),
        percent=True,
        level=level(finding),
        renderer=renderer,
    )
