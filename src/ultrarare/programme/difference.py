"""Two settings side by side, thing by thing: identical, within range, changed or unknown.

What is not known on one side is unknown, also where both sides name the same thing: a component
whose version nobody knows is identical to nothing, not even to itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ultrarare.case.case import Modality
from ultrarare.case.unit import conversion
from ultrarare.errors import InputError
from ultrarare.programme.component import NONE, ROLES, SEQUENCES, Component, Dose, Range, Role
from ultrarare.programme.dependence import FACTORS, Factor
from ultrarare.programme.programme import Programme, ProgrammeProduct
from ultrarare.programme.record import Record


class Sameness(StrEnum):
    """How two things stand to each other."""

    IDENTICAL = "identical"
    WITHIN = "within range"
    UNKNOWN = "unknown"
    CHANGED = "changed"


_ORDER = tuple(Sameness)
Thing = Component | Dose | str | None
SettingOf = Mapping[Factor, Thing]

_OLIGO: tuple[Role, ...] = ("oligo", "process", "site")
_NEEDED: Mapping[Modality, tuple[Role, ...]] = {
    Modality.GENOME_EDITING: ("guide", "editor", "vehicle", "process", "site"),
    Modality.ASO: _OLIGO,
    Modality.SIRNA: _OLIGO,
    Modality.OTHER: (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing on both sides.

    Attributes:
        on: which thing.
        status: how the two stand to each other.
        reference, new: both in words; None where not known.
        reason: why this status, in a sentence without a full stop.
    """

    on: Factor
    status: Sameness
    reference: str | None
    new: str | None
    reason: str

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "on": self.on,
            "status": self.status.value,
            "reference": self.reference,
            "new": self.new,
            "reason": self.reason,
        }


def worst(found: Iterable[Sameness]) -> Sameness:
    """The one that asks for most; identical where there is none."""
    return max(found, key=_ORDER.index, default=Sameness.IDENTICAL)


def setting_of_product(programme: Programme, product: ProgrammeProduct) -> SettingOf:
    """What a product is made of, for whom and how it is given.

    A role that its modality does not need and that it does not name is one that it has not; one
    that it names as null, or that it needs and does not name, is not known.
    """
    needed = _NEEDED[product.modality]
    variant = programme.variant(product.variant)
    names = {r: product.components.get(r, None if r in needed else NONE) for r in ROLES}
    parts = {role: _part(programme, name) for role, name in names.items()}
    return {
        **dict[Factor, Thing](parts.items()),
        "chemistry": _chemistry(parts, product.modality),
        "variant": variant.id,
        "gene": variant.gene,
        "consequence": variant.consequence,
        "disease": variant.disease,
        "tissue": product.tissue,
        "route": product.route,
        "dose": product.dose,
        "endpoint": product.endpoint,
    }


def setting_of_record(programme: Programme, record: Record, modality: Modality) -> SettingOf:
    """In what a record was made, as it says; nothing is filled in from its product."""
    rests = record.rests_on
    parts = {role: _part(programme, getattr(rests, role)) for role in ROLES}
    rest = {name: getattr(rests, name) for name in FACTORS if name not in (*ROLES, "chemistry")}
    return {**dict[Factor, Thing](parts.items()), "chemistry": _chemistry(parts, modality), **rest}


def _part(programme: Programme, name: str | None) -> Component | str | None:
    return NONE if name == NONE else programme.component(name)


def _chemistry(parts: Mapping[Role, Component | str | None], modality: Modality) -> str | None:
    if modality is Modality.OTHER:
        return None
    part = parts["guide" if modality is Modality.GENOME_EDITING else "oligo"]
    return part.chemistry if isinstance(part, Component) else None


def differences(
    reference: SettingOf,
    new: SettingOf,
    *,
    modality: Modality,
    ranges: Sequence[Range] = (),
) -> tuple[Difference, ...]:
    """Everything that a product of this modality has, on both sides.

    Args:
        reference: what is compared with.
        new: what is asked about.
        modality: of the new product; it says which components there must be.
        ranges: within which versions of a component are alike.

    Returns:
        One entry a thing, in the order of `FACTORS`. A role that neither side has is left out, and
        so is the sequence of another modality.
    """
    return tuple(
        _difference(factor, reference.get(factor), new.get(factor), ranges)
        for factor in FACTORS
        if not _left_out(factor, reference.get(factor), new.get(factor), modality)
    )


