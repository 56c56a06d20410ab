# ruff: noqa: E501 -- rows of a table read better on one line
"""A made assessment with every kind of finding and all seven verdicts, to look at and to test."""

from __future__ import annotations

import csv
import io
from datetime import date
from functools import cache
from typing import Any

from ultrarare.case.case import Modality, Source
from ultrarare.case.dataset import CohortPeople, CourseSeries, TimelineTable
from ultrarare.case.finding import (
    Citation,
    Direction,
    Estimate,
    Finding,
    Input,
    Ladder,
    Origin,
    Planned,
    Provenance,
    Tier,
)
from ultrarare.case.moment import Moment
from ultrarare.case.plan import (
    Endpoint,
    Estimand,
    IntercurrentEvent,
    Plan,
    PlannedAnalysis,
    SuccessCriterion,
)
from ultrarare.case.timeline import Event, EventKind
from ultrarare.dossier.content import Content, DossierInput, Method, content
from ultrarare.guidance.assessment import (
    Assessment,
    CaseHead,
    Element,
    ElementVerdict,
    Failure,
    Gap,
    GuidanceAssessment,
    Reading,
    Readings,
    RequirementVerdict,
    StandingJudgement,
    Turn,
    Turning,
    Verdict,
)
from ultrarare.guidance.route import route_book
from ultrarare.guidance.routing import answer_routes

SHA = "sha256:" + "3f5a" * 16
HOSTILE = "<script>alert(1)</script> #panic() *bold* @ref $x$ `raw` = 1"

TIMELINE = """\
time,event,kind,value,unit,grade,note
0,"birth, 35 weeks of gestation",birth,,,A,
2,"lethargy, respiratory distress",symptom,,,A,
2,plasma ammonia at presentation,measurement,>1000,umol/L,A,
2,continuous renal replacement therapy started,intercurrent,,,A,
6,genetic diagnosis,diagnosis,,,A,
50-100,honeymoon period,symptom,,,A,
~150,listed for liver transplant,regulatory,,,A,
30,guide and editor chosen,design,,,A,
~180,expanded-access IND submitted,regulatory,,,A,
205,sirolimus started,intercurrent,,,A,
207,weight (9th percentile),measurement,7.14,kg,A,
208,dose 1,dose,0.1,mg/kg,A,
209,tacrolimus started,intercurrent,,,A,
208-230,glycerol phenylbutyrate lowered and restored for rising glutamine,intercurrent,8.1,mL,A,
225,protein-free diet for one day during a respiratory infection,intercurrent,,,A,
230,dose 2,dose,0.3,mg/kg,A,
~244,glycerol phenylbutyrate halved,intercurrent,5.0,mL,A,
230-258,two viral illnesses with vomiting,intercurrent,2,1,A,
256,weight (26th percentile),measurement,8.17,kg,A,
>256,dose 3 as reported by the press,follow-up,,,B,
"""


def timeline() -> tuple[Event, ...]:
    rows = csv.DictReader(io.StringIO(TIMELINE))
    events = [
        Event(
            when=Moment.parse(row["time"]),
            event=row["event"],
            kind=EventKind(row["kind"]),
            value=row["value"] or None,
            unit=row["unit"] or None,
            grade=row["grade"] or None,
            note=row["note"] or None,
        )
        for row in rows
    ]
    return tuple(sorted(events, key=lambda event: (event.when.first, event.when.middle)))


