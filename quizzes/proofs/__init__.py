"""Proofs: what is true of a quiz on every path of answers, decided by enumeration and not by guessing."""