def _left_out(factor: Factor, a: Thing, b: Thing, modality: Modality) -> bool:
    if b != NONE or factor not in ROLES:
        return False
    return a == NONE or (factor in SEQUENCES and factor not in _NEEDED[modality])


def _difference(factor: Factor, a: Thing, b: Thing, ranges: Sequence[Range]) -> Difference:
    status, reason = _compared(a, b, [one for one in ranges if one.role == factor])
    return Difference(on=factor, status=status, reference=_words(a), new=_words(b), reason=reason)


def _words(thing: Thing) -> str | None:
    if isinstance(thing, Component) and thing.bases is not None:
        return f"{thing}, {thing.bases}"
    return None if thing is None else str(thing)


def _compared(a: Thing, b: Thing, ranges: Sequence[Range]) -> tuple[Sameness, str]:
    if a is None or b is None:
        side = "on both sides" if a is b else "of the reference" if a is None else "of the new one"
        return Sameness.UNKNOWN, f"not known {side}"
    if NONE in (a, b):
        return Sameness.CHANGED, "one side has none"
    if isinstance(a, Component) and isinstance(b, Component):
        return _sequences(a, b) if a.role in SEQUENCES else _parts(a, b, ranges)
    if isinstance(a, Dose) and isinstance(b, Dose):
        return _doses(a, b)
    same = a == b
    return (Sameness.IDENTICAL, "the same") if same else (Sameness.CHANGED, "not the same")


def _sequences(a: Component, b: Component) -> tuple[Sameness, str]:
    if a.bases is None or b.bases is None:
        return Sameness.UNKNOWN, "a sequence is not known"
    if a.bases != b.bases:
        return Sameness.CHANGED, "another sequence"
    return _versions(a, b, "the same sequence")


def _versions(a: Component, b: Component, told: str) -> tuple[Sameness, str]:
    if a.version is None or b.version is None:
        return Sameness.UNKNOWN, f"{told}; a version is not known"
    if a.version != b.version:
        return Sameness.CHANGED, f"{told}, another version"
    return Sameness.IDENTICAL, f"{told} and version"


def _parts(a: Component, b: Component, ranges: Sequence[Range]) -> tuple[Sameness, str]:
    if a.name != b.name:
        return Sameness.CHANGED, "another one"
    status, reason = _versions(a, b, "the same name")
    if status is not Sameness.CHANGED or not ranges:
        return (
            status,
            reason if status is not Sameness.CHANGED else f"{reason}, and no range is set",
        )
    for one in ranges:
        values = [part.characteristics.get(one.characteristic) for part in (a, b)]
        if None in values:
            return Sameness.UNKNOWN, f"another version; its {one.characteristic} is not known"
        if not all(one.low <= value <= one.high for value in values if value is not None):
            told = f"{one.low:g} to {one.high:g} {one.unit}"
            return Sameness.CHANGED, f"another version; {one.characteristic} is outside {told}"
    names = ", ".join(one.characteristic for one in ranges)
    return Sameness.WITHIN, f"another version, within the programme's range of {names}"


def _doses(a: Dose, b: Dose) -> tuple[Sameness, str]:
    if a.of != b.of:
        return Sameness.UNKNOWN, f"doses of {a.of} and of {b.of} are not compared"
    try:
        factor = conversion(b.unit, a.unit, where="dose")
    except InputError:
        return Sameness.UNKNOWN, f"{a.unit} and {b.unit} do not convert into each other"
    low, high = b.low * factor, b.high * factor
    if _close(low, a.low) and _close(high, a.high):
        return Sameness.IDENTICAL, "the same doses"
    within = (low > a.low or _close(low, a.low)) and (high < a.high or _close(high, a.high))
    if within:
        return Sameness.WITHIN, "within the doses of the reference"
    return Sameness.CHANGED, "outside the doses of the reference"


def _close(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-9 * max(abs(a), abs(b))
