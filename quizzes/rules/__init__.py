"""The rules of lint: one function a rule, one file a theme, each file with its tuple RULES."""
