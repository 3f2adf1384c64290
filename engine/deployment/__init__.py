"""
Deploying a solution's files: everything that is wrong at once, nothing half deployed, running instances untouched.

    check(engine, session, bundle, groups=None) -> Checked            # in a reading session: compiling takes time
    deploy(engine, work, actor, bundle, *, groups=None, checked=None, note="") -> DeployResult
"""

from engine.deployment.bundle import Bundle, DeployResult, kind_of
from engine.deployment.checking import Checked, check
from engine.deployment.deploy import deploy

__all__ = ["Bundle", "Checked", "DeployResult", "check", "deploy", "kind_of"]
