"""Maximising the partial likelihood of a Cox model, plain or with Firth's penalty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ultrarare.errors import NotComputable
from ultrarare.stats.arrays import Counts, Flags, Floats
from ultrarare.stats.cox_kernel import risk_sets

_STEPS: Final = 40
_PENALISED_STEPS: Final = 200
_SMALL: Final = 1e-9  # of a coefficient of a covariate of sd 1
_FAR: Final = 20.0  # log hazard ratio over the range of a covariate: no finite maximum beyond
_FLAT: Final = 1e-9  # information per event on a covariate of sd 1: none


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RiskData:
    """Rows of a Cox model as the kernel takes them; x is centred and of unit sd."""

    x: Floats
    offset: Floats  # centred
    moved_by: float  # what was taken from the offset
    weight: Floats
    event: Flags
    start: Floats
    stop: Floats
    first: Counts
    by_stop: Counts
    by_start: Counts
    efron: bool
    deaths: int  # distinct (stratum, event time) pairs


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pass:
    """The log partial likelihood at one value of the coefficients, with its derivatives."""

    beta: Floats
    log_likelihood: float  # with the penalty, if there is one
    score: Floats
    information: Floats
    tables: tuple[Floats, Floats, Floats, Floats, Floats]


def at(data: RiskData, beta: Floats, *, penalised: bool = False) -> Pass:
    """The likelihood at `beta`; with Firth's penalty ½ log|I| added where it is asked for."""
    p, rows = beta.size, data.deaths
    score, info = np.zeros(p), np.zeros((p, p))
    slope = np.zeros((p, p, p) if penalised else (0, 0, 0))
    tables = (
        np.zeros(rows),
        np.zeros((rows, p)),
        np.zeros(rows),
        np.zeros((rows, p)),
        np.zeros((rows, p)),
    )
    eta = data.x @ beta + data.offset
    value = float(
        risk_sets(
            data.x, eta, data.weight, data.event, data.start, data.stop, data.first,
            data.by_stop, data.by_start, data.efron, score, info, slope, tables,
        )
    )  # fmt: skip
    info = np.tril(info) + np.tril(info, -1).T
    if penalised:
        sign, log_det = np.linalg.slogdet(info)
        value += 0.5 * float(log_det) if sign > 0 else -np.inf
        if sign > 0:
            score = score + 0.5 * np.einsum("jk,jkr->r", np.linalg.inv(info), _whole(slope))
    return Pass(beta=beta, log_likelihood=value, score=score, information=info, tables=tables)


def _whole(slope: Floats) -> Floats:
    """The symmetric array of which only j ≥ k ≥ r was filled."""
    p = slope.shape[0]
    order = np.sort(np.indices((p, p, p)).reshape(3, -1), axis=0)[::-1]
    return np.asarray(slope[order[0], order[1], order[2]].reshape(p, p, p), dtype=np.float64)


def maximise(
    data: RiskData, start: Floats, *, penalised: bool = False, free: Flags | None = None
) -> tuple[Pass, int]:
    """The maximum over the `free` coefficients, and how many steps it took.

    Raises:
        NotComputable: the likelihood has no finite maximum (separation), or a covariate does not
            vary among those at risk.
    """
    keep = np.ones(start.size, dtype=bool) if free is None else free
    now = at(data, start, penalised=penalised)
    _require_information(data, now, keep)
    for turn in range(_PENALISED_STEPS if penalised else _STEPS):
        if not keep.any():
            return now, turn
        step = np.zeros_like(start)
        try:
            step[keep] = np.linalg.solve(now.information[np.ix_(keep, keep)], now.score[keep])
        except np.linalg.LinAlgError:
            break
        step /= max(1.0, float(np.abs(step).max()) / 5.0)
        new = at(data, now.beta + step, penalised=penalised)
        halvings = 0
        while not new.log_likelihood >= now.log_likelihood - 1e-10 and halvings < 30:
            step, halvings = step / 2, halvings + 1
            new = at(data, now.beta + step, penalised=penalised)
        if np.abs(step).max() <= _SMALL * (1 + np.abs(new.beta).max()):
            return new, turn + 1
        now = new
        if not penalised and _separated(data, now.beta):
            break
    raise NotComputable(
        "the partial likelihood has no finite maximum: a covariate, or several together, tell "
        "apart those who have the event and those who do not",
        remedy="Ask for Firth's penalty (`firth`; in a shell `--firth`), or leave that covariate "
        "out.",
    )


def _separated(data: RiskData, beta: Floats) -> bool:
    return bool(np.any(np.abs(beta) * np.ptp(data.x, axis=0) > _FAR))


def _require_information(data: RiskData, now: Pass, keep: Flags) -> None:
    """Nothing, if the covariates vary among those at risk and are no sums of each other."""
    if not keep.any():
        return
    events = float(data.weight[data.event].sum())
    values = np.linalg.eigvalsh(now.information[np.ix_(keep, keep)] / events)
    if values[0] < _FLAT:
        raise NotComputable(
            "a covariate does not vary among those at risk at an event, or is a sum of the others",
            remedy="Leave it out, or bring people among whom it varies.",
        )
