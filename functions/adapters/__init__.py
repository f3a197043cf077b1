"""What stands behind the ports on one machine."""
