"""Getting the allowed papers' PDFs and metadata: politely, once, and from this machine where they lie."""
