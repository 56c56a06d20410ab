"""Prime edits: what an extension writes, and what comes back from reads, on both strands."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from ultrarare.cli.main import app
from ultrarare.errors import InputError
from ultrarare.molecule.editing.aim import make_aim
from ultrarare.molecule.editing.prime import SCAFFOLD, write_prime
from ultrarare.molecule.editor import editor
from ultrarare.molecule.protospacer import locate
from ultrarare.molecule.sequence import reverse_complement

GUIDE = "GCTACACAAGCATTACATCG"
_BASES = np.random.default_rng(5).choice(list("ACGT"), 240)
AMPLICON = "".join(_BASES[:100]) + GUIDE + "TGG" + "".join(_BASES[123:])
NICK = 117
PE2 = editor("PE2")


def extension(flap, site=13):
    """The 3' extension that writes a flap: template, then primer binding site."""
    return reverse_complement(flap) + reverse_complement(AMPLICON[NICK - site : NICK])


def edits():
    """Flaps with the edited amplicon: a substitution, a gain and a loss."""
    after = AMPLICON[NICK:]
    new = "A" if after[2] != "A" else "C"
    return {
        "substitution": (
            after[:2] + new + after[3:14],
            AMPLICON[:NICK] + after[:2] + new + after[3:],
        ),
        "gain": (
            after[:3] + "GATTC" + after[3:14],
            AMPLICON[:NICK] + after[:3] + "GATTC" + after[3:],
        ),
        "loss": (after[:2] + after[6:18], AMPLICON[:NICK] + after[:2] + after[6:]),
    }


@pytest.mark.parametrize("kind", edits())
@pytest.mark.parametrize("turned", [False, True])
def test_an_extension_writes_what_was_meant(kind, turned):
    flap, edited = edits()[kind]
    reference = reverse_complement(AMPLICON) if turned else AMPLICON
    site = locate(GUIDE, reference, pam="NGG")
    found = write_prime(reference, site, PE2, extension(flap))
    assert found.intended == (reverse_complement(edited) if turned else edited)
    assert found.flap == flap
    assert found.site_length == 13
    assert found.length_change == len(edited) - len(AMPLICON)


def test_rna_letters_are_read_and_nonsense_is_refused():
    flap, edited = edits()["substitution"]
    site = locate(GUIDE, AMPLICON, pam="NGG")
    rna = extension(flap).replace("T", "U")
    assert write_prime(AMPLICON, site, PE2, rna).intended == edited
    with pytest.raises(InputError, match="the bases before the nick"):
        write_prime(AMPLICON, site, PE2, extension(flap)[::-1])
    lost = "ACGTACGTAC" + ("A" if AMPLICON[NICK + 5] != "A" else "C") * 9
    other = "".join(_BASES[:100]) + GUIDE + "TGG" + "GT" * 40
    nothing = reverse_complement(lost) + reverse_complement(AMPLICON[NICK - 13 : NICK])
    with pytest.raises(InputError, match="homology"):
        write_prime(other, site, PE2, nothing)


def run(tmp_path, molecules, flap, *, turned=False, more=()):
    reads = [text for text, count in molecules for _ in range(count)]
    if turned:
        reads = [reverse_complement(text) for text in reads]
    path = tmp_path / "r.fastq"
    path.write_text("".join(f"@r{k}\n{b}\n+\n{'I' * len(b)}\n" for k, b in enumerate(reads)))
    reference = reverse_complement(AMPLICON) if turned else AMPLICON
    words = [
        "editing", "quantify", "--r1", str(path), "--amplicon", reference, "--guide", GUIDE,
        "--editor", "PE2", "--extension", extension(flap), "--out", str(tmp_path / "out"), "--json",
        *more,
    ]  # fmt: skip
    found = CliRunner().invoke(app, words)
    assert found.exit_code == 0, found
    return json.loads(found.stdout[found.stdout.index("{") :])


@pytest.mark.parametrize("kind", edits())
@pytest.mark.parametrize("turned", [False, True])
def test_shares_come_back(tmp_path, kind, turned):
    flap, edited = edits()[kind]
    gone = AMPLICON[: NICK - 3] + AMPLICON[NICK + 1 :]
    tail = reverse_complement(SCAFFOLD)
    shift = len(flap) - (len(edited) - len(AMPLICON))
    scaffold = AMPLICON[:NICK] + flap + tail[:6] + AMPLICON[NICK + shift :]
    found = run(
        tmp_path, [(AMPLICON, 50), (edited, 30), (gone, 12), (scaffold, 8)], flap, turned=turned
    )
    assert found["fractions"]["intended_only"]["value"] == pytest.approx(0.3)
    assert found["fractions"]["any_edit"]["value"] == pytest.approx(0.5)
    assert found["prime"]["scaffold"]["value"] == pytest.approx(0.08)
    assert found["prime"]["length_change"] == len(edited) - len(AMPLICON)
    assert found["purity"] == pytest.approx(0.6)


def test_a_prime_editor_needs_its_extension_and_no_other_takes_one():
    with pytest.raises(InputError, match="is missing"):
        make_aim(name="a", sequence=AMPLICON, guide=GUIDE, editor=PE2)
    with pytest.raises(InputError, match="no prime editor"):
        make_aim(
            name="a", sequence=AMPLICON, guide=GUIDE, editor=editor("Cas9"), extension="ACGT" * 6
        )


def test_a_whole_frame_is_read_where_the_length_stays(tmp_path):
    flap, edited = edits()["substitution"]
    found = run(tmp_path, [(AMPLICON, 60), (edited, 40)], flap, more=("--frame", "1"))
    protein = found["fractions"]["intended_protein"]
    assert protein is None or protein["value"] == pytest.approx(0.4)
    assert found["fractions"]["intended_only"]["corrected"] is True
