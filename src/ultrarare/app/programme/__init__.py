"""Use cases of a programme: extend it to a product, see who is eligible, amend its criteria."""
