"""From two arms with several endpoints to tests, wins, responders and the words they may use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from ultrarare.effect.endpoints_table import EndpointsTable, GatekeepingRule
from ultrarare.effect.target_trial import TargetTrial, Trial, tabulate
from ultrarare.effect.wording import Shown, allowed, conclusion
from ultrarare.errors import NotComputable
from ultrarare.words import counted

if TYPE_CHECKING:
    import numpy as np

    from ultrarare.stats.endpoints.gatekeeping import Gatekeeping
    from ultrarare.stats.endpoints.global_tests import OBrien, WeiLachin
    from ultrarare.stats.endpoints.normal import NormalGlobal
    from ultrarare.stats.endpoints.outcomes import Outcomes
    from ultrarare.stats.endpoints.permutation import Permuted
    from ultrarare.stats.endpoints.responder import BoundedTest, Responders
    from ultrarare.stats.endpoints.win import WinStatistics

TestName = Literal["obrien", "wei-lachin", "win"]
R = TypeVar("R")

_FEWEST = 8
"""Fewer untreated people leave open whether they are like the treated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointsOptions:
    """How the comparison is made; fixed before outcomes are read.

    Attributes:
        test: the primary one; all are shown.
        level: coverage of intervals; the primary two-sided p is held against 1 − level.
        gatekeeping: which endpoints may be claimed together, one-sided at half of that.
        draws: choices of the treated drawn where they are too many to go through.
        seed: of these.
    """

    test: TestName = "obrien"
    level: float = 0.95
    gatekeeping: GatekeepingRule = field(default_factory=GatekeepingRule)
    draws: int = 19_999
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedEndpoints:
    """Everything that was computed; what could not be is None, with its reason in `refused`."""

    table: EndpointsTable
    options: EndpointsOptions
    outcomes: Outcomes
    obrien: OBrien
    complete: OBrien | None
    wei_lachin: WeiLachin
    ols: NormalGlobal | None
    gls: NormalGlobal | None
    win: WinStatistics
    responders: Responders | None
    responder_test: BoundedTest | None
    gate: Gatekeeping
    refused: tuple[str, ...]
    trial: TargetTrial

    @property
    def primary(self) -> Permuted:
        """The planned test."""
        if self.options.test == "win":
            return self.win.permutation
        if self.options.test == "wei-lachin":
            return self.wei_lachin.permutation
        return self.obrien.permutation

    @property
    def shown(self) -> Shown:
        """What the planned test shows."""
        p = self.primary
        if p.p_value > 1 - self.options.level:
            return "not shown"
        return "better" if p.p_benefit < p.p_harm else "worse"

    @property
    def sentence(self) -> str:
        """What may be said, as a clause."""
        said = conclusion(self.shown, self.trial.comparability)
        return allowed(said, self.trial.comparability)

    @property
    def caveats(self) -> tuple[str, ...]:
        """Everything a reader must know, once."""
        said = [*self.outcomes.caveats]
        for part in (self.obrien, self.complete, self.wei_lachin, self.win, self.ols, self.gls):
            said += [] if part is None else part.caveats
        said += self.gate.caveats
        return tuple(dict.fromkeys((*said, *self.refused)))

    def to_json(self) -> dict[str, Any]:
        """Everything, plain; null where something is undefined."""
        n, m = self.outcomes.counts
        tests = {
            "obrien": self.obrien,
            "obrien_complete": self.complete,
            "wei_lachin": self.wei_lachin,
            "ols": self.ols,
            "gls": self.gls,
        }
        return {
            "primary": self.options.test,
            "p_value": self.primary.p_value,
            "p_benefit": self.primary.p_benefit,
            "floor": self.primary.floor,
            "shown": self.shown,
            "conclusion": self.sentence,
            "comparability": self.trial.comparability,
            "tests": {k: None if v is None else v.to_json() for k, v in tests.items()},
            "win": self.win.to_json(),
            "responder": self._responder_json(),
            "gatekeeping": self.gate.to_rows(),
            "gatekeeping_rule": {
                "procedure": self.options.gatekeeping.procedure,
                "alpha": self.gate.alpha,
                "one_sided": True,
                "order": list(self.gate.order),
            },
            "endpoints": [
                {"endpoint": rule.name, "improves": rule.improves, "margin": rule.margin,
                 "weight": rule.weight, "time_to_event": rule.timed}
                for rule in self.outcomes.rules
            ],
            "target_trial": self.trial.to_json(),
            "treated": n,
            "controls": m,
            "level": self.options.level,
            "seed": self.options.seed,
            "caveats": list(self.caveats),
        }  # fmt: skip

    def _responder_json(self) -> dict[str, Any] | None:
        if self.responders is None:
            return None
        rows = [
            {"person": person, **row}
            for person, row in zip(self.table.people, self.responders.to_rows(), strict=True)
        ]
        arms = list(zip(rows, self.table.treated, strict=True))
        return {
            "domains": list(self.responders.domains),
            "treated": [row for row, own in arms if own],
            "control": [row for row, own in arms if not own],
            "test": None if self.responder_test is None else self.responder_test.to_json(),
        }

    def summary(self) -> str:
        """For a terminal, the floor first."""
        n, m = self.outcomes.counts
        lines = [
            f"{n} treated and {counted(m, 'untreated person')}: the smallest attainable p is "
            f"{self.primary.floor:.3g} two-sided",
            self.obrien.summary().split("\n")[0],
            self.wei_lachin.summary().split("\n")[0],
            *self.win.summary().split("\n")[:2],
        ]
        if self.responder_test is not None:
            lines.append(f"responder index: {self.responder_test.summary()}")
        lines.append(f"endpoints one by one, one-sided: {self.gate.summary().splitlines()[0]}")
        lines += [self.trial.summary(), self.sentence]
        return "\n".join((*lines, *(f"- {text}" for text in self.caveats)))


