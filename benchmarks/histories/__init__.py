"""The same model under four packages that keep histories, and under our log: only for `benchmarks.bench_histories`."""
