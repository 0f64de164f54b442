"""The demo: made-up people and staff, and one dispute played from filing to correction over HTTP."""
