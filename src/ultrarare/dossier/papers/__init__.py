"""Documents that a team takes to its reviewers: made from the dossier, editable, made anew."""
