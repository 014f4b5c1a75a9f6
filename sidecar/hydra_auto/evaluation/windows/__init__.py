"""``eval windows``: what it is worth to keep this or that part of a long message."""