REFERENCE = "CCATGATTCTAAGCAGTAATGAAAGCCTGTTTGTTTGTGA"
ALLELES: list[tuple[str, int, str, str]] = [
    ("CCATGATTCTGAGCAGTAATGAAAGCCTGTTTGTTTGTGA", 862, "intended only", "p.335Gln"),
    ("CCATGATTCTAAGCAGTAATGAAAGCCTGTTTGTTTGTGA", 432, "unedited", "p.335Ter"),
    ("CCATGGTTCTGAGCAGTAATGAAAGCCTGTTTGTTTGTGA", 413, "intended with bystander", "p.335Gln"),
    ("CCATGGTTCTAAGCAGTAATGAAAGCCTGTTTGTTTGTGA", 184, "bystander only", "p.335Ter"),
    ("CCATGATTCTAAGCGGTAATGAAAGCCTGTTTGTTTGTGA", 88, "bystander only", "p.335Ter"),
    ("CCATGATTCTGAGCGGTAATGAAAGCCTGTTTGTTTGTGA", 74, "intended with bystander", "p.335Gln"),
    ("CCATGATTGTGAGCAGTAATGAAAGCCTGTTTGTTTGTGA", 43, "wrong residue", "p.335His"),
    ("CCATGATTCTGGGCAGTAATGAAAGCCTGTTTGTTTGTGA", 29, "intended with bystander", "p.335Gln"),
    ("CCATGATTCT-AGCAGTAATGAAAGCCTGTTTGTTTGTGA", 12, "deletion", "frameshift"),
]


def _allele_details() -> dict[str, Any]:
    total = 2448
    return {
        "definition": "any A>G at protospacer positions 1–10",
        "alleles": {
            "reference": REFERENCE,
            "first_position": -2,
            "guide": [1, 20],
            "pam": [21, 23],
            "window": [4, 8],
            "target": 8,
            "rows": [
                {"sequence": s, "reads": n, "share": n / total, "outcome": o, "protein": p}
                for s, n, o, p in ALLELES
            ],
            "not_shown": {"alleles": 0, "reads": 114},
            "total": total,
        },
    }


def _computed(
    analysis: str, dataset: str, *, seed: int | None = None, **parameters: Any
) -> Provenance:
    return Provenance(
        analysis=analysis,
        version="ultrarare 0.1.0, analysis 1",
        parameters=parameters,
        inputs=(Input(dataset=dataset, path=f"data/{dataset}.csv", sha256=SHA),),
        seed=seed,
        digest=SHA,
        citations=(Citation(source="made-source", locator="Table 1", grade="A"),),
    )


def _cited(locator: str) -> Provenance:
    return Provenance(citations=(Citation(source="made-source", locator=locator, grade="A"),))


def _declared() -> Provenance:
    return Provenance(declared_by="made signer", declared_on="2026-03-01")


def _abnormality() -> list[Finding]:
    return [
        Finding(
            id="variant/identity",
            kind="variant.identity",
            origin=Origin.COMPUTED,
            statement="The targeted variant is named as written and lies on the reference.",
            direction=Direction.SUPPORTS,
            attributes={"status": "same", "role": "targeted", "normalised": "NM_0.1:c.1003C>T"},
            provenance=_computed("variant.identity", "reference"),
            details={"written": "c.1003C>T", "warnings": []},
        ),
        Finding(
            id="variant/classification",
            kind="variant.classification",
            origin=Origin.COMPUTED,
            statement="The declared criteria give 9 points: likely pathogenic.",
            direction=Direction.SUPPORTS,
            attributes={"points": 9, "class_points": "likely pathogenic", "role": "targeted"},
            provenance=_computed("variant.classification", "case"),
            details={
                "criteria": [
                    {
                        "code": "PVS1",
                        "strength": "very strong",
                        "points": 8,
                        "reason": "nonsense where loss of function is the mechanism",
                        "by": "made signer",
                        "sources": ["made-source"],
                    },
                    {
                        "code": "PM2",
                        "strength": "supporting",
                        "points": 1,
                        "reason": "absent from population data",
                        "by": "made signer",
                        "sources": [],
                    },
                ]
            },
        ),
    ]


def _therapy() -> list[Finding]:
    return [
        Finding(
            id="therapy/target-match",
            kind="therapy.target-match",
            origin=Origin.COMPUTED,
            statement="The guide and its PAM lie on the target; the target base is at position 8.",
            direction=Direction.SUPPORTS,
            attributes={"position": 8, "in_window": True, "strand": "-"},
            provenance=_computed("therapy.target-match", "reference"),
        ),
        Finding(
            id="statement/mouse",
            kind="therapy.proof-of-concept",
            origin=Origin.CITED,
            statement="Up to 42% of whole-liver alleles were corrected in mice.",
            direction=Direction.SUPPORTS,
            estimate=Estimate(value=0.42, unit="1"),
            ladder=Ladder.E,
            caveats=("The number of animals at this dose is two.",),
            provenance=_cited("Results, page 3"),
        ),
    ]


