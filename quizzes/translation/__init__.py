"""Translation: the texts of a quiz to files that translators work on, and back into its definition."""
