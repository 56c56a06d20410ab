"""What the made cases say: plans, case files and readmes as `make.py` writes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

BORN, FIRST_DOSE, LAST_SEEN = date(2017, 5, 8), date(2024, 6, 3), date(2025, 12, 1)

PROGRESSIVE_PLAN = """\
# yaml-language-server: $schema=../../docs/schemas/plan.json
# Made: no person, product or measurement in this folder exists.
schema: ultrarare/plan/1

endpoints:
  - id: motor-score
    measure: motor score
    unit: "{score}"
    improves: higher
    endpoint_class: clinical outcome
    surrogate_status: not a surrogate
    relevant_difference: 5
    relevant_difference_reason: One lost everyday skill in the made scale.
    estimand:
      population: this patient
      treatment: two doses of the product, against the same patient untreated
      variable: mean motor score from 90 to 550 days after the first dose
      intercurrent_events:
        - {event: viral illness, strategy: treatment policy, reason: illness is part of life}
      summary: difference between the observed mean and the mean expected without treatment

analyses:
  - id: motor-score-own-control
    analysis: effect.own-control
    endpoint: motor-score
    inputs: {series: motor-score, history: untreated-visits}
    parameters: {course: progressive, from_days_after_dose: 90, to_days_after_dose: 550}
"""

PROGRESSIVE_EXTERNAL = """\
  - id: motor-score-external
    analysis: effect.external-control
    endpoint: motor-score
    inputs: {treated: treated-people, control: untreated-people-at-index}
    parameters:
      method: matched
      ratio: 5
      trial:
        eligibility: {both: "made gene, one stop codon on both alleles, aged 4 to 9, walking", alike: "yes"}
        index_date: {treated: first dose, control: fourth visit, alike: "yes"}
        treatment: {treated: two doses of the product, control: the same care without it, alike: "yes"}
        assignment: {treated: the first three whose product was ready, control: no product was made, alike: "yes"}
        follow_up: {both: visits every three to ten months for 1.5 years or more, alike: "yes"}
        outcome_definition: {both: "change in the made motor score, 1.5 years after index", alike: "yes"}
        outcome_ascertainment: {both: "the same two assessors, from video, blinded to the arm", alike: "yes"}
        intercurrent_events: {both: "illness counts as part of the course", alike: "yes"}
        confounders: {both: "age, score and slope at index", alike: "yes"}
        missing_data: {both: no outcome is missing, alike: "yes"}
        misclassification: {both: "genotype confirmed by sequencing in all", alike: "yes"}
        calendar_time: {treated: 2024 to 2025, control: 2010 to 2023, alike: "yes", reason: care did not change}
        estimand: {both: "mean difference in the treated, whatever happens after index", alike: "yes"}
        analysis_plan: {both: this plan, alike: "yes"}
        patient_level_data: {both: "in this folder", alike: "yes"}
        sensitivity: {both: "all methods side by side", alike: "yes"}
"""

PROGRESSIVE_SUCCESS = """\

success:
  - {analysis: motor-score-own-control, finding: course.own-control, field: p_benefit, at_most: 0.025}
"""

EXTERNAL_SUCCESS = """\
  - {analysis: motor-score-external, finding: course.external-control, field: p_benefit, at_most: 0.025}
"""

EPISODIC_PLAN = """\
# yaml-language-server: $schema=../../docs/schemas/plan.json
# Made: no person, product or measurement in this folder exists.
schema: ultrarare/plan/1

endpoints:
  - id: crises
    measure: metabolic crises
    unit: "{events}"
    improves: lower
    endpoint_class: clinical outcome
    surrogate_status: not a surrogate
    relevant_difference: 1
    relevant_difference_reason: Each crisis is an admission to hospital.
    estimand:
      population: this patient
      treatment: two doses of the product, against the same patient untreated
      variable: crises in the time after the first dose
      intercurrent_events:
        - {event: viral illness, strategy: treatment policy, reason: illness is what provokes crises}
      summary: probability, without treatment, of as few crises as were seen

