"""Certification (การรับรองข้อมูล): ledger of human acts, digests of figures, gates, states.

Reads the rollups, never changes a figure. Who certifies what, with which gates and due dates, is data of the round.
"""
