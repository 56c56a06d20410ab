"""Every rule on a study."""

from __future__ import annotations

from ultrarare.dossier.cdisc.conformance import COMMON, Result
from ultrarare.dossier.cdisc.dataset import Study
from ultrarare.dossier.cdisc.rules_adam import ADAM
from ultrarare.dossier.cdisc.rules_sdtm import SDTM


def check(study: Study) -> tuple[Result, ...]:
    """The results of the rules of the study's family, in their order."""
    return tuple(
        Result(
            rule=rule.id,
            asks=rule.asks,
            study=study.id,
            family=study.family,
            breaches=tuple(rule.breaches(study)),
        )
        for rule in (*COMMON, *(SDTM if study.family == "SDTM" else ADAM))
    )
