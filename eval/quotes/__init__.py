"""Find where a quote stands in a paper: the judge's own finder."""
