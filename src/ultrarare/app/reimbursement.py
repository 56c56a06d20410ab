"""An agreement in; expected and tail payments by year out, for payer and sponsor alike."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ultrarare import draw
from ultrarare.case.agreement import Agreement, FittedCurve, GivenPoints, GivenWeibull
from ultrarare.case.table import Column, read_table
from ultrarare.case.yaml_model import read_model
from ultrarare.dossier.page import environment, style
from ultrarare.dossier.write import write
from ultrarare.errors import InputErrors, NotFound, Problem
from ultrarare.stats.outcome_payment import (
    Terms,
    expected,
    hazard_of,
    point_curves,
    present,
    simulate,
    weibull_curves,
)
from ultrarare.stats.parametric_survival import fit_parametric

SEED, DRAWS = 20261127, 4000
_Z = 1.959963984540054
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one side pays or receives.

    Attributes:
        expected: by year, in closed form.
        quantiles: by year, 5, 50 and 95 % of the simulated people together.
        total: expected sum, with 5, 50, 95 % and the expected worst twentieth.
        present: the same, discounted.
        simulated: mean sum of the simulation, which the closed form is held against.
        error: its Monte Carlo standard error.
    """

    expected: tuple[float, ...]
    quantiles: tuple[tuple[float, float, float], ...]
    total: tuple[float, float, float, float, float]
    present: tuple[float, float, float, float, float]
    simulated: float
    error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reimbursement:
    """An agreement with what it costs.

    Attributes:
        agreement: as written.
        seed: of the draws.
        lasting: share in whom the effect lasts by year, median and 95 % limits.
        payer: the first payer's net payments.
        sponsor: what the sponsor receives net, from whomever.
        from_curve: share of the variance of the payer's total that comes from not knowing the
            curve; the rest is chance between people.
        caveats: what limits this.
        page: where the page is.
    """

    agreement: Agreement
    seed: int
    lasting: tuple[tuple[float, float, float], ...]
    payer: Side
    sponsor: Side
    from_curve: float | None
    caveats: tuple[str, ...]
    page: Path | None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "schema": "ultrarare/reimbursement/1",
            "title": self.agreement.title,
            "data": self.agreement.data,
            "currency": self.agreement.currency,
            "people": self.agreement.people,
            "full_price_per_person": self.agreement.price,
            "seed": self.seed,
            "draws": DRAWS,
            "lasting": [
                {"year": year, "median": m, "lower": low, "upper": high}
                for year, (low, m, high) in enumerate(self.lasting)
            ],
            "payer": _side_json(self.payer),
            "sponsor": _side_json(self.sponsor),
            "variance_from_curve": self.from_curve,
            "caveats": list(self.caveats),
        }

    def summary(self) -> str:
        """Text for a terminal."""
        a = self.agreement
        lines = [
            f"{a.title}: {a.people} treated, full price {a.people * a.price:,.0f} {a.currency}"
        ]
        for name, side in (("payer pays", self.payer), ("sponsor receives", self.sponsor)):
            mean, low, mid, high, tail = side.total
            lines.append(
                f"  {name}: expected {mean:,.0f}, median {mid:,.0f}, 5 to 95% {low:,.0f} to "
                f"{high:,.0f}; highest twentieth on average {tail:,.0f}; present value "
                f"{side.present[0]:,.0f}"
            )
        lines.append("  year  effect lasts  payer expected        5 to 95%")
        for year, (now, (low, _mid, high)) in enumerate(
            zip(self.payer.expected, self.payer.quantiles, strict=True)
        ):
            lines.append(
                f"  {year:>4}  {100 * self.lasting[year][1]:>10.0f} %  {now:>14,.0f}  "
                f"{low:>12,.0f} to {high:,.0f}"
            )
        lines += [f"  {text}" for text in self.caveats]
        return "\n".join(lines if self.page is None else [*lines, f"page: {self.page}"])


