"""The examples of Després's paper: derived, checked, and varied."""
