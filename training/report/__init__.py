"""The report: what a run leaves in the manifest, prints, and draws as a page."""