analyses:
  - id: crises-own-record
    analysis: effect.episodes
    endpoint: crises
    inputs: {episodes: crises, history: untreated-crises}
    # Four admissions in a year were asked for before the product was made. Whether the disease
    # waxes and wanes was not known, so the account that allows for it is the one that counts.
    parameters: {entry_at_least: 4, entry_window: 1, planned_layer: state}

success:
  - {analysis: crises-own-record, finding: course.episodes, field: p_benefit, at_most: 0.025}
"""

README = {
    "progressive": "# examples/progressive\n\n**Made data**, by `examples/make.py`. A progressive disease, one treated patient with a plan locked "
    "before dosing, sixty untreated people; two more treated people beside the patient against the same sixty. All five elements are meant to be supported.\n",
    "no-benefit": "# examples/no-benefit\n\n**Made data**, by `examples/make.py`. As `examples/progressive`, but the patient's course goes on as it "
    "would have untreated: elements 1 to 4 are supported, improvement is not. A mechanism is not a benefit, and the dossier must say so.\n",
    "episodic": "# examples/episodic\n\n**Made data**, by `examples/make.py`. A disease with crises, one treated patient, forty-eight untreated "
    "people whose rates differ.\n",
}

HISTORY = {
    "progressive": """\
  - id: untreated-visits
    kind: cohort-visits
    origin: made
    file: data/history/visits.csv
    measure: motor score
    unit: "{score}"
    population: made untreated people with the same gene
    tier: same gene
    era: 2010 to 2023
    time_unit: a
  - id: motor-score
    kind: course-series
    origin: made
    file: data/course/motor-score.csv
    measure: motor score
    unit: "{score}"
""",
    "episodic": """\
  - id: untreated-crises
    kind: cohort-episodes
    origin: made
    file: data/history/crises.csv
    follow_up: data/history/observed.csv
    episode: metabolic crises
    population: made untreated people with the same gene
    tier: same gene
    era: 2010 to 2023
    time_unit: a
  - id: crises
    kind: course-episodes
    origin: made
    file: data/course/crises.csv
    episode: metabolic crises
    observed: ["2022-06-06", "2026-06-01"]
""",
}

EXTERNAL = """\
  - id: treated-people
    kind: comparison-table
    origin: made
    file: data/external/treated.csv
    arm: treated
    outcome: change
    unit: "{score}"
    covariates: [age, score, slope]
    population: the patient and two more people treated under the same protocol
    tier: same gene
    era: 2024 to 2025
  - id: untreated-people-at-index
    kind: comparison-table
    origin: made
    file: data/external/untreated.csv
    arm: control
    outcome: change
    unit: "{score}"
    covariates: [age, score, slope]
    population: made untreated people with the same gene
    tier: same gene
    era: 2010 to 2023
"""

TITLES = {
    "progressive": "Made case: a progressive disease, improvement shown",
    "no-benefit": "Made case: the target was edited and the course did not improve",
    "episodic": "Made case: a disease with crises",
}


def case_text(name: str, gene: Mapping[str, Any]) -> str:
    """`case.yaml` of a made case."""
    course = "episodic" if name == "episodic" else "progressive"
    reason = {
        "episodic": "Crises at a rate that differs between people, and is steady within one.",
        "progressive": "Untreated people lose about six points of the motor score a year.",
    }[course]
    return f"""\
# yaml-language-server: $schema=../../docs/schemas/case.json
# Made by examples/make.py: no person, product, gene or measurement in this folder exists.
schema: ultrarare/case/1
id: {name}
title: "{TITLES[name]}"
data: made
clock: ISO date
phase: pivotal

patient:
  pseudonym: made patient
  sex: unknown
  born: {BORN.isoformat()}
  diagnosed: 2019-08-19
  consent:
    duo: [DUO:0000007]
    statement: Made consent to use the data for research on this disease.

disease:
  name: made disease of the gene MADE1
  id: MADE:0000001
  gene: MADE1
  inheritance: autosomal recessive
  course: {course}
  course_reason: {reason}

