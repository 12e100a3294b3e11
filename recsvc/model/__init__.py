"""The model: what training publishes and serving reads; NumPy only, shared by both sides."""
