"""What a dataset prefers and what its answers have in common, looked at by who asks for it: no build needs any."""
