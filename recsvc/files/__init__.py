"""The one reader of the file formats of the contracts: events, items, facts, and pairs of visitor and item.

Needs polars, which a serving worker never loads: import these modules inside the command that reads files.
"""
