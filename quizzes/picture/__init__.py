"""What the picture of a quiz is drawn from: lettering, a canvas, cards."""
