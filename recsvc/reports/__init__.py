"""Reports: what pages for people are drawn with; each is one file that needs nothing beside itself."""

LOCALES = ("en", "ja")
"""Languages of the pages."""
