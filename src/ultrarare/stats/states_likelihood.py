"""From parameters on the log scale to processes, and to the likelihood of all records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import gammainc, gammaincinv

from ultrarare.stats.arrays import Floats
from ultrarare.stats.states_kernel import log_likelihoods
from ultrarare.stats.states_records import Segments

CLASSES: Final = 8
"""Classes of equal probability that a gamma factor is cut into."""
_WIDE: Final = 2.0  # sd of the priors on the log scale: a factor of 50 either way


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Processes:
    """Several processes: generators (m, k, k), rates (m, k), starts (m, k), multipliers (m, c)."""

    generators: Floats
    rates: Floats
    starts: Floats
    multipliers: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What stands where in a vector of parameters, all logarithms.

    The rate of the quietest state; what each further state adds; intensities upwards;
    intensities downwards; the shape of the gamma factor, if there is one.
    """

    states: int
    heterogeneity: bool

    @property
    def size(self) -> int:
        """How many parameters."""
        return 3 * self.states - 2 + self.heterogeneity

    def processes(self, theta: Floats) -> Processes:
        """The processes of (m, size) parameter vectors."""
        k, many = self.states, theta.shape[0]
        value = np.exp(theta)
        rates = np.cumsum(value[:, :k], axis=1)
        up, down = value[:, k : 2 * k - 1], value[:, 2 * k - 1 : 3 * k - 2]
        generators = np.zeros((many, k, k))
        low = np.arange(k - 1)
        generators[:, low, low + 1] = up
        generators[:, low + 1, low] = down
        every = np.arange(k)
        generators[:, every, every] = -generators.sum(axis=2)
        odds = np.concatenate((np.ones((many, 1)), np.cumprod(up / down, axis=1)), axis=1)
        starts = odds / odds.sum(axis=1, keepdims=True)
        multipliers = _classes(value[:, -1]) if self.heterogeneity else np.ones((many, 1))
        return Processes(generators=generators, rates=rates, starts=starts, multipliers=multipliers)

    def dwell_gradient(self, theta: Floats) -> Floats:
        """(states, size): change of the log of each mean stay with each parameter."""
        k = self.states
        value = np.exp(theta)
        out = np.zeros((k, self.size))
        for i in range(k):
            ways = [k + i] * (i < k - 1) + [2 * k - 2 + i] * (i > 0)
            total = sum(float(value[way]) for way in ways)
            for way in ways:
                out[i, way] = -value[way] / total
        return out


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Likelihood:
    """The likelihood of records under a layout, with bounds and priors on the records' own scale.

    Attributes:
        mean_rate: events by person-time.
        mean_time: observed time of a person on average.
    """

    layout: Layout
    segments: Segments
    mean_rate: float
    mean_time: float

    def value(self, theta: Floats, *, penalised: bool) -> Floats:
        """(m,) log-likelihoods of (m, size) parameters, with the log prior if asked for."""
        made = self.layout.processes(theta)
        cut = self.segments
        out = log_likelihoods(
            made.generators,
            made.rates,
            made.starts,
            made.multipliers,
            cut.kind,
            cut.length,
            cut.count,
            cut.first,
        )
        if penalised:
            centre, spread = self.prior
            out = out - 0.5 * np.sum(((theta - centre) / spread) ** 2, axis=1)
        return out

    def constant(self) -> float:
        """Log-likelihood of one rate for everyone, at its maximum."""
        one = Layout(states=2, heterogeneity=False)
        theta = np.log([[self.mean_rate, 1e-12 * self.mean_rate, 1 / self.mean_time, 1.0]])
        theta[0, 3] = theta[0, 2]
        plain = Likelihood(
            layout=one,
            segments=self.segments,
            mean_rate=self.mean_rate,
            mean_time=self.mean_time,
        )
        return float(plain.value(theta, penalised=False)[0])

    @property
    def prior(self) -> tuple[Floats, Floats]:
        """Centre and sd of each parameter: wide, around the records' own rate and length."""
        k, layout = self.layout.states, self.layout
        rate, stay = np.log(self.mean_rate), np.log(4 / self.mean_time)
        centre = np.concatenate(([rate - 1], np.full(k - 1, rate), np.full(2 * (k - 1), stay)))
        spread = np.full(centre.size, _WIDE)
        if layout.heterogeneity:
            centre, spread = np.append(centre, 1.0), np.append(spread, 1.5)
        return centre, spread

    @property
    def bounds(self) -> tuple[Floats, Floats]:
        """Lowest and highest value of each parameter that is searched."""
        k = self.layout.states
        rate, time = np.log(self.mean_rate), np.log(self.mean_time)
        shortest = np.log(max(50 * self.mean_rate, 200 / self.mean_time))
        low = np.concatenate((np.full(k, rate - 9), np.full(2 * (k - 1), -time - 5)))
        high = np.concatenate((np.full(k, rate + 5), np.full(2 * (k - 1), shortest)))
        if self.layout.heterogeneity:
            low, high = np.append(low, -2.5), np.append(high, 6.0)
        return low, high

    def clipped(self, theta: Floats) -> Floats:
        """Parameters moved to within the bounds."""
        low, high = self.bounds
        return np.asarray(np.clip(theta, low, high), dtype=np.float64)


def _classes(shape: Floats) -> Floats:
    """(m, CLASSES) means of the equally likely classes of a gamma variable with mean 1."""
    a = shape[:, None]
    edges = gammaincinv(a, np.linspace(0, 1, CLASSES + 1)[None, 1:-1])
    below = gammainc(a + 1, edges)
    many = shape.size
    whole = np.concatenate((np.zeros((many, 1)), below, np.ones((many, 1))), axis=1)
    return np.asarray(CLASSES * np.diff(whole, axis=1), dtype=np.float64)
