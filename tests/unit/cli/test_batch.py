"""`ultrarare editing batch`: one pass a file, what is done is kept, what fails stops nobody."""

from __future__ import annotations

import csv
import html
import json

import numpy as np
import pytest
from typer.testing import CliRunner

from ultrarare.app.editing.batch import quantify_batch
from ultrarare.cli.main import app
from ultrarare.errors import InputError, InputErrors
from ultrarare.molecule.simulate import simulate_reads

GUIDE = "GCTACACAAGCATTACATCG"
RNG = np.random.default_rng(5)
ONE, TWO = (
    "".join(RNG.choice(list("ACGT"), 80)) + GUIDE + "TGG" + "".join(RNG.choice(list("ACGT"), 80))
    for _ in range(2)
)
HEAD = "sample,r1,amplicon,guide,editor,target,control,group\n"


def alleles(amplicon, edited, whole):
    span = amplicon[70:113]
    return {span: whole, span[:15] + "G" + span[16:]: edited}


def reads(tmp_path, name, *loci, seed=1):
    """One file with the reads of one or more amplicons."""
    parts = []
    for k, (amplicon, edited, whole) in enumerate(loci):
        sim = simulate_reads(
            alleles(amplicon, edited, whole), left=amplicon[:70], right=amplicon[113:],
            rng=np.random.default_rng(seed), prefix=f"l{k}",
        )  # fmt: skip
        parts.append(sim.r1)
    (tmp_path / f"{name}.fastq.gz").write_bytes(b"".join(parts))


def sheet(tmp_path, *rows):
    path = tmp_path / "sheet.csv"
    path.write_text(HEAD + "".join(",".join(row) + "\n" for row in rows))
    return path


def row(sample, file, amplicon=ONE, control="", group=""):
    return (sample, f"{file}.fastq.gz", amplicon, GUIDE, "ABE8e", "6A>G", control, group)


def test_loci_in_one_file_are_told_apart_and_replicates_agree(tmp_path):
    reads(tmp_path, "a", (ONE, 40, 60), (TWO, 10, 90))
    reads(tmp_path, "b", (ONE, 50, 50))
    path = sheet(
        tmp_path, row("a1", "a", group="g"), row("a2", "a", TWO), row("b1", "b", group="g")
    )
    found = quantify_batch(path, out=tmp_path / "out", report=False).to_json()
    shares = {
        one["sample"]: one["fractions"]["target_base"]["observed"] for one in found["samples"]
    }
    assert shares == pytest.approx({"a1": 0.4, "a2": 0.1, "b1": 0.5})
    by_name = {one["sample"]: one for one in found["samples"]}
    assert by_name["a1"]["reads"]["by_reason"] == {"of another amplicon": 100}
    (group,) = found["groups"]
    assert group["replicates"] == 2
    both = group["fractions"]["target_base"]
    assert both["value"] == pytest.approx(0.45)
    assert both["lower"] < 0.4
    assert both["upper"] > 0.5
    with (tmp_path / "out/samples.csv").open() as handle:
        assert [one["status"] for one in csv.DictReader(handle)] == ["done"] * 3


def test_what_is_done_is_kept_and_what_changed_is_done_again(tmp_path):
    reads(tmp_path, "a", (ONE, 40, 60))
    reads(tmp_path, "b", (ONE, 50, 50))
    path = sheet(tmp_path, row("a", "a"), row("b", "b"))
    out = tmp_path / "out"

    def statuses():
        return [one.status for one in quantify_batch(path, out=out, report=False).samples]

    assert statuses() == ["done", "done"]
    assert statuses() == ["reused", "reused"]
    reads(tmp_path, "b", (ONE, 20, 80))
    assert statuses() == ["reused", "done"]


def test_a_sample_that_fails_stops_nobody(tmp_path):
    reads(tmp_path, "a", (ONE, 40, 60))
    reads(tmp_path, "b", (TWO, 50, 50))
    whole = (tmp_path / "a.fastq.gz").read_bytes()
    (tmp_path / "cut.fastq.gz").write_bytes(whole[:-30])
    path = sheet(tmp_path, row("good", "a"), row("other", "b"), row("cut", "cut"))
    ran = CliRunner().invoke(
        app,
        ["editing", "batch", str(path), "--out", str(tmp_path / "out"), "--no-report", "--json"],
    )
    assert ran.exit_code == 3
    found = json.loads(ran.stdout[ran.stdout.index("{") :])
    assert [one["status"] for one in found["samples"]] == ["done", "failed", "failed"]
    assert "no match to the amplicon" in found["samples"][1]["reason"]
    assert "truncated" in found["samples"][2]["reason"]
    assert found["samples"][1]["fractions"] is None
    assert not (tmp_path / "out/cut").exists()


