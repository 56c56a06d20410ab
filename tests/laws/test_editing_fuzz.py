"""Mutated FASTQ files are read as the slow reader reads them, or refused as it refuses them."""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ultrarare.errors import InputError
from ultrarare.molecule.amplicon import Amplicon, tally_files
from ultrarare.molecule.editing.counting import count_files
from ultrarare.molecule.editing.panel import make_panel

SEQUENCE = "".join(np.random.default_rng(3).choice(list("ACGT"), 90))
AMPLICON = Amplicon(name="a", sequence=SEQUENCE, start=40, end=50, cut=45)
PANEL = make_panel([AMPLICON])
GOOD = "".join(f"@r{k} x\n{SEQUENCE}\n+\n{'I' * 90}\n" for k in range(6)).encode()

MUTATION = st.tuples(
    st.sampled_from(["change", "insert", "delete", "cut", "repeat"]),
    st.integers(0, 10_000),
    st.integers(0, 255) | st.sampled_from(list(b"\n\r@+NACGT\x00 I")),
)


def mutated(data: bytes, mutations) -> bytes:
    """The bytes after each mutation."""
    found = bytearray(data)
    for kind, where, value in mutations:
        at = where % max(len(found), 1)
        if kind == "change" and found:
            found[at] = value
        elif kind == "insert":
            found[at:at] = bytes([value])
        elif kind == "delete":
            del found[at : at + 1 + value % 7]
        elif kind == "cut":
            del found[at:]
        else:
            found[at:at] = found[at : at + value]
    return bytes(found)


def compared(path: Path, mate: Path | None = None, *, words: bool = True) -> None:
    """Both readers count the same, or both refuse, in the same words where there is one fault."""
    slow = counted(lambda: tally_files(path, mate, amplicon=AMPLICON))
    fast = counted(lambda: count_files(path, mate, panel=PANEL))
    if words:
        assert fast == slow
    else:
        assert (fast[0] == "error") == (slow[0] == "error")
        assert fast == slow or fast[0] == "error"


def counted(read) -> tuple[object, object]:
    """Alleles and what was refused, or the words of the error."""
    try:
        found = read()
    except InputError as error:
        return "error", str(error)
    alleles = found.alleles if hasattr(found, "alleles") else found.amplicons["a"].alleles
    return dict(alleles), dict(found.refused)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(mutations=st.lists(MUTATION, min_size=1, max_size=3))
def test_plain_files(mutations):
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "r.fastq"
        path.write_bytes(mutated(GOOD, mutations))
        compared(path)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(mutations=st.lists(MUTATION, min_size=1, max_size=2))
def test_packed_files(mutations):
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "r.fastq.gz"
        path.write_bytes(mutated(gzip.compress(GOOD, mtime=0), mutations))
        compared(path, words=False)  # a damaged block and the record it spoils are two faults


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(mutations=st.lists(MUTATION, min_size=1, max_size=2))
def test_mates_of_mutated_files(mutations):
    with tempfile.TemporaryDirectory() as name:
        one, two = Path(name) / "1.fastq", Path(name) / "2.fastq"
        one.write_bytes(GOOD)
        two.write_bytes(mutated(GOOD, mutations))
        compared(one, two)
