"""The untreated survival curve with its band, and where the patient stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ultrarare.draw.figure import Figure, Frame, Layer, Renderer, compose, render
from ultrarare.draw.labels import ticks
from ultrarare.draw.marks import Mark, axes, layer, points, rules, texts
from ultrarare.draw.theme import BAND, INK, MUTED, PATIENT, PATIENT_TEXT, SMALL, UNTREATED, wrap

_LEFT, _RIGHT, _HEIGHT = 64, 120, 230


def survival(
    *,
    time: Sequence[float],
    share: Sequence[float],
    lower: Sequence[float | None],
    upper: Sequence[float | None],
    start: float = 0.0,
    entries: Sequence[float] = (),
    exits: Sequence[float] = (),
    censored_at: Sequence[float] | None = (),
    unit: str,
    group: str,
    people: int | None = None,
    events: int | None = None,
    patient: Mark | None = None,
    begins: str = "the earliest time at which anyone was under observation",
    level: str = "95%",
    renderer: Renderer = render,
) -> Figure:
    """A step curve in grey with band and censoring ticks; the patient in the accent colour.

    Args:
        time: (k,) distinct event times, ascending.
        share: (k,) share without the event from each time on.
        lower: (k,) lower limit; None where there is none.
        upper: (k,) upper limit; None where there is none.
        start: earliest time at which anyone was under observation; the curve begins there.
        entries: when each person came under observation, in any order.
        exits: when each person left it, in any order.
        censored_at: times at which follow-up ended without the event; None where not at hand.
        unit: of time, as printed.
        group: who the people are.
        people: how many.
        events: how many events.
        patient: the patient's time under observation, with a word.
        begins: why the curve begins at `start`.
        level: coverage of the band, in words.
        renderer: see `figure.Renderer`.
    """
    ended = () if censored_at is None else censored_at
    end = max([*time, *ended], default=1.0)
    high = max(end, patient.time if patient else end) * 1.02
    steps = _steps(time, share, lower, upper, start=start, last=end)
    shown = ticks(0, high)
    frame = Frame(left=_LEFT, right=_RIGHT, top=24, bottom=74 if entries else 42, height=_HEIGHT)
    x = {"title": f"age or time, {unit}", "grid": False, "values": shown}
    y = {"title": "share without the event, %", "values": [0, 25, 50, 75, 100]}
    layers = [
        axes(x, y, x_domain=(0, high), y_domain=(0, 100)),
        *_curve(steps),
        *_censoring(ended, time, share),
        *_patient(patient, steps, high, frame.width),
        *_group(group, steps, high, frame.width),
        *_risk(entries, exits, shown, high, frame.width),
    ]
    return compose(
        layers,
        frame,
        title="Untreated survival and the patient" if patient else "Untreated survival",
        description=_describe(time, share, group, unit, patient),
        caption=_caption(
            people, events, None if censored_at is None else len(ended), patient, level
        )
        + _condition(start, unit, begins),
        renderer=renderer,
    )


def _steps(
    time: Sequence[float],
    share: Sequence[float],
    lower: Sequence[float | None],
    upper: Sequence[float | None],
    *,
    start: float,
    last: float,
) -> list[dict[str, float | None]]:
    # Before the first event the interval does not exist, so the band begins with it.
    rows: list[dict[str, float | None]] = [{"x": start, "y": 100, "l": None, "u": None}]
    for t, s, a, b in zip(time, share, lower, upper, strict=True):
        limits = {"l": None if a is None else 100 * a, "u": None if b is None else 100 * b}
        rows.append({"x": t, "y": 100 * s, **limits})
    rows.append({**rows[-1], "x": last})
    return rows


def _curve(steps: Sequence[dict[str, float | None]]) -> list[Layer]:
    line = {"type": "line", "color": UNTREATED, "strokeWidth": 2, "interpolate": "step-after"}
    area = {"type": "area", "color": BAND, "opacity": 1, "interpolate": "step-after"}
    return [layer(_known(steps), area, x="x", y="l", y2="u"), layer(steps, line, x="x", y="y")]


def _known(steps: Sequence[dict[str, float | None]]) -> list[dict[str, float | None]]:
    """The part of the curve on which its limits are defined."""
    known: list[dict[str, float | None]] = []
    for step in steps:
        if step["l"] is not None and step["u"] is not None:
            known.append(step)
        elif known:
            return [*known, {**known[-1], "x": step["x"]}]
    return known


def _at(when: float, time: Sequence[float], share: Sequence[float]) -> float:
    below = [s for t, s in zip(time, share, strict=True) if t <= when]
    return 100 * below[-1] if below else 100.0


def _censoring(
    censored_at: Sequence[float], time: Sequence[float], share: Sequence[float]
) -> list[Layer]:
    rows = [
        {"x": t, "y": s - 2.2, "y2": s + 2.2}
        for t in censored_at
        if (s := _at(t, time, share)) is not None
    ]
    return [rules(rows, UNTREATED, width=1.2, x="x", y="y", y2="y2")] if rows else []


def _patient(
    patient: Mark | None, steps: Sequence[dict[str, Any]], high: float, width: int
) -> list[Layer]:
    if patient is None:
        return []
    # Outside the time under observation there is no curve for the patient to stand on.
    known = steps[0]["x"] <= patient.time <= steps[-1]["x"]
    y = [step["y"] for step in steps if step["x"] <= patient.time][-1] if known else None
    lines = wrap(patient.label, 170, SMALL)
    px = patient.time / high * width
    left = px > width - 150
    rows = [
        {"px": px + (-8 if left else 8), "py": -14 + 13 * i, "t": t} for i, t in enumerate(lines)
    ]
    return [
        rules([{"x": patient.time, "y": 0, "y2": 100}], PATIENT, width=1.5, x="x", y="y", y2="y2"),
        *([points([{"x": patient.time, "y": y}], PATIENT, size=80)] if known else []),
        texts(rows, size=SMALL, colour=PATIENT_TEXT, bold=True, align="right" if left else "left"),
    ]


def _group(group: str, steps: Sequence[dict[str, Any]], high: float, width: int) -> list[Layer]:
    px, py = steps[-1]["x"] / high * width, _HEIGHT * (1 - steps[-1]["y"] / 100)
    lines = wrap(group, _RIGHT - 14 + (width - px), SMALL)[:5]
    rows = [
        {"px": px + 6, "py": min(max(py, 14), _HEIGHT - 13 * len(lines)) + 13 * i, "t": line}
        for i, line in enumerate(lines)
    ]
    return [texts(rows, size=SMALL, colour=MUTED)]


def _risk(
    entries: Sequence[float],
    exits: Sequence[float],
    shown: Sequence[float],
    high: float,
    width: int,
) -> list[Layer]:
    """People under observation at each tick: those who had come and not yet left."""
    if not entries:
        return []
    y = _HEIGHT + 56
    rows = [
        {
            "px": t / high * width,
            "py": y,
            "t": str(sum(entry <= t for entry in entries) - sum(left < t for left in exits)),
        }
        for t in shown
    ]
    return [
        texts(rows, align="center", size=SMALL, colour=INK),
        texts([{"px": -16, "py": y, "t": "at risk"}], align="right", size=SMALL, colour=MUTED),
    ]


def _describe(
    time: Sequence[float], share: Sequence[float], group: str, unit: str, patient: Mark | None
) -> str:
    ends = (
        f"{100 * share[-1]:.0f}% without the event at {time[-1]:g} {unit}"
        if len(time)
        else "no event"
    )
    who = f" The patient: {patient.label}." if patient else ""
    return f"Kaplan–Meier curve of {group}: {ends}.{who}"


def _caption(
    people: int | None, events: int | None, censored: int | None, patient: Mark | None, level: str
) -> str:
    n = "The number of people is not given." if people is None else f"n = {people} people"
    if people is not None:
        n += "" if events is None else f", {events} events"
        n += "." if events is None or censored is None else f", {censored} censored (ticks)."
    mark = " The patient is marked in orange and is not part of the curve." if patient else ""
    return f"{n} Grey band: {level} interval.{mark}"


def _condition(start: float, unit: str, begins: str) -> str:
    if start <= 0:
        return ""
    return f" The curve begins at {start:.3g} {unit}, {begins}, among people event-free then."
