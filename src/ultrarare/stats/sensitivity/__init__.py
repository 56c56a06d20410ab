"""How wrong an assumption must be before a conclusion turns, in units of an observed thing.

Each module varies one thing: an unmeasured confounder (`e_value`, `bounds`, `confounder`,
`rosenbaum`), the untreated course (`shift`, `untreated_shift`, `observed`), the visits that were
missed (`missing`), the sources (`leave_out`), or a prior's weight (`prior_weight`). None of them
makes an estimate right; they say how much has to be believed.
"""
