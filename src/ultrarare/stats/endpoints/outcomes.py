"""What was measured of whom: people by endpoints, two arms, unknown cells left unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import Flags, Floats, flag_vector, freeze, require_positive
from ultrarare.words import counted

_WIDE: Final = 2.0  # a spread this many times the larger arm's is told
_GAP: Final = 0.2  # shares known that differ by more between the arms are told


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How one endpoint is read.

    Attributes:
        name: of the endpoint.
        improves: which values are better; of a time, `higher` says that later is better.
        margin: the smallest difference that counts in prioritised pairs; 0 for any.
        weight: in the Wei–Lachin average.
        timed: whether the values are times to an event, which may be censored.
    """

    name: str
    improves: Literal["lower", "higher"]
    margin: float = 0.0
    weight: float = 1.0
    timed: bool = False


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Outcomes:
    """N people with at least one value, K endpoints in order of priority."""

    values: Floats  # (N, K); NaN where it is not known
    event: Flags  # (N, K); of timed endpoints, False elsewhere
    treated: Flags  # (N,)
    rules: tuple[Rule, ...]
    left_out: int  # people without any value
    uneven: tuple[str, ...]  # in what the arms were not watched alike
    caveats: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def known(self) -> Flags:
        """(N, K) whether a value is known."""
        return np.asarray(~np.isnan(self.values))

    @property
    def sign(self) -> Floats:
        """(K,) 1 where higher is better, else −1."""
        return np.array([1.0 if r.improves == "higher" else -1.0 for r in self.rules])

    @property
    def timed(self) -> Flags:
        """(K,) whether the endpoint is a time to an event."""
        return np.array([r.timed for r in self.rules], dtype=np.bool_)

    @property
    def margin(self) -> Floats:
        """(K,) smallest difference that counts in prioritised pairs."""
        return np.array([r.margin for r in self.rules], dtype=np.float64)

    @property
    def counts(self) -> tuple[int, int]:
        """Treated and untreated people."""
        n = int(self.treated.sum())
        return n, self.treated.size - n

    def usable(self) -> Flags:
        """(K,) whether both arms have a value of it."""
        known = self.known
        return np.asarray(known[self.treated].any(axis=0) & known[~self.treated].any(axis=0))


def make_outcomes(
    values: ArrayLike,
    treated: ArrayLike,
    rules: Sequence[Rule],
    *,
    event: ArrayLike | None = None,
) -> Outcomes:
    """Check the table once, for every method.

    Args:
        values: (N, K) one row a person, NaN where it is not known.
        treated: (N,) flags.
        rules: how each column is read, the first endpoint first in priority.
        event: (N, K) whether the event was seen, for timed columns; others are not read.

    Raises:
        InputError: shapes, infinite values, negative times, rules that repeat a name, weights
            or margins out of range, timed endpoints without `event`.
        NotComputable: an arm without anybody who has a value, or no endpoint known in both arms.
    """
    x = np.asarray(values, dtype=np.float64)
    a = flag_vector(treated, "treated")
    _check_rules(rules)
    if x.shape != (a.size, len(rules)):
        raise InputError(
            f"values has shape {x.shape}; allowed is ({a.size}, {len(rules)})", where="values"
        )
    if np.isinf(x).any():
        raise InputError("every value must be finite or unknown", where="values")
    seen = _events(event, x, rules)
    kept = ~np.isnan(x).all(axis=1)
    if not (kept & a).any() or not (kept & ~a).any():
        raise NotComputable(
            f"{int((kept & a).sum())} treated and "
            f"{counted(int((kept & ~a).sum()), 'untreated person')} have "
            "a value",
            remedy="Bring at least one person of each arm with a value of one endpoint.",
        )
    found = Outcomes(
        values=x[kept], event=seen[kept], treated=a[kept], rules=tuple(rules),
        left_out=int((~kept).sum()), uneven=(), caveats=(),
    )  # fmt: skip
    if not found.usable().any():
        raise NotComputable(
            "no endpoint is known in both arms",
            remedy="Bring an endpoint that was measured in treated and untreated people.",
        )
    uneven = tuple(text for k in range(len(rules)) for text in _uneven(found, k))
    return replace(found, uneven=uneven, caveats=(*_caveats(found), *uneven))


def _check_rules(rules: Sequence[Rule]) -> None:
    names = [rule.name for rule in rules]
    if not rules or len(set(names)) != len(names):
        raise InputError(
            f"found the endpoints {names}; allowed is at least one, each named once", where="rules"
        )
    for rule in rules:
        require_positive(rule.weight, f"weight of {rule.name}")
        if not (np.isfinite(rule.margin) and rule.margin >= 0):
            raise InputError(
                f"must be finite and ≥ 0, not {rule.margin:g}",
                where=f"relevant difference of {rule.name}",
            )


