"""Builder scripts: how one is loaded, and its parameters as command-line options."""