def _history() -> list[Finding]:
    return [
        Finding(
            id="history/survival",
            kind="history.survival",
            origin=Origin.COMPUTED,
            statement="Untreated survival at 1 year is 58%; the patient reached day 256.",
            estimate=Estimate(value=0.583, lower=0.27, upper=0.80, level=0.95, unit="1"),
            n=12,
            n_unit="people",
            tier=Tier.SAME_GENE,
            attributes={"people": 12, "events": 5},
            provenance=_computed("history.survival", "cohort"),
            caveats=("Care has changed since these people were born.",),
            details={
                "curve": {
                    "start": 0.0,
                    "time": [3, 8, 20, 60, 190],
                    "survival": [0.917, 0.833, 0.75, 0.6667, 0.583],
                    "lower": [0.54, 0.48, 0.41, 0.34, 0.27],
                    "upper": [0.99, 0.96, 0.91, 0.86, 0.80],
                    "at_risk": [12, 11, 10, 9, 8],
                    "events": [1, 1, 1, 1, 1],
                },
                "censored_at": [210, 230, 300, 310, 365, 365, 365],
                "unit": "d",
                "group": "untreated neonatal onset, same gene",
                "median": {"value": None, "lower": None, "upper": None},
                "patient": {"time": 256, "label": "this patient, alive at day 256"},
            },
        ),
        Finding(
            id="history/conflict",
            kind="history.conflict",
            origin=Origin.COMPUTED,
            statement="Published mortality of early onset lies between 25% and 50% and does not agree.",
            direction=Direction.INCONCLUSIVE,
            n=3,
            n_unit="values",
            tier=Tier.PATHWAY,
            measure="early mortality",
            attributes={"agree": False},
            provenance=_computed("history.conflict", "statements"),
            details={
                "unit": "1",
                "values": [
                    {
                        "finding": "statement/a",
                        "label": "death in early infancy",
                        "value": 0.5,
                        "lower": None,
                        "upper": None,
                        "population": "as cited in the case paper",
                        "era": None,
                        "citation": "Made A 2025",
                        "grade": "A",
                    },
                    {
                        "finding": "statement/b",
                        "label": "mortality, early onset, meta-analysis",
                        "value": 0.36,
                        "lower": 0.21,
                        "upper": 0.5,
                        "population": "same gene, early onset",
                        "era": "1972–2014",
                        "citation": "Made B 2016",
                        "grade": "A",
                    },
                    {
                        "finding": "statement/c",
                        "label": "neonatal death, all urea-cycle disorders",
                        "value": 0.254,
                        "lower": 0.153,
                        "upper": 0.379,
                        "population": "pathway, 63 people",
                        "era": "1999–2013",
                        "citation": "Made C 2016",
                        "grade": "B",
                    },
                ],
            },
        ),
        Finding(
            id="history/population",
            kind="history.population",
            origin=Origin.COMPUTED,
            statement="A visit's value varies by 11 within and 14 between untreated people.",
            n=84,
            n_unit="visits",
            tier=Tier.SAME_GENE,
            attributes={"people": 21, "visits": 84, "reliability": 0.62},
            provenance=_computed("history.population", "visits"),
            details={
                "mean": 31.0,
                "between_sd": 14.0,
                "within_sd": 11.0,
                "people": 21,
                "visits": 84,
            },
        ),
    ]


