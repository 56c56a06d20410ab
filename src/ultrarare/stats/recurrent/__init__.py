"""Recurrent events in two groups of people: rates, intensities, mean cumulative function."""
