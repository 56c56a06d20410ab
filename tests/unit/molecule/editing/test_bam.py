"""BAM files give the reads that went in, as they were sequenced, or an error."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest

from ultrarare.errors import InputError
from ultrarare.molecule.amplicon import Amplicon
from ultrarare.molecule.editing.bam import BamStream
from ultrarare.molecule.editing.counting import count_files
from ultrarare.molecule.editing.panel import make_panel
from ultrarare.molecule.sequence import reverse_complement

SEQUENCE = "".join(np.random.default_rng(3).choice(list("ACGT"), 121))
PANEL = make_panel([Amplicon(name="a", sequence=SEQUENCE, start=50, end=70, cut=60)])
END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


def block(data: bytes) -> bytes:
    """One BGZF block (SAM specification, 4.1)."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    body = packer.compress(data) + packer.flush()
    head = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0" + struct.pack("<H", len(body) + 25)
    return head + body + struct.pack("<II", zlib.crc32(data), len(data))


def record(name: str, bases: str, quality: str, flag: int = 4, cigar: int = 0) -> bytes:
    codes = ["=ACMGRSVTWYHKDBN".index(b) for b in bases] + [0] * (len(bases) % 2)
    packed = bytes(a << 4 | b for a, b in zip(codes[::2], codes[1::2], strict=True))
    body = struct.pack(
        "<iiBBHHHiiii", -1, -1, len(name) + 1, 0, 4680, cigar, flag, len(bases), -1, -1, 0
    )
    body += name.encode() + b"\0" + b"\0\0\0\0" * cigar + packed
    body += bytes((ord(q) - 33) % 256 for q in quality)
    return struct.pack("<i", len(body)) + body


def bam(*records: bytes, references: int = 1) -> bytes:
    text = b"@HD\tVN:1.6\n"
    head = b"BAM\1" + struct.pack("<i", len(text)) + text + struct.pack("<i", references)
    head += b"".join(
        struct.pack("<i", 5) + b"chr1\0" + struct.pack("<i", 1000) for _ in range(references)
    )
    data = head + b"".join(records)
    return b"".join(block(data[k : k + 100]) for k in range(0, len(data), 100)) + END


QUALITY = "".join(chr(33 + k % 40) for k in range(121))
READ = record("r1", SEQUENCE, QUALITY)


def test_reads_come_out_as_they_were_sequenced(tmp_path):
    back = record("r2", reverse_complement(SEQUENCE), QUALITY[::-1], flag=16, cigar=2)
    path = tmp_path / "r.bam"
    path.write_bytes(bam(READ, back, record("r3", "ACGTN", "IIIII")))
    with path.open("rb") as handle:
        stream = BamStream(path, handle, max_bytes=1 << 20)
        room, text = bytearray(64), b""
        while got := stream.readinto(memoryview(room)):
            text += bytes(room[:got])
    one = f"{SEQUENCE}\n+\n{QUALITY}\n"
    assert text.decode() == f"@r1\n{one}@r2\n{one}@r3\nACGTN\n+\nIIIII\n"


def test_alleles_are_those_of_the_fastq_file(tmp_path):
    edited = SEQUENCE[:60] + ("A" if SEQUENCE[60] != "A" else "C") + SEQUENCE[61:]
    again = record("r1", SEQUENCE, QUALITY, flag=0x800)
    path, other = tmp_path / "r.bam", tmp_path / "r.fastq"
    path.write_bytes(bam(READ, record("r2", edited, QUALITY), again))
    other.write_text(
        "".join(f"@{n}\n{b}\n+\n{QUALITY}\n" for n, b in (("r1", SEQUENCE), ("r2", edited)))
    )
    found = count_files(path, panel=PANEL)
    assert found.amplicons["a"].alleles == count_files(other, panel=PANEL).amplicons["a"].alleles
    assert found.fragments == 2


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (bam(READ)[:-28], "lacks the empty block"),
        (bam(READ)[:60] + END, "trailer|truncated|ends inside"),
        (bam(record("r1", SEQUENCE, QUALITY, flag=77)), "is a mate"),
        (bam(READ, READ[:-7]), "record 2: is not a BAM record"),
        (bam(struct.pack("<i", 5) + b"short" * 8), "record 1: is not a BAM record"),
        (bam(record("r1", "ACGT", "\x20" * 4)), "qualit"),
        (bam(record("r1", "ACRT", "IIII")), "base or quality out of range|no reads"),
        (bam(), "holds no reads"),
        (END, "does not begin as BAM|ends inside"),
    ],
    ids=[
        "no-end",
        "cut",
        "mate",
        "cut-record",
        "short",
        "no-quality",
        "letter",
        "empty",
        "nothing",
    ],
)
def test_a_damaged_file_is_an_error(tmp_path, data, why):
    path = tmp_path / "r.bam"
    path.write_bytes(data)
    with pytest.raises(InputError, match=why):
        count_files(path, panel=PANEL)
