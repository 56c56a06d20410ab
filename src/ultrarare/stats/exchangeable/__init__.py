"""Variants that may be alike: exchangeable models by deterministic quadrature."""
