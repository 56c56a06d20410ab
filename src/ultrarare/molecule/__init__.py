"""Variants, guides, edits and reads: from sequence to claims."""
