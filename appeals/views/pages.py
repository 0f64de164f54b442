"""Long lists by pages: `accounts.pages` does it for every app."""

from accounts.pages import Pages

__all__ = ["Pages"]
