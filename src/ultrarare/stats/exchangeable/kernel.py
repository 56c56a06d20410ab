"""Compiled sums: one outcome under one normal, and one trial over all nodes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ultrarare.stats.compiled import compiled

_SQRT_2PI = math.sqrt(2 * math.pi)
_FAR = 8.0
_NEGLIGIBLE = 25.0  # nodes below e^-25 of the heaviest are left out


@compiled
def log_likelihood_at(kind: int, y: float, size: float, freedom: float, theta: float) -> float:
    """Log likelihood of one outcome at θ, without its constant."""
    if kind == 0:
        softplus = (
            theta + math.log1p(math.exp(-theta)) if theta > 0 else math.log1p(math.exp(theta))
        )
        return y * theta - size * softplus
    if kind == 1:
        return y * theta - size * math.exp(min(theta, 700.0))
    z2 = ((y - theta) / size) ** 2
    if kind == 2:
        return -0.5 * z2
    return -0.5 * (freedom + 1) * math.log1p(z2 / freedom)


@compiled
def natural_at(kind: int, theta: float) -> float:
    """θ as a proportion, a rate or a mean."""
    if kind == 0:
        return 1 / (1 + math.exp(-theta)) if theta > -700 else 0.0
    return math.exp(min(theta, 300.0)) if kind == 1 else theta


@compiled
def sums_over_normal(
    kind: int,
    outcome: Any,  # (4,): y, size, freedom, rough sd of the likelihood
    top: float,
    mu: Any,
    tau: Any,
    width: float,
    fine: float,
    cuts: Any,
    out: Any,
) -> None:
    """Fill (3+k, g): ∫ L, ∫ L·m, ∫ L·m² and ∫ L over θ above each cut, under N(μ, τ²).

    Args:
        kind: code of the kind of outcome.
        outcome: y, size, freedom, rough sd.
        top: log likelihood that counts as 1.
        mu: (g,) means.
        tau: (g,) sds, 0 allowed.
        width: smallest sd that the grid of μ can carry; 0 where μ is not summed over.
        fine: how much finer than needed θ is summed over, 1 or more.
        cuts: (k,) values of θ.
        out: (3+k, g).
    """
    y, size, freedom, spread = outcome[0], outcome[1], outcome[2], outcome[3]
    x5, w5 = _five()
    for g in range(mu.size):
        m, t = mu[g], tau[g]
        if t == 0:
            like = math.exp(log_likelihood_at(kind, y, size, freedom, m) - top)
            value = natural_at(kind, m)
            out[0, g], out[1, g], out[2, g] = like, like * value, like * value * value
        else:
            steps = math.ceil(_FAR * fine / min(0.7, 0.6 * spread / t))
            dz = _FAR / steps
            s0 = s1 = s2 = 0.0
            for i in range(-steps, steps + 1):
                z = i * dz
                theta = m + t * z
                add = math.exp(log_likelihood_at(kind, y, size, freedom, theta) - top - 0.5 * z * z)
                value = natural_at(kind, theta)
                s0 += add
                s1 += add * value
                s2 += add * value * value
            scale = dz / _SQRT_2PI
            out[0, g], out[1, g], out[2, g] = s0 * scale, s1 * scale, s2 * scale
        # A sharp step in μ cannot be summed on a grid. The kernel is widened to what the grid
        # carries, with its second moment held at τ², so that what is left is of fourth order.
        sd = max(t, width)
        for k in range(cuts.size):
            if sd == 0:
                out[3 + k, g] = out[0, g] if m > cuts[k] else 0.0
                continue
            bend = 0.5 * (1 - (t / sd) ** 2)
            start = max((cuts[k] - m) / sd, -_FAR)
            total = 0.0
            if start < _FAR:
                panels = max(1, math.ceil((_FAR - start) * fine / min(1.4, spread / sd)))
                half = 0.5 * (_FAR - start) / panels
                for p in range(panels):
                    middle = start + (2 * p + 1) * half
                    for q in range(5):
                        z = middle + half * x5[q]
                        total += (
                            w5[q]
                            * (1 - bend * (z * z - 1))
                            * math.exp(
                                log_likelihood_at(kind, y, size, freedom, m + sd * z)
                                - top
                                - 0.5 * z * z
                            )
                        )
                total *= half / _SQRT_2PI
            out[3 + k, g] = total


@compiled
def _five() -> Any:
    """Gauss–Legendre with five points, exact for polynomials to degree nine."""
    a, b = math.sqrt(10 / 7), math.sqrt(70.0)
    inner, outer = math.sqrt(5 - 2 * a) / 3, math.sqrt(5 + 2 * a) / 3
    x = np.array([-outer, -inner, 0.0, inner, outer])
    big, small = (322 + 13 * b) / 900, (322 - 13 * b) / 900
    return x, np.array([small, big, 128 / 225, big, small])


@compiled
def normal_sums(y: float, se: float, mu: Any, tau: Any, width: float, cuts: Any, out: Any) -> None:
    """The same in closed form for an estimate with a known se; `top` is 0."""
    for g in range(mu.size):
        m, t = mu[g], tau[g]
        total = se * se + t * t
        like = se / math.sqrt(total) * math.exp(-0.5 * (y - m) ** 2 / total)
        centre = (m * se * se + y * t * t) / total
        out[0, g], out[1, g] = like, like * centre
        out[2, g] = like * (centre * centre + t * t * se * se / total)
        sd = max(t, width)
        total = se * se + sd * sd
        like = se / math.sqrt(total) * math.exp(-0.5 * (y - m) ** 2 / total)
        centre = (m * se * se + y * sd * sd) / total
        var = sd * sd * se * se / total
        bend = 0.0 if sd == 0 else 0.5 * (1 - (t / sd) ** 2)
        for k in range(cuts.size):
            if var == 0:
                out[3 + k, g] = like if m > cuts[k] else 0.0
                continue
            z = (cuts[k] - centre) / math.sqrt(var)
            upper = 0.5 * math.erfc(z / math.sqrt(2.0))
            if bend > 0:
                density = math.exp(-0.5 * z * z) / _SQRT_2PI
                second = ((centre - m) ** 2 + var) * upper + math.sqrt(var) * density * (
                    cuts[k] + centre - 2 * m
                )
                upper = (1 + bend) * upper - bend * second / (sd * sd)
            out[3 + k, g] = like * upper


@compiled
def over_nodes(
    log_prior: Any,
    log_term: Any,
    ratio: Any,
    start: Any,
    row: Any,
    count: Any,
    node_value: Any,
    at_edge: Any,
    out: Any,
    by_trial: Any,
    weights: Any,
) -> None:
    """Posterior of each trial: sums over nodes of what each distinct outcome says.

    Args:
        log_prior: (g,) log prior probability of the nodes.
        log_term: (u, g) log of what an outcome contributes.
        ratio: (u, q, g) what an outcome's quantities are, given the node.
        start: (t+1,) where each trial's entries begin.
        row: (e,) the row of each entry.
        count: (e,) how often the trial has it.
        node_value: (2, g) μ and τ.
        at_edge: (g,) 1 at the ends of μ.
        out: (e, q) quantities, filled.
        by_trial: (t, 6) log evidence; mean and mean square of τ; the same of μ; weight
            at the ends of μ; filled.
        weights: (t, g) posterior probability of the nodes, filled; (0, g) where it is not wanted.
    """
    nodes = log_prior.size
    w, held = np.empty(nodes), np.empty(nodes)
    keep = np.empty(nodes, np.int64)
    for t in range(start.size - 1):
        for g in range(nodes):
            w[g] = log_prior[g]
        for e in range(start[t], start[t + 1]):
            u, c = row[e], count[e]
            for g in range(nodes):
                w[g] += c * log_term[u, g]
        top = -math.inf
        for g in range(nodes):
            top = max(top, w[g])
        kept = 0
        total = 0.0
        for g in range(nodes):
            if w[g] > top - _NEGLIGIBLE:
                keep[kept] = g
                held[kept] = math.exp(w[g] - top)
                total += held[kept]
                kept += 1
        m1 = m2 = t1 = t2 = edge = 0.0
        for i in range(kept):
            held[i] /= total
            mu, tau = node_value[0, keep[i]], node_value[1, keep[i]]
            m1 += held[i] * mu
            m2 += held[i] * mu * mu
            t1 += held[i] * tau
            t2 += held[i] * tau * tau
            edge += held[i] * at_edge[keep[i]]
        by_trial[t, 0] = top + math.log(total)
        by_trial[t, 1], by_trial[t, 2], by_trial[t, 3], by_trial[t, 4] = t1, t2, m1, m2
        by_trial[t, 5] = edge
        if weights.shape[0] > 0:
            weights[t] = 0.0
            for i in range(kept):
                weights[t, keep[i]] = held[i]
        for e in range(start[t], start[t + 1]):
            u = row[e]
            for q in range(ratio.shape[1]):
                a = b = c0 = d = 0.0  # four sums at once, in one order on every machine
                i = 0
                while i + 3 < kept:
                    a += held[i] * ratio[u, q, keep[i]]
                    b += held[i + 1] * ratio[u, q, keep[i + 1]]
                    c0 += held[i + 2] * ratio[u, q, keep[i + 2]]
                    d += held[i + 3] * ratio[u, q, keep[i + 3]]
                    i += 4
                while i < kept:
                    a += held[i] * ratio[u, q, keep[i]]
                    i += 1
                out[e, q] = (a + b) + (c0 + d)