def _engagement() -> list[Finding]:
    def share(name: str, text: str, count: int, lower: float, upper: float) -> Finding:
        return Finding(
            id=f"editing/{name}",
            kind=f"engagement.{name}",
            origin=Origin.COMPUTED,
            statement=text,
            direction=Direction.SUPPORTS,
            estimate=Estimate(value=count / 2448, lower=lower, upper=upper, level=0.95, unit="1"),
            n=2448,
            n_unit="reads",
            ladder=Ladder.E,
            caveats=("The sample behind this table is not stated.",),
            provenance=_computed("editing.allele-table", "alleles"),
            details=_allele_details()
            if name == "any-edit"
            else {"definition": text, "count": count, "total": 2448},
        )

    return [
        share("any-edit", "Any A>G in positions 1–10: 73.7% of reads.", 1803, 0.7187, 0.7536),
        share("target-base", "The target base is converted in 62.5% of reads.", 1531, 0.606, 0.644),
        share("intended-only", "Nothing but the target is changed in 35.2%.", 862, 0.3335, 0.3713),
        Finding(
            id="editing/indel",
            kind="engagement.indel",
            origin=Origin.COMPUTED,
            statement="Insertions and deletions cannot be counted from this table.",
            direction=Direction.NOT_COMPUTABLE,
            would_need="The reads themselves, or a table that shows alleles with indels.",
            provenance=_computed("editing.allele-table", "alleles"),
        ),
        Finding(
            id="statement/no-biopsy",
            kind="engagement.not-feasible",
            origin=Origin.DECLARED,
            statement="A liver biopsy was deferred because its risk was not justified.",
            direction=Direction.DESCRIBES,
            provenance=_declared(),
        ),
    ]


def _own_control() -> Finding:
    prediction = [
        {"time": t, "mean": 26.0 + 0.01 * (t - 208), "lower": 9.0, "upper": 44.0 + 0.02 * (t - 208)}
        for t in (208, 220, 232, 244, 258)
    ]
    return Finding(
        id="course/ammonia",
        kind="course.own-control",
        origin=Origin.COMPUTED,
        statement="Ammonia after dosing lies 12.4 below the prediction without treatment.",
        direction=Direction.INCONCLUSIVE,
        estimate=Estimate(value=-12.41, lower=-26.0, upper=1.2, level=0.95, unit="umol/L"),
        n=9,
        n_unit="visits",
        planned=Planned.POST_HOC,
        measure="plasma ammonia",
        caveats=("Scavenger drug and diet changed in the same weeks.",),
        attributes={
            "p_value": 0.074,
            "p_benefit": 0.963,
            "exceeds_margin": 0.71,
            "baseline_visits": 4,
        },
        provenance=_computed("effect.own-control", "ammonia", seed=7, margin=5.0, level=0.95),
        details={
            "unit": "umol/L",
            "measure": "plasma ammonia",
            "improves": "lower",
            "margin": 5.0,
            "pre": [
                {"time": 150, "value": 41.0, "text": "41"},
                {"time": 168, "value": 22.0, "text": "22"},
                {"time": 186, "value": 48.0, "text": "48"},
                {"time": 204, "value": 30.0, "text": "30"},
            ],
            "post": [
                {"time": 212, "value": 14.0, "text": "14"},
                {"time": 219, "value": None, "text": "<9"},
                {"time": 226, "value": 19.0, "text": "19"},
                {"time": 240, "value": None, "text": "<9"},
                {"time": 256, "value": 13.0, "text": "13"},
            ],
            "prediction": prediction,
            "excluded": [{"time": 207, "text": "95", "reason": "haemolysed sample"}],
            "doses": [
                {"time": 208, "label": "dose 1, 0.1 mg/kg"},
                {"time": 230, "label": "dose 2, 0.3 mg/kg"},
            ],
            "intercurrent": [
                {"first": 225, "last": 225, "label": "infection"},
                {"first": 208, "last": 230, "label": "scavenger tapered"},
                {"first": 244, "last": 258, "label": "scavenger halved"},
            ],
            "size_table": {
                "rows": [
                    {
                        "course": "stable",
                        "noise": "normal",
                        "selection": "bad baseline",
                        "reliability": 0.5,
                        "n_people": 20,
                        "n_pre": 4,
                        "n_post": 4,
                        "effect": 1.5,
                        "runs": 1000,
                        "naive_type1": 0.061,
                        "ours_type1": 0.038,
                        "ours_false_benefit": 0.021,
                        "mc_se": 0.006,
                        "power": 0.83,
                    },
                    {
                        "course": "stable",
                        "noise": "ar1",
                        "selection": "bad baseline",
                        "reliability": 0.5,
                        "n_people": 20,
                        "n_pre": 4,
                        "n_post": 4,
                        "effect": 1.5,
                        "runs": 1000,
                        "naive_type1": 0.227,
                        "ours_type1": 0.155,
                        "ours_false_benefit": 0.111,
                        "mc_se": 0.011,
                        "power": 0.87,
                    },
                ]
            },
        },
    )


