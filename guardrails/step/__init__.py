"""What a step from one set of templates to the next does: what is replaced, interrupted or lost."""
