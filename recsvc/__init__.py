"""The online service: everything that answers a request."""
