"""Signatures: the simple one is the password given again, bound by a MAC to what was signed."""
