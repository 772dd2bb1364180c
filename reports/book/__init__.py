"""Pages of many parts: the district book (เอกสารคุณภาพชีวิตของประชาชนอำเภอ) and the province summary.

Put here: which parts there are and what they say, as blocks for the layouts book.typ and summary.typ. Keep out: Thai
sentences (style/book.yaml), where blocks stand, and figures: they are those of the single reports.
"""
