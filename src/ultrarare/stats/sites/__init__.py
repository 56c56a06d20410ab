"""Treated against control at many sites, a few replicates each."""
