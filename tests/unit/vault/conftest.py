"""Homes for tests, each test its own: `home` has registers."""

from tests.unit.intake.country import home

__all__ = ["home"]
