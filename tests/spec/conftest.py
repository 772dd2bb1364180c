"""Homes for tests, each test its own."""

from tests.unit.intake.country import home

__all__ = ["home"]
