"""The tamper-evident log, and the keys under which personal values are sealed.

Knows nobody: people, cases and records are opaque ids here. Callers write
`from audit import operations as audit` and then `audit.record(...)`, inside the
transaction that does the thing. Nothing in a leaf is personal; what a leaf commits
to is sealed in an opening, under the key of the person it is about.
"""
