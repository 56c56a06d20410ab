"""Sensitivity of a result that stands in a file: a specification in, a row an assumption out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ultrarare.errors import InputError

if TYPE_CHECKING:
    from ultrarare.effect.sensitivity_answers import Answered
    from ultrarare.effect.sensitivity_spec import EstimateSpec, Improves, SensitivitySpec


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitivityReport:
    """The rows, what stands behind them, and the seed."""

    estimate: EstimateSpec | None
    improves: Improves
    shows: str | None  # better, worse or none; None without an estimate
    answered: Answered
    caveats: tuple[str, ...]
    seed: int

    def summary(self) -> str:
        """The estimate, a line a row, then every caveat."""
        from ultrarare.effect.sensitivity_answers import WORDS

        lines = []
        if self.estimate is not None and self.shows is not None:
            e = self.estimate
            lines.append(
                f"{e.measure} {e.value:.4g} ({e.lower:.4g} to {e.upper:.4g}): {WORDS[self.shows]}"
            )
        lines += [f"{row.analysis}: {row.reading}" for row in self.answered.rows]
        said = dict.fromkeys((*self.caveats, *(c for r in self.answered.rows for c in r.caveats)))
        return "\n".join((*lines, *(f"- {text}" for text in said)))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "estimate": None
            if self.estimate is None
            else self.estimate.model_dump(exclude_none=True),
            "improves": self.improves,
            "shows": self.shows,
            "rows": [row.to_row() for row in self.answered.rows],
            **self.answered.behind,
            "seed": self.seed,
            "caveats": list(self.caveats),
        }


def sensitivity_of(
    *, spec: Path | None, pairs: Path | None = None, improves: Improves | None = None, seed: int = 1
) -> SensitivityReport:
    """Read a result and ask what would have to be wrong for its conclusion to turn.

    Args:
        spec: YAML or JSON with `estimate` and what is asked about it; see the page of methods.
        pairs: CSV `set,treated,value` of matched people.
        improves: which values are better, where the specification does not say.
        seed: of the draws over a prior.

    Raises:
        InputErrors: a file is wrong.
        InputError: neither file, an estimate that cannot be, or pairs without a direction.
        NotComputable: the numbers cannot answer.
    """
    import numpy as np

    from ultrarare.effect.sensitivity_answers import answer, joined, of_pairs
    from ultrarare.effect.sensitivity_spec import PairsSpec, SensitivitySpec, read_sets, read_spec

    if spec is None and pairs is None:
        raise InputError("give a specification, a table of matched sets, or both", where="--spec")
    asked = SensitivitySpec() if spec is None else read_spec(spec, name=spec.name)
    if asked.pairs is not None and pairs is None:
        raise InputError("`pairs` is asked, and no table of sets was given", where="--pairs")
    if asked.estimate is None and pairs is None:
        raise InputError("asks nothing: it has no estimate", where="--spec")
    chosen, said = _direction(asked, improves)
    found = list(answer(asked, improves=chosen, rng=np.random.default_rng(seed)))
    if pairs is not None:
        how = asked.pairs or PairsSpec()
        better = how.improves or (improves if asked.estimate is None else chosen)
        if better is None:
            raise InputError(
                "matched sets without a direction of benefit",
                where="--improves",
                remedy="say lower or higher",
            )
        found.append(of_pairs(read_sets(pairs, name=pairs.name, asked=how, improves=better), how))
    return SensitivityReport(
        estimate=asked.estimate,
        improves=chosen,
        shows=_shows(asked, chosen),
        answered=joined(found),
        caveats=said,
        seed=seed,
    )


def _direction(
    asked: SensitivitySpec, improves: Improves | None
) -> tuple[Improves, tuple[str, ...]]:
    """Which values of the estimate are better, and a caveat where nobody said it."""
    if asked.estimate is None:
        return improves or "higher", ()
    told = asked.estimate.improves or improves
    if told is not None:
        return told, ()
    association = asked.estimate.association()
    points: Improves = "higher" if association.value > association.null else "lower"
    return points, (
        f"no direction was given, so {points} values, where the estimate points, are read as "
        "better",
    )


def _shows(asked: SensitivitySpec, improves: Improves) -> str | None:
    from ultrarare.stats.sensitivity.conclusion import shown

    if asked.estimate is None:
        return None
    association = asked.estimate.association()
    return shown(association.contrast, improves, association.null)
