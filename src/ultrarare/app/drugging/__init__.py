"""qPCR, splicing and biomarkers from tables."""
