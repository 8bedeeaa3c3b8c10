"""Projects: the whole bench in one folder or .zip, written whole or not at all, and opened again.

The form on disk is described in ``docs/project.md``; `description` is the same in code.
"""
