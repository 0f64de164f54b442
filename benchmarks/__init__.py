"""What `make bench` measures. Each `bench_*.py` here has a `run()` that returns its figures.

A bench runs in a process of its own, on a throw-away database whose tables are migrated. Figures
with a bar are ratios, so that they mean the same on every machine.
"""
