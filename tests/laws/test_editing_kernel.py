"""The compiled engine says what the slow one says, read by read, on any number of threads."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ultrarare.molecule.align import align
from ultrarare.molecule.amplicon import Amplicon, Settings, tally_files
from ultrarare.molecule.editing.codes import decode, encode
from ultrarare.molecule.editing.counting import count_files
from ultrarare.molecule.editing.gaps import align_codes
from ultrarare.molecule.editing.pairing import joined, overlap
from ultrarare.molecule.editing.panel import make_panel
from ultrarare.molecule.mates import merge
from ultrarare.molecule.reads import Read
from ultrarare.molecule.sequence import reverse_complement
from ultrarare.molecule.tally import Reason

RNG = np.random.default_rng(7)
SEQUENCE = "".join(RNG.choice(list("ACGT"), 120))
AMPLICON = Amplicon(name="a", sequence=SEQUENCE, start=45, end=75, cut=60)
WORDS = st.text("ACGT", max_size=12)


def changes_of(read: str, reference: str, cut: int) -> list[tuple[int, str, str]]:
    """What the kernel finds, in the terms of the slow aligner."""
    changes = np.zeros((len(read) + len(reference) + 4, 4), dtype=np.int32)
    codes = encode(read)
    number = align_codes(codes, encode(reference), cut, 4, 16, 1, changes)
    return [
        (start, reference[start : start + lost], decode(codes[at : at + gained]))
        for start, lost, gained, at in changes[:number].tolist()
    ]


@settings(deadline=None, max_examples=400)
@given(
    read=st.text("ACGTN", min_size=1, max_size=40) | st.text("AC", min_size=1, max_size=30),
    reference=st.text("ACGT", min_size=1, max_size=40) | st.text("AC", min_size=1, max_size=30),
    cut=st.integers(0, 40),
)
def test_unlike_sequences_align_as_the_slow_aligner_has_it(read, reference, cut):
    cut = min(cut, len(reference))
    slow = [(c.start, c.ref, c.alt) for c in align(read, reference, cut=cut)]
    assert changes_of(read, reference, cut) == slow


@st.composite
def edited(draw, sequence):
    """A sequence with some bases replaced, lost and gained."""
    bases = list(sequence)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(bases) - 1))
        kind = draw(st.sampled_from(["replace", "lose", "gain"]))
        if kind == "replace":
            bases[at] = draw(st.sampled_from("ACGTN"))
        elif kind == "lose":
            del bases[at : at + draw(st.integers(1, 20))]
        else:
            bases[at:at] = list(draw(WORDS))
        if not bases:
            bases = ["A"]
    return "".join(bases)


@settings(deadline=None, max_examples=200)
@given(read=edited(SEQUENCE[40:80] * 2), cut=st.integers(0, 80))
def test_edited_repeats_align_as_the_slow_aligner_has_it(read, cut):
    reference = SEQUENCE[40:80] * 2
    slow = [(c.start, c.ref, c.alt) for c in align(read, reference, cut=cut)]
    assert changes_of(read, reference, cut) == slow


@st.composite
def fragments(draw):
    """Reads of the amplicon and of nothing, in both orientations, some with low quality."""
    listed = []
    for _ in range(draw(st.integers(1, 12))):
        text = (
            draw(edited(SEQUENCE)) if draw(st.booleans()) else draw(st.text("ACGTN", max_size=90))
        )
        text = text or "N"
        if draw(st.booleans()):
            text = reverse_complement(text)
        marks = draw(st.text("#,5:FI", min_size=len(text), max_size=len(text)))
        listed.append((text, marks))
    return listed


def written(folder: Path, name: str, reads) -> Path:
    """A FASTQ file."""
    path = folder / name
    path.write_text("".join(f"@r{k}\n{b}\n+\n{q}\n" for k, (b, q) in enumerate(reads)))
    return path


SETTINGS = st.builds(
    Settings,
    min_length=st.sampled_from([1, 40]),
    min_mean_quality=st.sampled_from([None, 20.0]),
    mask_below=st.sampled_from([None, 15]),
    anchor=st.sampled_from([10, 12]),
)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(reads=fragments(), how=SETTINGS)
def test_single_reads_are_called_as_the_slow_caller_has_it(reads, how):
    with tempfile.TemporaryDirectory() as name:
        path = written(Path(name), "r.fastq", reads)
        slow = tally_files(path, amplicon=AMPLICON, settings=how)
        panel = make_panel([AMPLICON], how)
        for jobs in (1, 3):
            fast = count_files(path, panel=panel, jobs=jobs)
            assert fast.amplicons["a"].alleles == dict(slow.alleles)
            assert fast.refused == dict(slow.refused)
            assert fast.masked_bases == slow.masked_bases
            assert fast.fragments == slow.fragments


@st.composite
def pairs(draw):
    """Mates of one molecule, of adapter read-through, or of nothing."""
    listed = []
    for _ in range(draw(st.integers(1, 8))):
        molecule = draw(edited(SEQUENCE))
        size = draw(st.integers(20, 130))
        one, two = molecule[:size], reverse_complement(molecule)[:size]
        if draw(st.booleans()):
            one += "AGATCGGAAGAGC"
            two += "AGATCGGAAGAGC"
        if draw(st.integers(0, 5)) == 0:
            two = draw(st.text("ACGTN", min_size=1, max_size=60))
        one = draw(edited(one))
        listed.append(
            tuple((b, draw(st.text("#5I", min_size=len(b), max_size=len(b)))) for b in (one, two))
        )
    return listed


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(found=pairs())
def test_mates_are_called_as_the_slow_caller_has_it(found):
    with tempfile.TemporaryDirectory() as name:
        one = written(Path(name), "1.fastq", [pair[0] for pair in found])
        two = written(Path(name), "2.fastq", [pair[1] for pair in found])
        slow = tally_files(one, two, amplicon=AMPLICON)
        fast = count_files(one, two, panel=make_panel([AMPLICON]), jobs=2)
        assert fast.amplicons["a"].alleles == dict(slow.alleles)
        assert fast.refused == dict(slow.refused)


@settings(deadline=None, max_examples=200)
@given(pair=pairs(), likely=st.integers(-50, 100))
def test_mates_merge_as_the_slow_merger_has_it(pair, likely):
    (one, p), (two, q) = pair[0]
    slow = merge(Read("r", one, p), Read("r", two, q), min_overlap=16, max_mismatch_share=0.15)
    turned = encode(reverse_complement(two))
    why, shift = overlap(encode(one), turned, 16, 0.15, likely)
    if isinstance(slow, Reason):
        names = {-1: Reason.MATES_DO_NOT_OVERLAP, -2: Reason.MATES_DISAGREE,
                 -3: Reason.MATES_AMBIGUOUS}  # fmt: skip
        assert names[why] is slow
        return
    assert why == 0
    marks = [np.frombuffer(text.encode(), dtype=np.uint8) for text in (p, q[::-1])]
    room = len(one) + len(two)
    codes, qualities = np.zeros(room, dtype=np.uint8), np.zeros(room, dtype=np.uint8)
    size = joined(encode(one), marks[0], turned, marks[1], shift, codes, qualities)
    assert decode(codes[:size]) == slow.bases
    assert qualities[:size].tobytes().decode() == slow.qualities
