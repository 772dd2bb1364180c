"""Reviewed corrections: what may be corrected, the files that say it, where they lie, and how they change the figures.

Put here: what is known of a correction without looking at a household. Keep out: the check against the present figures
(jpt_pipeline.returns), and rules of the questionnaire.
"""
