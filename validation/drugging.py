"""Error rates of knock-down, splicing and change values; writes docs/validation/drugging.md.

python validation/drugging.py --date 2026-11-27
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from ultrarare.stats.drugging.change_value import change_value
from ultrarare.stats.drugging.expression import expression, size_factors
from ultrarare.stats.drugging.inclusion import Group, inclusion_change
from ultrarare.stats.drugging.quantity import ratio

PAGE = Path(__file__).resolve().parent.parent / "docs" / "validation" / "drugging.md"
LIMIT, TARGET = 0.06, 0.93


def marked(size: float, covered: float, runs: int) -> tuple[str, str]:
    """Bold where a rate misses its target by two standard errors."""
    error = (0.05 * 0.95 / runs) ** 0.5
    a, b = f"{size:.3f}", f"{covered:.3f}"
    return (
        f"**{a}**" if size > LIMIT + 2 * error else a,
        f"**{b}**" if covered < TARGET - 2 * error else b,
    )


def qpcr(samples: tuple[int, int], spread: tuple[float, float], runs: int, seed: int) -> str:
    """Welch on log quantities, beside a t test over wells."""
    rng = np.random.default_rng(seed)
    rejected = held = naive = power = 0
    for _ in range(runs):
        a, b = (rng.normal(0, s, n) for s, n in zip(spread, samples, strict=True))
        found = ratio(a, b)
        rejected += found.p_value is not None and found.p_value <= 0.05
        held += (
            found.lower is not None and found.upper is not None and found.lower <= 1 <= found.upper
        )
        wells = [np.repeat(x, 3) + rng.normal(0, 0.1, 3 * x.size) for x in (a, b)]
        many = ratio(wells[0], wells[1])
        naive += many.p_value is not None and many.p_value <= 0.05
        half = ratio(a - 1, b)
        power += half.p_value is not None and half.p_value <= 0.05
    size, covered = marked(rejected / runs, held / runs, runs)
    return (
        f"| {samples[0]} v {samples[1]} | {spread[0]:g}, {spread[1]:g} | {size} | "
        f"{naive / runs:.3f} | {covered} | {power / runs:.2f} |"
    )


def splicing(samples: int, reads: int, scatter: float, psi: float, runs: int, seed: int) -> str:
    """Beta-binomial samples without a difference, then with 0.2."""
    rng = np.random.default_rng(seed)

    def group(share: float) -> Group:
        shares = np.full(samples, share)
        if scatter:
            total = share * (1 - share) / scatter**2 - 1
            shares = rng.beta(share * total, (1 - share) * total, samples)
        return Group(psi=rng.binomial(reads, shares) / reads, weight=np.full(samples, float(reads)))

    rejected = held = power = 0
    for _ in range(runs):
        found = inclusion_change(group(psi), group(psi))
        rejected += found.p_value is not None and found.p_value <= 0.05
        held += (
            found.lower is not None and found.upper is not None and found.lower <= 0 <= found.upper
        )
        other = inclusion_change(group(psi + 0.2), group(psi))
        power += other.p_value is not None and other.p_value <= 0.05
    size, covered = marked(rejected / runs, held / runs, runs)
    return (
        f"| {samples} | {reads} | {scatter:g} | {psi:g} | {size} | {covered} | {power / runs:.2f} |"
    )


def marker(values: int, cv: tuple[float, float], alike: float, runs: int, seed: int) -> str:
    """A stable person, values perhaps serially alike."""
    rng = np.random.default_rng(seed)
    a, i = (np.sqrt(np.log1p(x**2)) for x in cv)
    alarms = naive = power = 0
    for _ in range(runs):
        level = np.zeros(values + 1)
        state = rng.normal()
        for k in range(values + 1):
            state = alike * state + np.sqrt(1 - alike**2) * rng.normal() if k else state
            level[k] = i * state
        seen = 100 * np.exp(level + rng.normal(0, a, values + 1))
        found = change_value(seen[:-1], float(seen[-1]), cv_analytical=cv[0], cv_within=cv[1])
        alarms += found.exceeds
        naive += abs(seen[-1] / seen[:-1].mean() - 1) > 1.96 * np.hypot(*cv)
        half = change_value(seen[:-1], float(seen[-1]) / 2, cv_analytical=cv[0], cv_within=cv[1])
        power += half.exceeds
    size, _ = marked(alarms / runs, 1.0, runs)
    return (
        f"| {values} | {cv[0]:g}, {cv[1]:g} | {alike:g} | {size} | {naive / runs:.3f} | "
        f"{power / runs:.2f} |"
    )


GENES = 400


def counted(samples: int, reads: float, scatter: float, left: float, runs: int, seed: int) -> str:
    """One gene among 400, negative binomial with dispersions of their own; sd of depth 0.3."""
    rng = np.random.default_rng(seed)
    treated = np.arange(2 * samples) < samples
    rejected = held = naive = beside = tested = biased = 0.0
    for _ in range(runs):
        mean = np.exp(rng.normal(5, 1.5, GENES))
        mean[0] = reads
        own = scatter * 8 / rng.chisquare(8, GENES)  # genes differ as moderated variances assume
        own += 0.5 / np.sqrt(mean) * scatter
        factor = np.exp(rng.normal(0, 0.3, 2 * samples))
        expected = mean[:, None] * factor
        expected[0, treated] *= left
        counts = rng.poisson(rng.gamma(1 / own[:, None], own[:, None] * expected)).astype(
            np.float64
        )
        found = expression(counts, treated, size_factors(counts))
        one = found.ratio(0)
        rejected += one.p_value is not None and one.p_value <= 0.05
        held += one.lower is not None and one.upper is not None and one.lower <= left <= one.upper
        biased += np.log2(one.value) - np.log2(left)
        rows = counts[0] / factor
        naive += abs(rows[treated].sum() - rows[~treated].sum()) > 1.96 * np.sqrt(rows.sum())
        flags = found.tested[1:]
        beside += (found.p_value[1:][flags] <= 0.05).sum()
        tested += flags.sum()
    size, covered = marked(rejected / runs if left == 1 else 0.0, held / runs, runs)
    power = "–" if left == 1 else f"{rejected / runs:.2f}"
    alone = f"{naive / runs:.2f}" if left == 1 else "–"
    return (
        f"| {samples} | {reads:g} | {scatter:g} | {left:g} | {size if left == 1 else '–'} | "
        f"{alone} | {beside / tested:.3f} | {covered} | {biased / runs:+.2f} | {power} |"
    )


def main() -> None:
    """Simulate and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=4000)
    parser.add_argument("--date", required=True, help="YYYY-MM-DD, printed on the page")
    asked = parser.parse_args()
    n = asked.runs
    pcr = [
        qpcr(samples, spread, n, 10 + k)
        for k, (samples, spread) in enumerate(
            (s, w) for s in ((2, 2), (3, 3), (5, 5), (3, 6)) for w in ((0.3, 0.3), (0.6, 0.2))
        )
    ]
    spliced = [
        splicing(*cell, n, 100 + k)
        for k, cell in enumerate(
            [
                (2, 200, 0.0, 0.3), (3, 200, 0.0, 0.3), (3, 200, 0.05, 0.3), (3, 200, 0.1, 0.3),
                (3, 30, 0.05, 0.05), (5, 200, 0.1, 0.3), (3, 5000, 0.05, 0.1),
            ]
        )
    ]  # fmt: skip
    markers = [
        marker(values, cv, alike, n, 200 + k)
        for k, (values, cv, alike) in enumerate(
            [(1, (0.05, 0.1), 0.0), (3, (0.05, 0.1), 0.0), (3, (0.05, 0.4), 0.0),
             (6, (0.1, 0.1), 0.0), (3, (0.05, 0.1), 0.6), (6, (0.05, 0.2), 0.6)]
        )
    ]  # fmt: skip
    n_counts = max(n // 4, 1)
    by_counts = [
        counted(*cell, n_counts, 300 + k)
        for k, cell in enumerate(
            [(2, 300, 0.1, 1.0), (3, 300, 0.05, 1.0), (3, 300, 0.3, 1.0), (3, 15, 0.1, 1.0),
             (5, 3000, 0.1, 1.0), (3, 300, 0.05, 0.5), (3, 300, 0.3, 0.5), (3, 300, 0.1, 0.1),
             (3, 40, 0.1, 0.1), (3, 15, 0.1, 0.1)]
        )
    ]  # fmt: skip
    lines = "\n".join
    PAGE.write_text(
        f"""# Error rates of drugging

A script writes this page; do not edit it. Command: `python validation/drugging.py --runs {n}`,
{asked.date}. Nominal 0.05; {n:,} runs a cell. Bold: size above {LIMIT} or coverage below {TARGET},
by two standard errors (0.05: {(0.05 * 0.95 / n) ** 0.5:.4f}).

## Knock-down by qPCR

Samples have normal log₂ quantities with the stated sds. *Wells*: the same test over three wells a
sample, as if they were samples. *Power*: for a knock-down by half.

| samples | sds | size | wells | coverage | power |
|---|---|--:|--:|--:|--:|
{lines(pcr)}

## Knock-down by RNA-seq counts

{n_counts:,} runs a cell; two standard errors are {2 * (0.05 * 0.95 / n_counts) ** 0.5:.3f}. One
gene of {GENES}, with the stated mean reads in controls; counts are negative binomial with the
stated dispersion, which differs from gene to gene, and depths differ. *Left*: true ratio. *Reads
alone*: a test that takes reads for samples. *Others*: share of unchanged genes with p up to 0.05.
*Bias*: of log₂ of the ratio.

| samples | reads | dispersion | left | size | reads alone | others | coverage | bias | power |
|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
{lines(by_counts)}

## Inclusion

Samples a group, reads each, sd of the true PSI between samples, PSI. *Power*: for a rise by 0.2.

| samples | reads | sd | PSI | size | coverage | power |
|--:|--:|--:|--:|--:|--:|--:|
{lines(spliced)}

## Reference change value

A person who does not change. *Alike*: correlation of one value with the next. *Naive*: change from
the mean before beyond 1.96 CVs. *Power*: for a fall by half.

| values before | CVs | alike | alarms | naive | power |
|--:|---|--:|--:|--:|--:|
{lines(markers)}
""",
        encoding="utf-8",
    )
    print(PAGE.read_text("utf-8"))


if __name__ == "__main__":
    main()
