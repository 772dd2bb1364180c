"""Homes for tests, each test its own: `home` has registers, `counted` has two households, too."""

from tests.unit.intake.country import counted, home

__all__ = ["counted", "home"]
