"""What a shop embeds, and the demo shop that shows it at work."""
