"""A person's tasks: the list, one task with its form, and what can be done with it."""
