"""The example cases that ship with the package."""

from __future__ import annotations

from pathlib import Path

import ultrarare
from ultrarare.errors import NotFound


def examples_root() -> Path:
    """Where the examples lie: inside an installed package, or beside `src` in a checkout."""
    package = Path(ultrarare.__file__).resolve().parent
    for root in (package / "examples", package.parent.parent / "examples"):
        if root.is_dir():
            return root
    raise NotFound("the examples are not installed", where=str(package))


def example_folder(name: str) -> Path:
    """The folder of an example.

    Raises:
        NotFound: there is no such example; names those there are.
    """
    root = examples_root()
    known = sorted(path.parent.name for path in root.glob("*/case.yaml"))
    if name not in known:
        raise NotFound(f"no example {name!r}; there are: {', '.join(known)}", where="example")
    return root / name
