"""What a correction would touch, before it is accepted: households, figures, ranks, reports, certificates.

Put here: the trial on a temporary home and the comparison with the present one. Keep out: what may be corrected
(returns), what a stage computes; the trial goes through the very functions that a real correction goes through.
"""
