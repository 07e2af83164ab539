"""What scores or prefers answers in a build, and how far its scores can be trusted."""
