"""The pictures of a run before its first step: what they are, and which of them to train on."""
