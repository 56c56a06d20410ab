"""`effect own-control` over plain tables: the shape of its JSON, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from ultrarare.cli.effect import app


def cohort(path: Path, *, people: int = 40, heavy: bool = False, floor: float | None = None) -> str:
    rng = np.random.default_rng(3)
    rows = ["person,time,value"]
    for i in range(people):
        level = 50 + 6 * rng.standard_normal()
        for t in range(8):
            noise = rng.standard_t(2) if heavy else rng.standard_normal()
            y = level - 2 * t + 2 * noise
            rows.append(f"p{i},{t},{y:.3f}" if floor is None or y > floor else f"p{i},{t},<{floor}")
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return str(path)


def patient(path: Path, values: list[Any], name: str = "me") -> str:
    rows = [f"{name},{t},{value}" for t, value in enumerate(values)]
    path.write_text("\n".join(["person,time,value", *rows]) + "\n", "utf-8")
    return str(path)


BETTER = [50, 48, 46, 52, 50, 48]
SAME = [50, 48, 46, 44, 42, 40]


@pytest.fixture
def asked(tmp_path: Path) -> Any:
    def ask(values: list[Any], *more: str, history: str | None = None, name: str = "me") -> Any:
        return CliRunner().invoke(
            app,
            [
                "own-control",
                "--history",
                history or cohort(tmp_path / "history.csv"),
                "--patient",
                patient(tmp_path / "patient.csv", values, name),
                "--dosed-at",
                "2",
                *more,
            ],
        )

    return ask


def found(done: Any) -> Any:
    assert done.exit_code == 0, done.exception
    return json.loads(done.stdout)


def test_the_json_has_the_promised_shape(asked: Any) -> None:
    out = found(asked(BETTER, "--margin", "5", "--json"))
    contrast = out["contrast"]
    assert contrast["lower"] < contrast["value"] < contrast["upper"]
    assert contrast["value"] == pytest.approx(out["observed"] - out["expected"])
    assert contrast["lower"] > 3
    assert out["p_value"] < 1e-4
    assert out["conformal"]["p"] == out["conformal"]["floor"] == pytest.approx(1 / 41)
    assert out["regression_to_the_mean"]["verdict"] == "excluded"
    assert out["regression_to_the_mean"]["expected_change"] == pytest.approx(
        out["expected"] - np.mean(BETTER[:3])
    )
    assert 0 < out["regression_to_the_mean"]["tipping_reliability"] < 1
    assert out["exceeds_margin"] > 0.9
    assert all(out["sources"][part] > 0 for part in ("residual", "random", "fixed"))
    assert out["grid_change"] < 1e-3
    assert len(out["fan"]) == 25
    assert out["seed"] == 1
    assert isinstance(out["caveats"], list)


def test_an_unchanged_course_is_not_support(asked: Any) -> None:
    out = found(asked(SAME, "--json"))
    assert out["p_value"] > 0.2
    assert out["conformal"]["p"] > 0.1
    assert out["regression_to_the_mean"]["verdict"] == "not excluded"


def test_direction_lower_reads_the_same_change_as_harm(asked: Any) -> None:
    out = found(asked(BETTER, "--direction", "lower", "--json"))
    assert out["p_benefit"] > 0.99
    assert out["conformal"]["p"] == 1


def test_heavy_tails_are_told_and_the_rank_is_named(asked: Any, tmp_path: Path) -> None:
    history = cohort(tmp_path / "heavy.csv", heavy=True)
    out = found(asked([*SAME[:3], 46, 46, 46], "--json", history=history))
    assert out["heavy_tails"]["heavy"] is True
    assert any("the conformal p is the one to read" in text for text in out["caveats"])
    assert any("does not confirm it" in text for text in out["caveats"])


def test_where_support_is_taken_away_nothing_says_excluded(asked: Any, tmp_path: Path) -> None:
    """The interval lies on the side of benefit, the tails are heavy, the rank does not confirm."""
    history = cohort(tmp_path / "heavy.csv", heavy=True)
    values = [*SAME[:3], *(value + 14 for value in SAME[3:])]
    out = found(asked(values, "--json", history=history))
    assert out["contrast"]["lower"] > 0
    verdict = out["regression_to_the_mean"]
    assert verdict["verdict"] == "cannot be judged"
    assert "does not confirm it" in verdict["reason"]
    text = asked(values, history=history).stdout
    assert "regression to the mean and trend cannot be judged" in text
    assert "excluded" not in text.split("routes")[0]


def test_an_entry_rule_brings_every_route(asked: Any) -> None:
    out = found(asked(BETTER, "--entry-threshold", "49", "--json"))
    routes = out["regression_to_the_mean"]["by_routes"]["routes"]
    assert {"natural history", "likelihood"} <= {row["route"] for row in routes}
    assert found(asked(BETTER, "--json"))["regression_to_the_mean"]["by_routes"] is None


def test_the_patients_bounds_are_read_at_the_end_that_favours_benefit_least(asked: Any) -> None:
    bounded = found(asked([*SAME[:3], "<44", 42, 40], "--direction", "lower", "--json"))
    exact = found(asked(SAME, "--direction", "lower", "--json"))
    assert bounded["contrast"]["value"] == pytest.approx(exact["contrast"]["value"])
    assert any("1 of the patient's values are known as bounds" in t for t in bounded["caveats"])


def test_bounds_of_untreated_people_leave_no_rank_but_its_floor(asked: Any, tmp_path: Path) -> None:
    history = cohort(tmp_path / "floor.csv", floor=38)
    out = found(asked(SAME, "--json", history=history))
    assert out["conformal"]["p"] is None
    assert out["conformal"]["floor"] == pytest.approx(1 / 41)
    assert any("known as bounds only" in text for text in out["caveats"])


def test_text_begins_with_what_the_rank_can_reach(asked: Any) -> None:
    done = asked(BETTER)
    assert done.exit_code == 0
    assert done.stdout.startswith("40 of 40 untreated people have visits on both sides")


@pytest.mark.parametrize(
    ("values", "more", "said"),
    [
        (SAME, ("--dosed-at", "-1"), "no visit before dosing"),
        (SAME, ("--dosed-at", "9"), "no visit after dosing"),
        (SAME, ("--until", "2.5"), "no visit after dosing"),
        (SAME, ("--level", "2"), "level"),
        ([*SAME[:3], ">60", 61, 62], ("--direction", "lower"), "no limit on the side"),
        (SAME, ("--margin", "-1"), "margin"),
    ],
)
def test_what_cannot_be_answered_is_refused(
    asked: Any, values: list[Any], more: tuple[str, ...], said: str
) -> None:
    done = asked(values, *more, "--json")
    assert done.exit_code != 0
    assert said in str(done.exception)


def test_a_patient_among_the_untreated_is_refused(asked: Any) -> None:
    assert "among the untreated" in str(asked(SAME, name="p3").exception)


def test_two_patients_in_one_table_are_refused(asked: Any, tmp_path: Path) -> None:
    path = tmp_path / "two.csv"
    path.write_text("person,time,value\na,1,2\nb,3,4\n", "utf-8")
    assert "allowed is one" in str(asked(SAME, "--patient", str(path)).exception)


@pytest.mark.parametrize(
    ("column", "theirs", "mine"), [("unit", "mg/dL", "mmol/L"), ("measure", "FVC", "height")]
)
def test_another_unit_or_measure_than_the_untreated_is_refused(
    asked: Any, tmp_path: Path, column: str, theirs: str, mine: str
) -> None:
    path = Path(cohort(tmp_path / "other.csv"))
    head, *rows = path.read_text("utf-8").strip().split("\n")
    path.write_text("\n".join([f"{head},{column}", *(f"{r},{theirs}" for r in rows)]) + "\n")
    values = [f"{value},{mine}" for value in SAME]
    patient(tmp_path / "patient.csv", values)
    own = tmp_path / "own.csv"
    own.write_text(
        (tmp_path / "patient.csv").read_text("utf-8").replace("value\n", f"value,{column}\n")
    )
    words = ["own-control", "--history", str(path), "--patient", str(own), "--dosed-at", "2"]
    refused = CliRunner().invoke(app, words)
    assert f"own.csv: has the {column} {mine}, and other.csv has {theirs}" in str(refused.exception)
    own.write_text(own.read_text("utf-8").replace(mine, theirs), "utf-8")
    assert CliRunner().invoke(app, words).exit_code == 0


@pytest.mark.parametrize(
    ("margin", "said"), [("1", "is shown"), ("8", "neither shown nor"), ("30", "is excluded")]
)
def test_the_text_says_what_the_data_say_of_the_margin(asked, margin, said):
    text = asked(BETTER, "--margin", margin).stdout
    chance = found(asked(BETTER, "--margin", margin, "--json"))["exceeds_margin"]

    (line,) = (line for line in text.split("\n") if line.startswith(f"margin {margin}: "))
    assert f"larger with probability {chance:.3g}" in line
    assert said in line
    assert "margin" not in asked(BETTER).stdout
