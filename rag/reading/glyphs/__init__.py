"""From a PDF to words with their places, as far as a person can see them."""