def reimbursement(path: Path, *, out: Path | None = None, seed: int = SEED) -> Reimbursement:
    """Read an agreement and compute both sides' payments.

    Args:
        path: YAML file of the agreement.
        out: folder that receives `reimbursement.html` and `reimbursement.json`.
        seed: of the draws.

    Raises:
        NotFound: no file is there.
        InputErrors: everything that is wrong with it; nothing is written then.
        NotComputable: the curve cannot be fitted.
    """
    if not path.is_file():
        raise NotFound("no file is there", where=str(path))
    agreement = read_model(path, Agreement, name=path.name, whole="an agreement")
    problems = [
        Problem(f"{path.name} {'.'.join(map(str, place))}", text)
        for place, text in agreement.dangling()
    ]
    if problems:
        raise InputErrors(problems, where=path.name)
    rng = np.random.default_rng(seed)
    curves = curves_of(agreement, path.parent, rng)
    terms = terms_of(agreement)
    each = expected(terms, curves)
    drawn = simulate(terms, curves, agreement.people, rng)
    known = agreement.people * each.first.sum(axis=1)
    whole = float(drawn.first.sum(axis=1).var())
    result = Reimbursement(
        agreement=agreement,
        seed=seed,
        lasting=_lasting(curves, agreement.horizon),
        payer=_side(agreement, each.first, drawn.first),
        sponsor=_side(agreement, each.sponsor, drawn.sponsor),
        from_curve=min(1.0, float(known.var()) / whole) if whole > 0 else None,
        caveats=tuple(_caveats(agreement)),
        page=None if out is None else out / "reimbursement.html",
    )
    if out is not None:
        text = json.dumps(result.to_json(), indent=2, ensure_ascii=False) + "\n"
        page = _page(result)
        write(out, {"reimbursement.html": page.encode(), "reimbursement.json": text.encode()})
    return result


def terms_of(agreement: Agreement) -> Terms:
    """The agreement in numbers."""
    due = [0.0] * (agreement.horizon + 1)
    if agreement.annuity is not None:
        for year in range(1, agreement.annuity.years + 1):
            due[year] += agreement.annuity.yearly
    for one in agreement.milestones:
        due[one.year] += one.amount
    return Terms(
        horizon=agreement.horizon,
        upfront=agreement.upfront,
        due=tuple(due),
        refunds=tuple((one.until, one.refund) for one in agreement.warranty),
        lost=hazard_of(agreement.not_measured.yearly),
        pay_unmeasured=agreement.not_measured.then == "pay",
        leave=hazard_of(agreement.churn.yearly),
        on_leaving=agreement.churn.then,
    )


def curves_of(agreement: Agreement, folder: Path, rng: np.random.Generator) -> Floats:
    """Draws of the durable-effect curve, (draws, grid).

    Raises:
        InputErrors: the table of a fitted curve is wrong.
        NotComputable: it cannot be fitted.
    """
    curve = agreement.durability
    if isinstance(curve, GivenPoints):
        return point_curves(
            [p.year for p in curve.points],
            [p.lasting for p in curve.points],
            [p.lower for p in curve.points],
            [p.upper for p in curve.points],
            horizon=agreement.horizon, rng=rng, draws=DRAWS,
        )  # fmt: skip
    if isinstance(curve, GivenWeibull):
        median = _two_sided(curve.median, curve.median_lower, curve.median_upper, rng)
        low, high = curve.shape_lower or curve.shape, curve.shape_upper or curve.shape
        shape = _two_sided(curve.shape, low, high, rng)
        location = np.log(median) - np.log(math.log(2)) / shape
        return weibull_curves(location, -np.log(shape), agreement.horizon)
    return _fitted(curve, folder, agreement.horizon, rng)


def _two_sided(value: float, low: float, high: float, rng: np.random.Generator) -> Floats:
    z = rng.standard_normal(DRAWS) / _Z
    below, above = math.log(value / low), math.log(high / value)
    return np.asarray(value * np.exp(np.where(z < 0, z * below, z * above)))


def _fitted(curve: FittedCurve, folder: Path, horizon: int, rng: np.random.Generator) -> Floats:
    path = folder / curve.file
    if not path.is_file():
        raise NotFound("no file is there", where=str(path))
    rows = read_table(
        path, [Column("time", _positive), Column("event", _flag)], name=curve.file, extra=True
    )
    fit = fit_parametric(
        [row["time"] for row in rows], [row["event"] for row in rows], curve.family
    )
    drawn = rng.multivariate_normal(fit.estimate, fit.covariance, DRAWS)
    log_scale = drawn[:, 1] if drawn.shape[1] > 1 else np.zeros(DRAWS)
    return weibull_curves(drawn[:, 0], log_scale, horizon)


