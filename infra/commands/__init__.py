"""What people type: one module a noun or verb, imported when it is called."""
