"""What each kind of node does: SpiffWorkflow's task specs with our token rules."""
