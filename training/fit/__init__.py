"""Fits: engines that turn confidences into factors."""
