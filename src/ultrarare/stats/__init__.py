"""Estimators: arrays in, frozen results out. Nothing here knows a case, a file or a clock.

Import from the module that holds the method, for example
`from ultrarare.stats.survival import kaplan_meier`: so the command line stays quick.
"""
