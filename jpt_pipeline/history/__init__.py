"""Figures that were published in earlier years: sheets read as they stand, their arithmetic checked, nothing repaired."""
