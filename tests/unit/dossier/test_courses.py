"""Figures of courses, of events that come again and of ends by cause hold what was found."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ultrarare.case.finding import Estimate, Finding, Origin
from ultrarare.dossier.figures import figures_of
from ultrarare.draw import Figure, render


def nothing(spec: str) -> str:
    """A renderer for tests that read the specification only."""
    return f'<svg viewBox="0 0 1 1"><!--{len(spec)}--></svg>'


def of(kind: str, details: dict[str, Any], *, unit: str = "{score}") -> list[Figure]:
    finding = Finding(
        id="x/y",
        kind=kind,
        origin=Origin.COMPUTED,
        statement="Made.",
        estimate=Estimate(value=1.0, lower=0.5, upper=2.0, level=0.95, unit=unit),
        measure="motor score",
        details=details,
    )
    return list(figures_of(finding, dates=False, renderer=nothing))


def layers(figure: Figure) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(figure.spec)["layer"]
    return found


def texts(figure: Figure) -> list[str]:
    return [
        row["t"]
        for layer in layers(figure)
        if layer["mark"]["type"] == "text"
        for row in layer["data"]["values"]
    ]


def rows_of(figure: Figure, mark: str) -> list[dict[str, Any]]:
    return [
        row
        for layer in layers(figure)
        if layer["mark"]["type"] == mark
        for row in layer["data"]["values"]
    ]


def ratio(value: float | None) -> dict[str, float | None]:
    return {"value": value, "lower": None if value is None else value / 2, "upper": None}


def model(name: str, value: float | None, *, primary: bool = False) -> dict[str, Any]:
    return {
        "model": name,
        "label": name,
        "primary": primary,
        "rate_ratio": ratio(value),
        "log_rate_ratio": value,
        "p_value": None if value is None else 0.03,
        "level": 0.95,
    }


def curve(group: str, time: list[float], mean: list[float]) -> dict[str, Any]:
    return {
        "group": group, "n": 3, "level": 0.9, "time": time, "mean": mean, "last": 5.0,
        "lower": [m / 2 for m in mean], "upper": [2 * m for m in mean],
    }  # fmt: skip


RECURRENT: dict[str, Any] = {
    "curves": [curve("treated", [2.0], [0.3]), curve("untreated", [1.0, 3.0], [0.5, 1.5])],
    "lanes": [
        {"label": "treated 1", "kind": "treated", "spans": [[0, 4]],
         "events": [2.0], "ended": None},
        {"label": "untreated 1", "kind": "untreated", "spans": [[0, 1], [2, 5]],
         "events": [1.0, 3.0], "ended": 5.0},
    ],
    "lanes_left_out": 7,
    "models": [model("Poisson", 0.4, primary=True), model("gamma frailty", None)],
    "unit": "a",
    "episode": "crises",
}  # fmt: skip


def test_recurrent_events_are_two_curves_everybody_s_lane_and_every_model():
    means, people, models = of("course.recurrent", RECURRENT)

    assert means.title == "Mean number of crises by time"
    assert {"treated people", "untreated people"} <= set(texts(means))
    assert "90%" in means.caption
    assert len(rows_of(people, "rule")) == 3 + 3  # spans and ticks
    assert "7 more people are not shown" in people.caption
    assert "ring: end by a terminal event" in people.caption
    assert "a gap is none" in people.caption
    assert "diamond" not in people.caption
    assert "not computable" in texts(models)
    assert "1 of 2 methods refused" in models.caption
    assert "Blue: named by the plan" in models.caption


def test_recurrent_events_without_any_event_have_lanes_only():
    empty = [curve("treated", [], []), curve("untreated", [], [])]
    figures = of(
        "course.recurrent", {**RECURRENT, "curves": empty, "models": [model("Poisson", None)]}
    )

    assert [figure.title for figure in figures] == ["Crises: person by person"]


def test_the_change_beyond_regression_stands_by_route_at_the_level_of_its_limits():
    methods = [
        {"label": "design", "estimate": 5.0, "lower": 1.0, "upper": 9.0, "p_value": 0.01,
         "floor": None, "primary": False},
        {"label": "formula", "estimate": None, "lower": None, "upper": None, "p_value": None,
         "floor": None, "primary": False},
    ]  # fmt: skip
    data = {"methods": methods, "unit": "{score}", "measure": "motor score", "alpha": 0.025}
    (figure,) = of("course.regression-to-mean", data)

    assert {"design", "formula", "p 0.01"} <= set(texts(figure))
    assert "95% intervals" in figure.caption
    assert "named by the plan" not in figure.caption
    assert of("course.regression-to-mean", {**data, "methods": methods[1:]}) == []
    assert of("course.regression-to-mean", {}) == []  # of an analysis without routes


def test_a_single_case_has_its_phases_apart_and_a_limit_on_its_limit():
    points = [
        {"time": 1, "value": 4.0, "text": "4", "phase": "A"},
        {"time": 2, "value": 2.0, "text": "<2", "phase": "A"},
        {"time": 5, "value": 9.0, "text": "9", "phase": "B"},
    ]
    data = {"points": points, "doses": [{"time": 3, "label": "dose 1"}], "unit": "{score}"}
    (figure,) = of("course.single-case", data)

    assert "n = 2 measurements before dosing (open) and 1 after (filled)" in figure.caption
    assert "dose 1" in texts(figure)
    assert "After dosing: 9" in figure.description
    assert "<2" in figure.description


def test_the_name_of_the_phase_before_lies_on_no_point():
    points = [
        {"time": t, "value": v, "text": str(v), "phase": "A"}
        for t, v in ((0, 5.0), (4, 5.6), (8, 6.2), (12, 4.4), (60, 9.0))
    ]
    (figure,) = of("course.single-case", {"points": points, "unit": "{score}"})
    (name,) = [row for row in rows_of(figure, "text") if row["t"] == "before dosing"]
    scale = layers(figure)[0]["encoding"]
    (x0, x1), (y0, y1) = (scale[axis]["scale"]["domain"] for axis in ("x", "y"))
    width, height = 608, 240
    for point in points:
        x = width * (point["time"] - x0) / (x1 - x0)
        y = height * (1 - (point["value"] - y0) / (y1 - y0))
        if name["px"] <= x <= name["px"] + 60:
            assert abs(y - name["py"]) > 9


def test_one_cause_is_a_share_of_people_with_the_end_of_follow_up():
    data = {
        "label": "transplant", "time": [2.0, 3.0], "value": [0.1, 0.3], "lower": [None, 0.1],
        "upper": [None, 0.6], "n": 10, "start": 0.0, "last": 8.0, "unit": "a", "group": None,
    }  # fmt: skip
    (figure,) = of("history.cumulative-incidence", data)

    assert figure.title == "Cumulative incidence of transplant"
    line = rows_of(figure, "line")
    assert [row["y"] for row in line] == pytest.approx([0, 10, 30, 30])
    assert line[-1]["x"] == 8.0
    assert len(rows_of(figure, "area")) == 2  # nothing where limits are unknown
    assert "Untreated people, n = 10" in figure.caption


FAN = {
    "prediction": [{"time": t, "mean": 10 - t, "lower": 8 - t, "upper": 12 - t} for t in (1, 4)],
    "points": [
        {"person": 0, "time": 1, "value": 9.0, "censoring": "none"},
        {"person": 1, "time": 2, "value": 2.0, "censoring": "left"},
        {"person": 1, "time": 3, "value": 7.0, "censoring": "interval"},
    ],
    "points_left_out": 5,
    "unit": "{score}",
    "time_unit": "a",
    "level": 0.95,
}


def test_an_untreated_course_shows_limits_as_limits_and_counts_what_it_leaves_out():
    (figure,) = of("history.trajectory", FAN)
    shapes = [
        (layer["mark"]["shape"], layer["mark"]["filled"])
        for layer in layers(figure)
        if layer["mark"]["type"] == "point" and "shape" in layer["mark"]
    ]

    assert shapes == [("circle", True), ("circle", False), ("triangle-down", False)]
    assert "n = 3 visits of 2 untreated people" in figure.caption
    assert "5 more visits are not shown" in figure.caption
    assert "Open: known as a limit" in figure.caption


def test_an_untreated_course_without_visits_still_has_its_fan():
    (figure,) = of("history.trajectory", {**FAN, "points": [], "points_left_out": 0})

    assert figure.caption.startswith("Line: mean; band: where 95%")
    assert of("history.trajectory", {}) == []


def test_borrowing_is_drawn_by_weight_and_says_weight():
    rows = [
        {"shift": w, "value": 4.0, "lower": 1 - 2 * w, "upper": 7.0} for w in (0.0, 0.25, 0.5, 1.0)
    ]
    data = {"curve": rows, "null": 0.0, "tips_at": 0.5, "measure": "motor score"}
    (figure,) = of("course.borrowing", data)

    assert "tips at 0.5" in texts(figure)
    assert "which weight is right" in figure.caption
    assert "shift" not in figure.caption
    (share,) = of("course.borrowing", data, unit="1")
    assert layers(share)[0]["encoding"]["y"]["axis"]["title"] == "effect on motor score"
    assert of("course.borrowing", {**data, "curve": rows[:1]}) == []


def test_the_new_pictures_can_be_drawn():
    for kind, data in (("course.recurrent", RECURRENT), ("history.trajectory", FAN)):
        finding = Finding(
            id="x/y", kind=kind, origin=Origin.COMPUTED, statement="Made.", details=data
        )  # fmt: skip
        for figure in figures_of(finding, dates=False, renderer=render):
            assert "NaN" not in figure.svg
