"""The terminal and the process of a command: what is printed, escaped, starred out, and how commands end."""
