"""One patient's episodes after dosing under three accounts of the untreated course."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ultrarare.errors import InputError, NotComputable
from ultrarare.stats.arrays import require_level
from ultrarare.stats.episodes import predict_count
from ultrarare.stats.remission import LongestGap, compare_longest_gap
from ultrarare.stats.remission_layers import (
    LAYERS,
    Layer,
    LayerName,
    Untreated,
    empirical_layer,
    gamma_layer,
    state_layer,
)
from ultrarare.stats.states_records import Observed
from ultrarare.words import counted

_ONE_ORDER: Final = 10.0
"""Fewer stays than this in the patient's record: dwell times and follow-up are of one order."""
_BETTER: Final = 4.0
"""Difference in AIC from which the states are said to describe the cohort better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeComparison:
    """Episodes after dosing under all layers; `p_value` is the largest, or the planned one's."""

    y0: int
    t1: float
    y1: int
    t2: float
    level: float
    alpha: float
    remission: float  # from dosing to the first event, or to the end of observation
    remission_ended: bool  # by an event
    since_last_event: float | None  # from the last event before dosing to the first after; or end
    layers: tuple[Layer, ...]
    p_value: float
    p_remission: float
    p_value_from: LayerName
    planned: bool
    rate_ratio: float
    rate_ratio_lower: float
    rate_ratio_upper: float | None
    rate_ratio_from: str  # a layer, or all of them: the value of one, the widest limits of all
    naive_rate_ratio: float | None  # before and after as if nothing had selected the person
    naive_p: float | None  # of the binomial test
    longest_gap: LongestGap
    aic_difference: float | None
    caveats: tuple[str, ...]

    def layer(self, name: LayerName) -> Layer:
        """The layer of this name."""
        return next(layer for layer in self.layers if layer.name == name)

    def summary(self) -> str:
        """A few lines for a terminal."""
        top = "no limit" if self.rate_ratio_upper is None else f"{self.rate_ratio_upper:.3g}"
        lines = [
            f"{counted(self.y1, 'event')} in {self.t2:g} after {self.y0} in {self.t1:g}; one-sided "
            f"p {self.p_value:.3g} ({self.p_value_from}); rate ratio {self.rate_ratio:.3g} "
            f"({self.rate_ratio_lower:.3g} to {top})"
        ]
        lines += [
            f"{layer.name}: one-sided p {_shown(layer.p_count)} of the count and "
            f"{_shown(layer.p_remission)} of the remission, smallest attainable "
            f"{_shown(layer.floor)}"
            for layer in self.layers
        ]
        return "\n".join((*lines, *self.caveats))

    def to_rows(self) -> list[dict[str, Any]]:
        """One row a layer."""
        return [{"layer": layer.name, **layer.to_json()} for layer in self.layers]


def compare_episodes(
    untreated: Untreated,
    before: Observed,
    after: Observed,
    *,
    dosed_at: float,
    planned_layer: LayerName | None = None,
    level: float = 0.95,
    alpha: float = 0.05,
) -> EpisodeComparison:
    """Compare the patient's course after dosing with all three accounts.

    Args:
        untreated: from `describe_untreated`.
        before: the patient's whole record up to dosing.
        after: the record from dosing on.
        dosed_at: when, on the patient's clock.
        planned_layer: the layer whose p value was chosen before the data; None reports the
            largest.
        level: coverage of the intervals.
        alpha: one-sided level that caveats are written for.

    Raises:
        InputError: no such layer, a bad level, or records on the wrong side of dosing.
        NotComputable: the planned layer cannot be computed.
    """
    require_level(level)
    if planned_layer is not None and planned_layer not in LAYERS:
        raise InputError(
            f"found {planned_layer!r}; allowed are {', '.join(LAYERS)}", where="planned_layer"
        )
    if before.times is None or after.times is None:
        raise InputError("the patient's episodes must be dated", where="before")
    first = float(after.times[0]) if after.times.size else None
    remission = (float(after.spans[-1, 1]) if first is None else first) - dosed_at
    constant = predict_count(
        untreated.gamma_poisson,
        before.events,
        before.time,
        after.events,
        after.time,
        level,
        dwell_time=untreated.dwell,
    )
    layers = (
        gamma_layer(untreated.gamma_poisson, constant, before, after, remission),
        state_layer(untreated.process, before, after, dosed_at, first, level),
        empirical_layer(untreated, before, after, remission, dosed_at, level),
    )
    chosen = _chosen(layers, planned_layer)
    ratio = _ratio(layers, chosen, planned=planned_layer is not None)
    last = float(before.times[-1]) if before.times.size else None
    longest = max(each for layer in layers if (each := layer.p_remission) is not None)
    return EpisodeComparison(
        y0=before.events,
        t1=before.time,
        y1=after.events,
        t2=after.time,
        level=level,
        alpha=alpha,
        remission=remission,
        remission_ended=first is not None,
        since_last_event=None if last is None else remission + dosed_at - last,
        layers=layers,
        p_value=_known(chosen.p_count),
        p_remission=longest if planned_layer is None else _known(chosen.p_remission),
        p_value_from=chosen.name,
        planned=planned_layer is not None,
        rate_ratio=ratio[0],
        rate_ratio_lower=ratio[1],
        rate_ratio_upper=ratio[2],
        rate_ratio_from=ratio[3],
        naive_rate_ratio=constant.naive_rate_ratio,
        naive_p=constant.naive_p,
        longest_gap=compare_longest_gap(after, untreated.records),
        aic_difference=untreated.aic_difference,
        caveats=tuple(
            dict.fromkeys(
                (
                    *_warnings(untreated, layers, chosen, before.time + after.time, alpha),
                    *(caveat for layer in layers for caveat in layer.caveats),
                )
            )
        ),
    )


