"""The untreated course: cohorts, survival, populations, and what the literature says."""
