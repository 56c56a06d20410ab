"""The amplicon engine: FASTQ bytes to alleles in compiled code, then fractions with their limits."""
