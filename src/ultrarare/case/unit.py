"""Units as UCUM codes: whether a code is one, and whether two measure the same thing."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from ultrarare.errors import InputError

COMMON: Final = frozenset(
    "1 % {score} {points} {events} {reads} {count} d wk mo a h min s kg g mg ug ng m cm mm m2 "
    "L dL mL uL mol mmol umol nmol pmol mol/L mmol/L umol/L nmol/L pmol/L mmol/mol g/L mg/dL mg/L "
    "ug/L ng/mL ug/mL mg/kg ug/kg U/L U/mL [IU]/L 10*9/L 10*12/L /d /wk /mo /a 1/d 1/mo 1/a "
    "mL/min mL/m2/d mg/kg/d g/kg/d kg/m2 Cel".split()
)
"""Codes seen so often that building the registry for them would be a waste; a test holds each
against the registry."""


@cache
def _registry() -> Any:
    # Built on first use: it takes over a second, and the common codes never need it.
    import warnings

    import ucumvert

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ucumvert.PintUcumRegistry()


@cache
def why_not_ucum(code: str) -> str | None:
    """Why `code` is no UCUM unit; None if it is one.

    A unit without dimension is written `1`, percent `%`, and annotations stand in braces
    (`1/{score}`).
    """
    if not code or code != code.strip():
        return f"found {code!r}; allowed is a UCUM code without spaces around it"
    if code in COMMON:
        return None
    from lark.exceptions import LarkError

    try:
        _registry().from_ucum(code)
    except (LarkError, ValueError, KeyError, AttributeError, TypeError):
        return f"found {code!r}, which is no UCUM code; for example umol/L, mg/kg, d, 1/a, 1"
    return None


_SPOKEN: Final = {
    "1": "",
    "d": "days",
    "wk": "weeks",
    "mo": "months",
    "a": "years",
    "{score}": "points",
    "{points}": "points",
    "1/d": "per day",
    "1/mo": "per month",
    "1/a": "per year",
    "mL/m2/d": "mL/m²/day",
}


def spoken(code: str) -> str:
    """A UCUM code as a reader says it: `a` is years, `{score}` is score; others stay."""
    return _SPOKEN.get(code, code.strip("{}"))


def conversion(found: str, wanted: str, *, where: str) -> float:
    """The factor that turns a value in `found` into one in `wanted`.

    Raises:
        InputError: one of the two is no UCUM code, or they measure different things, or (as the
            scales of temperature) they differ by more than a factor.

    Notes:
        What stands in braces has no meaning in UCUM. Here `{score}` is a number, as `1` is, and no
        `{events}`.
    """
    if found == wanted:
        return 1.0
    for code in (found, wanted):
        if (why := why_not_ucum(code)) is not None:
            raise InputError(why, where=where)
    a, b = _quantity(found), _quantity(wanted)
    words = (_is_annotation(found) and _is_annotation(wanted)) or (
        a.dimensionality != b.dimensionality
    )
    if words or _registry().Quantity(0.0, a.units).to(b.units).magnitude != 0:
        raise InputError(
            f"found unit {found!r} where {wanted!r} or one that converts to it is allowed",
            where=where,
            remedy="correct the unit, or declare a second dataset for the other measure",
        )
    return float(a.to(b.units).magnitude / b.magnitude)


def _is_annotation(code: str) -> bool:
    return code.startswith("{") and code.endswith("}") and code.count("{") == 1


def _quantity(code: str) -> Any:
    # The registry gives an annotation alone back as text; in UCUM it is a number without unit.
    return _registry().from_ucum("1" if _is_annotation(code) else code)
