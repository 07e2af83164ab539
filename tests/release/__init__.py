"""Tests of release, diff and retract against the loopback Hub."""
