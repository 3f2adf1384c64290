"""Approval: rounds of a card, one visa an approver, the sheet that shows them all."""
