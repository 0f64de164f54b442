"""Copies for the person: everything that is held about them as JSON, CSV and tagged PDF, made in the background.

One document is built by a list of allowed fields (`schema.py`, version in `records.operations.exports`), checked
against its published schema, and only then turned into tables and pages. What is not in it is named in it, with the
reason. Files lie sealed under the person's key, and are destroyed after some days.
"""

from records.exporting.making import make_next
from records.exporting.schema import json_schema

__all__ = ["json_schema", "make_next"]
