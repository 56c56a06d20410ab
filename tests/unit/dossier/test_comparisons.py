"""Figures of comparisons are drawn from the details that the analyses give."""

from __future__ import annotations

import json

import pytest

from tests.factories import copy_example, edit_plan, example_findings, findings_of
from ultrarare.dossier.figures import figures_of


def nothing(spec: str) -> str:
    """A renderer for tests that read the specification only."""
    return f'<svg viewBox="0 0 1 1"><!--{len(spec)}--></svg>'


def drawn(example, finding):
    found = example_findings(example)[finding]
    return found, figures_of(found, dates=True, renderer=nothing)


def texts(figure):
    return [
        row["t"]
        for layer in json.loads(figure.spec)["layer"]
        if layer["mark"]["type"] == "text"
        for row in layer["data"]["values"]
    ]


def test_external_controls_have_every_method_and_the_balance_of_the_primary_one():
    found, (methods, balance) = drawn("progressive", "motor-score-external/external-control")
    labels = [row["label"] for row in found.details["methods"]]
    assert set(labels) <= set(texts(methods))
    refused = sum(row["estimate"] is None for row in found.details["methods"])
    assert refused
    assert f"{refused} of {len(labels)} methods refused" in methods.caption
    assert "3 treated, 60 untreated" in balance.caption
    assert "filled: after matched" in balance.caption


def test_the_accounts_of_the_untreated_course_stand_beside_the_event_chart():
    found, (chart, accounts) = drawn("episodic", "crises-own-record/episodes")
    assert "Episodes (metabolic crises)" in chart.title
    assert "active and quiet states" in texts(accounts)
    state = next(row for row in found.details["layers"] if row["layer"] == "state")
    assert any(f"{state['rate_ratio']:.3g}" in text for text in texts(accounts))


@pytest.mark.parametrize("finding", ["crises-own-record/remission", "case/course"])
def test_a_finding_without_a_figure_has_none(finding):
    assert drawn("episodic", finding)[1] == ()


def test_survival_of_a_few_and_what_turns_a_conclusion_are_drawn(tmp_path):
    folder = copy_example("progressive", tmp_path)

    def change(plan):
        plan["analyses"] = [
            plan["analyses"][0],
            {
                "id": "alive",
                "analysis": "effect.survival",
                "inputs": {"people": "untreated-people"},
            },
            {
                "id": "turns",
                "analysis": "effect.sensitivity",
                "endpoint": "motor-score",
                "inputs": {"series": "motor-score", "history": "untreated-visits"},
                "parameters": {"course": "progressive"},
            },
        ]
        plan["success"] = []

    edit_plan(folder, change)
    found = findings_of(folder)
    (survival,) = figures_of(found["alive/survival"], dates=True, renderer=nothing)
    assert "and the patient" in survival.title
    assert "censored" not in survival.caption
    assert "where the treated are first compared" in survival.caption
    curves = found["turns/sensitivity"].details["curves"]
    drawn_curves = figures_of(found["turns/sensitivity"], dates=True, renderer=nothing)
    assert curves
    assert len(drawn_curves) == len(curves)
