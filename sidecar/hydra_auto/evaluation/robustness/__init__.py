"""``eval robustness``: what tricks and searched words move, and what a second look does against them."""
