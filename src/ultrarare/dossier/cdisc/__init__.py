"""Course and safety data of a case as SDTM and ADaM: mapping, checks, and writers."""
