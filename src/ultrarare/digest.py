"""Identity of bytes and of values: sha256, and sha256 over RFC 8785 canonical JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import rfc8785

_CHUNK = 1 << 20


def of_bytes(data: bytes) -> str:
    """`sha256:` and the hex digest of `data`."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def of_file(path: Path) -> str:
    """Digest of a file's bytes, read in chunks so that its size does not matter."""
    state = hashlib.sha256()
    with path.open("rb") as handle:
        while chunk := handle.read(_CHUNK):
            state.update(chunk)
    return f"sha256:{state.hexdigest()}"


def canonical(value: Any) -> bytes:
    """RFC 8785 canonical JSON of a JSON value: one byte string for one meaning.

    Raises:
        rfc8785.CanonicalizationError: a value JSON has no canonical form for (NaN, a huge int).
    """
    return rfc8785.dumps(_plain(value))


def of_value(value: Any) -> str:
    """Digest of a JSON value, independent of key order and white space."""
    return of_bytes(canonical(value))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_plain(item) for item in value]
    return value