def _events(event: ArrayLike | None, x: Floats, rules: Sequence[Rule]) -> Flags:
    timed = np.array([rule.timed for rule in rules], dtype=np.bool_)
    out = np.zeros(x.shape, np.bool_)
    if not timed.any():
        return out
    if event is None:
        raise InputError("times to an event need to be told whether it was seen", where="event")
    given = np.asarray(event, dtype=np.float64)
    if given.shape != x.shape:
        raise InputError(f"event has shape {given.shape}; allowed is {x.shape}", where="event")
    for k in np.flatnonzero(timed).tolist():
        known = ~np.isnan(x[:, k])
        flags = given[known, k]
        if not np.isin(flags, (0, 1)).all():
            raise InputError("allowed are 0 and 1", where=f"event of {rules[k].name}")
        if (x[known, k] < 0).any():
            raise InputError("a time is at least 0", where=f"values of {rules[k].name}")
        out[known, k] = flags == 1
    return out


def _caveats(o: Outcomes) -> tuple[str, ...]:
    said = []
    if o.left_out:
        said.append(f"people left out for want of any value: {o.left_out}")
    n, m = o.counts
    if n == 1:
        said.append("one treated person: what is compared is the rank among the untreated")
    if m == 1:
        said.append("one untreated person carries the whole comparison")
    said += [text for k in range(len(o.rules)) for text in (*_of_endpoint(o, k), *_spread(o, k))]
    if twins := _twins(o):
        said.append(
            f"{counted(twins, 'person', 'has')} exactly the values of another: one person twice, "
            "or copied rows?"
        )
    return tuple(said)


def _of_endpoint(o: Outcomes, k: int) -> list[str]:
    name, known = o.rules[k].name, o.known[:, k]
    own, other = float(known[o.treated].mean()), float(known[~o.treated].mean())
    if own == 0 or other == 0:
        which = "either arm" if own == other else "the treated" if own == 0 else "the untreated"
        return [f"{name} is not known of anybody of {which}, so it says nothing"]
    if o.rules[k].timed and not o.event[known, k].any():
        return [f"nobody came to {name}, so it says nothing"]
    if not o.rules[k].timed and np.ptp(o.values[known, k]) == 0:
        return [f"{name} is the same in everybody, so it says nothing"]
    return []


def _spread(o: Outcomes, k: int) -> list[str]:
    """A smaller arm that varies more makes p too small; told from three people on."""
    own, other = (o.values[arm & o.known[:, k], k] for arm in (o.treated, ~o.treated))
    few, many = sorted((own, other), key=lambda x: x.size)
    if o.rules[k].timed or few.size < 3 or few.size == many.size:
        return []
    ratio = float(np.std(few, ddof=1)) / max(float(np.std(many, ddof=1)), 1e-300)
    if not _WIDE < ratio < 1e100:
        return []
    return [
        f"{o.rules[k].name} varies {ratio:.1f} times as much in the smaller arm: p is exact only "
        "where people of both arms vary alike, and too small here"
    ]


def _uneven(o: Outcomes, k: int) -> list[str]:
    """How the arms were not watched alike; nothing for an endpoint that takes no part."""
    if not o.usable()[k]:
        return []
    name, known, said = o.rules[k].name, o.known[:, k], []
    own, other = float(known[o.treated].mean()), float(known[~o.treated].mean())
    if abs(own - other) > _GAP:
        said.append(
            f"{name} is known of {100 * own:.0f} % of the treated and {100 * other:.0f} % of the "
            "untreated: p is exact only where both would have been missing as often"
        )
    if o.rules[k].timed and (gap := _follow_up_gap(o, k)) is not None:
        said.append(
            f"{name}: the longest time in the treated is {gap[0]:.3g} and in the untreated "
            f"{gap[1]:.3g}; pairs are compared over their common time, and p supposes that both "
            "would have been watched as long"
        )
    return said


def _follow_up_gap(o: Outcomes, k: int) -> tuple[float, float] | None:
    """Longest time watched in each arm, where one is under two thirds of the other."""
    known = o.known[:, k]
    own = float(o.values[known & o.treated, k].max())
    other = float(o.values[known & ~o.treated, k].max())
    return (own, other) if min(own, other) < max(own, other) * 2 / 3 else None


def _twins(o: Outcomes) -> int:
    """People whose every value is another's; single values and marks may agree by chance."""
    if len(o.rules) < 2:
        return 0
    full = o.known.all(axis=1)
    rows, n = np.unique(np.column_stack((o.values, o.event))[full], axis=0, return_counts=True)
    whole = (rows[:, : len(o.rules)] == np.floor(rows[:, : len(o.rules)])).all(axis=1)
    return int(n[(n > 1) & ~whole].sum())
