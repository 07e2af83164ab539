"""The figures of an evaluation: win-rates, averages, intervals, strengths; plain NumPy functions."""
