"""The demo shop: server-rendered pages that need no script, on the same use cases as the HTTP API."""
