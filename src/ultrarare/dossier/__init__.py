"""Documents out: one content, rendered as page, paper and tables."""
