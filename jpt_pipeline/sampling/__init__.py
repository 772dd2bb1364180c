"""Re-interview samples (การสัมภาษณ์ซ้ำ): how many, which, what they prove, and the form that goes to the field.

Knows no household of the home and writes nothing: who draws and takes back is jpt_pipeline.reinterview, what follows for
certification is certification.confidence.
"""
