"""Course and safety data of a case folder as SDTM and ADaM files."""
