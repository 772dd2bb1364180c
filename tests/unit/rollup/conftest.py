"""The fixture `home`: a JPT_HOME of its own for each test, with the registers of the small country."""

from tests.unit.intake.country import home

__all__ = ["home"]
