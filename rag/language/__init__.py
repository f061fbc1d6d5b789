"""Know English and the marks of papers: words, questions, phrases, sentences, quantities, names. Uses no other room."""
