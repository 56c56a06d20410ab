"""A few treated people against untreated people from elsewhere: matching, weights, exact tests.

Import from the module that holds the method, for example
`from ultrarare.stats.external.randomisation import randomisation_test`.
"""
