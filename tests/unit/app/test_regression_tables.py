"""`effect regression` over tables."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ultrarare.app.statistics.regression import RegressionReport, judge_regression_tables
from ultrarare.errors import InputError, InputErrors, NotComputable
from ultrarare.stats.regression_to_mean import EntryRule

RULE = EntryRule(threshold=1.0, direction="lower")


def history(tmp_path: Path) -> Path:
    rng = np.random.default_rng(2)
    rows = ["person,time,value"]
    for i in range(120):
        level = 5 + 0.7 * rng.normal()
        rows += [f"u{i},{j},{level + 0.7 * rng.normal() - 5 + 5:.3f}" for j in range(5)]
    path = tmp_path / "history.csv"
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path


def patient(tmp_path: Path, rows: Sequence[tuple[object, ...]], head: str = "time,value") -> Path:
    path = tmp_path / "patient.csv"
    path.write_text("\n".join([head, *(",".join(map(str, r)) for r in rows)]) + "\n", "utf-8")
    return path


def test_the_command_prints_a_row_a_route(tmp_path):
    own = patient(tmp_path, [(0, 6.3), (1, 5.4), (2, 5.6), (3, 2.0), (4, 2.2), (5, 1.9)])
    done = subprocess.run(
        [sys.executable, "-m", "ultrarare", "effect", "regression", "--history",
         str(history(tmp_path)), "--patient", str(own), "--dosed-at", "2", "--threshold", "6",
         "--direction", "lower", "--seed", "4", "--json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)

    assert found["verdict"] == "excluded"
    assert found["seed"] == 4
    assert len(found["routes"]) == 6
    assert {"expected_change", "tipping_reliability", "caveats"} <= set(found)


def test_several_treated_people_and_those_left_out(tmp_path):
    rows = [("a", 0, 1.2), ("a", 1, 0.2), ("b", 0, 1.5), ("b", 1, 0.4), ("c", 0, 0.1), ("c", 1, 0),
            ("d", 0, 2)]  # fmt: skip
    report = judge_regression_tables(
        patient=patient(tmp_path, rows, "person,time,value"), dosed_at=0, rule=RULE,
        summary=(0, 1, 0.5, 80),
    )  # fmt: skip

    assert report.result.n == 2
    assert "2 treated people are left out" in report.summary()
    assert report.result.verdict == "not excluded"


def test_the_untreated_come_from_one_source(tmp_path):
    own = patient(tmp_path, [(0, 1.2), (1, 0.2)])
    with pytest.raises(InputError, match="give the visits"):
        judge_regression_tables(patient=own, dosed_at=0, rule=RULE)
    with pytest.raises(InputError, match="give the visits"):
        judge_regression_tables(
            patient=own, dosed_at=0, rule=RULE, history=own, summary=(0, 1, 0.5, 80)
        )


def test_nobody_who_met_the_rule_and_a_time_given_twice(tmp_path):
    with pytest.raises(NotComputable, match="none can be judged"):
        judge_regression_tables(
            patient=patient(tmp_path, [(0, 0.2), (1, 0.2)]), dosed_at=0, rule=RULE,
            summary=(0, 1, 0.5, 80),
        )  # fmt: skip
    with pytest.raises(InputErrors, match="twice"):
        judge_regression_tables(
            patient=patient(tmp_path, [(0, 2), (0, 2), (1, 0.2)]), dosed_at=0, rule=RULE,
            summary=(0, 1, 0.5, 80),
        )  # fmt: skip


def judged(tmp_path: Path, own: Path) -> RegressionReport:
    rule = EntryRule(threshold=6, direction="lower")
    return judge_regression_tables(patient=own, dosed_at=2, rule=rule, history=history(tmp_path))


VISITS = [(0, 6.3), (1, 5.4), (2, 5.6), (3, 2.0), (4, 2.2), (5, 1.9)]


def test_a_treated_person_among_the_untreated_is_refused(tmp_path):
    own = patient(tmp_path, [("u7", *row) for row in VISITS], "person,time,value")
    with pytest.raises(InputError, match="'u7' is among the treated and among the untreated"):
        judged(tmp_path, own)


@pytest.mark.parametrize(
    ("column", "theirs", "mine"), [("unit", "mg/dL", "mmol/L"), ("measure", "FVC", "height")]
)
def test_another_unit_or_measure_than_the_untreated_is_refused(tmp_path, column, theirs, mine):
    own = patient(tmp_path, [(*row, mine) for row in VISITS], f"time,value,{column}")
    path = history(tmp_path)
    head, *rows = path.read_text("utf-8").strip().split("\n")
    path.write_text("\n".join([f"{head},{column}", *(f"{r},{theirs}" for r in rows)]) + "\n")
    options: dict[str, Any] = {
        "patient": own,
        "dosed_at": 2,
        "rule": EntryRule(threshold=6, direction="lower"),
        "history": path,
    }
    with pytest.raises(InputError, match=f"has the {column} {mine}, and history.csv has {theirs}"):
        judge_regression_tables(**options)
    own.write_text(own.read_text("utf-8").replace(mine, theirs), "utf-8")
    assert judge_regression_tables(**options).to_json()["verdict"]


def test_one_measure_of_several_is_named(tmp_path):
    rows = [(*row, measure) for row in VISITS for measure in ("FVC", "height")]
    own = patient(tmp_path, rows, "time,value,measure")
    with pytest.raises(InputError, match="holds 2 measures"):
        judge_regression_tables(patient=own, dosed_at=2, rule=RULE, summary=(5, 1, 0.5, 80))
    found = judge_regression_tables(
        patient=own,
        dosed_at=2,
        rule=EntryRule(threshold=6, direction="lower"),
        summary=(5, 1, 0.5, 80),
        measure="FVC",
    )
    assert found.to_json()["verdict"]