def _known(value: float | None) -> float:
    assert value is not None  # noqa: S101 -- a computed layer has all of its numbers
    return value


def _chosen(layers: Sequence[Layer], planned: LayerName | None) -> Layer:
    """The planned layer, or the one with the largest p."""
    if planned is None:
        computed = [layer for layer in layers if layer.p_count is not None]
        return max(computed, key=lambda layer: _known(layer.p_count))
    layer = next(layer for layer in layers if layer.name == planned)
    if layer.p_count is None:
        raise NotComputable(
            f"the planned layer {planned!r} cannot be computed",
            where="planned_layer",
            remedy=layer.caveats[0],
        )
    return layer


def _ratio(
    layers: Sequence[Layer], chosen: Layer, *, planned: bool
) -> tuple[float, float, float | None, str]:
    """Value, limits and source of the rate ratio.

    The planned layer's own; else the value of the model with the larger p and limits that hold
    those of every model, since the larger p comes from the model that expects less and would
    place the ratio too high.
    """
    models = [layer for layer in layers if layer.rate_ratio is not None]
    if planned and chosen in models:
        value, low = _known(chosen.rate_ratio), _known(chosen.rate_ratio_lower)
        return value, low, chosen.rate_ratio_upper, chosen.name
    value = _known(max(models, key=lambda layer: _known(layer.p_count)).rate_ratio)
    low = min(_known(layer.rate_ratio_lower) for layer in models)
    tops = [layer.rate_ratio_upper for layer in models]
    high = None if None in tops else max(_known(top) for top in tops)
    return value, low, high, "all models" if len(models) > 1 else models[0].name


def _warnings(
    untreated: Untreated,
    layers: Sequence[Layer],
    chosen: Layer,
    record: float,
    alpha: float,
) -> Iterable[str]:
    dwell, gain = untreated.dwell, untreated.aic_difference
    if dwell is not None and record < _ONE_ORDER * dwell:
        yield (
            f"stays in a state last {dwell:.3g} on average and the patient's whole record "
            f"{record:.3g}: dwell times and follow-up are of one order, so a change after dosing "
            "may be a change of state"
        )
    if gain is not None and gain > _BETTER:
        yield (
            f"the states describe the untreated people better than constant rates (AIC lower by "
            f"{gain:.3g}): the p value of the gamma-poisson layer is then too small"
        )
    for layer in layers:
        if layer.floor is not None and layer.floor > alpha:
            yield (
                f"the {layer.name} layer cannot reject whatever is seen: without treatment a "
                f"course without any event has probability {layer.floor:.2g} in it, above {alpha:g}"
                if layer.name != "empirical"
                else f"the empirical layer cannot reject whatever is seen: its smallest p value is "
                f"{layer.floor:.2g}, above {alpha:g}"
            )
    if not any(layer.p_count is not None for layer in layers if layer.name != "gamma-poisson"):
        yield "only one layer could be computed, and it takes rates as constant"
    elif chosen.name == "gamma-poisson" and dwell is not None:
        yield "the p value is that of constant rates, though the untreated people show states"


def _shown(value: float | None) -> str:
    return "not computed" if value is None else f"{value:.3g}"
