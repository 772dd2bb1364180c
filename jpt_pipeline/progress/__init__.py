"""Progress of a round (ความก้าวหน้า): facts of every area, the plan's curve, forecasts, what is late, dated snapshots.

Put here: everything about progress that is not layout. Keep out: pages and words on them (reports/progress), what is
certified (certification reads it from the ledger; here it is only counted).
"""
