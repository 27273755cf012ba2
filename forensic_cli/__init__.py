"""dfc-classify: label the pictures of an evidence set as AI-made or real, reproducibly.

The command line in ``forensic_cli.cli`` is the public interface;
``forensic_cli.classification.classify`` is the same job for callers in Python.
"""

__version__ = "0.1.0"
