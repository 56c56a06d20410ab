"""A made sample gives back what was put in, on both strands, with and without a control."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ultrarare.errors import InputErrors, NotComputable, NotFound
from ultrarare.molecule.editing.aim import make_aim
from ultrarare.molecule.editing.counting import count_files
from ultrarare.molecule.editing.panel import make_panel
from ultrarare.molecule.editing.sample import assess_sample
from ultrarare.molecule.editor import editor
from ultrarare.molecule.sequence import reverse_complement
from ultrarare.molecule.simulate import simulate_reads

GUIDE = "GCTACACAAGCATTACATCG"
_BASES = np.random.default_rng(5).choice(list("ACGT"), 230)
AMPLICON = "".join(_BASES[:105]) + GUIDE + "TGG" + "".join(_BASES[128:])


def aim_of(sequence=AMPLICON, **more):
    asked: dict[str, Any] = {"target": "6A>G", "frame": 1} | more
    return make_aim(name="a", sequence=sequence, guide=GUIDE, editor=editor("ABE8e"), **asked)


def changed(aim, positions=(), lost=0):
    """The compared span with some positions converted and bases lost behind the cut."""
    bases = list(aim.reference[: aim.amplicon.end])
    for position in positions:
        bases[aim.site.offset(position)] = aim.converted
    del bases[aim.amplicon.cut : aim.amplicon.cut + lost]
    return "".join(bases[aim.amplicon.start :])


def outcome_of(tmp_path, aim, alleles, control=None, error_rate=0.0, seed=1, **more):
    counts: list[Any] = []
    for k, made in enumerate((alleles, control)):
        if made is None:
            counts.append(None)
            continue
        sim = simulate_reads(
            made, left=aim.reference[: aim.amplicon.start], error_rate=error_rate,
            right=aim.reference[aim.amplicon.end :], rng=np.random.default_rng(seed + k),
        )  # fmt: skip
        path = tmp_path / f"{k}.fastq.gz"
        path.write_bytes(sim.r1)
        counts.append(count_files(path, panel=make_panel([aim.amplicon])).amplicons["a"])
    return assess_sample(counts[0], aim, control=counts[1], **more)


@pytest.mark.parametrize("strand", ["+", "-"])
def test_without_errors_the_shares_are_those_put_in(tmp_path, strand):
    sequence = AMPLICON if strand == "+" else reverse_complement(AMPLICON)
    aim = aim_of(sequence, frame=1 if strand == "+" else -1)
    assert aim.site.strand == strand
    made = {
        changed(aim): 400,
        changed(aim, (6,)): 300,
        changed(aim, (6, 8)): 150,
        changed(aim, (4,)): 50,
        changed(aim, lost=4): 60,
        changed(aim, lost=3): 40,
    }
    found = outcome_of(tmp_path, aim, made)
    assert found.any_edit.value == pytest.approx(0.5)
    assert found.target_base.value == pytest.approx(0.45)
    assert found.intended_only.value == pytest.approx(0.3)
    assert found.indel.value == pytest.approx(0.1)
    gaps = found.gaps()
    assert gaps["frameshift"] == pytest.approx(0.06)
    assert gaps["in_frame"] == pytest.approx(0.04)
    assert gaps["longest_deletion"] == 4
    assert found.purity == pytest.approx(0.3 / 0.6)
    shares = {c.positions: c.reads for c in found.combinations}
    assert shares == {(): 400, (6,): 300, (6, 8): 150, (4,): 50}
    by_position = {row.position: row for row in found.bases}
    assert [by_position[p].found for p in range(1, 21)] == list(GUIDE)
    assert by_position[6].fraction == pytest.approx(0.45)
    assert by_position[8].becomes == "G"
    assert by_position[8].fraction == pytest.approx(0.15)


def changes_one_residue(aim):
    """Whether the edit changes the protein, and so does one bystander but not another."""
    frame, unedited, wanted = aim.codons()
    silent = [residues_of(aim, frame, p) == wanted for p in aim.editable(3, 10) if p != 6]
    return unedited != wanted and any(silent) and not all(silent)


def residues_of(aim, frame, position):
    """Residues with the target and one bystander converted."""
    bases = list(aim.reference)
    for offset in (aim.target, aim.site.offset(position)):
        bases[offset] = aim.converted
    return frame.protein("".join(bases))


def test_the_intended_protein_takes_synonymous_bystanders_and_no_gap(tmp_path):
    aim = next(a for f in (1, 2, 3) if changes_one_residue(a := aim_of(frame=f)))
    frame, unedited, wanted = aim.codons()
    assert unedited != wanted
    silent = [p for p in aim.editable(3, 10) if p != 6 and residues_of(aim, frame, p) == wanted]
    loud = [p for p in aim.editable(3, 10) if p not in (6, *silent)]
    assert silent
    assert loud
    made = {
        changed(aim): 100,
        changed(aim, (6, silent[0])): 30,
        changed(aim, (6, loud[0])): 20,
        changed(aim, (6,)): 40,
        changed(aim, (6,), lost=3): 10,
    }
    found = outcome_of(tmp_path, aim, made)
    assert found.intended_protein.value == pytest.approx(70 / 200)
    assert found.intended_only.value == pytest.approx(40 / 200)
    assert found.target_base.value == pytest.approx(100 / 200)


@pytest.mark.parametrize("control", [False, True])
def test_errors_of_reading_are_undone(tmp_path, control):
    aim = aim_of()
    made = {changed(aim): 12000, changed(aim, (6,)): 6000, changed(aim, (6, 8)): 2000}
    found = outcome_of(
        tmp_path, aim, made, {changed(aim): 20000} if control else None, error_rate=0.005
    )
    for one, true in (
        (found.any_edit, 0.4), (found.target_base, 0.4), (found.intended_only, 0.3),
    ):  # fmt: skip
        assert one.lower < true < one.upper
        assert abs(one.value - true) < 0.012
    assert abs(found.intended_only.observed - 0.3) > 0.04  # as read it is far off
    assert found.misreading.source == ("matched control" if control else "flanks of the amplicon")


def test_an_unedited_sample_reads_below_and_not_zero(tmp_path):
    aim = aim_of()
    found = outcome_of(tmp_path, aim, {changed(aim): 5000}, {changed(aim): 5000}, error_rate=0.002)
    for one in (found.any_edit, found.target_base, found.intended_only, found.indel):
        assert one.said().startswith("not detected: below ")
        assert one.upper > 0
        assert one.detected is False
    assert found.purity is None or found.purity <= 1


def test_genome_copies_bound_what_can_be_said(tmp_path):
    aim = aim_of()
    made = {changed(aim): 4000, changed(aim, (6,)): 1000}
    few = outcome_of(tmp_path, aim, made, copies=200)
    many = outcome_of(tmp_path, aim, made)
    assert few.target_base.upper - few.target_base.lower > 3 * (
        many.target_base.upper - many.target_base.lower
    )
    assert few.target_base.limits.detection >= 0.9999 * (1 - 0.05 ** (1 / 200))


def test_what_is_not_asked_is_null_and_not_zero(tmp_path):
    aim = aim_of(target=None, frame=None)
    found = outcome_of(tmp_path, aim, {changed(aim): 90, changed(aim, (6,)): 10}).to_json()
    assert found["fractions"]["target_base"] is None
    assert found["fractions"]["intended_protein"] is None
    assert found["fractions"]["intended_only"] is None
    assert found["purity"] is None
    assert found["fractions"]["any_edit"]["value"] == pytest.approx(0.1)


def test_a_nuclease_is_judged_by_its_gaps(tmp_path):
    aim = make_aim(name="a", sequence=AMPLICON, guide=GUIDE, editor=editor("Cas9"))
    start, end, cut = aim.amplicon.start, aim.amplicon.end, aim.amplicon.cut
    whole = AMPLICON[start:end]
    lost = AMPLICON[start : cut - 2] + AMPLICON[cut + 3 : end]
    gained = AMPLICON[start:cut] + "TT" + AMPLICON[cut:end]
    sub = whole[:3] + ("A" if whole[3] != "A" else "C") + whole[4:]
    found = outcome_of(tmp_path, aim, {whole: 50, lost: 30, gained: 10, sub: 10})
    assert found.any_edit.value == pytest.approx(0.4)
    assert found.indel.value == pytest.approx(0.4)
    assert found.combinations == ()
    assert found.to_json()["window"] is None


def test_a_gap_far_from_the_cut_does_not_count_in_a_narrow_window(tmp_path):
    aim = make_aim(name="a", sequence=AMPLICON, guide=GUIDE, editor=editor("Cas9"), indel_window=3)
    start, end = aim.amplicon.start, aim.amplicon.end
    far = AMPLICON[start : start + 2] + AMPLICON[start + 4 : end]
    found = outcome_of(tmp_path, aim, {AMPLICON[start:end]: 90, far: 10})
    assert found.indel.counted == 0


def test_what_does_not_fit_is_told_at_once():
    with pytest.raises(InputErrors) as caught:
        aim_of(target="7A>G", frame=9, window=(9, 3))
    said = str(caught.value)
    for part in ("holds C at position 7", "not one of 1, 2, 3", "no window"):
        assert part in said
    with pytest.raises(NotFound):
        editor("ABE99")
    with pytest.raises(InputErrors, match="at least 12 are needed"):
        aim_of(AMPLICON[100:140])


def test_no_called_read_is_no_fraction(tmp_path):
    aim = aim_of()
    path = tmp_path / "r.fastq"
    path.write_text(f"@r\n{'ACGT' * 30}\n+\n{'I' * 120}\n")
    counts = count_files(path, panel=make_panel([aim.amplicon])).amplicons["a"]
    with pytest.raises(NotComputable, match="no read"):
        assess_sample(counts, aim)


def test_a_difference_of_the_person_is_not_taken_for_an_error(tmp_path):
    aim = aim_of()
    offset = aim.site.offset(15) - aim.amplicon.start
    whole = changed(aim)
    other = whole[:offset] + ("C" if whole[offset] != "C" else "T") + whole[offset + 1 :]
    found = outcome_of(tmp_path, aim, {whole: 500, other: 500}, {whole: 500, other: 500})
    assert any("a difference of the person" in text for text in found.caveats)
    assert found.target_base.said().startswith("not detected")
