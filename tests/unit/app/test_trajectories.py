"""`history fit` and `history predict` over plain tables, in JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from ultrarare.cli.history import app


def table(path, people=15, seed=1, floor=None, shape="line"):
    rng = np.random.default_rng(seed)
    rows = ["person,time,value"]
    for i in range(people):
        u, v = rng.normal(0, 3), rng.normal(0, 0.6)
        for t in range(6):
            y = 20 + u + (v - 1) * t + rng.normal(0, 1)
            if shape == "sigmoid":
                y = 100 - 70 / (1 + np.exp(-(2 * t - 5 - u / 2) / 1.2)) + rng.normal(0, 4)
            text = f"{y:.2f}" if floor is None or y >= floor else f"<{floor}"
            rows.append(f"p{i},{2 * t if shape == 'sigmoid' else t},{text}")
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return str(path)


def run(*arguments):
    done = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        ("intercept", "line"), ("slope", "line"), ("serial", "line"), ("change-point", "line"),
        ("sigmoid", "sigmoid"), ("auto", "line"),
    ],
)  # fmt: skip
def test_every_model_gives_parameters_and_a_fan(tmp_path, model, shape):
    found = run("fit", table(tmp_path / "v.csv", shape=shape), "--model", model)
    assert found["model"] == ("slope" if model == "auto" else model)
    assert (found["people"], found["visits"], found["censored"]) == (15, 90, 0)
    assert len(found["fan"]) == 25
    assert all(row["lower"] < row["expected"] < row["upper"] for row in found["fan"])
    assert found["seed"] == 1
    key = "midpoint" if model == "sigmoid" else "slope"
    assert found["parameters"][key] is not None
    assert (found["parameters"].get("change_point") is not None) == (model == "change-point")


@pytest.mark.parametrize("model", ["auto", "intercept", "slope", "sigmoid"])
def test_values_below_a_limit_are_taken_as_such(tmp_path, model):
    shape = "sigmoid" if model == "sigmoid" else "line"
    path = table(tmp_path / "v.csv", floor=34 if shape == "sigmoid" else 15, shape=shape)
    found = run("fit", path, "--model", model)
    assert found["censored"] > 5
    assert found["heavy_tails"] is None


@pytest.mark.parametrize("model", ["serial", "change-point"])
def test_a_model_that_cannot_take_bounds_says_which_can(tmp_path, model):
    path = table(tmp_path / "v.csv", floor=15)
    done = CliRunner().invoke(app, ["fit", path, "--model", model])
    assert done.exit_code != 0
    assert done.exception is not None
    assert "values are bounds" in str(done.exception)


def test_a_prediction_has_four_sources_that_add_up(tmp_path):
    path = table(tmp_path / "v.csv")
    own = tmp_path / "own.csv"
    own.write_text("person,time,value\nx,0,24\nx,1,23.5\nx,2,23\n", "utf-8")
    found = run("predict", path, "--patient", str(own), "--at", "3,5", "--model", "slope")
    first, last = found["predictions"]
    assert (first["time"], last["time"]) == (3, 5)
    assert last["upper"] - last["lower"] > first["upper"] - first["lower"]
    assert all(row[f"sd_{part}"] > 0 for row in (first, last)
               for part in ("residual", "random", "fixed", "variance"))  # fmt: skip
    assert found["patient_visits"] == 3
    assert found["caveats"] == ["variances rest on only 15 people"]


def test_a_patient_below_the_limit_is_predicted_below_one_at_it(tmp_path):
    path = table(tmp_path / "v.csv")
    rows = {}
    for name, value in (("at", "12"), ("below", "<12")):
        own = tmp_path / f"{name}.csv"
        own.write_text(f"person,time,value\nx,0,{value}\n", "utf-8")
        found = run("predict", path, "--patient", str(own), "--at", "3", "--model", "slope")
        rows[name] = found["predictions"][0]["expected"]
    assert rows["below"] < rows["at"]


def test_what_lies_outside_the_untreated_visits_is_said(tmp_path):
    own = tmp_path / "own.csv"
    own.write_text("person,time,value\nx,0,60\nx,1,60\n", "utf-8")
    found = run("predict", table(tmp_path / "v.csv"), "--patient", str(own), "--at", "4,9")
    assert any(text.startswith("9: outside the times") for text in found["caveats"])
    assert any("unlike the untreated people's" in text for text in found["caveats"])


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        ("x,0,1\ny,1,2\n", "3", "found 2 people"),
        ("x,0,1\n", "soon", "allowed are times"),
        ("x,0,about 9\n", "3", "a number"),
    ],
)
def test_a_patient_or_a_time_that_cannot_be_read_is_an_error(tmp_path, text, at, said):
    own = tmp_path / "own.csv"
    own.write_text(f"person,time,value\n{text}", "utf-8")
    done = CliRunner().invoke(
        app, ["predict", table(tmp_path / "v.csv"), "--patient", str(own), "--at", at]
    )
    assert done.exit_code != 0
    assert said in str(done.exception)


def test_two_measures_are_never_taken_as_one(tmp_path):
    path = tmp_path / "v.csv"
    rows = [f"p{i},{t},{i + t + k},{m}" for i in range(4) for t in range(3)
            for k, m in enumerate("ab")]  # fmt: skip
    path.write_text("person,time,value,measure\n" + "\n".join(rows) + "\n", "utf-8")
    done = CliRunner().invoke(app, ["fit", str(path)])
    assert "holds 2 measures: a, b" in str(done.exception)


def test_without_json_the_caveats_are_printed_too(tmp_path):
    path = table(tmp_path / "v.csv")
    done = CliRunner().invoke(app, ["fit", path, "--model", "intercept"])
    assert done.exit_code == 0
    assert "variances rest on only 15 people" in done.stdout


@pytest.mark.parametrize(
    ("head", "cells", "said"),
    [
        ("person,time,value", ("p3", ""), "'p3' is among the treated and among the untreated"),
        ("person,time,value,unit", ("me", ",mmol/L"), "has the unit mmol/L, and v.csv has mg/dL"),
    ],
)
def test_a_person_of_the_untreated_or_of_another_unit_is_not_predicted(tmp_path, head, cells, said):
    path = table(tmp_path / "v.csv")
    first, *rows = (tmp_path / "v.csv").read_text("utf-8").strip().split("\n")
    (tmp_path / "v.csv").write_text(
        "\n".join([f"{first},unit", *(f"{row},mg/dL" for row in rows)]) + "\n"
    )
    own = tmp_path / "p.csv"
    own.write_text(head + "\n" + "".join(f"{cells[0]},{t},{20 - t}{cells[1]}\n" for t in (0, 1)))
    done = CliRunner().invoke(app, ["predict", path, "--patient", str(own), "--at", "7"])
    assert said in str(done.exception)


def test_the_text_of_a_fit_holds_the_fan_at_its_level(tmp_path):
    path = tmp_path / "v.csv"
    table(path)
    rows = path.read_text("utf-8").split("\n")
    rows = [rows[0] + ",unit", *(f"{row},{{points}}" for row in rows[1:] if row)]
    path.write_text("\n".join(rows) + "\n", "utf-8")
    done = CliRunner().invoke(app, ["fit", str(path), "--level", "0.8"], catch_exceptions=False)

    fan = run("fit", str(path), "--level", "0.8")["fan"]
    assert "(80% interval)" in done.stdout
    first, last = fan[0], fan[-1]
    for row in (first, last):
        shown = f"{row['expected']:.4g} ({row['lower']:.4g} to {row['upper']:.4g}) points"
        assert f"  {row['time']:g}: {shown}" in done.stdout
    assert "at time 0, slope" in done.stdout
    assert "for each unit of time" in done.stdout
