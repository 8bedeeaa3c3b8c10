"""``python -m training compare``: the tables and figures of the paper's third chapter."""
