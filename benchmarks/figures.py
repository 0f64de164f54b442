"""What a bench returns, how it is printed and stored."""

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number. `bar`: what it must reach; None where it is only reported."""

    name: str
    figure: float
    bar: float | None = None
    better: Literal["higher", "lower"] = "higher"

    @property
    def ok(self) -> bool:
        if self.bar is None:
            return True
        return self.figure >= self.bar if self.better == "higher" else self.figure <= self.bar

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ok": self.ok}


def table(rows: list[dict[str, Any]]) -> str:
    """The figures for people, one a line."""
    width = max((len(row["name"]) for row in rows), default=0)
    return "\n".join(
        f"{row['name']:<{width}}  {row['figure']:>12,.3f}  {_bar(row):<18}  {'ok' if row['ok'] else 'NOT REACHED'}"
        for row in rows
    )


def _bar(row: dict[str, Any]) -> str:
    if row["bar"] is None:
        return "(reported)"
    return f"at {'least' if row['better'] == 'higher' else 'most'} {row['bar']:g}"
