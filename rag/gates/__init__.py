"""What a claim must pass before it stands in an answer."""
