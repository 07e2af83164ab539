"""From two models' answers and a judge's verdicts to win-rates that say how sure they are."""
