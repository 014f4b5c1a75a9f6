"""``eval languages``: whether a request needs the same, and goes to the same model, in every language."""