variants:
  - id: targeted
    role: targeted
    hgvs: {gene["coding"]}
    genomic: {gene["genomic"]}
    protein: {gene["protein"]}
    zygosity: homozygous
    phase: both alleles
    reference: contig
    sources: [made]
    acmg:
      - {{code: PVS1, strength: very strong, reason: Stop codon in a gene where loss of function is the mechanism., by: made reviewer, sources: [made]}}
      - {{code: PM2, strength: supporting, reason: Absent from made population data., by: made reviewer, sources: [made]}}
      - {{code: PM3, strength: moderate, reason: Homozygous in two made unrelated patients., by: made reviewer, sources: [made]}}

product:
  name: made base editor product
  modality: genome editing
  editor: ABE8e
  guide: {{spacer: {gene["guide"]}, pam: NGG, target_position: 6}}
  reference: contig
  components:
    - {{role: guide, name: made guide}}
    - {{role: editor, name: ABE8e mRNA}}
    - {{role: vehicle, name: made lipid nanoparticle}}

datasets:
  - id: contig
    kind: reference-sequence
    origin: made
    file: data/reference/contig.fa
    accession: {gene["contig"]}
    start: 0
    contig_length: {gene["length"]}
    refget: {gene["refget"]}
    transcripts:
      - accession: NM_999901.1
        gene: MADE1
        strand: "+"
        coding: [{{start: {gene["start"]}, end: {gene["end"]}, c_first: 1}}]
  - id: biopsy
    kind: editing-reads
    origin: made
    r1: data/editing/biopsy_R1.fastq.gz
    r2: data/editing/biopsy_R2.fastq.gz
    reference: contig
    sample: {{description: made liver biopsy of this patient, ladder: A, tissue: liver, taken: {(FIRST_DOSE + timedelta(days=35)).isoformat()}, other_allele: excluded}}
    any_edit_window: [3, 10]
    minimum_base_quality: 25
  - id: untreated-people
    kind: cohort-people
    origin: made
    file: data/history/people.csv
    endpoint: death
    population: made untreated people with the same gene
    tier: same gene
    era: 2010 to 2023
    time_unit: a
{HISTORY[course]}{EXTERNAL if name == "progressive" else ""}\
  - id: timeline
    kind: timeline
    origin: made
    file: data/course/timeline.csv

statements:
  - id: severity
    kind: disease.severity
    origin: declared
    statement: Untreated people die in childhood or youth.
    by: made reviewer
    on: "2024-01-15"
  - id: few-patients
    kind: disease.few-patients
    origin: declared
    statement: About thirty people could be treated.
    attributes: {{patients: 30}}
    by: made reviewer
    on: "2024-01-15"
  - id: rct-infeasible
    kind: disease.rct-infeasible
    origin: declared
    statement: With thirty people worldwide and one variant each, a randomised trial cannot be filled.
    by: made reviewer
    on: "2024-01-15"
  - id: mechanism
    kind: disease.mechanism
    origin: declared
    statement: Loss of the made protein stops the made pathway in the liver.
    by: made reviewer
    on: "2024-01-15"
  - id: molecular-diagnosis
    kind: disease.cause-per-patient
    origin: declared
    statement: The diagnosis rests on the variant found in this patient.
    by: made reviewer
    on: "2024-01-15"
  - id: alternatives
    kind: disease.alternatives
    origin: declared
    statement: No other treatment acts on the cause; standing care is supportive.
    by: made reviewer
    on: "2024-01-15"
  - id: gene-disease
    kind: variant.gene-disease
    origin: declared
    statement: Loss of function of MADE1 causes the made disease.
    attributes: {{validity: definitive}}
    by: made reviewer
    on: "2024-01-15"
  - id: ind
    kind: case.ind-type
    origin: declared
    statement: The patient was treated under an IND whose protocol yields data for an application.
    attributes: {{ind_type: research protocol}}
    by: made reviewer
    on: "2024-05-13"
  - id: rationale
    kind: therapy.rationale
    origin: declared
    statement: Converting the stop codon back restores the protein where it is made.
    attributes: {{node: root cause}}
    by: made reviewer
    on: "2024-01-15"
  - id: model
    kind: therapy.proof-of-concept
    origin: declared
    statement: Made cells with the variant regained the protein after editing.
    by: made reviewer
    on: "2024-01-15"

sources:
  - {{id: made, citation: "Made source; nothing here is published.", grade: A}}
"""
