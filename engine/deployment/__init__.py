"""
Deploying a solution's files: everything that is wrong at once, nothing half deployed, running instances untouched.

    check(engine, bundle, groups=None, known=…) -> Checked                       # no transaction: compiling takes time
    deploy(engine, work, actor, bundle, *, groups=None, checked=None, note="") -> DeployResult
"""

from engine.deployment.bundle import Bundle, DeployResult, kind_of

__all__ = ["Bundle", "DeployResult", "kind_of"]
