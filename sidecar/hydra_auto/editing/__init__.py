"""What an editor can say about a catalog file: pure functions of its text and what surrounds it."""
