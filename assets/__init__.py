"""What the browser gets besides HTML: the style sheet, built at set-up, never committed."""
