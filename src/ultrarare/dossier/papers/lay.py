"""What is said to a family of each element, by its verdict: plain words, and no more than that."""

from __future__ import annotations

from collections.abc import Mapping

from ultrarare.guidance.assessment import Element, Verdict

_LATER = "It is too early to say."
_NOT_HERE = "This does not apply here."
_PERSON = "A person on the team has to judge this."

LAY: Mapping[Element, Mapping[Verdict, str]] = {
    Element.ABNORMALITY: {
        Verdict.SUPPORTED: "The cause. We know which change in a gene makes the illness.",
        Verdict.PARTLY: "The cause. We think we know which change in a gene makes the illness. "
        "Some proof is missing.",
        Verdict.CONTRADICTED: "The cause. Some facts do not fit the change we had in mind.",
        Verdict.MISSING: "The cause. We do not have the proof yet.",
        Verdict.NOT_YET_DUE: f"The cause. {_LATER}",
        Verdict.NOT_APPLICABLE: f"The cause. {_NOT_HERE}",
        Verdict.NEEDS_JUDGEMENT: f"The cause. {_PERSON}",
    },
    Element.THERAPY: {
        Verdict.SUPPORTED: "The treatment. It is made to act on that change.",
        Verdict.PARTLY: "The treatment. It is made to act on that change. "
        "We have shown this in part.",
        Verdict.CONTRADICTED: "The treatment. Some tests say it does not act as planned.",
        Verdict.MISSING: "The treatment. We have not shown yet that it acts on that change.",
        Verdict.NOT_YET_DUE: f"The treatment. {_LATER}",
        Verdict.NOT_APPLICABLE: f"The treatment. {_NOT_HERE}",
        Verdict.NEEDS_JUDGEMENT: f"The treatment. {_PERSON}",
    },
    Element.NATURAL_HISTORY: {
        Verdict.SUPPORTED: "Without treatment. We know well how the illness goes.",
        Verdict.PARTLY: "Without treatment. We know in part how the illness goes. "
        "There is too little to be sure.",
        Verdict.CONTRADICTED: "Without treatment. Reports on how the illness goes do not agree.",
        Verdict.MISSING: "Without treatment. We do not know well how the illness goes.",
        Verdict.NOT_YET_DUE: f"Without treatment. {_LATER}",
        Verdict.NOT_APPLICABLE: f"Without treatment. {_NOT_HERE}",
        Verdict.NEEDS_JUDGEMENT: f"Without treatment. {_PERSON}",
    },
    Element.ENGAGEMENT: {
        Verdict.SUPPORTED: "In the body. Tests show that the treatment reached its goal.",
        Verdict.PARTLY: "In the body. Tests show in part that the treatment reached its goal. "
        "Some tests were done in cells or animals, or could not be done.",
        Verdict.CONTRADICTED: "In the body. Tests say that the treatment did not reach its goal.",
        Verdict.MISSING: "In the body. We do not know yet if the treatment reached its goal.",
        Verdict.NOT_YET_DUE: f"In the body. {_LATER}",
        Verdict.NOT_APPLICABLE: f"In the body. {_NOT_HERE}",
        Verdict.NEEDS_JUDGEMENT: f"In the body. {_PERSON}",
    },
    Element.IMPROVEMENT: {
        Verdict.SUPPORTED: "Health. Things went better than we would expect without treatment.",
        Verdict.PARTLY: "Health. Things seem to go better. "
        "We cannot be sure that the treatment is the reason.",
        Verdict.CONTRADICTED: "Health. Things did not go better than without treatment.",
        Verdict.MISSING: "Health. We cannot say yet if the treatment helps.",
        Verdict.NOT_YET_DUE: f"Health. {_LATER}",
        Verdict.NOT_APPLICABLE: f"Health. {_NOT_HERE}",
        Verdict.NEEDS_JUDGEMENT: f"Health. {_PERSON}",
    },
}
"""Every verdict has a sentence: what is missing is never said to be good."""
