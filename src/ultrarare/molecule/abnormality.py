"""Element 1: is there a specific abnormality, named, checked, placed and classified?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ultrarare.analysis.declaration import Analysis, Inputs, Need, computed
from ultrarare.case.case import Variant
from ultrarare.case.finding import Direction, Estimate, Finding, Origin
from ultrarare.errors import InputError, NotComputable
from ultrarare.molecule.acmg import Class, Classification, Criterion, classify
from ultrarare.molecule.case_reference import find_reference, load_reference
from ultrarare.molecule.consequence import Agreement, protein_consequence
from ultrarare.molecule.hgvs import Check, NormalisedVariant, check_same_allele, normalise
from ultrarare.molecule.protein_change import Kind
from ultrarare.molecule.reference import Reference
from ultrarare.molecule.vrs import VrsAllele, vrs_allele

_PATHOGENIC = (Class.PATHOGENIC, Class.LIKELY_PATHOGENIC)
_BENIGN = (Class.BENIGN, Class.LIKELY_BENIGN)


def _compute(inputs: Inputs) -> Iterable[Finding]:
    checked: dict[str, Direction] = {}
    for index, variant in enumerate(inputs.case.variants):
        where = f"case.yaml variants[{index}]"
        consequence = None
        for finding in _name_findings(inputs, variant, where):
            if finding.kind == "variant.identity":
                checked[variant.id] = finding.direction
            if finding.kind == "variant.consequence":
                consequence = str(finding.attributes["consequence"])
            yield finding
        yield _allelic_state(variant)
        if variant.acmg:
            yield _classification(variant, consequence)
    yield _both_alleles(inputs, checked)


def _name_findings(inputs: Inputs, variant: Variant, where: str) -> Iterable[Finding]:
    try:
        dataset = find_reference(inputs, variant.reference, of=f"variant {variant.id}")
    except NotComputable as error:
        yield _unchecked(variant, error.problem, error.remedy)
        return
    accession = variant.hgvs.partition(":")[0]
    reference = load_reference(inputs, dataset, accession=accession)
    try:
        normalised = normalise(variant.hgvs, reference)
    except InputError as error:
        raise _placed(error, where, variant.hgvs) from None
    _require_same(variant, reference, where)
    if normalised.status is Check.NOT_CHECKED or normalised.allele is None:
        remedy = f"Supply a reference that holds {variant.hgvs}."
        yield _unchecked(variant, normalised.reason, remedy)
        return
    yield _identity(variant, normalised, reference)
    yield _consequence(variant, normalised, reference, where)


def _placed(error: InputError, where: str, name: str) -> InputError:
    """The error with its place in the case before the name it is about."""
    place = f"{where}: {error.where or name}"
    return InputError(error.problem, where=place, remedy=error.remedy)


def _require_same(variant: Variant, reference: Reference, where: str) -> None:
    """The two names a case gives must be one change, or the case is wrong."""
    if variant.genomic is None:
        return
    try:
        same = check_same_allele(variant.hgvs, variant.genomic, reference)
    except InputError as error:
        raise _placed(error, where, variant.genomic) from None
    if same.same is False:
        raise InputError(
            f"{variant.hgvs} and {variant.genomic} are not the same change: {same.reason}",
            where=f"{where}.genomic",
            remedy="correct one of the two names",
        )


def _unchecked(variant: Variant, reason: str, would_need: str) -> Finding:
    finding = computed(
        name=f"{variant.id}-identity",
        kind="variant.identity",
        statement=f"{variant.hgvs} was not checked: {reason}.",
        direction=Direction.NOT_COMPUTABLE,
        attributes={"status": str(Check.NOT_CHECKED), "role": variant.role},
        details={"written": variant.hgvs, "declared_protein": variant.protein},
    )
    return finding.model_copy(update={"would_need": would_need})


def _identity(variant: Variant, normalised: NormalisedVariant, reference: Reference) -> Finding:
    vrs, vrs_reason = _vrs(normalised, reference)
    checked = normalised.status is Check.NORMALISED
    names = " = ".join(n for n in (normalised.coding, normalised.genomic) if n is not None)
    vrs_text = f"VRS {vrs.id}" if vrs is not None else f"no VRS id: {vrs_reason}"
    return computed(
        name=f"{variant.id}-identity",
        kind="variant.identity",
        statement=f"{variant.hgvs} agrees with the supplied reference"
        f"{f' and is {names}' if checked else f'; {normalised.reason}'}; {vrs_text}.",
        direction=Direction.SUPPORTS if checked else Direction.INCONCLUSIVE,
        caveats=(
            *normalised.caveats,
            *normalised.warnings,
            *(() if vrs is None else vrs.caveats),
        ),
        attributes={
            "status": str(normalised.status),
            "role": variant.role,
            "vrs_id": None if vrs is None else vrs.id,
            "normalised": normalised.text,
        },
        details={
            "written": variant.hgvs,
            "normalised": normalised.text,
            "coding": normalised.coding,
            "genomic": normalised.genomic,
            "spdi": normalised.spdi,
            "vrs": None if vrs is None else vrs.document,
            "reference": {
                "accession": reference.contig,
                "start": reference.start,
                "end": reference.end,
            },
            "clinvar": variant.clinvar,
        },
    )


def _vrs(
    normalised: NormalisedVariant, reference: Reference
) -> tuple[VrsAllele | None, str | None]:
    if normalised.allele is None:
        return None, normalised.reason
    try:
        return vrs_allele(normalised.allele, reference), None
    except NotComputable as error:
        return None, error.problem


def _consequence(
    variant: Variant, normalised: NormalisedVariant, reference: Reference, where: str
) -> Finding:
    found = protein_consequence(normalised, reference)
    agreement = None
    if variant.protein is not None:
        agreement = found.agrees_with(variant.protein)
    if agreement is Agreement.DISAGREES:
        raise InputError(
            f"declares {variant.protein}, but {variant.hgvs} gives {found.hgvs_p}",
            where=f"{where}.protein",
            remedy="correct the protein name, the variant, or the reading frame of the reference",
        )
    beside = {
        None: "",
        Agreement.AGREES: f", as declared ({variant.protein})",
        Agreement.UNKNOWN: f"; the declared {variant.protein} could not be held against it",
    }[agreement]
    known = found.hgvs_p != "p.?" and found.kind is not Kind.SYNONYMOUS
    return computed(
        name=f"{variant.id}-consequence",
        kind="variant.consequence",
        statement=f"{variant.hgvs} is predicted to be {found.hgvs_p} ({found.kind}){beside}.",
        direction=Direction.SUPPORTS if known else Direction.INCONCLUSIVE,
        caveats=(
            *found.caveats,
            *(
                ("A synonymous change shows no abnormality of the protein by itself.",)
                if found.kind is Kind.SYNONYMOUS
                else ()
            ),
        ),
        attributes={
            "consequence": str(found.kind),
            "role": variant.role,
            "agrees_with_declared": None if agreement is None else agreement is Agreement.AGREES,
        },
        details={
            "hgvs_p": found.hgvs_p,
            "codon": found.codon,
            "ref_codon": found.ref_codon,
            "alt_codon": found.alt_codon,
            "declared": variant.protein,
        },
    )


def _allelic_state(variant: Variant) -> Finding:
    known = variant.zygosity != "unknown" and variant.phase != "unknown"
    finding = computed(
        name=f"{variant.id}-allelic-state",
        kind="variant.allelic-state",
        statement=f"{variant.hgvs} is declared {variant.zygosity}; phase: {variant.phase}.",
        direction=Direction.SUPPORTS if known else Direction.INCONCLUSIVE,
        caveats=("As the case declares it; no genotype was read.",),
        attributes={
            "zygosity": variant.zygosity,
            "phase": variant.phase,
            "role": variant.role,
        },
    )
    return finding.model_copy(update={"origin": Origin.DECLARED})


def _both_alleles(inputs: Inputs, checked: Mapping[str, Direction]) -> Finding:
    """For a recessive disease the abnormality is that of both alleles."""
    case = inputs.case
    targeted = [v for v in case.variants if v.role == "targeted"]
    others = [v for v in case.variants if v.role == "other allele"]
    alone = [v for v in targeted if v.zygosity in {"homozygous", "hemizygous"}]
    in_trans = [v for v in others if v.phase != "unknown"]
    inheritance = case.disease.inheritance
    unchecked = [v.hgvs for v in in_trans if checked.get(v.id) is not Direction.SUPPORTS]
    caveats = [f"The name {name} of the other allele was not checked." for name in unchecked]
    if inheritance == "autosomal dominant":
        complete, words = True, "the disease is dominant, so one allele is enough"
    elif alone:
        complete, words = True, f"{alone[0].hgvs} is declared {alone[0].zygosity}"
    elif in_trans and all(v.phase != "unknown" for v in targeted):
        listed = " and ".join(v.hgvs for v in (*targeted, *in_trans))
        complete, words = True, f"{listed} are declared on different alleles"
    elif inheritance == "unknown":
        complete, words = False, "inheritance is not stated, and only one allele is accounted for"
    else:
        complete, words = False, "the disease is recessive, and only one allele is accounted for"
    return computed(
        name="both-alleles",
        kind="variant.both-alleles",
        statement=f"Inheritance {inheritance}: {words}.",
        direction=Direction.SUPPORTS if complete else Direction.INCONCLUSIVE,
        caveats=caveats,
        attributes={"complete": complete, "inheritance": inheritance},
    )


_LOSS_OF_FUNCTION = {
    str(kind)
    for kind in (Kind.NONSENSE, Kind.FRAMESHIFT, Kind.START_LOST, Kind.SPLICE_REGION, Kind.UNKNOWN)
}


def _class_doubts(
    variant: Variant, found: Classification, consequence: str | None
) -> Iterable[str]:
    """What speaks against reading the class as it stands."""
    codes = {item.code for item in variant.acmg}
    if "PVS1" in codes and consequence is not None and consequence not in _LOSS_OF_FUNCTION:
        yield f"PVS1 is declared, but the predicted change is {consequence}: no loss of function."
    sides = {applied.pathogenic for applied in found.applied}
    if len(sides) > 1:
        yield "Criteria for and against pathogenicity are declared together."


def _classification(variant: Variant, consequence: str | None) -> Finding:
    found = classify(
        [
            Criterion(
                code=item.code,
                strength=item.strength,
                who=item.by,
                why=item.reason,
                source=", ".join(item.sources) or item.by,
            )
            for item in variant.acmg
        ]
    )
    doubts = tuple(_class_doubts(variant, found, consequence))
    direction = Direction.INCONCLUSIVE
    if found.by_points in _PATHOGENIC and not doubts:
        direction = Direction.SUPPORTS
    elif found.by_points in _BENIGN:
        direction = Direction.CONTRADICTS
    listed = ", ".join(
        f"{applied.criterion.code} {applied.strength}"
        + ("" if applied.points is None else f" {applied.points:+d}")
        for applied in found.applied
    )
    return computed(
        name=f"{variant.id}-classification",
        kind="variant.classification",
        statement=f"Declared ACMG/AMP criteria of {variant.hgvs} ({listed}) sum to "
        f"{found.points:+d} points: {found.by_points}; by the combining rules of 2015: "
        f"{found.by_rules}.",
        direction=direction,
        estimate=Estimate(value=found.points, unit="{points}"),
        n=len(found.applied),
        n_unit="criteria",
        caveats=("The criteria are declared; the sum is computed.", *doubts, *found.caveats),
        attributes={
            "points": found.points,
            "class_points": str(found.by_points),
            "class_rules": str(found.by_rules),
            "sound": not doubts,
            "role": variant.role,
        },
        details={
            "criteria": [
                {
                    "code": item.code,
                    "strength": str(applied.strength),
                    "points": applied.points,
                    "reason": item.reason,
                    "by": item.by,
                    "sources": list(item.sources),
                }
                for item, applied in zip(variant.acmg, found.applied, strict=True)
            ]
        },
    )


IDENTITY = Analysis(
    name="variant.identity",
    summary="Each variant's name checked and normalised against the supplied reference; VRS id, "
    "predicted protein change, declared criteria summed to points and class.",
    method="variant",
    needs=(Need(role="reference", kinds=("reference-sequence",), required=False, many=True),),
    gives=(
        "variant.identity",
        "variant.consequence",
        "variant.allelic-state",
        "variant.classification",
        "variant.both-alleles",
    ),
    compute=_compute,
    by_itself=True,
    plannable=False,
    references=(
        "HGVS nomenclature 21",
        "GA4GH VRS 2",
        "Richards 2015",
        "Tavtigian 2020",
    ),
)

ANALYSES = (IDENTITY,)
