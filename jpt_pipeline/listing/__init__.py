"""Single households and enumerators of an area, read from the home's sealed tables and its vault, for restricted reports.

Put here: which households are listed and what of them, and that the lists tie out with the figures. Keep out: layout
(reports/restricted), and any copy: names and house numbers live in a session's memory and in the files asked for.
"""
