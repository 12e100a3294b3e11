"""Adapters from what shops and data sets already have to our own events, items and facts."""
