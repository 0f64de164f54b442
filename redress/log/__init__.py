"""The log as everybody sees it: checkpoints, tiles and public keys, entries for auditors, and a page to check receipts.

The log itself (`audit`) knows neither roles nor pages.
"""