def _improvement() -> list[Finding]:
    return [
        _own_control(),
        Finding(
            id="course/summary",
            kind="course.summary",
            origin=Origin.COMPUTED,
            statement="Published medians of ammonia move from 23 to 9 to 13 umol/L.",
            planned=Planned.POST_HOC,
            measure="plasma ammonia",
            provenance=_computed("effect.summary", "summary"),
            details={
                "unit": "umol/L",
                "measure": "plasma ammonia",
                "periods": [
                    {
                        "period": "age 3 months until dose 1",
                        "median": 23,
                        "q1": 14,
                        "q3": 48,
                        "n": None,
                        "text": "23 (14–48)",
                    },
                    {
                        "period": "between dose 1 and dose 2",
                        "median": 9,
                        "q1": 9,
                        "q3": 19,
                        "n": None,
                        "text": "9 (9–19)",
                    },
                    {
                        "period": "after dose 2",
                        "median": 13,
                        "q1": 9,
                        "q3": 28,
                        "n": 11,
                        "text": "13 (9–28)",
                    },
                ],
                "reference_low": None,
                "reference_high": 33,
            },
        ),
        Finding(
            id="course/episodes",
            kind="course.episodes",
            origin=Origin.COMPUTED,
            statement="No hyperammonaemic crisis after dosing; 0.9 were predicted.",
            direction=Direction.INCONCLUSIVE,
            estimate=Estimate(value=0.0, lower=0.0, upper=4.1, level=0.95, unit="1"),
            n=3,
            n_unit="episodes",
            planned=Planned.LOCKED,
            attributes={"p_value": 0.41, "rate_ratio": 0.0},
            provenance=_computed("effect.episodes", "episodes", seed=11),
            details={
                "observed": [0, 258],
                "events": [
                    {"time": 2, "label": "crisis"},
                    {"time": 34, "label": "crisis"},
                    {"time": 140, "label": "crisis"},
                ],
                "doses": [
                    {"time": 208, "label": "dose 1, 0.1 mg/kg"},
                    {"time": 230, "label": "dose 2, 0.3 mg/kg"},
                ],
                "predicted": {"mean": 0.9, "lower": 0.0, "upper": 3.0},
                "years": {"before": 0.57, "after": 0.137},
            },
        ),
        Finding(
            id="course/intercurrent",
            kind="course.intercurrent",
            origin=Origin.COMPUTED,
            statement="Three intercurrent events after dosing; two have a strategy in the plan.",
            attributes={"events": 3, "with_strategy": False},
            provenance=_computed("effect.intercurrent", "timeline"),
            details={
                "events": [
                    {
                        "first": 225,
                        "last": 225,
                        "label": "infection",
                        "strategy": "treatment policy",
                    },
                    {"first": 208, "last": 230, "label": "scavenger tapered", "strategy": None},
                ]
            },
        ),
    ]


