"""What analyses that stand in for a trial share: its parameters and its finding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

from pydantic import Field, model_validator

from ultrarare.analysis.declaration import Parameters, computed
from ultrarare.case.dataset import Dataset
from ultrarare.case.finding import Direction, Finding
from ultrarare.effect.target_trial import DomainAnswer, TargetTrial, require_domains


class TrialParameters(Parameters):
    """Parameters of an analysis that stands in for a trial.

    Attributes:
        trial: the target trial by domain, each with `treated`, `control` or `both`, and `alike`.
    """

    trial: dict[str, DomainAnswer] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known_domains(self) -> Self:
        require_domains(self.trial)
        return self


def trial_finding(trial: TargetTrial) -> Finding:
    """The table of domains as a finding that describes."""
    reasons = "; ".join(trial.reasons)
    return computed(
        name="target-trial",
        kind="course.target-trial",
        statement=f"Of {len(trial.rows)} domains of the trial that this comparison stands in for, "
        f"{trial.filled} are told for both groups. Comparability: {trial.comparability}"
        f"{f', since {reasons}' if reasons else ''}.",
        direction=Direction.DESCRIBES,
        n=trial.filled,
        n_unit="domains",
        attributes={
            "filled": trial.filled,
            "missing": len(trial.missing),
            "comparability": trial.comparability,
        },
        details=trial.to_json(),
    )


def of_arm(arm: str) -> Callable[[Dataset], bool]:
    """Whether a dataset declares this arm."""

    def fits(dataset: Dataset) -> bool:
        return getattr(dataset, "arm", None) == arm

    return fits
