"""Customers: filing a request and following it, without an account and without scripts."""

from webui.portal import filing, following
from webui.portal.area import area

__all__ = ["area", "filing", "following"]
RATES = {"portal.file_now": "60 per hour", "portal.follow_now": "60 per hour"}