def _setting() -> list[Finding]:
    return [
        Finding(
            id="plan/lock",
            kind="plan.lock",
            origin=Origin.COMPUTED,
            statement="The plan was locked after the first dose.",
            direction=Direction.CONTRADICTS,
            attributes={"before_first_dose": False},
            provenance=_computed("plan.lock", "plan"),
        ),
        Finding(
            id="statement/off-target",
            kind="offtarget.assessment",
            origin=Origin.CITED,
            statement="Of 21 nominated sites 16 were sequenced and 5 failed amplification.",
            direction=Direction.SUPPORTS,
            n=21,
            n_unit="sites",
            caveats=("A site that was not sequenced is not a negative site.",),
            provenance=_cited("Table S3"),
        ),
        Finding(
            id="statement/hostile",
            kind="disease.severity",
            origin=Origin.DECLARED,
            statement=f"Half of the children die in infancy {HOSTILE}.",
            direction=Direction.SUPPORTS,
            provenance=_declared(),
        ),
    ]


def findings() -> tuple[Finding, ...]:
    return (
        *_abnormality(),
        *_therapy(),
        *_history(),
        *_engagement(),
        *_improvement(),
        *_setting(),
    )


ROWS: list[tuple[str, Element | None, str, Verdict, str, str, str, tuple[str, ...], str]] = [
    ("EL-1", Element.ABNORMALITY, "Is the alteration identified and tied to the disease?", Verdict.SUPPORTED, "The variant is verified and classed likely pathogenic.", "[direct]", "discovery", ("variant/identity", "variant/classification"), ""),
    ("EL-2", Element.THERAPY, "Does the product act on the cause?", Verdict.SUPPORTED, "Guide and target base match the reference, and a model was corrected.", "[direct]", "nonclinical", ("therapy/target-match", "statement/mouse"), ""),
    ("EL-3", Element.NATURAL_HISTORY, "Is the untreated course well characterised?", Verdict.PARTLY, "A cohort of the same gene is at hand; published values do not agree.", "[secondary: law-firm summary]", "first-in-human", ("history/survival", "history/conflict", "history/population"), "Add people with the same variant or the same functional class."),
    ("EL-4", Element.ENGAGEMENT, "Was engagement confirmed in this patient?", Verdict.MISSING, "No tissue of this patient was examined.", "[direct]", "pivotal", ("editing/any-edit", "editing/target-base", "statement/no-biopsy"), "Sequence a liver sample when one is taken for another reason, or justify why none can be."),
    ("EL-4b", Element.ENGAGEMENT, "Was engagement shown in a model?", Verdict.SUPPORTED, "62.5% of reads of a model carry the target edit.", "[inferred]", "nonclinical", ("editing/target-base", "editing/any-edit"), ""),
    ("EL-5", Element.IMPROVEMENT, "Did outcome or course improve?", Verdict.NEEDS_JUDGEMENT, "The estimate points to benefit and its interval includes none; post hoc.", "[direct]", "pivotal", ("course/ammonia", "course/episodes", "course/summary"), "Two further months of weekly ammonia on an unchanged diet."),
    ("PL-1", None, "Was the plan locked before the first dose?", Verdict.CONTRADICTED, "The plan was locked after the first dose.", "[inferred]", "first-in-human", ("plan/lock",), "Lock the next plan before dose 3; what was done stays post hoc."),
    ("FU-1", None, "Is follow-up of fifteen years planned?", Verdict.NOT_YET_DUE, "The case is first-in-human; the plan is due after.", "[secondary: press]", "post-market", (), ""),
    ("RN-1", None, "Is the RNA modality's chemistry described?", Verdict.NOT_APPLICABLE, "The product is a genome editor.", "[direct]", "cmc", (), ""),
    ("SF-1", None, "Were nominated off-target sites all examined?", Verdict.PARTLY, "Five of 21 nominated sites were not sequenced.", "[direct]", "nonclinical", ("statement/off-target",), "Sequence the five sites that failed with other primers."),
    ("DS-1", None, "Is the disease severe?", Verdict.SUPPORTED, f"A named person says so {HOSTILE}.", "[direct]", "discovery", ("statement/hostile",), ""),
]  # fmt: skip


