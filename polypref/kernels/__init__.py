"""What is worth to be compiled, in C, and called through ctypes; the Python code stays the definition of each part."""
