"""From a PDF to pages of clean text, labelled sentences and passages, and back to the place of a quote."""
