"""Borrowing from earlier untreated people: priors for a control, by quadrature and not by chains.

`evidence` holds summaries and their likelihoods, `prior` a tabulated prior; `meta_analytic`,
`commensurate` and `power` make priors; `comparison` puts treated people against one; `size`,
`conflict`, `weights` and `operating` say how much it borrows and what that costs.
"""