def _positive(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not (found > 0 and math.isfinite(found)):
        raise ValueError(f"found {text!r}; allowed are years above 0")
    return found


def _flag(text: str) -> bool:
    if text not in {"0", "1"}:
        raise ValueError(f"found {text!r}; allowed: 1 where the effect was lost then, else 0")
    return text == "1"


def _side(agreement: Agreement, each: Floats, drawn: Floats) -> Side:
    n = agreement.people
    total, now = drawn.sum(axis=1), present(drawn, agreement.discount)
    mean = n * each.mean(axis=0)
    years = np.arange(mean.size)
    return Side(
        expected=tuple(map(float, mean)),
        quantiles=tuple(
            (float(low), float(mid), float(high))
            for low, mid, high in np.quantile(drawn, [0.05, 0.5, 0.95], axis=0).T
        ),
        total=_five(float(mean.sum()), total),
        present=_five(float((mean * (1 + agreement.discount) ** -years).sum()), now),
        simulated=float(total.mean()),
        error=float(total.std(ddof=1) / math.sqrt(total.size)),
    )


def _five(mean: float, drawn: Floats) -> tuple[float, float, float, float, float]:
    low, mid, high = (float(x) for x in np.quantile(drawn, [0.05, 0.5, 0.95]))
    return mean, low, mid, high, float(drawn[drawn >= high].mean())


def _lasting(curves: Floats, horizon: int) -> tuple[tuple[float, float, float], ...]:
    at = curves[:, :: (curves.shape[1] - 1) // horizon]
    return tuple(
        (float(a), float(b), float(c)) for a, b, c in np.quantile(at, [0.025, 0.5, 0.975], axis=0).T
    )


def _caveats(agreement: Agreement) -> list[str]:
    said = [
        f"The effect lasts, as measured: {agreement.outcome.rstrip('.')}. "
        f"Curve: {agreement.durability.source.rstrip('.')}.",
        "Loss of effect, loss to follow-up and leaving the payer are taken as independent.",
    ]
    curve = agreement.durability
    if isinstance(curve, GivenPoints) and curve.points[-1].year < agreement.horizon:
        said.append(
            f"Beyond year {curve.points[-1].year:g} nothing was observed; the last rate goes on."
        )
    if agreement.not_measured.yearly > 0 and agreement.warranty:
        said.append("A loss of effect in somebody lost to follow-up is not seen and not refunded.")
    return said


def _side_json(side: Side) -> dict[str, Any]:
    names = ("expected", "q05", "median", "q95", "mean_of_highest_twentieth")
    return {
        "years": [
            {"year": year, "expected": now, "q05": low, "median": mid, "q95": high}
            for year, (now, (low, mid, high)) in enumerate(
                zip(side.expected, side.quantiles, strict=True)
            )
        ],
        "total": dict(zip(names, side.total, strict=True)),
        "present_value": dict(zip(names, side.present, strict=True)),
        "simulated_total": side.simulated,
        "simulation_error": side.error,
    }


def _page(result: Reimbursement) -> str:
    def figure(side: Side, title: str) -> draw.Figure:
        return draw.payments(
            [
                draw.Payment(year=year, expected=now, lower=low, upper=high)
                for year, (now, (low, _mid, high)) in enumerate(
                    zip(side.expected, side.quantiles, strict=True)
                )
            ],
            title=title,
            currency=result.agreement.currency,
            people=result.agreement.people,
        )

    return (
        environment()
        .get_template("reimbursement.html.j2")
        .render(
            style=style(),
            a=result.agreement,
            r=result,
            sides=(
                ("the first payer pays", result.payer),
                ("the sponsor receives", result.sponsor),
            ),
            figures=(
                figure(result.payer, "Net payments of the first payer by year"),
                figure(result.sponsor, "Net receipts of the sponsor by year"),
            ),
        )
    )
