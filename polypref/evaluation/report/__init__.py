"""The report of an evaluation: a page, Markdown and plots."""
