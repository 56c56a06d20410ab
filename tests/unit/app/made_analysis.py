"""Analyses of a third party, registered for one test."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from pydantic import Field

from tests.factories import EXAMPLES, example_analysed
from ultrarare.analysis import registry
from ultrarare.analysis.declaration import Analysis, Compute, Inputs, Parameters, computed
from ultrarare.app import task
from ultrarare.case.finding import Direction, Finding


class MadeParameters(Parameters):
    """Parameters of the made analyses."""

    level: float = Field(default=0.95, gt=0, lt=1)


def one_finding(_inputs: Inputs) -> Iterable[Finding]:
    """One finding that supports its claim."""
    yield computed(
        name="made",
        kind="engagement.wrong-residue",
        statement="Made.",
        direction=Direction.SUPPORTS,
        details={"pairs": [(1, 2)], "by_number": {1: "one"}},
    )


def register(monkeypatch: pytest.MonkeyPatch, *made: Analysis) -> None:
    """Let the registry hold these beside the ones that are installed."""
    for name in EXAMPLES:
        example_analysed(name)  # what is kept for the session is what is installed that gives
    every = {**registry.analyses(), **{analysis.name: analysis for analysis in made}}
    for module in (registry, task):
        monkeypatch.setattr(module, "analyses", lambda: every)


def made(name: str, compute: Compute = one_finding, **more: Any) -> Analysis:
    """An analysis that runs by itself and needs nothing, unless told otherwise."""
    return Analysis(
        **{
            "name": name,
            "summary": "Made for a test.",
            "method": "made",
            "needs": (),
            "gives": ("engagement.wrong-residue",),
            "compute": compute,
            "parameters": MadeParameters,
            "by_itself": True,
            **more,
        }
    )
