"""Award scorecards (แบบให้คะแนนการคัดเลือกดีเด่น): what the data say about each criterion, and blanks that only people can fill.

Put here: criteria as data, measures, pages. Keep out: points, weights, any total; the letter gives none.
"""
