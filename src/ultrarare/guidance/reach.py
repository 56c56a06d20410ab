"""Which verdicts a requirement can take, and the fewest findings that give each.

For those who write packs: a row that nothing can support, or that nothing can leave open, is a
mistake, and an example beside each verdict shows what the row means. The search is over findings
that differ in what the row's predicate reads; it is exhaustive where there are few of them, and
seeded otherwise.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, combinations

from pydantic import BaseModel

from ultrarare.case.case import Modality
from ultrarare.case.finding import Attribute, Ladder, Tier
from ultrarare.case.vocabulary import vocabulary
from ultrarare.guidance.assessment import Verdict
from ultrarare.guidance.comparison import AtLeast, AtMost, Equals, Within
from ultrarare.guidance.example import Example, ExampleFinding, asked_of, judge
from ultrarare.guidance.predicate import AppliesWhen, NotSameFindingAs
from ultrarare.guidance.relation import Before, IndependentOf, LockBeforeDose
from ultrarare.guidance.requirement import Requirement
from ultrarare.guidance.selection import Question, Selection
from ultrarare.guidance.shown import LadderAtLeast

_MOST_TRIED = 1600
_DIRECTIONS = ("supports", "contradicts", "inconclusive")


def reachable(row: Requirement) -> dict[Verdict, Example]:
    """Every verdict that the search reached, with the smallest set of findings that gives it.

    Args:
        row: the requirement; its phase is taken to be due.

    Returns:
        Verdict to an example, fewest findings first. Not applicable to another modality is
        reached too where the row is asked of some only.
    """
    found: dict[Verdict, Example] = {}
    variants = list(dict.fromkeys(_variants(row.predicate)))
    full = _full(variants)
    near = list(_changed(full, variants))
    every = dict.fromkeys((*full, *variants, *chain.from_iterable(near)))
    whole = {one: one.finding(f"{one.kind}/{k}") for k, one in enumerate(every)}

    def verdict_of(modality: Modality, chosen: Iterable[ExampleFinding]) -> Verdict:
        return judge(row, modality, (whole[one] for one in chosen))

    for modality in _modalities(row):
        given = partial(verdict_of, asked_of(row, modality))
        for chosen in chain(_thinned(full, given), near, _subsets(variants)):
            verdict = given(chosen)
            known = found.get(verdict)
            if known is None or len(chosen) < len(known.findings):
                fewest = list(_thinned(chosen, given))[-1]
                found[verdict] = Example(verdict=verdict, modality=modality, findings=fewest)
    return found


def _verdict(row: Requirement, modality: str | None, chosen: tuple[ExampleFinding, ...]) -> Verdict:
    return Example(verdict=Verdict.MISSING, modality=modality, findings=chosen).answer(row)


def _full(variants: Sequence[ExampleFinding]) -> tuple[ExampleFinding, ...]:
    """One finding of every kind, with the first value of each attribute that is read of it."""
    held: dict[str, ExampleFinding] = {}
    for one in variants:
        known = held.setdefault(one.kind, one)
        held[one.kind] = known.model_copy(
            update={
                "attributes": {**one.attributes, **known.attributes},
                "estimate": known.estimate or one.estimate,
                "n": one.n if known.n is None else known.n,
                "ladder": known.ladder or one.ladder,
                "datasets": (),
            }
        )
    return tuple(held.values())


def _thinned(
    full: tuple[ExampleFinding, ...], given: Callable[[Iterable[ExampleFinding]], Verdict]
) -> Iterator[tuple[ExampleFinding, ...]]:
    """The full set, then without each finding that its verdict does not need."""
    verdict = given(full)
    kept = full
    yield kept
    for one in full:
        fewer = tuple(other for other in kept if other is not one)
        if given(fewer) is verdict:
            kept = fewer
            yield kept


def _modalities(row: Requirement) -> Iterable[str | None]:
    """That which the row is asked of, and one that it is not asked of, if there is any."""
    yield None
    asked = {m.value for m in row.modality}
    for one in _parts(row.predicate):
        if isinstance(one, AppliesWhen):
            yield from (m.value for m in one.modality)
            asked |= {m.value for m in one.modality}
    if asked and "other" not in asked:
        yield "other"


def _changed(
    full: tuple[ExampleFinding, ...], variants: Sequence[ExampleFinding]
) -> Iterator[tuple[ExampleFinding, ...]]:
    """The full set with one finding left out, or saying one thing otherwise."""
    for k, one in enumerate(full):
        before, after = full[:k], full[k + 1 :]
        yield (*before, *after)
        for other in variants:
            if other.kind != one.kind:
                continue
            told = {
                "attributes": {**one.attributes, **other.attributes},
                "direction": other.direction,
                "estimate": other.estimate or one.estimate,
                "n": one.n if other.n is None else other.n,
                "ladder": other.ladder or one.ladder,
                "tier": other.tier or one.tier,
            }
            yield (*before, one.model_copy(update=told), *after)


def _subsets(variants: Sequence[ExampleFinding]) -> Iterator[tuple[ExampleFinding, ...]]:
    """None, each alone, pairs and so on while there are few; then some at random."""
    count = 0
    for size in range(len(variants) + 1):
        for chosen in combinations(variants, size):
            yield chosen
            count += 1
            if count >= _MOST_TRIED // 2:
                break
        if count >= _MOST_TRIED // 2:
            break
    else:
        return
    draw = random.Random(1)  # noqa: S311 -- a search, not a secret
    by_kind: dict[str, list[ExampleFinding]] = {}
    for one in variants:
        by_kind.setdefault(one.kind, []).append(one)
    for _ in range(_MOST_TRIED // 2):
        share = draw.random()
        yield tuple(draw.choice(some) for some in by_kind.values() if draw.random() < share)


def _parts(question: BaseModel) -> Iterator[Question]:
    """The question and every question inside it."""
    if isinstance(question, Question):
        yield question
    for name in type(question).model_fields:
        held = getattr(question, name)
        for one in held if isinstance(held, tuple) else (held,):
            if isinstance(one, Question):
                yield from _parts(one)


def _variants(predicate: BaseModel) -> Iterator[ExampleFinding]:
    for one in _parts(predicate):
        if isinstance(one, LockBeforeDose):
            for flag in (True, False):
                yield ExampleFinding(kind="plan.lock", attributes={"before_first_dose": flag})
        elif isinstance(one, Before):
            for time in (1, 3):
                yield ExampleFinding(kind=one.first, attributes={one.first_field: time})
            yield ExampleFinding(kind=one.then, attributes={one.then_field: 2})
        elif isinstance(one, AppliesWhen) and one.kind is not None:
            yield from _telling(one)
        elif isinstance(one, NotSameFindingAs):
            for kind in one.others:
                yield ExampleFinding(kind=kind, measure="m", datasets=("d",))
        if isinstance(one, Selection):
            yield from _selected(one)
        elif (kinds := getattr(one, "kind", None)) and isinstance(kinds, tuple):
            yield from (ExampleFinding(kind=kind) for kind in kinds)


def _telling(one: AppliesWhen) -> Iterator[ExampleFinding]:
    assert one.kind is not None  # noqa: S101 -- for the reader; the caller has looked
    if one.attribute is None:
        yield ExampleFinding(kind=one.kind)
        return
    sort = vocabulary()[one.kind].attributes[one.attribute]
    other = {"number": -1, "flag": True, "text": "something else"}[sort]
    for value in (*one.among, *one.other_than, other):
        yield ExampleFinding(kind=one.kind, attributes={one.attribute: value})


def _selected(one: Selection) -> Iterator[ExampleFinding]:
    """Findings of the kinds it reads, passing its filters, that say each thing it can tell."""
    where = {name: some[0] for name, some in one.where.items()}
    for kind in one.kind:
        base = ExampleFinding(
            kind=kind,
            attributes=where,
            origin="declared" if not one.origin else one.origin[0].value,
            planned=one.planned[0].value if one.planned else None,
            ladder=one.ladder.value if one.ladder is not None else None,
            tier=one.tier.value if one.tier is not None else None,
        )
        yield from chain(_directed(one, base), _valued(one, base))


def _directed(one: Selection, base: ExampleFinding) -> Iterator[ExampleFinding]:
    for direction in _DIRECTIONS:
        yield base.model_copy(update={"direction": direction})
    if isinstance(one, LadderAtLeast):
        for rung in (one.rung, Ladder.E):
            yield base.model_copy(update={"ladder": rung.value})
    if one.tier is not None:
        yield base.model_copy(update={"tier": Tier.PATHWAY.value})
    if isinstance(one, IndependentOf):
        yield base.model_copy(update={"datasets": ("d",)})
        for kind in one.of:
            yield ExampleFinding(kind=kind)
            yield ExampleFinding(kind=kind, datasets=("d",))


def _valued(one: Selection, base: ExampleFinding) -> Iterator[ExampleFinding]:
    if isinstance(one, Equals):
        sort = vocabulary()[base.kind].attributes.get(one.attribute, "text")
        others = {"number": (-1,), "flag": (True, False), "text": ("something else",)}[sort]
        for value in dict.fromkeys((*one.allowed, *one.against, *others)):
            yield _with(base, one.attribute, value)
    elif isinstance(one, AtLeast):
        yield from (_numbered(base, one, v) for v in (one.bound, one.bound - 1))
    elif isinstance(one, AtMost):
        yield from (_numbered(base, one, v) for v in (one.bound, one.bound + 1))
    elif isinstance(one, Within):
        yield from (_numbered(base, one, v) for v in (one.lowest, one.highest + 1))


def _with(base: ExampleFinding, name: str, value: Attribute) -> ExampleFinding:
    return base.model_copy(update={"attributes": {**base.attributes, name: value}})


def _numbered(base: ExampleFinding, one: AtLeast | AtMost | Within, value: float) -> ExampleFinding:
    if one.field.startswith("estimate."):
        side = one.field.removeprefix("estimate.")
        return base.model_copy(update={"estimate": {side: value, "unit": one.unit}})
    if one.field == "n":
        return base.model_copy(update={"n": int(value)})
    return _with(base, one.field, value)
