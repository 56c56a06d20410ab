"""Episodes of one patient against untreated people, from plain tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ultrarare.app.statistics.episodes import compare_episode_tables
from ultrarare.errors import InputError, InputErrors


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """Forty untreated people, two episodes a year for six; a patient with eight, then none."""
    return written(tmp_path, steady)


def steady(_age: Any) -> float:
    return 2.0


def written(folder: Path, rate: Any) -> Path:
    """History by a rate of age at most 4, and a patient observed from 0 to 6."""
    rng = np.random.default_rng(5)
    events = ["person,time"]
    for person in range(40):
        at = np.sort(rng.uniform(0, 6, rng.poisson(24)))
        kept = at[rng.random(at.size) < rate(at) / 4]
        events += [f"u{person},{t:.4f}" for t in kept]
    spans = ["person,start,stop", *(f"u{person},0,6" for person in range(40))]
    own = ["time", *(f"{t:.3f}" for t in np.linspace(0.2, 2.8, 8))]
    for name, rows in (("events", events), ("spans", spans), ("own", own)):
        (folder / f"{name}.csv").write_text("\n".join(rows) + "\n", "utf-8")
    return folder


def compare(folder: Path, **asked: Any) -> Any:
    options: dict[str, Any] = {"dosed_at": 3.0, "observed": "0,6"} | asked
    return compare_episode_tables(
        history=folder / "events.csv",
        history_follow_up=folder / "spans.csv",
        patient=folder / "own.csv",
        **options,
    )


def test_a_patient_who_becomes_quiet_is_compared_by_every_account(tables: Path) -> None:
    out = compare(tables).to_json()

    assert out["before"] == {"events": 8, "time": 3.0}
    assert out["after"] == {"events": 0, "time": 3.0}
    assert set(out["layers"]) == {"gamma-poisson", "state", "empirical"}
    assert out["p_value"] < 0.05
    assert out["rate_ratio"]["upper"] < 1


def test_ages_at_which_nobody_untreated_was_seen_are_told(tables: Path) -> None:
    own = ["time", *(f"{30 + t:.3f}" for t in np.linspace(0.2, 2.8, 8))]
    (tables / "own.csv").write_text("\n".join(own) + "\n", "utf-8")

    said = compare(tables, dosed_at=33.0, observed="30,36").caveats
    assert any("observed at ages 30 to 36, untreated people at 0 to 6" in text for text in said)
    assert not any("at ages" in text for text in compare(written(tables, steady)).caveats)


def test_a_rate_that_falls_with_age_is_told(tmp_path: Path) -> None:
    falling = compare(written(tmp_path, lambda t: 4 * np.exp(-t / 2))).caveats
    assert any("become rarer with age" in text for text in falling)


def test_a_patient_among_the_untreated_and_dosing_outside_are_refused(tables: Path) -> None:
    with pytest.raises(InputError, match="within the patient's observation"):
        compare(tables, dosed_at=7.0)
    (tables / "own.csv").write_text("person,time\nu3,1.0\n", "utf-8")
    with pytest.raises(InputError, match="among the treated and among the untreated"):
        compare(tables)


def test_an_episode_outside_the_observed_time_is_refused_with_its_line(tables: Path) -> None:
    (tables / "own.csv").write_text("time\n1.0\n9.0\n", "utf-8")
    with pytest.raises(InputErrors) as error:
        compare(tables)
    assert "own.csv:3" in str(error.value)


def test_the_name_beside_the_patients_spans_tells_them_from_the_untreated(tables: Path) -> None:
    (tables / "gaps.csv").write_text("person,start,stop\nu3,0,6\n", "utf-8")
    with pytest.raises(InputError, match="among the treated and among the untreated"):
        compare(tables, observed=None, patient_follow_up=tables / "gaps.csv")


@pytest.mark.parametrize("name", ["own.csv", "events.csv"])
def test_a_row_of_an_event_that_stands_twice_is_an_error(tables: Path, name: str) -> None:
    path = tables / name
    rows = path.read_text("utf-8").strip().split("\n")
    path.write_text("\n".join([*rows, rows[1]]) + "\n", "utf-8")
    with pytest.raises(InputErrors) as caught:
        compare(tables)
    (problem,) = caught.value.problems
    assert problem.where == f"{name}:{len(rows) + 1}"
    assert "the same row as line 2" in problem.problem
    assert "times of their own" in problem.remedy
