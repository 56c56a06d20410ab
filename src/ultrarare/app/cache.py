"""A cache by content digest: a file a key, written whole or not at all.

It lies beside the dossier, so that what was derived from a patient's data stays with it.
"""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

from ultrarare import digest


class Cache:
    """A folder of results. What is put waits until `keep`, so that a run that fails leaves nothing.

    Args:
        folder: where results lie; None for no cache at all.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._waiting: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        """What was kept under `key`, or None. An entry whose bytes changed is not used."""
        path = self._path(key)
        if path is None or not path.is_file():
            return None
        data = path.read_bytes()
        found, separator, body = data.partition(b"\n")
        if not separator or found.decode("ascii", "replace") != digest.of_bytes(body):
            return None
        return body

    def put(self, key: str, body: bytes) -> None:
        """Have `body` kept under `key` when `keep` is called."""
        self._waiting[key] = body

    def keep(self) -> None:
        """Write everything that was put, each entry whole."""
        for key, body in self._waiting.items():
            path = self._path(key)
            if path is None:
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent)
            with os.fdopen(handle, "wb") as file:
                file.write(digest.of_bytes(body).encode("ascii") + b"\n" + body)
            Path(name).replace(path)
        self._waiting.clear()

    def _path(self, key: str) -> Path | None:
        return None if self.folder is None else self.folder / key.replace(":", "-")


@cache
def code_digest() -> str:
    """Digest of this package's own code, so that no result outlives the code that made it."""
    root = Path(__file__).resolve().parent.parent
    kept = (".py", ".yaml", ".toml", ".json", ".typ", ".html", ".css", ".j2")
    files = sorted(p for p in root.rglob("*") if p.suffix in kept and "examples" not in p.parts)
    return digest.of_value({str(p.relative_to(root)): digest.of_file(p) for p in files})
