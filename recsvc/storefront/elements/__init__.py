"""Elements: the script and the style that a shop puts on its own pages."""
