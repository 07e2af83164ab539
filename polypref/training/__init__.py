"""What training/train.py adds to TRL: languages chosen, weighted, watched; checks before the first step."""
