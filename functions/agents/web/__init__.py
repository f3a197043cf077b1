"""Programs that meet the web inside the sandbox, where nothing but the gate leads out."""
