"""Figures, pages and sheets of a published release.

Put here: pure functions from a release to files that people read, the words and colours they use (style/), and the
registry that names them. Keep out: anything that computes a figure; a report prints what the release holds and rounds
only at the edge (numbers.py).
"""
