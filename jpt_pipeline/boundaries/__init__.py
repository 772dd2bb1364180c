"""Boundaries of areas: a file that an operator hands over becomes simple shapes by area code, which maps are drawn from.

Put here: reading, joining to the register, repair, simplification, and the one way to read what is kept.
Keep out: drawing (reports), and figures.
"""
