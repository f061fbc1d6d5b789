"""From blocks to clean text, sentences, passages and what the embedder reads."""
