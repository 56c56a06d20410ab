"""The target-trial table and the words that a comparison may use."""

from __future__ import annotations

from pathlib import Path

import pytest

from ultrarare.case.finding import Direction
from ultrarare.effect.target_trial import DOMAINS, DomainAnswer, read_trial, tabulate
from ultrarare.effect.wording import allowed, blocked_words, conclusion, direction
from ultrarare.errors import InputError, InputErrors

FULL = {domain: DomainAnswer(both="told", alike="yes") for domain in DOMAINS}


def test_no_domain_is_silently_absent():
    table = tabulate({})

    assert {row.domain for row in table.rows} == set(DOMAINS)
    assert table.filled == 0
    assert all(row.treated == row.control == "missing" for row in table.rows)
    assert table.comparability == "cannot be judged"


def test_comparability_is_supported_only_when_all_is_told_and_alike():
    assert tabulate(FULL).comparability == "supported"
    for domain in DOMAINS:
        less = {**FULL, domain: DomainAnswer(treated="told", alike="yes")}
        assert tabulate(less).comparability == "cannot be judged"
        assert tabulate(less).missing == (domain,)
        unsure = {**FULL, domain: DomainAnswer(both="told")}
        assert tabulate(unsure).comparability == "cannot be judged"


def test_a_difference_or_the_data_refute_comparability():
    differs = {**FULL, "calendar_time": DomainAnswer(both="x", alike="no", reason="20 years apart")}

    assert tabulate(differs).comparability == "not supported"
    assert "20 years apart" in tabulate(differs).reasons[0]
    assert tabulate(FULL, against=("immortal time",)).comparability == "not supported"
    assert tabulate(FULL, doubts=("outside",)).comparability == "cannot be judged"


@pytest.mark.parametrize("comparability", ["not supported", "cannot be judged"])
@pytest.mark.parametrize("shown", ["better", "worse", "not shown"])
def test_without_comparability_no_result_supports_or_contradicts(shown, comparability):
    assert direction(shown, comparability) is Direction.INCONCLUSIVE
    assert blocked_words(conclusion(shown, comparability)) == ()
    assert "supports nothing" in conclusion(shown, comparability)
    for text in ("The therapy is effective.", "It is HARMFUL", "not approved"):
        with pytest.raises(InputError, match="whose comparability"):
            allowed(text, comparability)


def test_with_comparability_better_supports_and_worse_contradicts():
    assert direction("better", "supported") is Direction.SUPPORTS
    assert direction("worse", "supported") is Direction.CONTRADICTS
    assert direction("not shown", "supported") is Direction.INCONCLUSIVE
    assert allowed("effective", "supported") == "effective"
    assert allowed("the effect of a coeffective", "not supported")


def test_a_trial_is_read_and_every_problem_comes_with_its_line(tmp_path):
    path = tmp_path / "trial.yaml"
    path.write_text(
        "eligibility: {both: same criteria, alike: yes}\n"
        "outcome_definition:\n  treated: six-minute walk\n  alike: unknown\n",
        "utf-8",
    )
    table = tabulate(read_trial(path, name="trial.yaml"))
    assert table.filled == 1
    row = next(row for row in table.rows if row.domain == "outcome_definition")
    assert (row.treated, row.control) == ("six-minute walk", "missing")

    path.write_text("eligibilty: {both: x}\n", "utf-8")
    with pytest.raises(InputErrors, match=r"trial\.yaml:1: unknown domain 'eligibilty'"):
        read_trial(path, name="trial.yaml")
    path.write_text("estimand:\n  both: x\n  alike: 'no'\nassignment: {both: x, treated: y}\n")
    with pytest.raises(InputErrors, match="2 problems") as caught:
        read_trial(path, name="trial.yaml")
    assert "without a reason" in str(caught.value)
    path.write_text("- eligibility\n", "utf-8")
    with pytest.raises(InputErrors):
        read_trial(path, name="trial.yaml")


def test_the_how_to_s_example_is_a_whole_trial_and_its_table_names_every_domain(tmp_path):
    page = (Path(__file__).parents[3] / "docs/how-to/state-a-trial.md").read_text("utf-8")
    text = page.split("```yaml\n")[1].split("```")[0]
    (tmp_path / "trial.yaml").write_text(text, encoding="utf-8")
    found = tabulate(read_trial(tmp_path / "trial.yaml", name="trial.yaml"))

    assert found.missing == ()
    assert found.comparability == "not supported"
    assert found.reasons == ("calendar time: a new standard of care came in 2020",)
    for key, asks in DOMAINS.items():
        assert f"| `{key}` | {asks} |" in page


def test_domains_are_said_in_words(tmp_path):
    reasons = " ".join(tabulate({}).reasons)
    assert "outcome definition, outcome ascertainment" in reasons
    assert "_" not in reasons
