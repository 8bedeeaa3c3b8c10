"""Notes on what was restored, and the report that is printed or filed with the picture."""
