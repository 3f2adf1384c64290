"""Customers: they file a request without an account and follow it with its number and a code."""
