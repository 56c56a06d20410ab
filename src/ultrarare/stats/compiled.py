"""Compiled kernels: numba with its types known, and its cache used only where it can be written.

Kernels are single-threaded and without fast-math, so that the same input gives the same bits on any
number of workers. They hold no lock, so threads run them side by side. The first call in a fresh
installation pays for compilation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")


def compiled(kernel: Callable[P, R]) -> Callable[P, R]:
    """The function, compiled when it is first called.

    Args:
        kernel: a function over arrays and numbers, without Python objects.

    Notes:
        The compiled code is kept beside the source. Where that place cannot be written (a read-only
        installation), numba refuses to set up a cache, and the kernel is compiled once a process.
    """
    import numba

    options: dict[str, Any] = {"error_model": "numpy", "fastmath": False, "nogil": True}
    try:
        made = numba.njit(cache=True, **options)(kernel)
    except RuntimeError:  # no locator: nowhere to keep the cache
        made = numba.njit(**options)(kernel)
    return cast("Callable[P, R]", made)
