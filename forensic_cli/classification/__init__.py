"""The main job: evidence in, reproducible rows and an audit log out."""
