"""Guidance packs as data, and the engine that turns findings into verdicts."""
