"""What becomes of a finished build: a local folder that load_dataset reads, and releases on the Hub."""
