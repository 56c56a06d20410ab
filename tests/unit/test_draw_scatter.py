"""The marker against the outcome: every variant is named, and nothing is predicted unasked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ultrarare import draw

SETTINGS: dict[str, Any] = {
    "marker": "edited alleles",
    "marker_unit": "%",
    "outcome": "ammonia",
    "unit": "µmol/L",
    "verdict": "predicts: the slope's interval leaves zero",
}
VARIANTS = [
    draw.VariantEffect(variant=f"v{k}", marker=10.0 * k, marker_se=1, outcome=2.0 * k, outcome_se=1)
    for k in range(5)
]
LINE = [
    draw.LinePoint(marker=10.0 * k, value=2.0 * k, lower=2.0 * k - 3, upper=2.0 * k + 3)
    for k in range(-2, 7)
]


def _layers(figure: draw.Figure) -> list[dict[str, Any]]:
    layers: list[dict[str, Any]] = json.loads(figure.spec)["layer"]
    return layers


def _values(figure: draw.Figure, mark: str) -> list[dict[str, Any]]:
    return [
        row
        for layer in _layers(figure)
        if layer["mark"]["type"] == mark
        for row in layer["data"]["values"]
    ]


def _scatter(variants=VARIANTS, line=LINE, **more):
    return draw.scatter(
        variants, line=line, renderer=lambda spec: f"<svg>{len(spec)}</svg>", **(SETTINGS | more)
    )


def test_every_variant_is_named_at_its_point():
    figure = _scatter()
    said = [row["t"] for row in _values(figure, "text")]
    assert set(said) == {v.variant for v in VARIANTS}
    assert {(v.marker, v.outcome) for v in VARIANTS} <= {
        (row["x"], row["y"]) for row in _values(figure, "point")
    }


def test_names_at_one_place_stand_on_two_sides():
    near = [draw.VariantEffect(**{**_plain(VARIANTS[1]), "variant": name}) for name in "ab"]
    aligned = [
        (layer["mark"]["align"], row["t"])
        for layer in _layers(_scatter(near))
        if layer["mark"]["type"] == "text"
        for row in layer["data"]["values"]
    ]
    assert sorted(aligned) == [("left", "a"), ("right", "b")]


def test_where_nothing_may_be_predicted_no_diamond_is_drawn():
    told = _scatter(achieved=25.0)
    assert "no outcome is predicted" in told.caption
    assert not [x for x in _layers(told) if x["mark"].get("shape") == "diamond"]


def test_a_prediction_stands_at_what_was_achieved():
    here = draw.LinePoint(marker=25.0, value=5.0, lower=1.0, upper=9.0)
    figure = _scatter(achieved=25.0, predicted=here)
    (diamond,) = [x for x in _layers(figure) if x["mark"].get("shape") == "diamond"]
    assert diamond["data"]["values"] == [{"x": 25.0, "y": 5.0}]
    assert "Diamond: predicted at the 25 %" in figure.caption


@pytest.mark.parametrize("achieved", [None, 200.0, -30.0])
def test_what_is_drawn_lies_within_the_axes(achieved):
    figure = _scatter(achieved=achieved)
    scale = next(x for x in _layers(figure) if x["mark"].get("opacity") == 0)["encoding"]
    low, high = scale["x"]["scale"]["domain"]
    spots = [row["x"] for row in _values(figure, "rule") + _values(figure, "line") if "x" in row]
    assert all(low <= x <= high for x in spots)


def _plain(v: draw.VariantEffect) -> dict[str, Any]:
    return {name: getattr(v, name) for name in v.__slots__}
