"""`ultrarare drugging` from tables; what was not measured is never a number."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ultrarare.cli.main import app
from ultrarare.errors import InputError, InputErrors, NotComputable

HOW_TO = Path(__file__).parents[3] / "docs/how-to/show-drugging.md"


def run(*words):
    found = CliRunner().invoke(app, ["drugging", *map(str, words)])
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found


def written(tmp_path, text):
    path = tmp_path / "table.csv"
    path.write_text(text, "utf-8")
    return path


def cycles(knock=2.0, samples=3):
    rows = ["sample,group,gene,cq"]
    for k in range(samples):
        for group, shift in (("control", 0.0), ("treated", knock)):
            jitter = 0.1 * (k - 1)
            rows += [
                f"{group}{k},{group},HTT,{24 + shift + jitter:g}",
                f"{group}{k},{group},HTT,{24.1 + shift + jitter:g}",
                f"{group}{k},{group},ACTB,{18 + jitter / 2:g}",
                f"{group}{k},{group},TBP,{26 - jitter / 3:g}",
            ]
    return "\n".join(rows) + "\n"


QPCR = ("--target", "HTT", "--reference", "ACTB,TBP")


def test_two_cycles_are_three_quarters_knocked_down(tmp_path):
    path = written(tmp_path, cycles())
    found = json.loads(
        run("qpcr", path, *QPCR, "--tissue", "CSF cells", "--ladder", "A", "--json").stdout
    )
    assert found["knock_down"]["value"] == pytest.approx(0.75)
    assert found["knock_down"]["lower"] < 0.75 < found["knock_down"]["upper"]
    assert found["meaning"] == "tissue of this patient"
    assert set(found["stability"]["m"]) == {"ACTB", "TBP"}
    assert any("taken as 2" in text for text in found["caveats"])
    low, high = (one["knock_down"] for one in found["efficiency_sensitivity"])
    assert low < 0.75 < high
    told = run("qpcr", path, *QPCR, "--efficiency", "HTT=1.9", "--efficiency", "ACTB=2",
               "--efficiency", "TBP=2").stdout  # fmt: skip
    assert "falls by 72.3 %" in told
    assert "not stated" in told
    assert "taken as 2" not in told


def test_a_target_that_was_not_amplified_is_left_out_and_told(tmp_path):
    text = cycles().replace("treated0,treated,HTT,25.9", "treated0,treated,HTT,Undetermined")
    found = json.loads(run("qpcr", written(tmp_path, text), *QPCR, "--json").stdout)
    assert found["ratio"]["treated"] == 2
    said = " ".join(found["caveats"])
    assert "not taken as cycle 40" in said
    assert "treated0" in said


def test_one_sample_has_no_limits(tmp_path):
    found = json.loads(run("qpcr", written(tmp_path, cycles(samples=1)), *QPCR, "--json").stdout)
    assert found["knock_down"]["lower"] is None
    assert found["ratio"]["p_value"] is None
    assert any("wells are no samples" in text for text in found["caveats"])


def test_selectivity_is_the_ratio_of_both_ratios(tmp_path):
    text = cycles() + "".join(
        f"{g}{k},{g},WT,{24 + (0.5 if g == 'treated' else 0):g}\n"
        for g in ("treated", "control")
        for k in range(3)
    )
    found = json.loads(
        run("qpcr", written(tmp_path, text), *QPCR, "--wild-type", "WT", "--json").stdout
    )
    assert found["selectivity"]["value"] == pytest.approx(0.25 / 2**-0.5)


def test_everything_wrong_with_qpcr_is_told_at_once(tmp_path):
    with pytest.raises(InputErrors) as caught:
        run("qpcr", written(tmp_path, cycles()), "--target", "SMN2", "--reference", "SMN2,GUSB",
            "--treated", "drug", "--efficiency", "ACTB=3")  # fmt: skip
    said = str(caught.value)
    for part in (
        "no gene 'SMN2'",
        "no gene 'GUSB'",
        "no group 'drug'",
        "SMN2 is the target",
        "ACTB has 3",
    ):
        assert part in said
    with pytest.raises(InputErrors, match="is 'treated' here and 'control' in line 2"):
        run("qpcr", written(tmp_path, cycles() + "control0,treated,HTT,24\n"), *QPCR)
    with pytest.raises(InputError, match="is no rung"):
        run("qpcr", written(tmp_path, cycles()), *QPCR, "--ladder", "F")


SPLICED = "sample,group,inclusion,exclusion\n" + "".join(
    f"{g}{k},{g},{inc + k},{exc - k}\n"
    for g, inc, exc in (("treated", 120, 40), ("control", 40, 80))
    for k in range(3)
)


def test_splicing_counts_transcripts_and_not_junctions(tmp_path):
    found = json.loads(run("splicing", written(tmp_path, SPLICED), "--json").stdout)
    assert found["psi"]["treated"] == pytest.approx(181.5 / (181.5 + 117))
    assert found["difference"]["lower"] > 0
    assert found["p_value"] < 0.01
    assert found["samples"][0]["psi"] == pytest.approx(0.6)
    molecules = json.loads(
        run("splicing", written(tmp_path, SPLICED), "--counted", "molecules", "--json").stdout
    )
    assert molecules["samples"][0]["psi"] == pytest.approx(120 / 160)


def test_a_sample_without_counts_is_not_assessed(tmp_path):
    text = SPLICED + "treated9,treated,0,0\ntreated8,treated,,\n"
    found = json.loads(run("splicing", written(tmp_path, text), "--json").stdout)
    by_name = {one["sample"]: one for one in found["samples"]}
    assert by_name["treated9"]["psi"] is None
    assert by_name["treated8"]["assessed"] is False
    assert "treated9" in " ".join(found["caveats"])
    with pytest.raises(NotComputable):
        run(
            "splicing",
            written(tmp_path, "sample,group,inclusion,exclusion\na,treated,0,0\nb,control,3,4\n"),
        )
    with pytest.raises(InputErrors, match="which is no count"):
        run("splicing", written(tmp_path, SPLICED + "x,treated,2.5,3\n"))


MARKED = "person,time,value\n" + "".join(
    f"p,{t},{v}\n" for t, v in ((-3, 100), (-2, 95), (-1, 108))
)
NOISE = ("--dosed-at", "0", "--cv-analytical", "0.05", "--cv-within", "0.1")


def test_a_marker_within_and_beyond_noise(tmp_path):
    path = written(tmp_path, MARKED + "p,1,90\np,2,40\np,3,<5\n")
    found = json.loads(run("biomarker", path, *NOISE, "--json").stdout)
    (one,) = found["people"]
    assert one["baseline_values"] == 3
    assert [each["exceeds"] for each in one["changes"]] == [False, True, True]
    assert one["changes"][2]["below_limit"] is True
    assert one["seen_variation"]["values"] == 3
    told = run("biomarker", path, *NOISE).stdout
    assert "at least" in told
    assert "<5" in told


def test_a_person_without_a_baseline_is_not_assessed(tmp_path):
    text = MARKED + "p,1,90\nq,1,50\nr,-1,<5\nr,1,3\n"
    found = json.loads(run("biomarker", written(tmp_path, text), *NOISE, "--json").stdout)
    why = {one["person"]: one["not_assessed"] for one in found["people"]}
    assert why["p"] is None
    assert why["q"] == "no value before dosing"
    assert "below the limit" in why["r"]
    with pytest.raises(NotComputable, match="nobody can be assessed"):
        run("biomarker", written(tmp_path, MARKED), *NOISE)
    with pytest.raises(InputErrors, match="stands in line 2 too"):
        run("biomarker", written(tmp_path, MARKED + "p,-3,4\n"), *NOISE)


def test_the_how_to_runs(tmp_path):
    text = HOW_TO.read_text("utf-8")
    tables = re.findall(r"```csv\n(.*?)```", text, re.DOTALL)
    commands = re.findall(r"```sh\nultrarare drugging (.*)$", text, re.MULTILINE)
    assert len(tables) == len(commands) == 3
    for table, command in zip(tables, commands, strict=True):
        words = command.split()
        words[1] = str(written(tmp_path, table))
        assert run(*words).exit_code == 0


def test_a_small_group_that_scatters_most_is_told(tmp_path):
    rows = ["sample,group,gene,cq"]
    for k, shift in enumerate((0.0, 1.5, -1.5)):
        rows += [f"t{k},treated,HTT,{26 + shift}", f"t{k},treated,ACTB,18"]
    for k in range(6):
        rows += [f"c{k},control,HTT,{24 + k / 20}", f"c{k},control,ACTB,18"]
    path = written(tmp_path, "\n".join(rows) + "\n")
    said = run("qpcr", path, "--target", "HTT", "--reference", "ACTB").stdout
    assert "the smaller group scatters more" in said


def test_dose_and_decay_from_tables(tmp_path):
    rows = "".join(
        f"{d},{100 - 80 * d / (d + 10) + k}\n" for d in (0, 1, 3, 10, 30, 100, 300) for k in (-1, 1)
    )
    path = written(tmp_path, "dose,response\n" + rows)
    found = json.loads(run("dose-response", path, "--ladder", "E", "--json").stdout)
    assert found["ec50"]["value"] == pytest.approx(10, rel=0.05)
    assert found["ec50"]["lower"] < 10 < found["ec50"]["upper"]
    assert found["ec90"]["value"] == pytest.approx(90, rel=0.2)
    assert found["meaning"] == "model only"
    assert "EC50" in run("dose-response", path).stdout
    path = written(
        tmp_path, "time,value\n" + "".join(f"{t},{100 * 0.5 ** (t / 6)}\n" for t in range(6))
    )
    found = json.loads(run("decay", path, "--json").stdout)
    assert found["half_life"]["value"] == pytest.approx(6)
    with pytest.raises(InputErrors, match=r"table\.csv:2"):
        run("decay", written(tmp_path, "time,value\n0,x\n"))
