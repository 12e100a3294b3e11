"""Handlers of the quiz pages, one file for each kind of thing that is asked."""
