"""Printed forms: a solution's DOCX templates filled with a card's data, always inside the sandbox."""
