"""Hold the tests of the gates, one module per module."""
