"""How a fill is shown, so that it can be told from what is original: display modes."""
