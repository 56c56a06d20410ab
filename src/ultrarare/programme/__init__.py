"""Many variants under one protocol: what a further product can take over, and who is eligible."""
