"""Did the patient improve: the observed course against the one expected without treatment."""
