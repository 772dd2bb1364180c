"""The same person twice, and last year's content: what only a look across households can tell.

Put here: persons shared by households and provinces, likely duplicates without a valid number, content equal to that of
an earlier round. Keep out: what a single household says of itself (households/), thresholds and weights (data/identity).
"""
