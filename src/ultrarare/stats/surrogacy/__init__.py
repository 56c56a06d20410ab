"""Does a marker predict the outcome: across variants, and across people of several variants."""
