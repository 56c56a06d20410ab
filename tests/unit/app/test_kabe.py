"""The published case: its numbers come from its files, and follow them when they change.

Expected numbers: Musunuru K, et al. N Engl J Med 2025;392:2235-2243, Supplementary Appendix 1,
Fig. S8 (17 alleles, 2,334 reads shown of 2,448), and sums over those alleles done by hand here.
"""

from __future__ import annotations

import csv
import json
import math
from base64 import urlsafe_b64encode
from hashlib import sha512
from pathlib import Path

import pytest

from tests.factories import (
    copy_example,
    dataset,
    edit_case,
    example,
    example_findings,
    findings_of,
    replace_text,
)
from ultrarare.case.finding import Direction, Finding, Ladder, Planned

TABLE = "editing.allele-table/alleles"
READS = "editing.amplicon/simulated-reads"


@pytest.fixture(scope="module")
def found():
    return example_findings("kabe")


RESIDUE = dict(
    zip(
        (a + b + c for a in "TCAG" for b in "TCAG" for c in "TCAG"),
        "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG",
        strict=True,
    )
)


def sha512t24u(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return urlsafe_b64encode(sha512(text.encode()).digest()[:24]).decode()


def count(finding: Finding) -> int:
    return int(finding.details["count"])


@pytest.mark.parametrize(
    ("name", "reads"),
    [
        ("any-edit", 1803),
        ("target-base", 1531),
        ("intended-protein", 1488),
        ("intended-only", 862),
        ("wrong-residue", 66),
        ("indel", 0),
    ],
)
def test_each_definition_of_edited_is_its_own_number_of_2448(found, name, reads):
    finding = found[f"{TABLE}/{name}"]
    assert (count(finding), finding.n, finding.details["total"]) == (reads, 2448, 2448)
    assert finding.estimate.value == pytest.approx(reads / 2448, rel=1e-12)
    assert f"{reads:,} of 2,448 reads" in finding.statement
    assert finding.ladder is Ladder.E
    assert finding.planned is Planned.POST_HOC


def test_the_sums_are_those_of_the_alleles_shown():
    # The slow, obvious count: index i of a printed sequence is protospacer position i - 2, and its
    # reverse complement codes from index 2 on for H337 N336 X335 A334 T333 I332.
    path = example("kabe").root / "data/editing/alleles.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        rows = [(row["sequence"], int(row["reads"])) for row in csv.DictReader(handle)]
    unedited = "CCATGATTCTAAGCAGTAATGAAAGCCTGTTTGTTTGTGA"

    def total(wanted):
        return sum(reads for sequence, reads in rows if wanted(sequence))

    def protein(sequence):
        plus = sequence[2:20].translate(str.maketrans("ACGT", "TGCA"))[::-1]
        return "".join(RESIDUE[plus[i : i + 3]] for i in range(0, 18, 3))

    assert protein(unedited) == "ITA*NH"
    assert total(lambda s: any(unedited[i] == "A" and s[i] == "G" for i in range(3, 13))) == 1803
    assert total(lambda s: s[10] == "G") == 1531
    assert total(lambda s: protein(s) == "ITAQNH") == 1488
    assert total(lambda s: s == unedited[:10] + "G" + unedited[11:]) == 862
    assert total(lambda s: protein(s)[3] == "H") == 43
    assert total(lambda s: protein(s)[3] == "Y") == 23
    assert [total(lambda s, i=i: s[i] == "G") for i in (5, 11, 14)] == [740, 78, 261]


@pytest.mark.parametrize(
    ("position", "reads", "percent"), [(3, 740, 30.2), (12, 261, 10.7), (9, 78, 3.2), (0, 15, 0.6)]
)
def test_bystanders_are_listed_one_by_one(found, position, reads, percent):
    finding = found[f"{TABLE}/bystander-{position}"]
    assert (count(finding), finding.attributes["position"]) == (reads, position)
    assert round(100 * finding.estimate.value, 1) == percent
    assert finding.direction is Direction.DESCRIBES


def test_reads_whose_stop_became_another_residue_are_43_histidine_and_23_tyrosine(found):
    finding = found[f"{TABLE}/wrong-residue"]
    assert finding.details["residues"] == {"H": 43, "Y": 23}


def test_reads_of_alleles_not_shown_stay_in_the_denominator_and_bound_the_fraction(found):
    finding = found[f"{TABLE}/target-base"]
    assert finding.details["not_shown"] == 114
    assert any("imply a total of exactly 2,448 reads" in caveat for caveat in finding.caveats)


@pytest.mark.parametrize(
    "name", ["any-edit", "target-base", "intended-protein", "intended-only", "bystander-3"]
)
def test_simulated_reads_give_back_the_shares_they_were_made_from(found, name):
    ours, table = found[f"{READS}/{name}"], found[f"{TABLE}/{name}"]
    assert ours.details["total"] == 2334
    share = count(table) / 2334
    # The simulator keeps the count of each allele; errors of one base in a thousand then move a
    # read from one class to another, which is well within the binomial error of the share.
    tolerance = 4 * math.sqrt(share * (1 - share) / 2334)
    assert ours.estimate.value == pytest.approx(share, abs=tolerance)
    assert ours.direction is Direction.DESCRIBES
    assert ours.caveats[0].startswith("Simulator check: simulated-reads is simulated")


def test_no_finding_of_engagement_is_in_tissue_of_this_patient(found):
    rungs = {f.ladder for f in found.values() if f.kind.startswith("engagement.")}
    assert Ladder.A not in rungs
    assert found["statement/no-biopsy"].kind == "engagement.not-feasible"


def test_published_mortality_disagrees_and_both_values_stand(found):
    finding = found["history.literature-conflict/literature-1"]
    assert finding.attributes["agree"] is False
    assert "50 %, musunuru-2025; 36 % (21–50 %), burgard-2016" in finding.statement
    assert [v["value"] for v in finding.details["values"]] == [0.5, 0.36]
    assert finding.direction is Direction.DESCRIBES


def test_the_course_is_not_computable_and_says_what_would_be_needed(found):
    for name in ("own-control", "naive-change", "regression-to-mean"):
        finding = found[f"ammonia-own-control/{name}"]
        assert finding.direction is Direction.NOT_COMPUTABLE
        assert "only medians and quartiles by period are known" in finding.statement
        assert (
            "Individual dated values of the patient before and after dosing" in finding.would_need
        )
        assert finding.estimate is None
    assert not any("p_value" in f.attributes for f in found.values())


def test_a_median_on_the_lower_quartile_is_a_caveat(found):
    ammonia = found["effect.course-summary/ammonia/summary"]
    told = [caveat for caveat in ammonia.caveats if "equals the lower quartile" in caveat]
    assert len(told) == 1
    assert told[0].startswith("Between doses: the median equals the lower quartile (9, the low end")
    orotic = found["effect.course-summary/orotic-acid/summary"]
    assert not any("equals the lower quartile" in caveat for caveat in orotic.caveats)
    for finding in (ammonia, orotic):
        assert finding.direction is Direction.DESCRIBES
        assert any("no test is made of them" in caveat for caveat in finding.caveats)
        assert any(
            "number of measurements in a period is not printed" in c for c in finding.caveats
        )


def test_intercurrent_events_after_the_first_dose_are_listed(found):
    finding = found["effect.intercurrent/intercurrent"]
    for words in (
        "nitrogen scavenger tried lower",
        "nitrogen scavenger halved",
        "tacrolimus begun",
        "protein-free day in a rhinovirus infection",
        "two viral illnesses; full-protein diet kept",
    ):
        assert words in finding.statement
    assert finding.n == 5
    assert "quiet period" not in finding.statement
    assert "sirolimus" not in finding.statement


def test_the_third_dose_is_known_from_the_press_alone(found):
    assert any("grade B" in caveat for caveat in found["statement/third-dose"].caveats)
    third = example("kabe").timeline[-1]
    assert (str(third.when), third.kind, third.grade) == ("day >256", "dose", "B")


def test_the_variant_is_the_published_one_under_its_vrs_id(found):
    finding = found["variant.identity/paternal-identity"]
    # GA4GH VRS 2, computed identifiers: sha512t24u over the canonical JSON, the location inlined
    # by its own digest.
    location = {
        "end": 210591886,
        "sequenceReference": {
            "refgetAccession": "SQ.pnAqCRBrTsUoBghSD1yp_jXWSmlbdh4g",
            "type": "SequenceReference",
        },
        "start": 210591885,
        "type": "SequenceLocation",
    }
    allele = {
        "location": sha512t24u(location),
        "state": {"sequence": "T", "type": "LiteralSequenceExpression"},
        "type": "Allele",
    }
    assert finding.attributes["vrs_id"] == f"ga4gh:VA.{sha512t24u(allele)}"
    assert finding.details["genomic"] == "NC_000002.12:g.210591886C>T"
    assert found["variant.identity/paternal-consequence"].details["hgvs_p"] == "p.(Gln335Ter)"
    other = found["variant.identity/maternal-identity"]
    assert other.direction is Direction.NOT_COMPUTABLE
    assert other.would_need


def test_the_guide_lies_on_the_minus_strand_with_the_target_inside_the_window(found):
    match = found["therapy.target/target-match"]
    assert match.attributes == {
        "position": 8,
        "in_window": True,
        "strand": "-",
        "on_variant": True,
    }
    outcome = found["therapy.target/predicted-outcome"]
    assert outcome.attributes["restores_protein"] is True


def test_what_is_computed_is_json(found):
    for finding in found.values():
        text = json.dumps(finding.model_dump(mode="json"), allow_nan=False)
        assert str(Path(__file__).parents[3]) not in text


# --- one input changed ----------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    return copy_example("kabe", tmp_path)


def changed(before: dict[str, Finding], after: dict[str, Finding]) -> set[str]:
    """Kinds of the findings whose estimate, statement or direction is another."""
    return {
        finding.kind
        for key, finding in before.items()
        if key not in after
        or (finding.estimate, finding.statement, finding.direction, finding.details)
        != (after[key].estimate, after[key].statement, after[key].direction, after[key].details)
    }


def test_one_allele_count_changes_the_engagement_and_nothing_else(found, folder):
    replace_text(folder / "data/editing/alleles.csv", "GTGA,862,35.21", "GTGA,850,34.72")
    after = findings_of(folder)
    assert count(after[f"{TABLE}/target-base"]) == 1519
    assert count(after[f"{TABLE}/intended-only"]) == 850
    assert after[f"{TABLE}/target-base"].details["not_shown"] == 126
    kinds = changed(found, after)
    assert "engagement.target-base" in kinds
    assert all(kind.startswith("engagement.") for kind in kinds)


def test_percentages_that_no_longer_bear_out_the_total_are_a_caveat(folder):
    replace_text(folder / "data/editing/alleles.csv", "GTGA,862,35.21", "GTGA,850,35.21")
    after = findings_of(folder)
    assert any("fit no single total" in c for c in after[f"{TABLE}/target-base"].caveats)


def test_one_course_value_changes_the_summary_and_its_caveats(found, folder):
    replace_text(
        folder / "data/course/ammonia.csv", "between doses,9,9,19", "between doses,11,9,19"
    )
    after = findings_of(folder)
    ammonia = after["effect.course-summary/ammonia/summary"]
    assert "between doses 11 (9–19)" in ammonia.statement
    assert not any("equals the lower quartile" in caveat for caveat in ammonia.caveats)
    assert changed(found, after) == {"course.summary"}


def test_one_published_value_changes_the_conflict(found, folder):
    def agree(case):
        case["statements"] = [
            {**item, "estimate": {"value": 0.4, "unit": "1"}}
            if item["id"] == "mortality-introduction"
            else item
            for item in case["statements"]
        ]

    edit_case(folder, agree)
    after = findings_of(folder)
    assert after["history.literature-conflict/literature-1"].attributes["agree"] is True
    assert changed(found, after) == {"history.conflict", "history.literature"}


def test_a_smaller_total_than_the_reads_shown_is_an_error(folder):
    edit_case(folder, lambda case: dataset(case, "alleles").update(total_reads=2000))
    with pytest.raises(AssertionError, match="2334"):
        findings_of(folder)


def test_a_target_position_beside_the_variant_no_longer_acts_on_it(found, folder):
    edit_case(folder, lambda case: case["product"]["guide"].update(target_position=9))
    after = findings_of(folder)
    match = after["therapy.target/target-match"]
    assert match.attributes["on_variant"] is False
    assert match.direction is Direction.CONTRADICTS
    assert count(after[f"{TABLE}/target-base"]) == 78
