"""Answer questions from a whitelist of arXiv papers, every sentence cited to a verbatim quote on a page."""
