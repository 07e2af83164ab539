"""A builder, and its run through the stages."""
