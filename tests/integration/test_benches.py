"""Benches reach below the operations, so they break unseen when those change: here with a handful of cases."""

import pytest

from benchmarks import bench_filing

# In real transactions: what is sent again must pass the guards at its commit.
pytestmark = pytest.mark.django_db(transaction=True)


def test_what_a_filing_writes_can_be_sent_again_past_the_guards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_filing, "CASES", 1)
    figures = {figure.name: figure.figure for figure in bench_filing.run()}
    assert figures["filing a case: rows written, statements"] > 10
