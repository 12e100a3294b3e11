"""Nouns of the shop: frozen Structs that every room may use and that need no library but msgspec."""
