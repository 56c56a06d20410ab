"""Tables of qPCR, splicing and biomarkers: every wrong cell told, what is missing stays missing."""
