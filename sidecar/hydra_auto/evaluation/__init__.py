"""Offline: encoder and decisions in other languages, under tricks, and against outcomes (`eval`)."""
