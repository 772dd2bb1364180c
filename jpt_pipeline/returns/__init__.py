"""What goes back to be mended and what comes back mended: return slips, and taking correction files.

Put here: everything that holds a correction against the households as they are now. Keep out: the files' form and how a
correction changes the figures (jpt_pipeline.corrections), and layout (reports).
"""
