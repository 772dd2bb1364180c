"""Pages that open from disk in any browser: one file each, nothing fetched, readable by keyboard, voice and printer.

Put here: the blocks a page is made of, its template, style, script and typeface. Keep out: what a page says.
"""
