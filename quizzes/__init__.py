"""What a quiz is: its format, its lint and its engine; no storage, no framework, usable on its own."""
