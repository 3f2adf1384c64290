"""Processes as administrators see them: deployments, instances on their diagrams, incidents."""
