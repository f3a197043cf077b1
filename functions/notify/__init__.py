"""Telling people outside of alerts."""
