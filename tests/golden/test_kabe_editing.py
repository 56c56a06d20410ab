"""k-abe from simulated FASTQ: the published alleles come back under every definition."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ultrarare.app.editing.compare import CompareOptions, compare_table
from ultrarare.app.editing.options import Reads, SampleOptions
from ultrarare.app.editing.quantify import quantify_sample
from ultrarare.cli.main import app

ROOT = Path(__file__).parents[2]
AMPLICON = (
    "TTCTCTCCAGAGGGCAGAATCAGCCTGTTTTGAATATCACAAACAAACAGGCTTTCATTACTGCTTAGAATCATGGCTATGCCTTGGACAACACCC"
    "TCCCTGCTGGCTGG"
)
# Musunuru et al. 2025, Fig. S8: reads of the 17 alleles shown, counted by hand from the figure.
SHOWN = 2334
PUBLISHED = {"any_edit": 1803, "target_base": 1531, "intended_protein": 1488, "intended_only": 862}


def test_the_published_shares_come_back(tmp_path):
    found = quantify_sample(
        Reads(r1=ROOT / "examples/kabe/data/editing/reads.fastq.gz"),
        SampleOptions(
            amplicon=AMPLICON, guide="TGATTCTAAGCAGTAATGAA", editor="NGC-ABE8e-V106W",
            target="8A>G", frame=3, coding=(57, 74), window=(1, 10),
        ),
        out=tmp_path / "out",
        report=False,
    ).to_json()  # fmt: skip
    assert found["reads"]["used"] == SHOWN
    for name, reads in PUBLISHED.items():
        one = found["fractions"][name]
        assert one["value"] == pytest.approx(reads / SHOWN, abs=0.012), name
        # eight bases of flank say little of the errors: the limits carry that
        assert one["lower"] < reads / SHOWN < one["upper"]
    # as read, errors hide part of what is whole
    assert found["fractions"]["intended_only"]["observed"] < 862 / SHOWN - 0.01
    assert found["combinations"][0]["residues"] == ["*4Q"]
    assert found["combinations"][0]["intended"] is True
    shares = {row["position"]: row["corrected"] for row in found["bases"]}
    assert shares[3] == pytest.approx(740 / SHOWN, abs=0.006)
    assert shares[12] == pytest.approx(261 / SHOWN, abs=0.006)


def test_the_command_of_the_how_to_runs(tmp_path, monkeypatch):
    text = (ROOT / "docs/how-to/quantify-editing.md").read_text("utf-8")
    (block,) = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    words = shlex.split(block.replace("\\\n", " "))
    words[words.index("--out") + 1] = str(tmp_path / "out")
    monkeypatch.chdir(ROOT)
    ran = CliRunner().invoke(app, words[1:])
    assert ran.exit_code == 0, ran.output
    assert "intended protein: 6" in ran.stdout
    assert (tmp_path / "out/report.html").is_file()


def test_the_sites_of_the_how_to_are_what_it_says(tmp_path):
    text = (ROOT / "docs/how-to/compare-sites.md").read_text("utf-8")
    (block,) = re.findall(r"```csv\n(.*?)```", text, re.DOTALL)
    path = tmp_path / "sites.csv"
    path.write_text(block, "utf-8")
    rows = {row["site"]: row for row in compare_table(path, CompareOptions()).rows()}
    assert {name: row["verdict"] for name, row in rows.items()} == {
        "OT1": "not detected", "OT2": "detected", "OT3": "not assessed",
    }  # fmt: skip
    assert rows["OT1"]["said"].startswith("not detected: below ")
