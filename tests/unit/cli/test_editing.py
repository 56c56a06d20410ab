"""`ultrarare editing quantify` from files to tables, report and JSON."""

from __future__ import annotations

import csv
import gzip
import json

import numpy as np
import pytest
from typer.testing import CliRunner

from ultrarare.cli.main import app
from ultrarare.errors import InputError, NotComputable, UltrarareError
from ultrarare.molecule.simulate import simulate_reads

GUIDE = "GCTACACAAGCATTACATCG"
_BASES = np.random.default_rng(5).choice(list("ACGT"), 230)
AMPLICON = "".join(_BASES[:105]) + GUIDE + "TGG" + "".join(_BASES[128:])
SPAN = AMPLICON[95:138]
EDITED = SPAN[:15] + "G" + SPAN[16:]


def fastq(tmp_path, name, alleles, **more):
    sim = simulate_reads(
        alleles, left=AMPLICON[:95], right=AMPLICON[138:], rng=np.random.default_rng(1), **more
    )
    paths = [tmp_path / f"{name}_1.fastq.gz"]
    paths[0].write_bytes(sim.r1)
    if sim.r2 is not None:
        paths.append(tmp_path / f"{name}_2.fastq.gz")
        paths[1].write_bytes(sim.r2)
    return paths


def run(*words):
    found = CliRunner().invoke(app, ["editing", "quantify", *map(str, words)])
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found


def asked(r1, out, *more):
    return (
        "--r1", r1, "--amplicon", AMPLICON, "--guide", GUIDE, "--editor", "ABE8e",
        "--target", "6A>G", "--out", out, *more,
    )  # fmt: skip


def test_one_sample_gives_json_tables_and_a_report(tmp_path):
    (r1,) = fastq(tmp_path, "s", {SPAN: 150, EDITED: 100})
    out = tmp_path / "out"
    found = json.loads(run(*asked(r1, out, "--frame", "1", "--per-read", "--json")).stdout)
    assert found["reads"] == {"total": 250, "used": 250, "by_reason": {}, "masked_bases": 0}
    assert found["fractions"]["target_base"]["value"] == pytest.approx(0.4)
    assert found["fractions"]["intended_only"]["value"] == pytest.approx(0.4)
    assert [one["position"] for one in found["bases"]] == list(range(1, 21))
    assert "".join(one["from"] for one in found["bases"]) == GUIDE
    assert found["indel"]["fraction"] == 0
    assert found["ladder"] is None
    assert json.loads((out / "result.json").read_text()) == found
    with (out / "alleles.csv").open() as handle:
        rows = list(csv.DictReader(handle))
    assert [int(row["reads"]) for row in rows] == [150, 100]
    assert rows[1]["sequence"] == EDITED
    page = (out / "report.html").read_text()
    assert "What counts as edited" in page
    assert "<script" not in page
    with gzip.open(out / "reads.csv.gz", "rt") as handle:
        calls = list(csv.DictReader(handle))
    assert len(calls) == 250
    assert len({call["read"] for call in calls}) == 250
    number = rows[1]["number"]
    assert sum(call["allele"] == number for call in calls) == 100


def test_the_same_bytes_are_not_counted_twice_and_other_options_are(tmp_path):
    (r1,) = fastq(tmp_path, "s", {SPAN: 60, EDITED: 40})
    out = tmp_path / "out"
    run(*asked(r1, out))
    before = (out / "result.json").stat().st_mtime_ns
    assert "already there" in run(*asked(r1, out)).stdout
    assert (out / "result.json").stat().st_mtime_ns == before
    assert "written" in run(*asked(r1, out, "--flank", "5")).stdout


def test_mates_and_a_control(tmp_path):
    r1, r2 = fastq(tmp_path, "s", {SPAN: 60, EDITED: 40}, paired=True, read_length=150)
    c1, c2 = fastq(tmp_path, "c", {SPAN: 100}, paired=True, read_length=150)
    found = json.loads(
        run(
            *asked(r1, tmp_path / "out", "--r2", r2, "--control", c1, "--control-r2", c2, "--json")
        ).stdout
    )
    assert found["fractions"]["any_edit"]["value"] == pytest.approx(0.4)
    assert found["control_reads"]["used"] == 100
    assert found["misreading"]["source"] == "matched control"


def test_reads_of_another_locus_are_an_error_and_leave_nothing(tmp_path):
    path = tmp_path / "r.fastq"
    path.write_text(f"@r\n{'ACGTTGCA' * 20}\n+\n{'I' * 160}\n")
    with pytest.raises(NotComputable, match="no match to the amplicon"):
        run(*asked(path, tmp_path / "out", "--per-read"))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["r.fastq"]


