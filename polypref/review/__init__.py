"""Sheets for native speakers, their decisions, and how far they agree."""
