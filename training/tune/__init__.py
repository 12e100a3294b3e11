"""Tune: the search for a training configuration, judged on validation."""
