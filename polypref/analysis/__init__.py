"""What a dataset prefers and holds, looked at by who asks for it: no build and no release needs any of it."""
