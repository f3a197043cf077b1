"""A tidy package."""
