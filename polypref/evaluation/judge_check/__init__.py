"""What a judge is worth, language by language, before its verdicts count: `polypref judge-check`."""
