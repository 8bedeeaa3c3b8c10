"""Where the work runs, and what ends it."""
