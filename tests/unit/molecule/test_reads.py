"""FASTQ reading. Rows gz-01 to gz-12 come from the project's list of faults and answers."""

from __future__ import annotations

import gc
import gzip
import io
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from ultrarare.errors import InputError
from ultrarare.molecule.amplicon import Amplicon, tally_files
from ultrarare.molecule.inflate import CheckedStream
from ultrarare.molecule.reads import Read, read_fragments, stream_fragments

TWO = b"@a x\nACGT\n+\nIIII\n@b\nACGN\n+a\nII#I\n".replace(b"+a", b"+")
READS = ((Read("a x", "ACGT", "IIII"),), (Read("b", "ACGN", "II#I"),))
MANY = b"".join(b"@r%d\n%s\n+\n%s\n" % (i, b"ACGTTGCA" * 9, b"I" * 72) for i in range(4000))
AMPLICON = Amplicon(name="made", sequence="GATTACAGATTACCGTCTCATTTGGGCATCGACCTGAACG", start=14,
                    end=24, cut=20)  # fmt: skip


def put(tmp_path: Path, data: bytes, name: str = "a.fastq.gz") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def refused(path: Path, *others: Path, **options: Any) -> InputError:
    """The error of reading; a tally of the same file must refuse it too, with no partial result."""
    with pytest.raises(InputError) as caught:
        read_fragments(path, *others, **options)
    with pytest.raises(InputError):
        tally_files(path, *others, amplicon=AMPLICON, **options)
    return caught.value


