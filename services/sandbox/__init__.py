"""
Where untrusted files are opened: a long-lived child process with limits. `Sandbox.run` is the only way in.
"""
