"""Break good answers in exactly one way, once per violation kind and variant, seeded."""

from . import breaches, claims, evidence, false_quotes, records  # noqa: F401 - each registers its mutators
from .register import MUTATORS, Mutant, Random, mutants

__all__ = ["MUTATORS", "Mutant", "Random", "mutants"]
