"""Agents: each reads a project with ordinary tools and reports facts. No language model is needed."""
