"""Signatures of committees: keys of offices and members, the statement that is signed, its envelope.

Put here: what is signed and by whom (Electronic Transactions Act B.E. 2544 s. 9 and 26: the signer is known, the key is
under the signer's control, every later change shows). Keep out: whether an area may be certified (certification).
"""
