"""Reads in, editing out: one sample, many samples, and the report of a run."""
