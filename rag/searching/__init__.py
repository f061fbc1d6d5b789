"""Vectors, keyword counts and the index that keeps them; the search that reads the allowed papers alone."""
