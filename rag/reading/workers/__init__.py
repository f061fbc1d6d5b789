"""Read many PDFs, each in a process that may be killed."""
