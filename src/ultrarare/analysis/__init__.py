"""How an analysis declares what it needs and gives, and how it is found by name."""
