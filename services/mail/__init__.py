"""Outgoing mail: rows of the outbox, sent by jobs; without a server they stand and say so."""
