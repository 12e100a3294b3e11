"""The HTTP API: decode, call one use case, encode. No decisions and no storage here."""
