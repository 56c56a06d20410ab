"""Identifiers: duplicates count once, a misread identifier joins its own, disagreement is told."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from ultrarare.cli.main import app
from ultrarare.errors import InputError
from ultrarare.molecule.amplicon import Amplicon
from ultrarare.molecule.editing.counting import count_files
from ultrarare.molecule.editing.panel import make_panel
from ultrarare.molecule.editing.umis import Identifiers, _grouped

SEQUENCE = "".join(np.random.default_rng(3).choice(list("ACGT"), 120))
EDITED = SEQUENCE[:60] + ("A" if SEQUENCE[60] != "A" else "C") + SEQUENCE[61:]
AMPLICON = Amplicon(name="a", sequence=SEQUENCE, start=50, end=70, cut=60)


def molecules(tmp_path, reads, length=8, **more):
    path = tmp_path / "r.fastq"
    path.write_text(
        "".join(f"@r{k}\n{u + b}\n+\n{'I' * len(u + b)}\n" for k, (u, b) in enumerate(reads))
    )
    marks = Identifiers(length)
    counts = count_files(path, panel=make_panel([AMPLICON]), sink=marks.add).amplicons["a"]
    found, told = marks.molecules_of(counts, **more)
    return sorted(found.alleles.values()), told


def test_duplicates_count_once(tmp_path):
    reads = [("AAAACCCC", SEQUENCE)] * 9 + [("GGGGTTTT", EDITED)] * 2 + [("ACACACAC", EDITED)]
    alleles, told = molecules(tmp_path, reads)
    assert alleles == [1, 2]
    assert told.molecules == told.identifiers == 3
    assert told.reads_per_molecule == pytest.approx(4)


def test_a_misread_identifier_joins_its_own_and_an_equal_one_does_not(tmp_path):
    near = [("AAAACCCC", SEQUENCE)] * 9 + [("AAAACCCG", SEQUENCE)] * 2
    assert molecules(tmp_path, near)[1].molecules == 1
    equal = [("AAAACCCC", SEQUENCE)] * 3 + [("AAAACCCG", SEQUENCE)] * 3
    assert molecules(tmp_path, equal)[1].molecules == 2


def test_the_commonest_allele_stands_where_it_has_more_than_half(tmp_path):
    most = [("AAAACCCC", SEQUENCE)] * 2 + [("AAAACCCC", EDITED)]
    assert molecules(tmp_path, most)[0] == [1]
    half = [("AAAACCCC", SEQUENCE)] * 2 + [("AAAACCCC", EDITED)] * 2
    alleles, told = molecules(tmp_path, half)
    assert alleles == []
    assert told.disagreeing == 1


def test_small_groups_and_unread_identifiers_are_counted(tmp_path):
    reads = [("AAAACCCC", SEQUENCE)] * 3 + [("GGGGTTTT", SEQUENCE), ("GGNGTTTT", SEQUENCE)]
    alleles, told = molecules(tmp_path, reads, fewest=2)
    assert alleles == [1]
    assert (told.small, told.unread) == (1, 1)


def test_groups_by_an_all_pairs_search():
    rng = np.random.default_rng(1)
    counts = {int(v): int(rng.integers(1, 30)) for v in rng.integers(0, 4**4, 60)}

    def apart(a, b):
        return sum((a >> 2 * k & 3) != (b >> 2 * k & 3) for k in range(4))

    taken: set[int] = set()
    slow = []
    for first in sorted(counts, key=lambda v: (-counts[v], v)):
        if first in taken:
            continue
        group, grown = {first}, True
        while grown:
            more = {
                near
                for a in group
                for near in counts
                if near not in group | taken
                and apart(a, near) == 1
                and counts[a] >= 2 * counts[near] - 1
            }
            group |= more
            grown = bool(more)
        taken |= group
        slow.append(sorted(group))
    assert sorted(sorted(group) for group in _grouped(counts, 4)) == sorted(slow)


def test_a_length_that_is_none_is_refused():
    with pytest.raises(InputError):
        Identifiers(3)


def test_the_command_counts_molecules(tmp_path):
    guide = "GCTACACAAGCATTACATCG"
    rng = np.random.default_rng(9)
    left, right = ("".join(rng.choice(list("ACGT"), 60)) for _ in range(2))
    whole = left + guide + "TGG" + right
    edited = left + guide[:5] + "G" + guide[6:] + "TGG" + right
    reads = []
    for k in range(40):
        mark = "".join(rng.choice(list("ACGT"), 10))
        reads += [mark + (edited if k < 10 else whole)] * (9 if k < 10 else 2)
    path = tmp_path / "r.fastq"
    path.write_text("".join(f"@r{k}\n{b}\n+\n{'I' * len(b)}\n" for k, b in enumerate(reads)))
    words = [
        "editing", "quantify", "--r1", str(path), "--amplicon", whole, "--guide", guide, "--editor",
        "ABE8e", "--target", "6A>G", "--out", str(tmp_path / "out"), "--json",
    ]  # fmt: skip
    by_reads = json.loads(CliRunner().invoke(app, words).stdout)
    by_molecules = json.loads(CliRunner().invoke(app, [*words, "--umi", "10"]).stdout)
    assert by_reads["fractions"]["target_base"]["value"] == pytest.approx(0.6)
    assert by_molecules["fractions"]["target_base"]["value"] == pytest.approx(0.25)
    assert by_molecules["molecules"]["molecules"] == 40
    assert by_molecules["reads"]["used"] == 150
    assert any("molecules are counted" in text for text in by_molecules["caveats"])
