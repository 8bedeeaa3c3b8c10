"""What is marked on a picture: damage masks of every form, wherever they lie."""
