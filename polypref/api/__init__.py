"""The functions behind `import polypref` and behind the command line: build, load, evaluate, score, train."""
