"""What is sealed in a subject's row: the name, and a person's birth date."""

import json
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Particulars:
    """Who a subject is, in the clear. `to_bytes` is what gets sealed under the subject's key."""

    name: str
    birth_date: date | None = None

    def to_bytes(self) -> bytes:
        birth_date = self.birth_date.isoformat() if self.birth_date else None
        return json.dumps({"name": self.name, "birth_date": birth_date}, ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Particulars":
        read = json.loads(data)
        birth_date = read.get("birth_date")
        return cls(read["name"], date.fromisoformat(birth_date) if birth_date else None)
