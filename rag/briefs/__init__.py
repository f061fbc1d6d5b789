"""What is asked and what is allowed: briefs, points to explain, whitelists, names of papers."""
