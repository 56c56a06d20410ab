"""`effect sensitivity` over a specification and a table of matched sets."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ultrarare.app.statistics.sensitivity import sensitivity_of
from ultrarare.errors import InputError, InputErrors, NotComputable

DIFFERENCE: dict[str, Any] = {
    "measure": "mean difference", "value": 9.0, "lower": 4.0, "upper": 14.0, "sd": 10.0,
    "unit": "points", "improves": "higher",
}  # fmt: skip
RATIO = {"measure": "risk ratio", "value": 0.4, "lower": 0.2, "upper": 0.8, "improves": "lower"}
FULL: dict[str, Any] = {
    "estimate": DIFFERENCE,
    "covariate": {"ratio": 1.5, "what": "genotype class"},
    "biases": {"confounding": [2.0, 2.0], "misclassification": 1.2},
    "confounder": {"treated": [0.4, 0.6], "untreated": [0.1, 0.2], "effect": [2.0, 8.0],
                   "observed_effect": 4.0, "observed_what": "age at onset"},
    "shifts": [{"changed": "the untreated change", "unit": "points a year", "per_unit": 2.0,
                "observed": {"registries": [
                    {"name": "north", "value": -3.0, "se": 0.3},
                    {"name": "south", "value": -1.8, "se": 0.3},
                    {"name": "west", "value": -2.2, "se": 0.4}]}}],
    "missing": {"seen": 6, "missed": 2, "mean": 50.0, "low": 0.0, "high": 100.0},
    "prior": {"value": 5.0, "se": 3.0, "source": "earlier patients"},
    "without": [{"left_out": "same gene", "value": 8, "lower": -1, "upper": 17},
                {"left_out": "pathway", "value": 10, "lower": 5, "upper": 15}],
}  # fmt: skip
KEYS = {
    "analysis", "changed", "tipping_value", "unit", "observed_scale", "observed_what", "flips_at",
    "reading", "caveats",
}  # fmt: skip


def spec(tmp_path: Path, value: Any) -> Path:
    path = tmp_path / "result.yaml"
    path.write_text(json.dumps(value), "utf-8")
    return path


def sets(tmp_path: Path, rows: list[tuple[object, ...]]) -> Path:
    path = tmp_path / "pairs.csv"
    text = "\n".join(["set,treated,value", *(",".join(map(str, r)) for r in rows)])
    path.write_text(text + "\n", "utf-8")
    return path


def eight(tmp_path: Path) -> Path:
    return sets(tmp_path, [row for i in range(8) for row in ((i, 1, 5 + i), (i, 0, 4 - i))])


def by_analysis(found: dict[str, Any]) -> dict[str, Any]:
    return {row["analysis"]: row for row in found["rows"]}


def test_the_command_prints_a_row_an_assumption(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "ultrarare", "effect", "sensitivity", "--spec",
         str(spec(tmp_path, FULL)), "--pairs", str(eight(tmp_path)), "--seed", "4", "--json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)

    assert found["seed"] == 4
    assert found["shows"] == "better"
    assert all(set(row) == KEYS for row in found["rows"])
    rows = by_analysis(found)
    assert list(rows) == [
        "e-value", "bounds on biases", "unmeasured confounder", "tipping point", "missing visits",
        "prior weight", "leave one source out", "hidden bias in matched sets",
    ]  # fmt: skip
    assert rows["tipping point"]["tipping_value"] == pytest.approx(2.0)
    # 4 points / (0.5 − 0.15)
    assert rows["unmeasured confounder"]["tipping_value"] == pytest.approx(4 / 0.35)
    assert rows["unmeasured confounder"]["flips_at"] == pytest.approx(1 / 0.35)
    # a quarter of visits has to take away 4 points
    assert rows["missing visits"]["tipping_value"] == pytest.approx(34.0)
    assert rows["leave one source out"]["tipping_value"] == 1
    assert {"e_value", "bounds", "array", "probabilistic", "curves", "missing", "prior", "without",
            "hidden_bias"} <= set(found)  # fmt: skip


def test_the_shift_is_told_against_what_registries_show(tmp_path):
    row = by_analysis(sensitivity_of(spec=spec(tmp_path, FULL)).to_json())["tipping point"]

    assert row["observed_scale"] > 0
    assert row["flips_at"] == pytest.approx(row["tipping_value"] / row["observed_scale"])
    assert "3 registries" in row["reading"]
    assert any("3 populations only" in text for text in row["caveats"])


def test_a_ratio_is_shifted_on_its_logarithm(tmp_path):
    asked = {"estimate": RATIO,
             "shifts": [{"changed": "the era", "unit": "decades", "per_unit": -0.1,
                         "observed": {"between_sd": 0.5, "source": "made"}}],
             "prior": {"value": 0.5, "se": 0.4, "source": "made"}}  # fmt: skip
    rows = by_analysis(sensitivity_of(spec=spec(tmp_path, asked)).to_json())

    import math

    assert rows["tipping point"]["tipping_value"] == pytest.approx(-math.log(0.8) / 0.1)
    assert rows["tipping point"]["flips_at"] == pytest.approx(-math.log(0.8) / 0.1 / 0.5)
    assert rows["prior weight"]["tipping_value"] is None


def test_a_direction_that_nobody_gave_is_told(tmp_path):
    bare = {k: v for k, v in RATIO.items() if k != "improves"}
    report = sensitivity_of(spec=spec(tmp_path, {"estimate": bare}))

    assert report.improves == "lower"
    assert "no direction was given" in report.caveats[0]
    assert "no direction was given" in report.summary()


def test_pairs_alone_need_a_direction(tmp_path):
    with pytest.raises(InputError, match="direction of benefit"):
        sensitivity_of(spec=None, pairs=eight(tmp_path))
    found = sensitivity_of(spec=None, pairs=eight(tmp_path), improves="higher").to_json()

    assert found["estimate"] is None
    assert found["hidden_bias"]["gamma"] == pytest.approx(0.025 ** (1 / 8) / (1 - 0.025 ** (1 / 8)))


def test_missed_visits_cannot_turn_what_bounds_forbid(tmp_path):
    asked = {"estimate": DIFFERENCE,
             "missing": {"seen": 9, "missed": 1, "mean": 50, "low": 20, "high": 60}}  # fmt: skip
    row = by_analysis(sensitivity_of(spec=spec(tmp_path, asked)).to_json())["missing visits"]

    assert row["tipping_value"] is None
    assert "would stand" in row["reading"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"estimate": {**RATIO, "measure": "risk difference"}}, "measure"),
        ({"estimate": None, "covariate": {"ratio": 2, "what": "x"}}, "estimate: is missing"),
        ({"estimate": RATIO, "missing": FULL["missing"]}, "mean difference only"),
        ({"estimate": RATIO, "biases": {}}, "names no bias"),
        ({"estimate": RATIO, "biases": {"misclassification": 0.5}}, "misclassification"),
        ({"estimate": RATIO, "confounder": {"treated": [1.2], "untreated": [0.1], "effect": [2]}},
         "between 0 and 1"),
        ({"estimate": RATIO, "confounder": {"treated": [0.2, 0.1], "untreated": [0.1],
                                            "effect": [2]}}, "do not fall"),
        ({"estimate": RATIO, "shifts": [{"changed": "x", "per_unit": 0}]}, "per_unit is 0"),
        ({"estimate": RATIO, "shifts": [{"changed": "x", "per_unit": 1, "observed": {}}]},
         "between_sd, or registries"),
        ({"estimate": RATIO, "shifts": [{"changed": "x", "per_unit": 1,
                                         "observed": {"between_sd": 1}}]}, "its source"),
        ({"estimate": RATIO, "surprise": 1}, "surprise"),
    ],
)  # fmt: skip
def test_a_specification_that_cannot_be_is_refused_with_its_line(tmp_path, change, words):
    with pytest.raises(InputErrors, match=words) as caught:
        sensitivity_of(spec=spec(tmp_path, change))
    assert "result.yaml:" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"estimate": {**RATIO, "value": 2.0}}, "inside its interval"),
        ({"estimate": {**RATIO, "lower": -0.2}}, "above 0"),
        ({"estimate": {**RATIO, "measure": "odds ratio"}}, "'rare' and 'common'"),
        ({"estimate": RATIO, "confounder": {"treated": [0.5], "untreated": [0.1],
                                            "effect": [-1]}}, "above 0"),
        ({"estimate": RATIO, "prior": {"value": -1, "se": 1, "source": "x"}}, "above 0"),
        ({"estimate": RATIO, "pairs": {}}, "no table of sets"),
        ({}, "no estimate"),
    ],
)  # fmt: skip
def test_numbers_that_cannot_be_are_refused(tmp_path, change, words):
    with pytest.raises(InputError, match=words):
        sensitivity_of(spec=spec(tmp_path, change))


def test_a_specification_that_is_no_mapping_and_no_file_at_all_are_refused(tmp_path):
    with pytest.raises(InputErrors, match="no mapping"):
        sensitivity_of(spec=spec(tmp_path, [1, 2]))
    with pytest.raises(InputError, match="or both"):
        sensitivity_of(spec=None)


def test_a_table_of_sets_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(InputErrors, match=r"pairs\.csv:2"):
        sensitivity_of(spec=None, pairs=sets(tmp_path, [("a", 2, 1)]), improves="higher")
    with pytest.raises(InputError, match="1 treated and 0 untreated"):
        sensitivity_of(spec=None, pairs=sets(tmp_path, [("a", 1, 1)]), improves="higher")
    same = sets(tmp_path, [("a", 1, 1), ("a", 0, 1)])
    with pytest.raises(NotComputable, match="no set shows"):
        sensitivity_of(spec=None, pairs=same, improves="higher")


def test_an_interval_that_holds_no_difference_has_nothing_to_turn(tmp_path):
    weak = {**FULL, "estimate": {**DIFFERENCE, "lower": -1.0}}
    found = sensitivity_of(spec=spec(tmp_path, weak)).to_json()

    assert found["shows"] == "none"
    for name in ("e-value", "bounds on biases", "unmeasured confounder", "tipping point",
                 "missing visits"):  # fmt: skip
        row = by_analysis(found)[name]
        assert row["tipping_value"] is None, name
        assert "no conclusion to turn" in row["reading"], name


def test_the_same_seed_gives_the_same_report(tmp_path):
    one, two = (sensitivity_of(spec=spec(tmp_path, FULL), seed=7).to_json() for _ in range(2))
    other = sensitivity_of(spec=spec(tmp_path, FULL), seed=8).to_json()

    assert one == two
    assert one["probabilistic"] != other["probabilistic"]


def test_an_empty_specification_is_no_case(tmp_path):
    path = tmp_path / "result.yaml"
    path.write_text("", "utf-8")
    with pytest.raises(InputErrors, match="is empty") as caught:
        sensitivity_of(spec=path)
    assert "ultrarare new" not in str(caught.value)


def test_two_registries_of_one_name_are_one_registry_twice(tmp_path):
    shift = {**FULL["shifts"][0]}
    row = {"name": "north", "value": -3.0, "se": 0.3}
    shift["observed"] = {"registries": [row, {**row, "value": -1.8}]}
    with pytest.raises(InputErrors, match="registry 'north' stands twice"):
        sensitivity_of(spec=spec(tmp_path, {"estimate": DIFFERENCE, "shifts": [shift]}))


def test_a_row_of_a_set_that_stands_twice_is_an_error_unless_people_are_named(tmp_path):
    rows = [row for i in range(8) for row in ((i, 1, 5 + i), (i, 0, 4 - i))]
    with pytest.raises(InputErrors, match="the same row as line 3") as caught:
        sensitivity_of(spec=None, pairs=sets(tmp_path, [*rows, rows[1]]), improves="higher")
    assert "pairs.csv:18" in str(caught.value)
    named: list[tuple[object, ...]] = [(*row, f"p{i}") for i, row in enumerate([*rows, rows[1]])]
    path = sets(tmp_path, named)
    path.write_text(path.read_text("utf-8").replace("value\n", "value,person\n", 1), "utf-8")
    assert sensitivity_of(spec=None, pairs=path, improves="higher").to_json()["rows"]
    path.write_text(path.read_text("utf-8").replace("p16", "p0"), "utf-8")
    with pytest.raises(InputErrors, match="person 'p0' stands in line 2 too"):
        sensitivity_of(spec=None, pairs=path, improves="higher")


@pytest.mark.parametrize("bounds", [(1e48, 1e49, 1e50), (1e-50, 1e-49, 1e-48)])
def test_ratios_of_the_outermost_size_are_told_as_numbers(tmp_path, bounds):
    estimate = {**RATIO, **dict(zip(("lower", "value", "upper"), bounds, strict=True))}
    asked = {"estimate": estimate, "biases": {"misclassification": 1e50}}
    report = sensitivity_of(spec=spec(tmp_path, asked))
    assert json.dumps(report.to_json(), allow_nan=False)
    assert "inf" not in report.summary().split()
