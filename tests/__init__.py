"""Hold the tests, one module of them per module of the package, and the small real fakes they share."""
