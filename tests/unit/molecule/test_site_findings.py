"""Nominated sites of a case: what is assessed, what is found, and what stays unknown."""

from __future__ import annotations

import shutil

import pytest
import yaml

from ultrarare.app.analyse import analyse
from ultrarare.app.examples import example_folder
from ultrarare.case.folder import read_case
from ultrarare.errors import InputErrors

HEAD = "site,group,replicate,edited,depth,input_copies,chrom,start,end,gene,annotation\n"


def table(sites, copies="60000"):
    """Sites as name to (treated, control) edited reads of 100,000, three replicates."""
    rows = [HEAD]
    for name, (treated, control) in sites.items():
        for group, edited in (("treated", treated), ("control", control)):
            for k, extra in enumerate((0, 3, 6)):
                rows.append(
                    f"{name},{group},{k},{edited + extra},100000,{copies},chr1,10,33,G,intron\n"
                )
    return "".join(rows)


def found(tmp_path, text, **more):
    case = tmp_path / "case"
    shutil.copytree(example_folder("kabe"), case)
    (case / "data/offtarget/compared.csv").write_text(text)
    document = yaml.safe_load((case / "case.yaml").read_text())
    dataset = next(d for d in document["datasets"] if d["kind"] == "site-table")
    dataset.update({"on_target": [], **more})
    (case / "case.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    findings = analyse(read_case(case)).findings
    return {f.id.rsplit("/", 1)[-1]: f for f in findings if f.id.startswith("editing.sites/")}


def test_a_table_of_counts_says_what_was_tested_and_what_was_found(tmp_path):
    got = found(tmp_path, table({"a": (20, 20), "b": (900, 20)}), nominated=2)
    assert got["sensitivity"].direction == "supports"
    assert got["sensitivity"].attributes["assessed"] == 2
    assert got["sensitivity"].attributes["worst_lod"] < 0.005
    assert got["confirmation"].attributes == {
        "fraction_confirmed": 1.0, "filter_prespecified": None,
    }  # fmt: skip
    assert got["verified-b"].estimate.value == pytest.approx(0.0088, abs=1e-4)
    assert "verified-a" not in got
    assert got["input"].attributes == {"genome_copies": 60000, "enough_for_lod": True}
    assert got["report"].attributes == {"complete": None, "machine_readable": True}


def test_too_little_dna_cannot_carry_the_limit(tmp_path):
    got = found(tmp_path, table({"a": (20, 20), "b": (25, 20)}, copies="200"))
    lod = got["sensitivity"].attributes["worst_lod"]
    assert lod > 0.0049  # three in the 600 copies of all replicates
    assert got["input"].attributes == {"genome_copies": 200, "enough_for_lod": True}
    assert got["confirmation"].attributes["fraction_confirmed"] is None


def test_a_site_that_failed_is_not_assessed_and_nothing_supports(tmp_path):
    text = table({"a": (20, 20)}) + "c,treated,0,,,,,,,,\nc,control,0,,,,,,,,\n"
    got = found(tmp_path, text, nominated=4)
    assert got["sensitivity"].direction == "inconclusive"
    assert got["sensitivity"].attributes["sites"] == 2
    assert "C is not assessed" in " ".join(got["sensitivity"].caveats)
    assert got["confirmation"].attributes["fraction_confirmed"] == 0.25
    assert got["report"].attributes["complete"] is False
    assert got["input"].attributes["genome_copies"] == 60000


def test_an_on_target_site_is_no_off_target(tmp_path):
    got = found(tmp_path, table({"a": (20, 20), "b": (900, 20)}), on_target=["b"])
    assert "verified-b" not in got
    assert got["sensitivity"].attributes["sites"] == 1
    with pytest.raises(InputErrors, match="no site 'z'"):
        found(tmp_path / "again", table({"a": (20, 20)}), on_target=["z"])


def test_the_published_table_shows_the_one_site_that_the_paper_names():
    findings = analyse(read_case(example_folder("kabe"))).findings
    verified = [f for f in findings if f.kind == "offtarget.verified-site"]
    assert ["ATP7B" in f.statement for f in verified] == [True]
    assert verified[0].estimate is not None
    assert verified[0].estimate.value == pytest.approx(0.0038, abs=2e-4)
    sensitivity = next(f for f in findings if f.kind == "offtarget.sensitivity")
    assert (sensitivity.attributes["sites"], sensitivity.attributes["assessed"]) == (21, 16)