def compare_endpoints(
    table: EndpointsTable, options: EndpointsOptions, trial: Trial
) -> ComparedEndpoints:
    """All tests of one table; what cannot be computed is told and not guessed.

    Raises:
        InputError, NotComputable: see `make_outcomes` and `gatekeeping`.
    """
    import numpy as np

    from ultrarare.stats.endpoints.gatekeeping import gatekeeping
    from ultrarare.stats.endpoints.global_tests import obrien, wei_lachin
    from ultrarare.stats.endpoints.normal import gls, ols
    from ultrarare.stats.endpoints.win import win_statistics

    graph = options.gatekeeping.graph(len(table.endpoints))
    o, draws = table.outcomes(), options.draws
    rng = [np.random.default_rng(s) for s in np.random.SeedSequence(options.seed).spawn(7)]
    refused: list[str] = []
    average = wei_lachin(o, draws=draws, rng=rng[0])
    alone = dict(zip(average.names, (test.p_benefit for test in average.by_endpoint), strict=True))
    names = [rule.name for rule in o.rules]
    responders = _responders(table, refused)
    return ComparedEndpoints(
        table=table,
        options=options,
        outcomes=o,
        obrien=obrien(o, draws=draws, rng=rng[1]),
        complete=_tried(
            "O'Brien, complete cases",
            lambda: obrien(o, complete=True, draws=draws, rng=rng[2]),
            refused,
        ),
        wei_lachin=average,
        ols=_tried("OLS", lambda: ols(o, draws=draws, rng=rng[3]), refused),
        gls=_tried("GLS", lambda: gls(o, draws=draws, rng=rng[4]), refused),
        win=win_statistics(o, level=options.level, draws=draws, rng=rng[5]),
        responders=responders,
        responder_test=_responder_test(table, responders, draws, rng[6]),
        gate=gatekeeping(
            [alone.get(name) for name in names], graph, names=names, alpha=(1 - options.level) / 2
        ),
        refused=tuple(refused),
        trial=tabulate(trial, doubts=_doubts(o)),
    )


def _tried(what: str, compute: Callable[[], R], refused: list[str]) -> R | None:
    try:
        return compute()
    except NotComputable as error:
        refused.append(f"{what} not computed: {error}")
        return None


def _responders(table: EndpointsTable, refused: list[str]) -> Responders | None:
    """The index over endpoints that are a change and have a relevant difference."""
    import numpy as np

    from ultrarare.stats.endpoints.responder import responder_index

    chosen = [k for k, e in enumerate(table.endpoints) if e.responds]
    if not chosen:
        refused.append(
            "no responder index: no endpoint has both a baseline (or `change: true`) and a "
            "relevant difference"
        )
        return None
    own = [table.endpoints[k] for k in chosen]
    return responder_index(
        np.array(table.values, dtype=np.float64)[:, chosen],
        [e.relevant_difference or 0.0 for e in own],
        [e.improves for e in own],
        [e.domain or e.label for e in own],
    )


def _responder_test(
    table: EndpointsTable, found: Responders | None, draws: int, rng: np.random.Generator
) -> BoundedTest | None:
    from ultrarare.stats.endpoints.responder import compare_responders

    if found is None:
        return None
    return compare_responders(found, table.treated, draws=draws, rng=rng)


def _doubts(o: Outcomes) -> list[str]:
    said = list(o.uneven)
    if o.counts[1] < _FEWEST:
        said.append(f"fewer than {_FEWEST} untreated people")
    return said