def _requirement(row: Any, *, strict: bool) -> RequirementVerdict:
    rid, element, question, verdict, reason, tag, due, ids, remedy = row
    judged = (
        StandingJudgement(
            guidance="made-a",
            requirement=rid,
            verdict="partly supported",
            by="made reviewer",
            on="2026-03-02",
            reason="The direction is plausible.",
            interests="none stated by the made reviewer",
        ),
    )
    return RequirementVerdict(
        id=rid,
        element=element,
        question=question,
        verdict=Verdict.MISSING if strict and rid == "EL-5" else verdict,
        reason=f"{reason} With the findings it rests on.",
        brief=reason,
        tag=tag,
        ours=rid == "PL-1",
        due=due,
        findings=ids,
        roles=dict.fromkeys(ids, "supports"),
        remedy=remedy,
        source="Made guidance, section 4, page 11",
        dispute="Does model evidence suffice?" if rid == "EL-4" else None,
        judgements=judged if rid == "EL-5" else (),
        explanation={
            "ask": "all of",
            "verdict": verdict.value,
            "reason": reason,
            "findings": {},
            "parts": [
                {"ask": "present", "verdict": verdict.value, "reason": reason, "findings": dict.fromkeys(ids, "supports")},
                {"ask": "closest rung", "verdict": "missing", "reason": "No finding on rung A.", "findings": {}},
            ],
        },
    )  # fmt: skip


def _element(
    element: Element, verdict: Verdict, reason: str, ids: tuple[str, ...]
) -> ElementVerdict:
    return ElementVerdict(
        id=element,
        verdict=verdict,
        reason=reason,
        detail=f"{reason} In full, with what it rests on.",
        deciding=tuple(row[0] for row in ROWS if row[1] is element),
        findings=ids,
        ladder="E" if element is Element.ENGAGEMENT else None,
        tier="same gene" if element is Element.NATURAL_HISTORY else None,
    )


def _reading(*, strict: bool) -> Reading:
    by = {row[1]: row for row in ROWS if row[0] != "EL-4b" and row[1] is not None}
    elements = []
    for element, row in by.items():
        assert element is not None
        verdict = row[3]
        if element is Element.ENGAGEMENT:
            verdict = Verdict.MISSING if strict else Verdict.PARTLY
        elements.append(_element(element, verdict, row[4], row[7]))
    open_elements = tuple(e.id for e in elements if e.verdict is not Verdict.SUPPORTED)
    about = "All five elements are asked." if strict else "Engagement is asked where feasible."
    return Reading(
        about=about,
        open_elements=open_elements,
        elements=tuple(elements),
        requirements=tuple(_requirement(row, strict=strict) for row in ROWS),
    )


def _guidance(gid: str, title: str, status: str) -> GuidanceAssessment:
    strict, written = _reading(strict=True), _reading(strict=False)
    return GuidanceAssessment(
        id=gid,
        title=title,
        status=status,
        date="2026-02",
        version="1",
        sha256=SHA,
        readings=Readings(strict=strict, as_written=written),
        elements=written.elements,
        requirements=written.requirements,
    )


def _gaps() -> tuple[Gap, ...]:
    open_rows = [row for row in ROWS if row[8]]
    return tuple(
        Gap(
            guidance=gid,
            requirement=row[0],
            element=row[1],
            verdict=row[3],
            due=row[6],
            blocks=3 - i // 3,
            reason=row[4],
            remedy=row[8],
            tag=row[5],
        )
        for i, (gid, row) in enumerate((g, r) for r in open_rows for g in ("made-a", "made-b"))
    )


