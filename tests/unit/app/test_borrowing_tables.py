"""`effect borrow` over tables."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ultrarare.app.statistics.borrowing import BorrowSources, borrow_from_tables
from ultrarare.effect.borrowed_comparison import METHODS, BorrowOptions
from ultrarare.effect.borrowing_groups import EndpointKind
from ultrarare.effect.wording import blocked_words
from ultrarare.errors import InputError, InputErrors, NotComputable

CROHN = """group,n,mean
Gastr06,74,-51
AIMed07,166,-49
NEJM07,328,-36
Gastr01a,20,-47
APhTh04,25,-90
Gastr01b,58,-54
"""
LOWER = BorrowOptions(improves="lower")


def sources(
    tmp_path: Path,
    history: str,
    treated: str,
    control: str | None = None,
    *,
    sd: float | None = None,
    suffix: str = "csv",
) -> BorrowSources:
    paths = []
    for name, text in (("history", history), ("treated", treated), ("control", control)):
        path = tmp_path / f"{name}.{suffix if name == 'history' else 'csv'}"
        if text is not None:
            path.write_text(text, "utf-8")
        paths.append(None if text is None else path)
    assert paths[0] is not None
    assert paths[1] is not None
    return BorrowSources(history=paths[0], treated=paths[1], control=paths[2], sd=sd)


def found(
    made: BorrowSources, kind: EndpointKind = "normal", options: BorrowOptions = LOWER
) -> dict[str, Any]:
    report = borrow_from_tables(made, kind, options)
    out = report.to_json()
    json.dumps(out, allow_nan=False)
    assert not blocked_words(report.summary())
    return out


def test_the_command_prints_every_prior_its_size_its_conflict_and_the_worst_case(tmp_path):
    made = sources(tmp_path, CROHN, "group,n,mean\nx,20,-120\n", "group,n,mean\nnow,10,-55\n")
    done = subprocess.run(
        [sys.executable, "-m", "ultrarare", "effect", "borrow", "--history", str(made.history),
         "--treated", str(made.treated), "--control", str(made.control), "--endpoint", "normal",
         "--direction", "lower", "--sd", "88", "--json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    out = json.loads(done.stdout)

    assert [row["method"] for row in out["methods"]] == list(METHODS)
    assert [row["method"] for row in out["methods"] if row["primary"]] == ["robust-map"]
    assert out["estimate"]["lower"] < out["estimate"]["value"] < out["estimate"]["upper"] < 0
    assert out["shown"] == "better"
    assert out["comparability"] == "cannot be judged"
    assert "supports nothing" in out["conclusion"]
    assert set(out["prior_ess"]) == {"elir", "moment", "morita", "unit"}
    assert 0 < out["conflict_p"] <= 1
    assert out["weight"]["prior"] == 0.2
    assert out["operating"]["false_benefit_worst"] > out["operating"]["false_benefit_averaged"]
    assert len(out["curve"]) == 41


def test_nothing_borrowed_is_the_current_control_and_all_borrowed_is_the_pool(tmp_path):
    made = sources(
        tmp_path, "group,n,mean,sd\na,30,0,1\nb,40,0,1\n", "group,n,mean\nx,6,2\n",
        "group,n,mean\nc,30,0.3\n",
    )  # fmt: skip
    out = found(made, options=BorrowOptions(improves="higher", power=1))
    rows = {row["method"]: row for row in out["methods"]}

    assert rows["none"]["estimate"] == pytest.approx(2 - 0.3 * 30 / 31, abs=0.01)
    assert rows["pooled"]["estimate"] == pytest.approx(2 - 9 / 100, abs=0.01)
    assert rows["power"]["estimate"] == pytest.approx(rows["pooled"]["estimate"])


def test_the_sd_of_a_person_is_pooled_over_the_history_and_few_degrees_are_told(tmp_path):
    treated = "group,n,mean,sd\nx,4,5,9\n"
    out = found(sources(tmp_path, "group,n,mean,sd\na,5,0,1\nb,5,0,3\n", treated))
    said = " ".join(out["caveats"])

    assert "8 degrees of freedom" in said
    assert "the treated group's own sd is 9" in said
    assert out["borrowed_from"]["size"] == pytest.approx(10)


def test_proportions_from_yaml_and_counts_from_csv(tmp_path):
    made = sources(
        tmp_path, "- {group: a, n: 12, events: 3}\n- {group: b, n: 9, events: 1}\n",
        "group,n,events\nx,5,4\n", suffix="yaml",
    )  # fmt: skip
    out = found(made, "binary", BorrowOptions(improves="higher"))
    assert out["scale"] == "log odds ratio"
    assert out["conflict_p"] is None
    assert any("no current control" in c for c in out["caveats"])

    counts = sources(
        tmp_path, "group,exposure,events\na,12,30\nb,9,18\n", "group,exposure,events\nx,5,1\n",
        "group,exposure,events\nc,2,5\n",
    )  # fmt: skip
    out = found(counts, "count")
    assert out["scale"] == "log rate ratio"
    assert out["p_benefit"] > 0.95


def test_a_control_that_conflicts_is_not_comparable(tmp_path):
    made = sources(
        tmp_path, "group,n,mean,sd\na,60,0,1\nb,50,0.1,1\nc,40,0,1\n", "group,n,mean\nx,6,5\n",
        "group,n,mean\nc,20,4\n",
    )  # fmt: skip
    out = found(made, options=BorrowOptions(improves="higher", tau_scale=0.1))
    assert out["comparability"] == "not supported"
    assert "disagree" in out["target_trial"]["reasons"][0]


@pytest.mark.parametrize(
    ("history", "treated", "kind", "message"),
    [
        ("group,n,events\na,3,4\n", "group,n,events\nx,2,1\n", "binary", "4 of 3 people"),
        ("group,n,events\na,3,1\na,3,1\n", "group,n,events\nx,2,1\n", "binary", "allowed is once"),
        ("group,n,events\na,2.5,1\n", "group,n,events\nx,2,1\n", "binary", "whole number"),
        ("group,exposure,events\na,0,1\n", "group,exposure,events\nx,2,1\n", "count", "above 0"),
        ("group,mean\na,1\n", "group,mean\nx,2\n", "normal", "no standard error"),
        ("group,mean,se\na,1,1\n", "group,mean,se\nx,2,1\n", "normal", "scale of the spread"),
        ("group,mean,se\na,1,1\n", "group,mean,se\nx,2,1\ny,2,1\n", "normal", "allowed is one"),
        ("group,n\na,1\n", "group,n\nx,2\n", "normal", "mean"),
    ],
)  # fmt: skip
def test_tables_that_cannot_be_are_errors(tmp_path, history, treated, kind, message):
    with pytest.raises((InputError, InputErrors), match=message):
        borrow_from_tables(sources(tmp_path, history, treated), kind, LOWER)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {group: a, n: 12}\n", "has no events"),
        ("- {group: a, n: 12, events: 1, age: 3}\n", "unknown field"),
        ("- 3\n", "a mapping"),
        ("group: a\n", "a list of groups"),
        ("- {group: a, n: many, events: 1}\n", "n: found"),
    ],
)
def test_yaml_that_cannot_be_is_an_error_with_its_line(tmp_path, text, message):
    made = sources(tmp_path, text, "group,n,events\nx,2,1\n", suffix="yaml")
    with pytest.raises((InputError, InputErrors), match=message):
        borrow_from_tables(made, "binary", LOWER)


@pytest.mark.parametrize("kind", ["normal", "binary"])
def test_without_a_current_control_nothing_borrowed_compares_with_nobody(tmp_path, kind):
    texts = {
        "normal": ("group,n,mean,sd\na,30,5,2\nb,40,5.5,2\n", "group,n,mean\nx,6,8\n"),
        "binary": ("group,n,events\na,30,6\nb,40,9\n", "group,n,events\nx,6,4\n"),
    }
    history, treated = texts[kind]
    out = found(sources(tmp_path, history, treated), kind, BorrowOptions(improves="higher"))
    (row,) = (row for row in out["methods"] if row["method"] == "none")
    assert row["estimate"] is None
    assert row["p_benefit"] is None
    assert "nobody to compare with" in row["refused"]
    assert out["curve"][-1]["weight"] == pytest.approx(0.975)


def test_a_weight_of_one_without_a_current_control_is_refused(tmp_path):
    made = sources(tmp_path, "group,n,mean,sd\na,30,5,2\nb,40,5.5,2\n", "group,n,mean\nx,6,8\n")
    with pytest.raises(NotComputable, match="nobody to compare with"):
        found(made, options=BorrowOptions(improves="higher", weight=1.0))


def test_the_text_says_first_what_so_few_people_can_reach(tmp_path):
    history = "group,n,events\na,20,14\nb,15,12\nc,30,20\n"
    few = sources(tmp_path, history, "group,n,events\nx,4,1\n")
    options = BorrowOptions(improves="lower", effect=10)
    text = borrow_from_tables(few, "binary", options).summary()

    lines = text.split("\n")
    assert lines[0].startswith("at best, with no event in the treated, the probability of benefit")
    assert lines[0].endswith("0.975 is needed: benefit cannot be concluded, whatever is true")
    assert "0.000 of trials" not in text
    assert "a lack of power and not safety" in text
    assert all(row["power"] == 0 for row in found(few, "binary", options)["operating"]["rows"])

    more = sources(tmp_path, history, "group,n,events\nx,20,1\n")
    text = borrow_from_tables(more, "binary", options).summary()
    assert text.split("\n")[0].endswith("; 0.975 is needed")
    assert "whatever is true" not in text
    assert "benefit is concluded falsely in" in text


def test_the_text_gives_the_odds_ratio_the_risks_and_the_power(tmp_path):
    history = "group,n,events\na,20,14\nb,15,12\n"
    made = sources(tmp_path, history, "group,n,events\nx,20,1\n")
    report = borrow_from_tables(made, "binary", BorrowOptions(improves="lower", effect=3))
    text, out = report.summary(), report.to_json()

    ratio = math.exp(out["estimate"]["value"])
    assert f", odds ratio {ratio:.3g} (" in text
    assert f"risks: treated {out['treated']['mean']:.3g} (" in text
    (power,) = (line for line in text.split("\n") if line.startswith("power at a true "))
    middle = next(row for row in out["operating"]["rows"] if row["drift"] == 0)
    assert f"log odds ratio of -3: {middle['power']:.3f} where" in power
    assert max(len(line) for line in text.split("\n") if "domains" not in line) < 200

    without = borrow_from_tables(made, "binary", BorrowOptions(improves="lower"))
    assert "power at" not in without.summary()
