"""``eval meaning``: whether requirements and shortfalls go with what real models fail at."""