def test_gz_01_truncated_deflate_names_file_and_byte(tmp_path):
    whole = gzip.compress(MANY, mtime=0)
    path = put(tmp_path, whole[: len(whole) // 2])

    error = refused(path)

    assert error.where == f"{path}, byte {len(whole) // 2}"
    assert "truncated" in error.problem


def test_gz_01_truncated_inside_the_trailer(tmp_path):
    assert "truncated" in refused(put(tmp_path, gzip.compress(MANY)[:-3])).problem


def test_gz_02_altered_crc32(tmp_path):
    data = bytearray(gzip.compress(TWO))
    data[-8] ^= 1

    assert "CRC32" in refused(put(tmp_path, bytes(data))).problem


def test_gz_03_altered_isize(tmp_path):
    data = bytearray(gzip.compress(TWO))
    data[-4:] = struct.pack("<I", len(TWO) + 1)

    error = refused(put(tmp_path, bytes(data)))

    assert f"states {len(TWO) + 1} bytes (ISIZE), the content has {len(TWO)}" in error.problem


def test_gz_04_members_read_as_one_file(tmp_path):
    cut = 300_000
    joined = read_fragments(put(tmp_path, gzip.compress(MANY)))
    parts = read_fragments(put(tmp_path, gzip.compress(MANY[:cut]) + gzip.compress(MANY[cut:])))

    assert parts == joined
    assert len(parts) == 4000


def test_gz_04_a_block_gzip_file_with_extra_field_and_empty_end_is_read(tmp_path):
    def block(data: bytes) -> bytes:
        body = gzip.compress(data, mtime=0)
        return body[:3] + b"\x04" + body[4:10] + b"\x06\x00BC\x02\x00\x00\x00" + body[10:]

    path = put(tmp_path, block(TWO[:9]) + block(TWO[9:]) + block(b""))

    assert read_fragments(path) == READS


def test_gz_04_a_member_with_name_comment_and_header_checksum_is_read(tmp_path):
    body = gzip.compress(TWO, mtime=0)
    path = put(tmp_path, body[:3] + b"\x1a" + body[4:10] + b"name\0words\0\x12\x34" + body[10:])

    assert read_fragments(path) == READS


@pytest.mark.parametrize("garbage", [b"garbage", b"\0" * 16])
def test_gz_05_bytes_after_the_last_member(tmp_path, garbage):
    data = gzip.compress(TWO)
    path = put(tmp_path, data + garbage)

    error = refused(path)

    assert error.where == f"{path}, byte {len(data)}"
    assert "follow the last gzip member" in error.problem


def test_gz_06_a_bomb_stops_at_the_limit_with_little_memory(tmp_path):
    record = b"@r\n" + b"A" * 5000 + b"\n+\n" + b"I" * 5000 + b"\n"
    path = put(tmp_path, gzip.compress(record * 10_000))  # 100 MB from about 100 kB

    tracemalloc.start()
    with pytest.raises(InputError, match="holds more than 20000000 bytes after decompression"):
        for _ in stream_fragments(path, max_bytes=20_000_000):
            pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 16_000_000


def test_gz_06_a_bomb_of_one_endless_line_stops_before_the_limit(tmp_path):
    path = put(tmp_path, gzip.compress(b"@" + b"A" * 30_000_000))

    tracemalloc.start()
    with pytest.raises(InputError, match="a line of more than"):
        read_fragments(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 64_000_000


def test_gz_06_every_byte_of_a_highly_compressed_file_arrives(tmp_path):
    data = b"@" + b"A" * 5_000_000 + b"\n"
    path = put(tmp_path, gzip.compress(data))

    with path.open("rb") as handle:
        stream = CheckedStream(path, handle, max_bytes=len(data))
        assert io.BufferedReader(stream).read() == data


def test_gz_07_short_quality_line_names_the_record(tmp_path):
    path = put(tmp_path, TWO + b"@c\nACGT\n+\nIII\n", "a.fastq")

    assert refused(path).where == f"{path}, record 3"


def test_gz_08_mates_of_unequal_number(tmp_path):
    one = put(tmp_path, TWO, "1.fastq")
    two = put(tmp_path, TWO[: TWO.index(b"@b")], "2.fastq")

    error = refused(one, two)

    assert error.where == str(two)
    assert f"ends after 1 records, but {one} goes on" in error.problem
    assert refused(two, one).where == str(two)


def test_gz_09_mates_out_of_order(tmp_path):
    one = put(tmp_path, TWO, "1.fastq")
    two = put(tmp_path, TWO.replace(b"@b", b"@c"), "2.fastq")

    error = refused(one, two)

    assert error.where == f"{two}, record 2"
    assert "the mate of 'b' is called 'c'" in error.problem


@pytest.mark.parametrize(("first", "second"), [("a/1", "a/2"), ("a 1:N:0", "a 2:N:0")])
def test_gz_09_names_that_tell_mates_apart_pair(tmp_path, first, second):
    paths = [
        put(tmp_path, f"@{name}\nAC\n+\nII\n".encode(), f"{i}.fastq")
        for i, name in enumerate((first, second))
    ]

    (pair,) = read_fragments(*paths)

    assert [mate.name for mate in pair] == [first, second]


def test_gz_10_crlf_reads_as_lf(tmp_path):
    path = put(tmp_path, gzip.compress(TWO.replace(b"\n", b"\r\n")))

    assert read_fragments(path) == READS


@pytest.mark.parametrize(
    "data", [b"", gzip.compress(b"", mtime=0)], ids=["nothing", "gzip-of-nothing"]
)
def test_gz_11_zero_reads_is_no_result(tmp_path, data):
    error = refused(put(tmp_path, data, "a.fastq"))

    assert "holds no reads" in error.problem
    assert "not 0 %" in error.remedy


@pytest.mark.parametrize("byte", [0, 31, 32, 127])
def test_gz_12_quality_bytes_out_of_range(tmp_path, byte):
    path = put(tmp_path, TWO + b"@c\nACGT\n+\nII%cI\n" % byte, "a.fastq")

    error = refused(path)

    assert error.where == f"{path}, record 3"
    assert f"quality byte {byte} at position 3 lies outside 33 to 126" in error.problem


def test_gz_12_bytes_outside_ascii_name_the_record(tmp_path):
    path = put(tmp_path, TWO + b"@c\nACGT\n+\nII\xffI\n", "a.fastq")

    error = refused(path)

    assert error.where == f"{path}, record 3"
    assert "byte 255 is outside ASCII" in error.problem


def test_a_refused_pair_leaves_no_file_open(tmp_path):
    one = put(tmp_path, TWO, "1.fastq")
    two = put(tmp_path, TWO.replace(b"@b", b"@c"), "2.fastq")
    folder = Path("/proc/self/fd")
    gc.disable()  # a handle left to the collector would be open here
    try:
        refused(one, two)
        opened = {str(fd.readlink()) for fd in folder.iterdir() if fd.is_symlink()}
    finally:
        gc.enable()

    assert not opened & {str(one), str(two)}


def test_damaged_deflate_is_refused(tmp_path):
    data = bytearray(gzip.compress(MANY, mtime=0))
    data[30:60] = b"\xff" * 30

    assert refused(put(tmp_path, bytes(data))).where.startswith(str(tmp_path))


def test_plain_text_named_gz_is_refused(tmp_path):
    assert "does not begin with the gzip magic" in refused(put(tmp_path, TWO)).problem


def test_gzip_named_fastq_is_read_by_its_content(tmp_path):
    assert read_fragments(put(tmp_path, gzip.compress(TWO), "a.fastq")) == READS


def test_gzip_inside_gzip_is_not_unpacked_twice(tmp_path):
    error = refused(put(tmp_path, gzip.compress(gzip.compress(b"\x1f" * 9 + TWO, mtime=0))))

    assert error.code == "input"


def test_a_letter_that_is_no_base_is_named(tmp_path):
    path = put(tmp_path, TWO + b"@c\nACRT\n+\nIIII\n", "a.fastq")

    error = refused(path)

    assert error.where == f"{path}, record 3"
    assert error.problem == "base 'R' at position 3 is not one of A, C, G, T, N"


def test_lower_case_bases_are_bases(tmp_path):
    (pair,) = read_fragments(put(tmp_path, b"@a\nacgn\n+\nIIII\n", "a.fastq"))

    assert pair[0].bases == "ACGN"


def test_an_incomplete_last_record_is_refused(tmp_path):
    path = put(tmp_path, TWO + b"@c\nACG", "a.fastq")

    assert refused(path).where == f"{path}, record 3"


def test_a_last_line_without_its_newline_is_read(tmp_path):
    assert read_fragments(put(tmp_path, TWO[:-1], "a.fastq")) == READS


def test_a_missing_file_is_an_input_error(tmp_path):
    assert "is not there" in refused(tmp_path / "none.fastq").problem
