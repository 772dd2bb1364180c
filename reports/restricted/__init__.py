"""Reports about single households and enumerators: written below settings.restricted only, never published.

Put here: tables and pages. Keep out: reading a home (jpt_pipeline.listing), and the audit entry (jpt_pipeline.restricted).
"""
