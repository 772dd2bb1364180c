"""A home with registers for tests of this unit; see tests/unit/intake/country.py."""

from tests.unit.intake.country import home

__all__ = ["home"]
