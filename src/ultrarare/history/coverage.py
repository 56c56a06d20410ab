"""Whether the untreated course is known for what the plan will measure."""

from __future__ import annotations

from collections.abc import Iterable

from ultrarare.analysis.declaration import Analysis, Inputs, Need, computed
from ultrarare.case.dataset import CohortEpisodes, CohortPeople, CohortVisits, PublishedSurvival
from ultrarare.case.finding import Direction, Finding

_COHORTS = ("cohort-people", "cohort-visits", "cohort-episodes", "published-survival")


def _compute(inputs: Inputs) -> Iterable[Finding]:
    cohorts = inputs.datasets.get("cohorts", ())
    known = [(dataset, _measure(dataset)) for dataset in cohorts]
    cited = {f.measure for f in inputs.cited if f.kind == "history.literature"}
    for endpoint in inputs.endpoints:
        held = [dataset for dataset, measure in known if measure == endpoint.measure]
        covered = bool(held) or endpoint.measure in cited
        where = ", ".join(dataset.id for dataset in held) if held else "the literature"
        words = f"is known from {where}" if covered else "is not known from any cohort or source"
        yield computed(
            name=endpoint.id,
            kind="history.endpoint-coverage",
            statement=f"The untreated course of the planned endpoint {endpoint.measure} {words}.",
            direction=Direction.SUPPORTS if covered else Direction.INCONCLUSIVE,
            caveats=[text for dataset in held for text in dataset.caveats],
            attributes={"covered": covered, "endpoint": endpoint.measure},
            measure=endpoint.measure,
        )


def _measure(dataset: object) -> str | None:
    if isinstance(dataset, CohortPeople | PublishedSurvival):
        return dataset.endpoint
    if isinstance(dataset, CohortVisits):
        return dataset.measure
    return dataset.episode if isinstance(dataset, CohortEpisodes) else None


COVERAGE = Analysis(
    name="history.endpoint-coverage",
    summary="Each planned endpoint held against what is known of the untreated course.",
    method="literature",
    needs=(Need(role="cohorts", kinds=_COHORTS, required=False, many=True),),
    gives=("history.endpoint-coverage",),
    compute=_compute,
    by_itself=True,
    plannable=False,
)
