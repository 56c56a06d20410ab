"""Damaged files are errors with the slow reader's words, and nothing is counted from a part."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from ultrarare.errors import InputError
from ultrarare.molecule.amplicon import Amplicon
from ultrarare.molecule.editing.counting import count_files
from ultrarare.molecule.editing.panel import make_panel
from ultrarare.molecule.reads import read_fragments

SEQUENCE = "".join(np.random.default_rng(3).choice(list("ACGT"), 120))
PANEL = make_panel([Amplicon(name="a", sequence=SEQUENCE, start=50, end=70, cut=60)])
RECORD = f"@r1 x\n{SEQUENCE}\n+\n{'I' * 120}\n"


def faults() -> dict[str, bytes]:
    """Every way in which a FASTQ file is no FASTQ file."""
    good = RECORD.encode()
    packed = gzip.compress(good * 50, mtime=0)
    crc = bytearray(packed)
    crc[-6] ^= 1
    size = bytearray(packed)
    size[-2] ^= 1
    return {
        "empty": b"",
        "no at": good[1:],
        "no plus": good.replace(b"\n+\n", b"\n-\n"),
        "short quality": good[:-2] + b"\n",
        "letter": good.replace(SEQUENCE[:4].encode(), b"ACXT", 1),
        "low quality byte": good.replace(b"IIII", b"II\x1fI", 1),
        "high quality byte": good.replace(b"IIII", b"II\x7fI", 1),
        "not ascii": good.replace(b"IIII", b"II\xc3I", 1),
        "other name after the plus": good.replace(b"\n+\n", b"\n+r2\n"),
        "cut inside": good + good[:-30],
        "blank line": good + b"\n" + good,
        "cut gzip": packed[: len(packed) // 2],
        "crc": bytes(crc),
        "size": bytes(size),
        "garbage behind": packed + b"garbage",
    }


@pytest.mark.parametrize("which", faults())
def test_a_fault_is_an_error_in_the_words_of_the_slow_reader(tmp_path, which):
    path = tmp_path / ("r.fastq.gz" if faults()[which][:2] == b"\x1f\x8b" else "r.fastq")
    path.write_bytes(faults()[which])
    with pytest.raises(InputError) as slow:
        read_fragments(path)
    for jobs in (1, 2):
        with pytest.raises(InputError) as fast:
            count_files(path, panel=PANEL, jobs=jobs)
        assert str(fast.value) == str(slow.value)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (2, 1),
        (1, 2),
        ("@a\nAC\n+\nII\n", "@b\nAC\n+\nII\n"),
        ("@a/1\nAC\n+\nII\n", "@b/2\nAC\n+\nII\n"),
    ],
)
def test_mates_that_do_not_belong_together_are_an_error(tmp_path, one, two):
    paths = []
    for name, what in (("1", one), ("2", two)):
        paths.append(tmp_path / f"{name}.fastq")
        paths[-1].write_text(what if isinstance(what, str) else RECORD * what)
    with pytest.raises(InputError) as slow:
        read_fragments(*paths)
    with pytest.raises(InputError) as fast:
        count_files(*paths, panel=PANEL)
    assert str(fast.value) == str(slow.value)


@pytest.mark.parametrize(
    "text",
    [
        RECORD * 3,
        RECORD.replace("\n", "\r\n") * 3,
        (RECORD * 3).rstrip("\n"),
        (RECORD * 3).lower().replace("i" * 120, "I" * 120),
        RECORD.replace("\n+\n", "\n+r1 x\n") * 3,
    ],
    ids=["plain", "crlf", "no-last-newline", "lower-case", "name-twice"],
)
@pytest.mark.parametrize("packed", [False, True])
def test_the_same_reads_in_other_dress_are_the_same_counts(tmp_path, text, packed):
    path = tmp_path / "r.fastq"
    half = text.encode()
    path.write_bytes(
        gzip.compress(half[:100], mtime=0) + gzip.compress(half[100:], mtime=0) if packed else half
    )
    found = count_files(path, panel=PANEL)
    assert found.amplicons["a"].alleles == {(): 3}
    assert found.fragments == 3


def test_calls_come_in_the_order_of_the_file_on_any_number_of_threads(tmp_path, monkeypatch):
    monkeypatch.setattr("ultrarare.molecule.editing.batches._RECORDS", 7)
    rng = np.random.default_rng(5)
    reads = []
    for k in range(300):
        bases = list(SEQUENCE)
        bases[50 + int(rng.integers(20))] = "ACGT"[int(rng.integers(4))]
        reads.append(f"@r{k}\n{''.join(bases)}\n+\n{'I' * 120}\n")
    path = tmp_path / "r.fastq"
    path.write_text("".join(reads))
    seen = {}
    for jobs in (1, 2, 8):
        calls: list[int] = []

        def keep(_, batch, calls=calls):
            calls.extend(batch.tolist())

        found = count_files(path, panel=PANEL, jobs=jobs, sink=keep)
        seen[jobs] = (calls, found.amplicons["a"].numbers, found.amplicons["a"].alleles)
        assert len(calls) == 300
    assert seen[1] == seen[2] == seen[8]
