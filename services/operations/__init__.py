"""What service tasks may call: one operation a file, listed in `registry.py`."""
