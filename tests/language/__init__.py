"""Hold the tests of what is known of language, one module per module."""
