"""Several endpoints at once: global tests, prioritised pairs, goals, responders, gatekeeping."""
