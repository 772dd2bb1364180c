"""Re-interviews in a home (การสัมภาษณ์ซ้ำ): draw a sample from certified figures, write its form, take it back.

Put here: what touches households, the ledger or the vault. Keep out: statistics and the form's rules (jpt_pipeline.sampling).
"""
