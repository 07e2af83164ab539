"""Whose preferences a dataset holds: groups of people, how far they agree, what each prefers."""
