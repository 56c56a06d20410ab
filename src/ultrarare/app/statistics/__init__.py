"""Use cases over plain tables: read the files, ask one subject, give back its report."""