def test_a_control_is_subtracted_by_name(tmp_path):
    reads(tmp_path, "t", (ONE, 40, 60))
    reads(tmp_path, "c", (ONE, 0, 100))
    path = sheet(tmp_path, row("t", "t", control="c"), row("c", "c"))
    quantify_batch(path, out=tmp_path / "out", report=False)
    found = json.loads((tmp_path / "out/t/result.json").read_text())
    assert found["misreading"]["source"] == "matched control"


def test_two_processes_give_the_same_bytes(tmp_path):
    reads(tmp_path, "a", (ONE, 40, 60))
    reads(tmp_path, "b", (ONE, 50, 50))
    path = sheet(tmp_path, row("a", "a", group="g"), row("b", "b", group="g"))
    for jobs in (1, 2):
        quantify_batch(path, out=tmp_path / str(jobs), jobs=jobs, report=False)
    for name in ("samples.json", "a/result.json", "b/alleles.csv"):
        one, two = ((tmp_path / f"{jobs}/{name}").read_text() for jobs in (1, 2))
        assert one == two


def test_everything_wrong_with_a_sheet_is_told_at_once(tmp_path):
    reads(tmp_path, "a", (ONE, 40, 60))
    path = sheet(
        tmp_path,
        row("a", "a", control="nobody"),
        row("a", "missing"),
        row("../x", "a", control="a"),
        ("b", "a.fastq.gz", ONE, GUIDE, "ABE99", "7A>G", "", ""),
    )
    with pytest.raises(InputErrors) as caught:
        quantify_batch(path, out=tmp_path / "out")
    said = str(caught.value)
    for part in (
        "sheet.csv:2 control", "no sample is called 'nobody'", "sheet.csv:3 sample",
        "missing.fastq.gz",
        "cannot name a folder", "no editor is called 'ABE99'",
    ):  # fmt: skip
        assert part in said
    assert not (tmp_path / "out").exists()


def test_a_page_shows_whether_replicates_agree(tmp_path):
    reads(tmp_path, "a", (ONE, 40, 60))
    reads(tmp_path, "b", (ONE, 50, 50), seed=2)
    (tmp_path / "c.fastq.gz").write_bytes(b"not gzip")
    members = [row(f"{name} <1>", name, group="g") for name in "abc"]
    quantify_batch(sheet(tmp_path, *members), out=tmp_path / "out")
    page = (tmp_path / "out/report.html").read_text("utf-8")
    assert 'href="a%20%3C1%3E/report.html"' in page
    assert (tmp_path / "out/a <1>/report.html").exists()
    assert "<1>" not in page
    assert page.count("<figure") == 4  # any edit, target, nothing else, gaps
    assert "c &lt;1&gt; no result" in html.unescape(page).replace("<", "&lt;").replace(">", "&gt;")


def test_a_cluster_says_the_same(tmp_path):
    distributed = pytest.importorskip("distributed")
    reads(tmp_path, "a", (ONE, 40, 60))
    reads(tmp_path, "b", (ONE, 50, 50), seed=2)
    path = sheet(tmp_path, row("a", "a", group="g"), row("b", "b", group="g"))
    here = quantify_batch(path, out=tmp_path / "here", report=False).to_json()
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None,
        protocol="tcp://", host="127.0.0.1",
    ) as cluster:  # fmt: skip
        address = cluster.scheduler_address
        there = quantify_batch(path, out=tmp_path / "there", report=False, dask=address)
    assert there.to_json() == here
    assert (tmp_path / "there/a/alleles.csv").read_bytes() == (
        tmp_path / "here/a/alleles.csv"
    ).read_bytes()


def test_a_cluster_that_is_not_there_is_named(tmp_path, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("ultrarare.app.cluster._SECONDS", 0.5)
    reads(tmp_path, "a", (ONE, 40, 60))
    path = sheet(tmp_path, row("a", "a"))
    with pytest.raises(InputError, match="no scheduler answers"):
        quantify_batch(path, out=tmp_path / "out", dask="tcp://127.0.0.1:9")
    assert not (tmp_path / "out").exists()
