"""Engines: they spread work over other functions and merge what comes back."""
