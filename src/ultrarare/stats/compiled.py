"""Compiled kernels: numba with its types known, and its cache used only where it can be written.

Kernels are single-threaded and without fast-math, so that the same input gives the same bits on any
number of workers. They hold no lock, so threads run them side by side. The first call in a fresh
installation pays for compilation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")


def compiled(kernel: Callable[P, R]) -> Callable[P, R]:
    """The function, compiled when it is first called.

    Args:
        kernel: a function over arrays and numbers, without Python objects.

    Notes:
        The compiled code is kept beside the source, and thrown away when any module with kernels
        changes: numba by itself looks at the kernel's own file only, and would go on with the old
        code of a kernel that it calls. Where that place cannot be written (a read-only
        installation), numba refuses to set up a cache, and the kernel is compiled once a process.
    """
    import numba

    options: dict[str, Any] = {"error_model": "numpy", "fastmath": False, "nogil": True}
    try:
        made = numba.njit(cache=True, **options)(kernel)
    except RuntimeError:  # no locator: nowhere to keep the cache
        made = numba.njit(**options)(kernel)
    else:
        made._cache._cache_file._source_stamp = kernels_digest()  # noqa: SLF001 -- no other way
    return cast("Callable[P, R]", made)


@cache
def kernels_digest() -> str:
    """SHA-256 over every module of the package that has kernels."""
    found = hashlib.sha256()
    for path in sorted(Path(__file__).parent.parent.rglob("*.py")):
        if b"stats.compiled import" in (source := path.read_bytes()):
            found.update(source)
    return found.hexdigest()
