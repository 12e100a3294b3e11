"""Handlers of the demo shop, one file for each kind of thing that is asked."""
