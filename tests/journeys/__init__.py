"""Stories in a real browser: people doing what people do, on pages that are looked at one by one."""
