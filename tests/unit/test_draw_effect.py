"""Charts of comparisons: nothing that was refused disappears, and marks stand where they belong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ultrarare import draw


def _nothing(spec: str) -> str:
    """A renderer for tests that read the specification only."""
    return f'<svg viewBox="0 0 1 1"><!--{len(spec)}--></svg>'


def _layers(figure: draw.Figure) -> list[dict[str, Any]]:
    layers: list[dict[str, Any]] = json.loads(figure.spec)["layer"]
    return layers


def _texts(figure: draw.Figure) -> list[str]:
    return [
        row["t"]
        for layer in _layers(figure)
        if layer["mark"]["type"] == "text"
        for row in layer["data"]["values"]
    ]


ROWS = [
    draw.MethodEstimate(label="matched", value=0.5, lower=0.25, upper=1.0, primary=True),
    draw.MethodEstimate(label="weighted", value=None, note="no overlap"),
]


def _estimates(rows, **more):
    settings: dict[str, Any] = {"quantity": "rate ratio", "unit": "", "null": 1.0, "ratio": True}
    return draw.estimates(rows=rows, renderer=_nothing, **(settings | more))


def test_a_method_that_refused_keeps_its_row_and_is_counted():
    figure = _estimates(ROWS)

    assert "weighted" in _texts(figure)
    assert "not computable" in _texts(figure)
    assert "1 of 2 methods refused" in figure.caption


def test_the_line_of_no_difference_stands_at_a_ratio_of_one():
    dashed = next(x for x in _layers(_estimates(ROWS)) if x["mark"].get("strokeDash"))

    assert dashed["data"]["values"][0]["x"] == 0.0


def test_a_ratio_is_drawn_at_its_logarithm():
    points = [x for x in _layers(_estimates(ROWS)) if x["mark"]["type"] == "point"]
    placed = [row["x"] for x in points for row in x["data"]["values"] if "py" in row]

    assert placed == pytest.approx([-0.30103])


def test_a_ratio_of_zero_has_no_place_on_a_logarithmic_scale():
    with pytest.raises(ValueError, match="above 0"):
        _estimates([draw.MethodEstimate(label="all", value=0.0)])


def test_an_open_limit_is_drawn_to_the_edge_and_written_as_open():
    row = draw.MethodEstimate(label="exact", value=0.2, lower=0.0, upper=None)
    figure = _estimates([row])
    span = next(
        x["data"]["values"][0]
        for x in _layers(figure)
        if x["mark"]["type"] == "rule" and x["data"]["values"] and "l" in x["data"]["values"][0]
    )
    domain = _layers(figure)[0]["encoding"]["x"]["scale"]["domain"]

    assert [span["l"], span["u"]] == pytest.approx(domain)
    assert "0.2 (0 to …)" in _texts(figure)


def test_the_love_plot_shows_sizes_without_sign_and_what_is_undefined():
    figure = draw.balance(
        [
            draw.Balance(covariate="slope", before=-0.5, after=0.1),
            draw.Balance(covariate="class", before=None, after=None),
        ],
        treated=3,
        controls=20,
        effective=7.25,
        method="odds weights",
        renderer=_nothing,
    )
    placed = [
        row["x"]
        for layer in _layers(figure)
        if layer["mark"]["type"] == "point"
        for row in layer["data"]["values"]
        if "py" in row
    ]

    assert sorted(placed) == [0.1, 0.5]
    assert "undefined → undefined" in _texts(figure)
    assert "7.25 people" in figure.caption


CURVE = [
    draw.Shifted(shift=x / 4, value=2 - x / 4, lower=1 - x / 4, upper=3 - x / 4) for x in range(9)
]


def _tipping(tips_at):
    return draw.tipping(
        CURVE,
        assumption="slower decline",
        outcome="contrast",
        unit="points",
        null=0,
        tips_at=tips_at,
        renderer=_nothing,
    )


def test_the_tipping_point_is_marked_on_the_line_of_no_difference():
    marked = [
        row
        for layer in _layers(_tipping(1.0))
        if layer["mark"]["type"] == "point"
        for row in layer["data"]["values"]
    ]

    assert {"x": 1.0, "y": 0} in marked
    assert "The conclusion changes at 1." in _tipping(1.0).caption


def test_without_a_tipping_point_the_caption_says_that_none_was_found():
    figure = _tipping(None)

    assert not any(text.startswith("tips") for text in _texts(figure))
    assert "No shift in the range shown changes the conclusion." in figure.caption
    assert "Nothing observed says how large a shift is plausible." in figure.caption


def test_people_beyond_the_last_lane_are_counted():
    people = [draw.Lane(label="", kind="untreated", spans=((0.0, 1.0),))] * 45
    figure = draw.lanes(people, event="crises", unit="years", left_out=2, renderer=_nothing)

    assert "7 more people are not shown." in figure.caption
    assert "n = 40 people" in figure.caption


def test_a_lane_has_a_bar_for_each_span_and_nothing_between():
    lane = draw.Lane(label="patient", kind="patient", spans=((0.0, 1.0), (2.0, 3.0)), events=(0.5,))
    figure = draw.lanes([lane], event="crises", unit="years", renderer=_nothing)
    bars = [
        (row["x"], row["x2"])
        for layer in _layers(figure)
        if layer["mark"]["type"] == "rule"
        for row in layer["data"]["values"]
        if "x2" in row
    ]

    assert bars == [(0.0, 1.0), (2.0, 3.0)]


def test_step_curves_are_named_at_their_ends_without_overlap():
    def curve(label, kind, value):
        return draw.StepCurve(
            label=label, kind=kind, time=[1.0], value=[value], lower=[None], upper=[None], n=3
        )

    figure = draw.curves(
        [curve("untreated", "untreated", 1.0), curve("treated", "treated", 1.0)],
        title="Crises",
        quantity="crises a person",
        unit="years",
        renderer=_nothing,
    )
    names = [
        row
        for layer in _layers(figure)
        if layer["mark"]["type"] == "text"
        for row in layer["data"]["values"]
    ]

    assert {row["t"] for row in names} == {"untreated", "treated"}
    assert abs(names[0]["py"] - names[1]["py"]) >= 16
    assert "Untreated, n = 3; treated, n = 3" in figure.caption


def test_charts_of_comparisons_render_to_named_pictures():
    figure = draw.tipping(
        CURVE,
        assumption="slower decline",
        outcome="contrast",
        unit="points",
        null=0,
        tips_at=1.0,
        observed=(-0.1, 0.4),
    )

    assert 'role="img"' in figure.svg
    assert "<title" in figure.svg
