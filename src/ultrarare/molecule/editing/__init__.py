"""The amplicon engine: FASTQ bytes to alleles in compiled code, alleles to fractions."""
