"""What every LLM judge shares: prompt texts, the form of a verdict, how replies are read, who is kin to whom."""
