"""Certification forms (แบบคำรับรองหมายเลข 1, 2, 3) as PDF: pure functions from an area's figures to the bytes of a paper.

Put here: words, line breaks, layout by template. Keep out: reading figures (certification/figures.py), reading scans.
A form is signed before anything is released, so it is made from sealed figures, not from a release.
"""
