"""Records over the API: systems supply and receive them, people read their own file."""
