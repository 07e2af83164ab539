"""The stages, in the order data takes: sources, rate, pair, filters, balance."""