def test_a_truncated_file_is_an_error_and_leaves_nothing(tmp_path):
    (r1,) = fastq(tmp_path, "s", {SPAN: 500})
    r1.write_bytes(r1.read_bytes()[:-200])
    with pytest.raises(InputError, match="truncated"):
        run(*asked(r1, tmp_path / "out", "--per-read"))
    assert sorted(p.name for p in tmp_path.iterdir()) == [r1.name]


def test_an_editor_of_ones_own_needs_no_code(tmp_path):
    (r1,) = fastq(tmp_path, "s", {SPAN: 60, EDITED: 40})
    own = tmp_path / "own.yaml"
    own.write_text(
        "name: Own\nkind: base\nfrom_base: A\nto_base: G\nwindow: [5, 7]\npam: NGG\n"
        'pam_side: "3\'"\nprotospacer_length: 20\ncut_after: 17\nsources:\n'
        "  - about: [from_base, to_base, window, pam, pam_side, protospacer_length, cut_after]\n"
        "    citation: this test\n    basis: declared\n"
    )
    words = list(asked(r1, tmp_path / "out", "--json"))
    words[words.index("ABE8e")] = own
    found = json.loads(run(*words).stdout)
    assert found["editor"] == "Own"
    assert found["window"] == [5, 7]


def test_text_says_below_where_nothing_is_found(tmp_path):
    (r1,) = fastq(tmp_path, "s", {SPAN: 900}, error_rate=0.002)
    said = run(*asked(r1, tmp_path / "out")).stdout
    assert "target base: not detected: below" in said
    assert " 0 %" not in said


def test_whose_tissue_it_is_goes_to_every_output(tmp_path):
    (r1,) = fastq(tmp_path, "s", {SPAN: 60, EDITED: 40})
    out = tmp_path / "out"
    told = run(*asked(r1, out, "--tissue", "liver", "--ladder", "A")).stdout
    assert "tissue: liver; rung A: tissue of this patient" in told
    assert "rung A: tissue of this patient" in (out / "report.html").read_text()
    assert "whose it is: not stated" in run(*asked(r1, out)).stdout
    with pytest.raises(InputError, match="is no rung"):
        run(*asked(r1, out, "--ladder", "Z"))


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"--guide": GUIDE + "TGG"}, "ends with a PAM"),
        ({"--guide": GUIDE[::-1]}, "occurs on neither strand"),
        ({"--amplicon": AMPLICON + AMPLICON}, "2 problems"),
        ({"--amplicon": AMPLICON[97:160]}, "at least 12 are needed"),
        ({"--editor": "ABE99"}, "a YAML file"),
        ({"--target": "7A>G"}, "holds C at position 7"),
        ({"--target": "6A>C"}, "converts A to G"),
    ],
)
def test_what_does_not_fit_together_says_the_way_out(tmp_path, change, what):
    (r1,) = fastq(tmp_path, "s", {SPAN: 10})
    words = list(map(str, asked(r1, tmp_path / "out")))
    for option, value in change.items():
        words[words.index(option) + 1] = value
    with pytest.raises(UltrarareError) as caught:
        run(*words)
    assert what in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_swapped_mates_give_the_same_alleles(tmp_path):
    r1, r2 = fastq(tmp_path, "s", {SPAN: 60, EDITED: 40}, paired=True, read_length=150)
    one, two = (
        json.loads(run(*asked(a, tmp_path / name, "--r2", b, "--json")).stdout)["fractions"]
        for name, a, b in (("one", r1, r2), ("two", r2, r1))
    )
    assert one == two


def test_reads_longer_than_the_amplicon_and_reads_of_low_quality(tmp_path):
    path = tmp_path / "r.fastq"
    adapter = "AGATCGGAAGAGCACACGTC" * 3
    path.write_text(f"@r\n{AMPLICON}{adapter}\n+\n{'I' * (len(AMPLICON) + 60)}\n" * 5)
    found = json.loads(run(*asked(path, tmp_path / "out", "--json")).stdout)
    assert found["reads"]["used"] == 5
    with pytest.raises(NotComputable, match="low mean quality"):
        run(*asked(path, tmp_path / "other", "--min-mean-quality", "41"))


def test_a_short_amplicon_is_read_with_a_shorter_anchor(tmp_path):
    short = AMPLICON[97:137]
    path = tmp_path / "r.fastq"
    path.write_text(f"@r\n{short}\n+\n{'I' * len(short)}\n" * 5)
    words = list(map(str, asked(path, tmp_path / "out", "--anchor", "8", "--json")))
    words[words.index("--amplicon") + 1] = short
    assert json.loads(run(*words).stdout)["reads"]["used"] == 5
