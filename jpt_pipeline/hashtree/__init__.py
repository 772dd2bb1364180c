"""The hash tree: households as salted leaves, trees of digests over them, proofs, checkpoints of the ledger.

`merkle` is the tree itself, `canonical` and `rows` say which bytes are hashed, `salts` makes leaves hide what they bind,
`records` is what stands for an area in the tree above it, `stage` makes the tables, `proof` is what a household or an
auditor takes away, `checkpoint` what an outside witness keeps. Keep out: areas, states, committees (certification).
"""
