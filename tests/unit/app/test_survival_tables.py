"""`history survival` and `effect survival` over tables."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ultrarare.app.statistics.survival import survival_of_table
from ultrarare.app.statistics.survival_of_few import compare_survival_tables
from ultrarare.errors import InputError, InputErrors, NotComputable

PEOPLE = """person,entry,exit,event,group,cause,sex
a,0,3,1,x,lung,f
b,1,5,1,y,heart,m
c,0,6,0,x,,f
d,2,7,1,x,lung,m
e,0,8,1,y,lung,f
f,3,9,1,y,lung,m
g,0,10,0,x,,f
h,0,11,1,x,heart,f
i,2,12,0,y,,m
"""
TREATED = "person,entry,exit,event\nA,1,9,0\nB,2,11,0\n"


def write(tmp_path: Path, text: str, name: str = "people.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def command(*words: str | Path) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "ultrarare", *map(str, words), "--json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_command_prints_a_curve_a_group_with_null_where_nothing_is_defined(tmp_path):
    found = command("history", "survival", write(tmp_path, PEOPLE))

    assert [curve["group"] for curve in found["curves"]] == ["x", "y"]
    for curve in found["curves"]:
        assert {"n", "events", "median", "median_lower", "median_upper"} <= set(curve)
        lengths = {len(curve[key]) for key in ("time", "survival", "lower", "upper")}
        assert lengths == {curve["events"]}
    x = found["curves"][0]
    assert x["survival"][-1] == 0
    assert x["lower"][-1] is None
    assert x["median_upper"] is None


def test_without_a_group_there_is_one_curve_of_everybody(tmp_path):
    text = "person,entry,exit,event\na,0,3,1\nb,0,5,0\n"

    report = survival_of_table(write(tmp_path, text))

    assert [curve.group for curve in report.curves] == [None]
    assert report.log_rank is None


def test_both_medians_stand_under_their_own_names(tmp_path):
    report = survival_of_table(write(tmp_path, PEOPLE.replace(",x,", ",y,")))
    found = report.to_json()["curves"][0]

    assert found["median_of_reported_events"] == 7.5
    assert found["median"] == 9
    assert "it is not median survival" in report.summary()


def test_every_cause_has_its_incidence_and_they_add_up_to_the_rest_of_survival(tmp_path):
    report = survival_of_table(write(tmp_path, PEOPLE), competing=True)

    x = report.to_json()["curves"][0]
    last = [cause["incidence"][-1] for cause in x["cumulative_incidence"]]
    assert [cause["cause"] for cause in x["cumulative_incidence"]] == ["heart", "lung"]
    assert sum(last) == pytest.approx(1 - x["survival"][-1])


def test_a_competing_end_is_no_event_and_is_said(tmp_path):
    text = "person,entry,exit,event,ending\na,0,3,1,event\nb,0,5,0,competing\nc,0,7,0,alive\n"
    path = write(tmp_path, text)

    alone = survival_of_table(path).to_json()["curves"][0]
    both = survival_of_table(path, competing=True).to_json()["curves"][0]

    assert alone["events"] == 1
    assert any("competing ends are taken as censored" in text for text in alone["caveats"])
    causes = [cause["cause"] for cause in both["cumulative_incidence"]]
    assert causes == ["cause not told", "competing end"]


def test_competing_ends_are_not_made_up(tmp_path):
    with pytest.raises(InputError, match="no person has a cause"):
        survival_of_table(
            write(tmp_path, "person,entry,exit,event\na,0,3,1\nb,0,5,0\n"), competing=True
        )


def test_from_an_age_on_only_those_reach_the_curve_who_were_event_free_then(tmp_path):
    report = survival_of_table(write(tmp_path, PEOPLE), given_age=6.5, competing=True)

    x = report.to_json()["curves"][0]
    assert x["start"] == 6.5
    assert x["n"] == 3
    assert x["cumulative_incidence"][0]["time"] == [7, 11]
    with pytest.raises(NotComputable, match="nobody was under observation"):
        survival_of_table(write(tmp_path, PEOPLE), given_age=12)


def test_a_horizon_that_nobody_reached_gives_no_mean_and_says_why(tmp_path):
    found = survival_of_table(write(tmp_path, PEOPLE), horizon=11.5).to_json()["curves"]

    # x came to 0 at 11, so its mean is known; y was followed to 12.
    assert found[0]["restricted_mean"]["value"] > 0
    assert found[1]["restricted_mean"]["value"] > 0
    far = survival_of_table(write(tmp_path, PEOPLE), horizon=13).to_json()["curves"]
    assert far[1]["restricted_mean"] is None
    assert any("beyond 12" in text for text in far[1]["caveats"])


def test_cox_compares_each_level_with_the_commonest(tmp_path):
    found = survival_of_table(write(tmp_path, PEOPLE), cox=["sex", "group"]).to_json()["cox"]

    assert found["references"] == {"sex": "f", "group": "x"}
    assert [row["name"] for row in found["coefficients"]] == ["sex=m", "group=y"]
    assert any("too short" in text for text in found["caveats"])


def test_cox_refuses_what_it_cannot_regress_on(tmp_path):
    path = write(tmp_path, PEOPLE)
    with pytest.raises(InputError, match="allowed: group, tier"):
        survival_of_table(path, cox=["weight"])
    refused = survival_of_table(path, cox=["tier"])
    assert refused.to_json()["cox"] is None
    assert any("Cox regression: nobody has tier" in text for text in refused.caveats)


def test_separation_is_named_and_the_penalty_gives_an_interval(tmp_path):
    rows = [f"p{i},0,{i + 1},{int(i < 6)},{'x' if i < 6 else 'y'}" for i in range(12)]
    path = write(tmp_path, "\n".join(["person,entry,exit,event,group", *rows]) + "\n")

    refused = survival_of_table(path, cox=["group"])
    assert len(refused.to_json()["curves"]) == 2
    (said,) = (text for text in refused.caveats if text.startswith("Cox regression: "))
    assert "no finite maximum" in said
    assert "`--firth`" in said
    assert "\n" not in said
    row = survival_of_table(path, cox=["group"], firth=True).to_json()["cox"]["coefficients"][0]

    assert row["hazard_ratio"] < 1
    assert row["upper"] is not None


def test_families_stand_by_their_distance_and_those_without_a_maximum_are_named(tmp_path):
    found = survival_of_table(write(tmp_path, PEOPLE), parametric=True).to_json()

    aic = [fit["aic"] for fit in found["parametric"]]
    assert aic == sorted(aic)
    few = "person,entry,exit,event\na,0,3,1\nb,0,5,1\nc,0,6,0\n"
    report = survival_of_table(write(tmp_path, few), parametric=True)
    assert [fit.family for fit in report.families] == ["exponential"]
    assert any("weibull: " in text for text in report.caveats)


def test_the_comparison_prints_its_floor_each_person_and_the_naive_p(tmp_path):
    found = command(
        "effect", "survival", "--history", write(tmp_path, PEOPLE),
        "--treated", write(tmp_path, TREATED, "treated.csv"),
    )  # fmt: skip

    assert found["floor"] == found["p_value"]
    assert found["naive"]["p_curve_known"] < found["p_fewer"]
    assert [row["person"] for row in found["people"]] == ["A", "B"]
    assert found["people"][0]["from"] == 1
    assert sum(found["event_free_probability"]) == pytest.approx(1)
    assert found["seed"] == 1
    assert any("cannot show improvement" in text for text in found["caveats"])
    assert any("x, y are taken as one" in text for text in found["caveats"])


def run(tmp_path: Path, treated: str = TREATED, **options: Any) -> dict[str, Any]:
    return compare_survival_tables(
        treated=write(tmp_path, treated, "treated.csv"),
        history=write(tmp_path, PEOPLE),
        **options,
    ).to_json()


def test_from_an_age_on_time_before_it_does_not_count(tmp_path):
    found = run(tmp_path, given_age=3)

    assert [row["from"] for row in found["people"]] == [3, 3]
    with pytest.raises(NotComputable, match="no treated person was followed beyond"):
        run(tmp_path, given_age=11)


@pytest.mark.parametrize(
    ("treated", "words"),
    [
        ("person,entry,exit,event\nA,5,4,1\n", "treated.csv:2: the event at 4 is not after dosing"),
        ("person,entry,exit,event\nA,5,7,1\nA,5,8,0\n", "stands 2 times"),
        ("person,entry,exit,event,until\nA,5,7,1,6\n", "until 6 lies before exit 7"),
        ("person,exit,event\nA,7,1\n", "has no column 'entry'"),
        ("person,entry,exit,event\na,5,7,1\n", "is among the treated and among the untreated"),
    ],
)
def test_bad_rows_are_named(tmp_path, treated: str, words: str) -> None:
    with pytest.raises((InputErrors, InputError)) as raised:
        run(tmp_path, treated)

    assert words in str(raised.value)


def test_the_untreated_are_given_exactly_once(tmp_path):
    with pytest.raises(InputError, match="given once"):
        compare_survival_tables(treated=write(tmp_path, TREATED, "treated.csv"))
    with pytest.raises(InputError, match="its groups are: x, y"):
        run(tmp_path, group="z")


CURVE = ["time,survival", "2,0.9", "4,0.7", "8,0.4", "11,0.2"]


def published(tmp_path: Path, rows: Sequence[str], people: float | None = 40) -> dict[str, Any]:
    return compare_survival_tables(
        treated=write(tmp_path, TREATED, "treated.csv"),
        curve=write(tmp_path, "\n".join(rows) + "\n", "curve.csv"),
        curve_people=people,
    ).to_json()


def test_a_published_curve_is_a_weaker_control_and_says_so(tmp_path):
    found = published(tmp_path, CURVE)

    assert found["untreated"]["kind"] == "published curve"
    assert any("read from a publication" in text for text in found["caveats"])
    assert found["p_fewer"] > found["naive"]["p_curve_known"]


def test_a_published_curve_needs_its_people_and_whole_limits(tmp_path):
    with pytest.raises(InputError, match="how many people"):
        published(tmp_path, CURVE, people=None)
    with pytest.raises(InputError, match="go together"):
        published(tmp_path, ["time,survival,lower", "2,0.9,0.7"])
    with pytest.raises(InputError, match="the curve rises"):
        published(tmp_path, ["time,survival", "2,0.8", "4,0.9"])


def test_the_text_gives_the_restricted_mean_with_its_interval(tmp_path):
    report = survival_of_table(write(tmp_path, PEOPLE), horizon=7)

    mean = report.curves[0].restricted_mean
    assert mean is not None
    line = next(x for x in report.summary().split("\n") if "restricted mean" in x)
    assert f"from 0 to 7, {mean['value']:.4g} event-free on average (95% interval" in line


def test_a_refused_model_says_so_in_its_own_line_and_once(tmp_path):
    apart = "person,entry,exit,event,sex\na,0,5,1,f\nb,0,6,1,f\nc,0,7,0,m\nd,0,8,0,m\n"
    report = survival_of_table(write(tmp_path, apart), cox=["sex"], parametric=True)

    lines = report.summary().split("\n")
    (said,) = (line for line in lines if "no finite maximum" in line)
    assert said.startswith("Cox regression: refused, ")
    assert sum(line.startswith("weibull: refused, ") for line in lines) == 1
    assert not any("weibull" in line for line in lines if line.startswith("- "))
    assert set(report.to_json()["refused"]) >= {"Cox regression", "weibull"}


def test_a_fitted_model_has_its_name_and_its_caveat_once(tmp_path):
    text = survival_of_table(write(tmp_path, PEOPLE), cox=["sex"]).summary()

    assert "\nCox regression: 9 rows" in text
    assert text.count("hazards are assumed to stay in proportion") == 1
