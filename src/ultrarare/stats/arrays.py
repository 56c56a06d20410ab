"""Arrays as values: read-only once they sit in a result, and checked once on the way in."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ultrarare.errors import InputError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def freeze(result: DataclassInstance) -> None:
    """Replace every array field of a frozen dataclass by a read-only copy of its own.

    Args:
        result: an instance inside its own `__post_init__`; frozen alone is shallow.
    """
    for field in fields(result):
        value = getattr(result, field.name)
        if isinstance(value, np.ndarray):
            own = value.copy()
            own.flags.writeable = False
            object.__setattr__(result, field.name, own)


def finite_vector(values: npt.ArrayLike, where: str) -> Floats:
    """The values as a one-dimensional float array, all finite and at least one.

    Args:
        values: (n,) numbers, n ≥ 1; a missing value is an error here, never a zero.
        where: the argument's name, for the message.

    Raises:
        InputError: not numbers, not one-dimensional, empty, or a value that is not finite.
    """
    out = _numbers(values, where)
    if out.ndim != 1:
        raise InputError(f"{out.ndim} dimensions, allowed is one", where=where)
    if out.size == 0:
        raise InputError("no value, at least one is needed", where=where)
    if (bad := np.flatnonzero(~np.isfinite(out))).size:
        raise InputError(
            f"every value must be finite, but {bad.size} of {out.size} is not; "
            f"first: {float(out[bad[0]])}",
            where=f"{where}[{bad[0]}]",
        )
    return out


def _numbers(values: npt.ArrayLike, where: str) -> Floats:
    """`values` as floats; None becomes NaN, which the caller then reports as not finite."""
    try:
        return np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"not an array of numbers: {error}", where=where) from error


def non_negative_vector(values: npt.ArrayLike, where: str) -> Floats:
    """The values as a float array, all finite and ≥ 0.

    Args:
        values: (n,) numbers ≥ 0, n ≥ 1.
        where: the argument's name, for the message.

    Raises:
        InputError: as `finite_vector`, or a value below zero.
    """
    out = finite_vector(values, where)
    if (bad := np.flatnonzero(out < 0)).size:
        raise InputError(
            f"every value must be ≥ 0, but {bad.size} of {out.size} is not; first: {out[bad[0]]:g}",
            where=f"{where}[{bad[0]}]",
        )
    return out


def count_vector(values: npt.ArrayLike, where: str) -> Counts:
    """The values as whole numbers ≥ 0.

    Args:
        values: (n,) counts, n ≥ 1; 3.0 is a count, 3.5 is not.
        where: the argument's name, for the message.

    Raises:
        InputError: as `non_negative_vector`, or a value that is no whole number.
    """
    out = non_negative_vector(values, where)
    if (bad := np.flatnonzero(out != np.floor(out))).size:
        raise InputError(
            f"a count is a whole number, but {bad.size} of {out.size} is not; "
            f"first: {out[bad[0]]:g}",
            where=f"{where}[{bad[0]}]",
        )
    return out.astype(np.int64)


def flag_vector(values: npt.ArrayLike, where: str) -> Flags:
    """The values as booleans; only True/False or 1/0 are read.

    Args:
        values: (n,) flags, n ≥ 1. NaN and other numbers are errors, never True.
        where: the argument's name, for the message.

    Raises:
        InputError: as `finite_vector`, or a value that is neither 0 nor 1.
    """
    out = finite_vector(values, where)
    if (bad := np.flatnonzero((out != 0) & (out != 1))).size:
        raise InputError(
            f"{out[bad[0]]:g} is neither 0 nor 1; allowed are True and False",
            where=f"{where}[{bad[0]}]",
        )
    return out.astype(np.bool_)


def same_length(**arrays: npt.NDArray[Any]) -> None:
    """Nothing, if all arrays are of one length.

    Args:
        arrays: one-dimensional arrays by the caller's argument names.

    Raises:
        InputError: the lengths differ; the message gives each.
    """
    if len({array.size for array in arrays.values()}) > 1:
        found = ", ".join(f"{name} has {array.size}" for name, array in arrays.items())
        raise InputError(f"lengths must be equal, but {found}", where=next(iter(arrays)))


def require_level(level: float) -> None:
    """Nothing, if `level` is a coverage strictly between 0 and 1.

    Raises:
        InputError: the level lies elsewhere, or is NaN.
    """
    if not 0 < level < 1:
        raise InputError(f"level must lie between 0 and 1, not {level:g}", where="level")


def require_positive(value: float, where: str) -> None:
    """Nothing, if `value` is finite and above 0.

    Raises:
        InputError: zero, below zero, infinite or NaN.
    """
    if not (np.isfinite(value) and value > 0):
        raise InputError(f"must be finite and above 0, not {value:g}", where=where)