def assessment() -> Assessment:
    return Assessment(
        software="ultrarare 0.1.0",
        notice=(
            "This dossier says what the evidence of the case supports, never that a product is "
            "approved. It is no advice of an agency; the guidance is a draft."
        ),
        case=CaseHead(
            id="made-case",
            title="A made case of carbamoyl-phosphate synthetase 1 deficiency",
            data="made",
            pseudonym="Patient M",
            gene="CPS1",
            variant="NM_001875.5:c.1003C>T",
            product="made-abe",
            disease="carbamoyl-phosphate synthetase 1 deficiency",
            course="episodic",
            phase="first-in-human",
            clock="day of life",
            digest=SHA,
            plan="The plan was locked at day 210, which is not before the first dose (day 208).",
            absent=("data/weight.csv",),
        ),
        findings=findings(),
        guidance=(
            _guidance("made-a", "Made guidance on plausible mechanisms", "draft"),
            _guidance("made-b", "Made article on a pathway", "article"),
        ),
        gaps=_gaps(),
        routes=answer_routes(route_book().routes[:4], findings(), modality=Modality.GENOME_EDITING),
        turning=(
            Turning(
                a="made-a",
                b="made-b",
                turns=(
                    Turn(
                        what="EL-4",
                        sort="requirement",
                        a=Verdict.PARTLY,
                        b=Verdict.MISSING,
                        question="Was the target reached?",
                        reason="Ladder E only.",
                    ),
                    Turn(
                        what="XX-1",
                        sort="requirement",
                        a=None,
                        b=Verdict.MISSING,
                        question="Only there?",
                        reason="Nothing.",
                    ),
                ),
            ),
        ),
        failures=(
            Failure(analysis="growth", problem="two of 3 weights have no day; first: row 2"),
        ),
    )


def _plan() -> Plan:
    return Plan(
        schema="ultrarare/plan/1",
        endpoints=(
            Endpoint(
                id="ammonia",
                measure="plasma ammonia",
                unit="umol/L",
                improves="lower",
                endpoint_class="biomarker",
                surrogate_status="reasonably likely",
                relevant_difference=5.0,
                relevant_difference_reason="a change that would alter the scavenger dose",
                estimand=Estimand(
                    population="this patient",
                    treatment="two doses of the product",
                    variable="plasma ammonia, weekly",
                    intercurrent_events=(
                        IntercurrentEvent(event="infection", strategy="treatment policy"),
                    ),
                    summary="difference from the untreated prediction",
                ),
            ),
        ),
        analyses=(PlannedAnalysis(id="course", analysis="effect.own-control", endpoint="ammonia"),),
        success=(
            SuccessCriterion(
                analysis="course", finding="ammonia", field="estimate.upper", at_most=-5.0
            ),
        ),
    )


def source() -> DossierInput:
    return DossierInput(
        assessment=assessment(),
        timeline=timeline(),
        sources=(
            Source(
                id="made-source",
                citation="Made authors. A made paper. Made Journal 2025;1:1–2.",
                doi="10.0000/made.1",
                grade="A",
            ),
        ),
        plan=_plan(),
        lock_reason="The plan was locked at day 210, which is not before the first dose (day 208).",
        datasets=(
            CohortPeople(
                id="cohort",
                origin="made",
                kind="cohort-people",
                file="data/cohort.csv",
                endpoint="death",
                population="untreated neonatal onset",
                tier=Tier.SAME_GENE,
                note="drawn from a made distribution",
            ),
            CourseSeries(
                id="ammonia",
                origin="simulated",
                kind="course-series",
                file="data/ammonia.csv",
                measure="plasma ammonia",
                unit="umol/L",
                assay_floor=9,
            ),
            TimelineTable(id="timeline", origin="published", kind="timeline", file="data/t.csv"),
        ),
        methods=(
            Method(
                name="effect.own-control",
                summary="Observed course against the prediction from the patient's own past.",
                page="docs/methods/own-control.md",
                error_rate="simulated without effect: 3.8% (nominal 5%)",
                references=("Made 2020",),
            ),
            Method(
                name="history.survival",
                summary="Kaplan–Meier estimate with log(−log) interval.",
                page="docs/methods/survival.md",
            ),
        ),
        provenance={
            "software": {"ultrarare": "0.1.0", "python": "3.11"},
            "files": {"case.yaml": SHA},
        },
        assessed_on=date(2026, 3, 5),
    )


@cache
def example() -> Content:
    """The content of the made dossier; computed once a session where pictures take their time."""
    return content(source())
