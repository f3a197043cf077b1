"""Files that deploy a service: made, checked, built and released."""
