"""`effect external-control` over plain tables and published summaries."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from ultrarare.app.statistics.external_control import Sources, compare_with_controls
from ultrarare.cli.main import app
from ultrarare.effect.external_comparison import Options
from ultrarare.effect.target_trial import DOMAINS
from ultrarare.errors import InputError, InputErrors, NotComputable


@pytest.fixture
def arms(tmp_path):
    rng = np.random.default_rng(3)
    for name, n, effect in (("treated", 5, -3.0), ("control", 50, 0.0)):
        rows = ["person,score,onset,class,time,event"]
        for i in range(n):
            onset = rng.normal()
            score = onset + rng.normal() + effect
            rows.append(
                f"{name[0]}{i},{score:.3f},{onset:.3f},{'null' if i % 2 else 'missense'},"
                f"{np.exp(score):.3f},{int(i % 4 > 0)}"
            )
        (tmp_path / f"{name}.csv").write_text("\n".join(rows) + "\n", "utf-8")
    return tmp_path


def sources(folder, **given):
    base = {"outcome": "score", "covariates": ("onset",)} if "time" not in given else {}
    return Sources(
        treated=folder / "treated.csv", control=folder / "control.csv", **{**base, **given}
    )


def change(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


LOWER = Options(improves="lower", bootstraps=50)


def test_the_command_prints_json_with_all_methods_and_the_floor(arms):
    done = CliRunner().invoke(
        app,
        f"effect external-control --treated {arms}/treated.csv --control {arms}/control.csv "
        "--outcome score --covariates onset --exact class --improves lower --seed 3 --json",
    )

    found = json.loads(done.stdout)
    assert done.exit_code == 0
    assert [m["method"] for m in found["methods"]][:2] == ["matched", "rank"]
    assert len(found["methods"]) == 7
    assert found["estimate"]["method"] == "matched"
    assert found["p_value"] >= found["floor"] > 0
    assert found["seed"] == 3
    assert len(found["target_trial"]["domains"]) == len(DOMAINS)
    assert found["comparability"] == "cannot be judged"
    assert "supports nothing" in found["conclusion"]
    assert done.stdout == json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def test_a_full_trial_lets_the_comparison_support(arms):
    trial = "\n".join(f"{d}: {{both: told, alike: 'yes'}}" for d in DOMAINS)
    (arms / "trial.yaml").write_text(trial, "utf-8")
    found = compare_with_controls(
        sources(arms, trial=arms / "trial.yaml"), Options(improves="lower", method="rank")
    ).to_json()

    assert found["shown"] == "better"
    assert found["comparability"] == "supported"
    assert "supports a better course" in found["conclusion"]


def test_a_person_in_both_arms_is_an_error_with_both_lines(arms):
    change(arms / "control.csv", "c0,", "t2,")
    with pytest.raises(InputErrors) as caught:
        compare_with_controls(sources(arms), LOWER)
    assert "control.csv:2: person 't2' is in both arms (treated.csv:4)" in str(caught.value)


def test_a_person_twice_in_an_arm_is_an_error(arms):
    change(arms / "control.csv", "c0,", "c1,")
    with pytest.raises(InputErrors, match="stands 2 times"):
        compare_with_controls(sources(arms), LOWER)


def test_no_overlap_says_who_lies_outside(arms):
    rows = (arms / "treated.csv").read_text("utf-8").splitlines()
    far = [",".join([*r.split(",")[:2], "99", *r.split(",")[3:]]) for r in rows[1:]]
    (arms / "treated.csv").write_text("\n".join([rows[0], *far]) + "\n", "utf-8")
    with pytest.raises(NotComputable, match="treated 1: onset 99 outside"):
        compare_with_controls(sources(arms), LOWER)


def test_who_lacks_a_covariate_is_counted_and_left_out(arms):
    rows = (arms / "control.csv").read_text("utf-8").splitlines()
    cells = rows[1].split(",")
    cells[2] = ""
    (arms / "control.csv").write_text("\n".join([rows[0], ",".join(cells), *rows[2:]]) + "\n")
    found = compare_with_controls(sources(arms), LOWER).to_json()

    assert found["controls"] == 49
    assert any("0 treated and 1 untreated person lack" in c for c in found["caveats"])


def test_without_a_direction_higher_is_assumed_and_said(arms):
    found = compare_with_controls(sources(arms), Options(bootstraps=50)).to_json()

    assert found["shown"] == "worse"
    assert any("no direction was given" in c for c in found["caveats"])


def test_times_are_compared_with_their_events(arms):
    found = compare_with_controls(
        sources(arms, time="time", event="event", covariates=("onset",)),
        Options(improves="higher", bootstraps=50),
    ).to_json()

    assert found["estimate"]["value"] is None
    assert found["p_value"] is not None
    with pytest.raises(InputError, match="go together"):
        compare_with_controls(sources(arms, time="time"), LOWER)


def clock(folder, name, waits):
    rows = (folder / f"{name}.csv").read_text("utf-8").splitlines()
    out = [rows[0] + ",eligible,index,exit"]
    for i, row in enumerate(rows[1:]):
        out.append(f"{row},0,{waits},{0.5 if name == 'control' and i == 0 else 9}")
    (folder / f"{name}.csv").write_text("\n".join(out) + "\n", "utf-8")


def test_immortal_time_is_refused_and_a_landmark_aligns_both_arms(arms):
    clock(arms, "treated", 2)
    clock(arms, "control", 0)
    with pytest.raises(NotComputable, match="immortal time"):
        compare_with_controls(sources(arms), LOWER)
    found = compare_with_controls(sources(arms, landmark=2), LOWER).to_json()

    assert found["alignment"]["left_out"] == 1
    assert found["controls"] == 49
    assert any("c0" in c for c in found["caveats"])


def test_a_landmark_without_dates_is_an_error(arms):
    with pytest.raises(InputError, match="eligible, index and exit"):
        compare_with_controls(sources(arms, landmark=1), LOWER)


def test_level_and_slope_before_index_become_covariates(arms):
    rows = ["person,time,value"]
    for arm, n in (("t", 5), ("c", 50)):
        for i in range(n):
            rows += [f"{arm}{i},-2,{i % 5}", f"{arm}{i},0,{i % 3}"]
    (arms / "visits.csv").write_text("\n".join(rows[:-2]) + "\n", "utf-8")
    found = compare_with_controls(
        sources(arms, covariates=(), visits=arms / "visits.csv"), LOWER
    ).to_json()

    assert {row["covariate"] for row in found["balance"]} == {"level", "slope"}
    assert found["controls"] == 49


def summaries(folder, treated, control):
    (folder / "t.yaml").write_text(treated, "utf-8")
    (folder / "c.yaml").write_text(control, "utf-8")
    return Sources(treated=folder / "t.yaml", control=folder / "c.yaml")


HEAD = "source: made\ndesign: registry\n"


def test_published_rates_give_an_exact_ratio_and_never_support(tmp_path):
    found = compare_with_controls(
        summaries(
            tmp_path, HEAD + "events: 3\nperson_time: 12.5", HEAD + "events: 21\nperson_time: 30.2"
        ),
        LOWER,
    ).to_json()

    assert found["estimate"]["value"] == pytest.approx(0.3451428571, rel=1e-9)
    assert found["estimate"]["upper"] == pytest.approx(1.1559109557, rel=1e-8)
    assert found["comparability"] == "cannot be judged"
    assert any("published summaries only" in c for c in found["caveats"])


def test_published_means_are_compared_by_welch(tmp_path):
    found = compare_with_controls(
        summaries(tmp_path, HEAD + "mean: 3.5\nsd: 2.6\nn: 4", HEAD + "mean: 6\nsd: 2.4\nn: 40"),
        Options(improves="lower"),
    ).to_json()

    assert found["estimate"]["value"] == pytest.approx(-2.5)
    assert found["measure"] == "mean difference"


@pytest.mark.parametrize(
    ("treated", "words"),
    [
        ("mean: 3\nsd: 1", "not both"),
        ("rate: 0.5\nperson_time: 10\nevents: 9", "no count of events that agrees"),
        ("mean: 3\nsd: 1\nn: 5\nevents: 3\nperson_time: 2", "not both"),
        ("mean: 3\nsd: -1\nn: 5", "sd"),
        ("colour: 3", "colour"),
    ],
)
def test_a_summary_that_is_none_is_an_error_in_words(tmp_path, treated, words):
    with pytest.raises(InputErrors, match=words):
        compare_with_controls(
            summaries(tmp_path, HEAD + treated, HEAD + "mean: 3\nsd: 1\nn: 9"), LOWER
        )


def test_a_rate_is_not_compared_with_a_mean_nor_a_table_with_a_summary(tmp_path, arms):
    both = summaries(tmp_path, HEAD + "events: 3\nperson_time: 2", HEAD + "mean: 3\nsd: 1\nn: 9")
    with pytest.raises(InputError, match="two of one kind"):
        compare_with_controls(both, LOWER)
    with pytest.raises(InputError, match="two of one kind"):
        compare_with_controls(
            Sources(treated=tmp_path / "t.yaml", control=arms / "control.csv"), LOWER
        )


def test_one_against_one_without_covariates_is_computed_without_an_interval(tmp_path):
    (tmp_path / "treated.csv").write_text("person,outcome\nt,8\n")
    (tmp_path / "control.csv").write_text("person,outcome\nc,6\n")
    found = compare_with_controls(
        Sources(treated=tmp_path / "treated.csv", control=tmp_path / "control.csv"),
        Options(improves="higher"),
    ).to_json()
    primary = next(row for row in found["methods"] if row["primary"])
    assert (primary["estimate"], primary["lower"], primary["p_value"]) == (2.0, None, 1.0)


def test_problems_of_one_of_two_tables_are_headed_by_its_name(arms):
    change(arms / "control.csv", "score", "result")
    with pytest.raises(InputErrors) as caught:
        compare_with_controls(sources(arms), Options(improves="higher"))
    assert caught.value.where == "control.csv"


def test_a_row_without_an_interval_or_an_estimate_says_why(arms):
    few = compare_with_controls(sources(arms), LOWER).summary()
    assert "(no interval: 5 treated people are too few to resample, 10 are needed)" in few
    assert "–" not in few

    times = compare_with_controls(sources(arms, time="time", event="event"), LOWER).summary()
    (line,) = (line for line in times.split("\n") if "(primary): " in line)
    assert "no estimate, since a test of ranks of times gives a p only" in line
    assert "two-sided p " in line
