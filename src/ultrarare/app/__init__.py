"""Use cases: what the command line does, as functions that it and a notebook both call."""
