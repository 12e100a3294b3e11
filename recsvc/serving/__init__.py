"""Use cases of the service: no framework, no SQL, no clock of their own."""
