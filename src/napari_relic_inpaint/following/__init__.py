"""A restoration that follows its mask: what changes is restored anew, and nothing else."""
