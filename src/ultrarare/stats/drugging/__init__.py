"""Was the target drugged: quantities of transcripts, inclusion of exons, change of a marker."""
