"""The power of a trial by its size, with the people there are."""

from __future__ import annotations

from collections.abc import Sequence

from ultrarare.draw.figure import Figure, Frame, Layer, Renderer, compose, render
from ultrarare.draw.labels import ticks
from ultrarare.draw.marks import axes, layer, points, rects, rules, texts
from ultrarare.draw.theme import BAND, FAINT, MUTED, PATIENT, PATIENT_TEXT, SMALL, UNTREATED

_LEFT, _RIGHT, _HEIGHT = 70, 96, 240


def power(
    people: Sequence[int],
    chance: Sequence[float],
    *,
    there_are: tuple[int, int, int],
    targets: Sequence[tuple[float, int | None]],
    at_most: bool,
    effect: str,
    renderer: Renderer = render,
) -> Figure:
    """Power against size, the band of people who can be recruited, and each target.

    Args:
        people: sizes of both arms, ascending, at least two.
        chance: power at each, 0 to 1.
        there_are: 2.5, 50 and 97.5 % of the people who can be recruited.
        targets: power asked for, with the smallest size that keeps it (None if no size does).
        at_most: whether the people are a bound from above.
        effect: what the trial is to show.
        renderer: see `figure.Renderer`.
    """
    low, mid, high = there_are
    wanted = [size for _target, size in targets if size is not None]
    reach = max([20, high * 1.15, *(1.15 * size for size in wanted)])
    end = min(float(people[-1]), float(reach))
    rows = [{"x": float(n), "y": p} for n, p in zip(people, chance, strict=True) if n <= end]
    frame = Frame(left=_LEFT, right=_RIGHT, top=40, bottom=44, height=_HEIGHT)
    first, last = min(float(low), end), min(float(high), end)
    middle = frame.width * min(float(mid), end) / end
    layers: list[Layer] = [
        axes(
            {"title": "people in both arms", "grid": False, "values": ticks(0.0, end)},
            {"title": "power", "grid": True, "values": [0, 0.2, 0.4, 0.6, 0.8, 1], "format": "%"},
            x_domain=(0.0, end),
            y_domain=(0, 1),
        ),
        rects(
            [{"x": first, "x2": max(last, first + end / 400), "py": 0.0, "py2": float(_HEIGHT)}],
            BAND, opacity=0.6, x="x", x2="x2", y="py", y2="py2",
        ),
        rules(
            [{"px": middle, "py": -14.0, "py2": float(_HEIGHT)}],
            PATIENT, width=1.5, x="px", y="py", y2="py2",
        ),
        texts(
            [{"px": min(max(middle, 60.0), frame.width - 60.0), "py": -24.0,
              "t": f"{'at most ' if at_most else ''}{mid} people ({low} to {high})"}],
            align="center", size=SMALL, colour=PATIENT_TEXT,
        ),
        layer(rows, {"type": "line", "color": UNTREATED, "strokeWidth": 2}, x="x", y="y"),
    ]  # fmt: skip
    for target, size in targets:
        at = float(_HEIGHT) * (1 - target)
        layers += [
            rules([{"x": 0.0, "x2": end, "y": target}], FAINT, dash=(4, 3), x="x", x2="x2", y="y"),
            texts(
                [{"px": frame.width + 6.0, "py": at,
                  "t": f"{100 * target:g}%: " + (str(size) if size else f"> {people[-1]}")}],
                size=SMALL, colour=MUTED,
            ),
        ]  # fmt: skip
        if size is not None and size <= end:
            layers.append(points([{"x": float(size), "y": target}], UNTREATED, size=40))
    said = "; ".join(
        f"{100 * t:g}% power asks for {s or f'more than {people[-1]}'} people" for t, s in targets
    )
    bound = " The count is a bound from above, since a share is not known." if at_most else ""
    return compose(
        layers,
        frame,
        title="Power of a randomised trial by its size",
        description=f"Power for {effect} from {people[0]} to {end:g} people; {mid} people "
        f"({low} to {high}) can be recruited; {said}.",
        caption=f"For {effect}. Band: 95% interval of the people who can be recruited, line: "
        f"median.{bound} {said[0].upper()}{said[1:]}.",
        renderer=renderer,
    )
