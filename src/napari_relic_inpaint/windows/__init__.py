"""Which parts of a plane are run, what they see, and what is remembered of them."""
