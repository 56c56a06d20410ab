"""Tables of a run: flat CSV, and each read with its allele."""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from ultrarare.molecule.editing.batches import Batch
    from ultrarare.molecule.editing.counting import Calls

READS: Final = "reads.csv.gz"


def to_csv(rows: list[dict[str, Any]]) -> bytes:
    """Empty where something is not known; yes and no in words."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({k: _cell(v) for k, v in row.items()})
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value


class ReadTable:
    """Each read with its allele, written beside the folder and moved in when all is there."""

    def __init__(self, out: Path | None) -> None:
        self._out = out
        self._path: Path | None = None

    def __enter__(self) -> Self:
        if self._out is not None:
            self._out.parent.mkdir(parents=True, exist_ok=True)
            handle = tempfile.NamedTemporaryFile(
                prefix=f".{self._out.name}-", suffix=".csv.gz", dir=self._out.parent, delete=False
            )
            self._path, self._handle = Path(handle.name), handle
            self._stream = gzip.GzipFile("", "wb", compresslevel=1, fileobj=handle, mtime=0)
            self._stream.write(b"read,allele,why_not\n")
        return self

    def add(self, batch: Batch, calls: Calls) -> None:
        """Write a batch."""
        from ultrarare.molecule.editing.naming import name_rows

        self._stream.write(name_rows(batch, calls))

    def keep(self) -> None:
        """Move the table into the folder."""
        if self._out is not None and self._path is not None:
            self._stream.close()
            self._handle.close()
            self._path.chmod(0o644)  # a temporary file is for its owner only
            self._path.replace(self._out / READS)
            self._path = None

    def __exit__(self, *_: object) -> None:
        if self._path is not None:
            self._stream.close()
            self._handle.close()
            self._path.unlink(missing_ok=True)
