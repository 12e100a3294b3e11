"""Training: from events to a published model; never imported by what answers requests."""
