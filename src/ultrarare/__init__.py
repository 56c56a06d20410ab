"""From the case folder of a therapy made for one patient to a dossier that can be traced.

Everything the command line does is one import away; a name is loaded when it is first used, so
that the command line stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ultrarare.app.analyse import analyse as analyse
    from ultrarare.app.assess import assess as assess
    from ultrarare.app.dossier import write_dossier as write_dossier
    from ultrarare.case.folder import read_case as read_case

__version__ = "0.1.0"

_HOME = {
    "read_case": "ultrarare.case.folder",
    "analyse": "ultrarare.app.analyse",
    "assess": "ultrarare.app.assess",
    "write_dossier": "ultrarare.app.dossier",
}

__all__ = ["analyse", "assess", "read_case", "write_dossier"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'ultrarare' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
