"""Figures of comparisons, from the details of findings (docs/reference/finding-details.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ultrarare import draw
from ultrarare.case.finding import Finding
from ultrarare.dossier.details import level, p_words
from ultrarare.dossier.words import unit_word
from ultrarare.draw import Figure, Renderer

_LAYERS: Mapping[str, str] = {
    "gamma-poisson": "constant rates (gamma-Poisson)",
    "state": "active and quiet states",
}


def external_control(finding: Finding, _dates: bool, renderer: Renderer) -> Iterator[Figure]:  # noqa: FBT001
    """Estimate by method, and the love plot of the primary method's adjustment."""
    data = finding.details
    methods = data.get("methods") or ()
    if not methods:
        return
    unit = str(data.get("unit", "1"))
    yield draw.estimates(
        quantity=f"difference in {data.get('measure') or finding.measure or 'outcome'}",
        unit=unit_word(unit),
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
        level=level(finding),
        better=data.get("improves"),
        renderer=renderer,
    )
    yield from _love_plot(data, renderer)


def _love_plot(data: Mapping[str, Any], renderer: Renderer) -> Iterator[Figure]:
    """Balance under the primary method; over all subsets nothing is adjusted, so there is none."""
    primary = next((row for row in data["methods"] if row["primary"]), None)
    rows = data.get("balance") or ()
    if primary is None or not rows:
        return
    adjusted = primary["method"] if any(r["adjustment"] == primary["method"] for r in rows) else ""
    if not adjusted:
        others = [r["adjustment"] for r in rows if r["adjustment"] != "none"]
        adjusted = others[0] if others else ""
    after = {r["covariate"]: r["smd"] for r in rows if r["adjustment"] == adjusted}
    yield draw.balance(
        [
            draw.Balance(
                covariate=str(row["covariate"]),
                before=row["smd"],
                after=after.get(row["covariate"]),
            )
            for row in rows
            if row["adjustment"] == "none"
        ],
        treated=int(data["treated"]),
        controls=int(data["controls"]),
        effective=next(
            (m["effective_size"] for m in data["methods"] if m["method"] == adjusted), None
        ),
        method=adjusted or "no adjustment",
        renderer=renderer,
    )


def episode_layers(finding: Finding, _dates: bool, renderer: Renderer) -> Iterator[Figure]:  # noqa: FBT001
    """The rate ratio under each account of the untreated course."""
    rows = [  # ranked people give a p value and no ratio
        row for row in finding.details.get("layers") or () if row["layer"] != "empirical"
    ]
    if not any(row.get("upper") is not None and row.get("rate_ratio") for row in rows):
        return
    told = finding.attributes.get("p_from")
    yield draw.estimates(
        quantity="rate ratio after dosing",
        unit="",
        rows=[
            draw.MethodEstimate(
                label=_LAYERS.get(str(row["layer"]), str(row["layer"])),
                value=row["rate_ratio"] or None,
                lower=row["lower"] or None,
                upper=row["upper"],
                note=p_words(row["p_count"], row["floor"]),
                primary=row["layer"] == told,
            )
            for row in rows
        ],
        null=1.0,
        ratio=True,
        level=level(finding),
        better="lower",
        renderer=renderer,
    )


def survival_of_few(finding: Finding, _dates: bool, renderer: Renderer) -> Iterator[Figure]:  # noqa: FBT001
    """Untreated survival from where the treated are compared, and the patient where one is."""
    data = finding.details
    curve = data.get("curve")
    if not curve or not curve["time"]:
        return
    patient, people, events = data.get("patient"), data.get("people"), data.get("events")
    yield draw.survival(
        time=curve["time"],
        share=curve["survival"],
        lower=curve["lower"],
        upper=curve["upper"],
        start=float(curve["start"]),
        begins="where the treated are first compared",
        censored_at=None,
        unit=unit_word(str(data["unit"])),
        group="untreated people",
        people=None if people is None else int(people),
        events=None if events is None else int(events),
        patient=draw.Mark(time=patient["time"], label=str(patient["label"])) if patient else None,
        level=level(finding),
        renderer=renderer,
    )


def sensitivity(finding: Finding, _dates: bool, renderer: Renderer) -> Iterator[Figure]:  # noqa: FBT001
    """The result along each assumption that was shifted, with where it turns."""
    for row in finding.details.get("curves") or ():
        scale = row.get("observed")
        yield draw.tipping(
            [
                draw.Shifted(shift=c["shift"], value=c["value"], lower=c["lower"], upper=c["upper"])
                for c in row["curve"]
            ],
            assumption=str(row["assumption"]),
            outcome=str(row["outcome"]),
            unit=unit_word(str(row["unit"])),
            null=float(row["null"]),
            tips_at=row["tips_at"],
            observed=(scale[0], scale[1]) if scale else None,
            observed_words=str(row.get("observed_words") or "seen between cohorts"),
            level=level(finding),
            renderer=renderer,
        )


def trial_power(finding: Finding, _dates: bool, renderer: Renderer) -> Iterator[Figure]:  # noqa: FBT001
    """The power of a randomised trial by its size, where it was computed."""
    data = finding.details.get("feasibility")
    if isinstance(data, Mapping):
        yield power_figure(data, str(finding.details.get("effect", "")), renderer=renderer)


def power_figure(data: Mapping[str, Any], effect: str, *, renderer: Renderer) -> draw.Figure:
    """The power of a randomised trial by its size, with the people there are.

    Args:
        data: a feasibility result as JSON.
        effect: what the trial is to show, in words.
        renderer: turns a specification into SVG.
    """
    there = data["available"]
    return draw.power(
        [row["people"] for row in data["curve"]],
        [row["power"] for row in data["curve"]],
        there_are=(there["lower"], there["median"], there["upper"]),
        targets=[(one["target"], one["people"]) for one in data["needed"]],
        at_most=there["at_most"],
        effect=effect,
        renderer=renderer,
    )
